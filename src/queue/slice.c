/* The queue's own bodies, a slice at a time, so that a writer waits for at most
 * QUEUE_SLICE_ROWS rows: the leases of a session that ended become free, the
 * rows of a deleted webhook are cancelled, those of one that became strict in
 * its order, or no longer is, are moved, rows that wait too long since the
 * clock was set back are due.
 *
 * A slice that fails (full disk, shutdown) is not repeated: leased rows come
 * back by their time, deleted webhooks are found again at the next start. */
#include <stdlib.h>

#include "common/clock.h"
#include "queue/priv.h"

struct slice {
	struct store_job job;
	struct queue *q;
	struct session *session; /* release */
	struct hook *hook;	 /* cancel, sort */
	int64_t webhook;	 /* far: done up to this one */
	bool more;
};

static void
slice_submit(struct slice *s, store_body *body,
    void (*done)(struct store_job *, enum err), bool background)
{
	struct queue *q = s->q;

	s->job = (struct store_job){.body = body,
	    .arg = s,
	    .done = done,
	    .without_flush = true,
	    .reserve = true,
	    .background = background};
	store_submit(q->store, &s->job);
}

enum err
lease_release(struct queue *q, struct txn *txn, struct arena *arena,
    struct lease *l, int64_t now_ms)
{
	struct row *d;
	enum err rc =
	    record_get(txn, arena, &schema_deliveries, l->delivery, &d);
	bool leased;

	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	leased = !rc && d->values[DELIVERY_LEASE].i == l->token &&
		 span_is(d->values[DELIVERY_STATE].text,
		     delivery_state_name(DELIVERY_LEASED));
	rc = ERR_NONE;
	if (leased)
		rc = queue_move(q, txn, d, now_ms);
	if (leased && !rc) {
		delivery_wait(d, now_ms);
		rc = record_update(txn, d);
	}
	if (!rc) {
		memory_lease_end(&q->mem, l, SIGN_NONE, now_ms);
		q->draft.freed++;
	}
	return rc;
}

static enum err
release_body(struct txn *txn, void *arg)
{
	struct slice *s = arg;
	int64_t now_ms = clock_wall_ms();
	enum err rc = ERR_NONE;

	for (int n = 0; !rc && s->session->leases && n < QUEUE_SLICE_ROWS; n++)
		rc = lease_release(
		    s->q, txn, txn_arena(txn), s->session->leases, now_ms);
	return rc;
}

static void
release_done(struct store_job *job, enum err rc)
{
	struct slice *s = job->arg;

	if (!rc && s->session->leases) {
		slice_submit(s, release_body, release_done, false);
		return;
	}
	if (rc == ERR_UNAVAILABLE) {
		/* The store is closing, maybe in the midst of a body. */
		memory_session_return(&s->q->mem, s->session);
		free(s);
		return;
	}
	if (rc) {
		memory_session_clear(&s->q->mem, s->session);
		queue_tell(s->q); /* nothing was committed that would */
	}
	free(s->session);
	free(s);
}

void
slice_release(struct queue *q, struct session *session)
{
	struct slice *s = mem_alloc(sizeof(*s));

	s->q = q;
	s->session = session;
	slice_submit(s, release_body, release_done, false);
}

/* A lease in force keeps its token in the row: its attempt is under way and
 * may still be recorded. */
static enum err
cancel_one(struct txn *txn, struct arena *arena, const struct queue_row *row,
    int64_t now_ms)
{
	struct row *d;
	enum err rc =
	    record_get(txn, arena, &schema_deliveries, row->delivery, &d);

	if (!rc) {
		delivery_finish(d, DELIVERY_CANCELLED, now_ms);
		d->values[DELIVERY_LAST_ERROR] =
		    value_text(SPAN("the webhook was deleted"));
		rc = record_update(txn, d);
	} else if (rc == ERR_NOT_FOUND) {
		rc = ERR_NONE;
	}
	return rc ? rc : queue_del(txn, row);
}

static enum err
cancel_body(struct txn *txn, void *arg)
{
	struct slice *s = arg;
	int64_t now_ms = clock_wall_ms();
	struct queue_row row;
	enum err rc = ERR_NONE;

	s->more = true;
	for (int n = 0; !rc && n < QUEUE_BACKGROUND_ROWS; n++) {
		rc = queue_next(txn, s->hook->id, NULL, &row);
		if (!rc)
			rc = cancel_one(txn, txn_arena(txn), &row, now_ms);
	}
	if (rc == ERR_NOT_FOUND) {
		s->more = false;
		hook_set_front(&s->q->mem, s->hook, HEAP_NEVER, 0);
		rc = ERR_NONE;
	}
	return rc;
}

static void
cancel_done(struct store_job *job, enum err rc)
{
	struct slice *s = job->arg;

	if (!rc && s->more) {
		slice_submit(s, cancel_body, cancel_done, true);
		return;
	}
	if (!rc && s->hook->due_ms == HEAP_NEVER)
		memory_hook_forget(&s->q->mem, s->hook);
	free(s);
}

/* One row to where the hook's order wants it; ERR_NOT_FOUND: all are there. */
static enum err
sort_one(struct txn *txn, const struct hook *h)
{
	struct queue_row by_due = {
	    .due_ms = QUEUE_IN_ORDER + 1, .delivery = INT64_MIN};
	bool ordered = h->rules.ordered;
	struct queue_row row, moved;
	int64_t due_ms;
	enum err rc =
	    queue_front(txn, h->id, ordered ? &by_due : NULL, &row, &due_ms);

	if (!rc && !ordered && row.due_ms != QUEUE_IN_ORDER)
		rc = ERR_NOT_FOUND;
	if (!rc)
		rc = queue_del(txn, &row);
	if (rc)
		return rc;
	moved = row;
	/* Without a delivery it is due whenever, but not "in order". */
	if (due_ms == QUEUE_IN_ORDER)
		due_ms = 0;
	moved.due_ms = ordered ? QUEUE_IN_ORDER : due_ms;
	return queue_put(txn, &moved);
}

/* Nothing of it is sent meanwhile: what is first is known at the end. */
static enum err
sort_body(struct txn *txn, void *arg)
{
	struct slice *s = arg;
	struct hook_rules rules = s->hook->rules;
	enum err rc = ERR_NONE;

	s->more = true;
	for (int n = 0; !rc && n < QUEUE_SLICE_ROWS; n++)
		rc = sort_one(txn, s->hook);
	if (rc != ERR_NOT_FOUND)
		return rc;
	s->more = rules.sorting = false;
	hook_set(&s->q->mem, s->hook, &rules);
	return queue_reread(s->q, txn, s->hook);
}

static void
sort_done(struct store_job *job, enum err rc)
{
	struct slice *s = job->arg;

	if (!rc && s->more && !s->hook->rules.deleted) {
		slice_submit(s, sort_body, sort_done, false);
		return;
	}
	s->hook->busy = false;
	/* After a failure again with the next thing that is written. */
	if (rc != ERR_UNAVAILABLE &&
	    (s->hook->rules.deleted || s->hook->rules.sorting))
		memory_chore_add(&s->q->mem, s->hook);
	free(s);
}

/* The first row of the webhook after s->webhook, or on from there, that waits
 * too long, and takes it out. ERR_NOT_FOUND: nothing in this webhook, which is
 * then done. */
static enum err
far_take(struct slice *s, struct txn *txn, int64_t now_ms, struct hook **hook,
    struct queue_row *row)
{
	struct hook *h;
	enum err rc = queue_next_webhook(txn, s->webhook, row);

	s->more = !rc;
	if (!rc)
		rc = queue_hook(s->q, txn, row->webhook, &h);
	if (rc)
		return rc;
	*hook = h;
	row->due_ms = now_ms + h->rules.patience_ms + 1;
	row->delivery = INT64_MIN;
	if (!h->rules.ordered)
		rc = queue_next(txn, h->id, row, row);
	else if (h->due_ms == HEAP_NEVER || h->due_ms < row->due_ms)
		rc = ERR_NOT_FOUND;
	else
		*row = (struct queue_row){
		    h->id, QUEUE_IN_ORDER, h->front, .token = 0};
	if (!rc)
		rc = queue_del(txn, row);
	if (rc == ERR_NOT_FOUND)
		s->webhook = h->id;
	return rc;
}

/* It waits again, due now; a row without a delivery is gone for good. */
static enum err
far_move(struct queue *q, struct txn *txn, struct hook *h,
    const struct queue_row *row, int64_t now_ms)
{
	struct row *d;
	enum err rc = record_get(
	    txn, txn_arena(txn), &schema_deliveries, row->delivery, &d);

	if (rc == ERR_NOT_FOUND)
		return queue_reread(q, txn, h);
	if (!rc)
		rc = queue_move(q, txn, d, now_ms);
	if (rc)
		return rc;
	delivery_wait(d, now_ms);
	return record_update(txn, d);
}

static enum err
far_body(struct txn *txn, void *arg)
{
	struct slice *s = arg;
	int64_t now_ms = clock_wall_ms();
	struct queue_row row;
	struct hook *h;
	enum err rc = ERR_NONE;

	s->more = true;
	for (int n = 0; !rc && s->more && n < QUEUE_BACKGROUND_ROWS; n++) {
		rc = far_take(s, txn, now_ms, &h, &row);
		if (!rc)
			rc = far_move(s->q, txn, h, &row, now_ms);
		if (rc == ERR_NOT_FOUND)
			rc = ERR_NONE;
	}
	return rc;
}

static void
far_done(struct store_job *job, enum err rc)
{
	struct slice *s = job->arg;

	if (!rc && s->more)
		slice_submit(s, far_body, far_done, true);
	else
		free(s);
}

void
slice_far(struct queue *q)
{
	struct slice *s = mem_alloc(sizeof(*s));

	s->q = q;
	s->webhook = INT64_MIN;
	slice_submit(s, far_body, far_done, true);
}

void
slice_sweep(struct queue *q)
{
	struct hook *h;

	while ((h = memory_chore(&q->mem))) {
		struct slice *s = mem_alloc(sizeof(*s));

		s->q = q;
		s->hook = h;
		if (h->rules.deleted)
			slice_submit(s, cancel_body, cancel_done, true);
		else
			slice_submit(s, sort_body, sort_done, false);
	}
}
