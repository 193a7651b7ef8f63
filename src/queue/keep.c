/* How long things are kept (product chapter 3, "Keeping"): finished
 * deliveries go after their time, or when there are too many of them; an event
 * and its attempts go with its last delivery, an event without any after its
 * own time; what an inactive webhook holds for too long is dead; so are
 * Idempotency-Keys that expired.
 *
 * All is found through indexes in order of time, removed in background bodies
 * of a few rows each, and looked at again when the oldest that is left comes of
 * age. Meanwhile nothing that is written can come of age sooner than the
 * shortest time of all, so that is when to look after a write at the latest. */
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "queue/priv.h"

enum {
	/* What a body may change, and about how long: a writer waits for no
	 * more. Rows that are read from the disk take longer. */
	KEEP_ROWS = 16,
	KEEP_US = 1000,
	HELD_LOOKS = 2000,		 /* webhooks one body looks at */
	KEEP_AGAIN_MS = 60000,		 /* after a failure */
	IDEM_LEAST_MS = 24 * 3600 * 1000 /* that keys are kept */
};

struct sweep {
	struct queue *q;
	struct txn *txn;
	struct arena *arena;
	int64_t now_ms, next_ms; /* when the oldest left comes of age */
	int left;		 /* rows this body may still change */
	struct held held;
	int64_t until_mono_us;
};

/* One more row was changed. */
static void
spend(struct sweep *s)
{
	s->left = clock_mono_us() < s->until_mono_us ? s->left - 1 : 0;
}

static enum err
drop_event(struct sweep *s, const struct row *event)
{
	return record_delete(s->txn, &schema_events, row_id(event));
}

static enum err
drop_delivery(struct sweep *s, const struct row *d)
{
	int64_t event = d->values[DELIVERY_EVENT].i;
	struct row *other;
	enum err rc = attempt_drop(s->txn, row_id(d));

	if (!rc)
		rc = record_delete(s->txn, &schema_deliveries, row_id(d));
	if (!rc)
		rc = record_find(s->txn, s->arena, &schema_deliveries,
		    DELIVERY_EVENT, d->values[DELIVERY_EVENT], &other);
	if (rc == ERR_NOT_FOUND)
		rc = record_delete(s->txn, &schema_events, event);
	s->q->draft.removed++;
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

/* What is removed by age alone, and the index that tells it. */
static const struct kind {
	const struct schema *schema;
	int field;
	size_t setting;
	enum err (*drop)(struct sweep *, const struct row *);
} kinds[] = {
    {&schema_deliveries, DELIVERY_DONE_AT,
	offsetof(struct conf, keep_delivered_seconds), drop_delivery},
    {&schema_deliveries, DELIVERY_DEAD_AT,
	offsetof(struct conf, keep_dead_seconds), drop_delivery},
    {&schema_events, EVENT_BARE_AT,
	offsetof(struct conf, keep_delivered_seconds), drop_event},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]), KINDS_FINISHED = 2 };

static int64_t
kept_ms(const struct queue *q, const struct kind *k)
{
	const char *conf = (const char *)q->conf;

	return *(const int64_t *)(const void *)(conf + k->setting) * 1000;
}

static void
come_back(struct sweep *s, int64_t at_ms)
{
	if (at_ms < s->next_ms)
		s->next_ms = at_ms;
}

/* The oldest rows of the kind, up to that time. */
static enum err
oldest(struct sweep *s, const struct kind *k, int64_t until_ms, int most,
    struct row ***rows, size_t *count)
{
	struct record_scan scan;

	record_scan_start(&scan, k->schema);
	scan.field = k->field;
	scan.by_value = true;
	scan.from_value = INT64_MIN;
	scan.to_value = until_ms;
	scan.limit = most;
	return record_page_in(s->txn, s->arena, &scan, rows, count);
}

static enum err
sweep_kind(struct sweep *s, const struct kind *k)
{
	int64_t until_ms = s->now_ms - kept_ms(s->q, k);
	struct row **rows;
	size_t count = 0, i;
	enum err rc = oldest(s, k, until_ms, s->left, &rows, &count);

	for (i = 0; !rc && i < count && s->left > 0; i++) {
		rc = k->drop(s, rows[i]);
		spend(s);
	}
	if (rc || s->left == 0)
		return rc;
	rc = oldest(s, k, INT64_MAX, 1, &rows, &count);
	if (!rc && count > 0)
		come_back(s, rows[0]->values[k->field].i + kept_ms(s->q, k));
	return rc;
}

bool
keep_is_full(const struct queue *q, struct txn *txn)
{
	return record_count_state(txn, DELIVERY_DELIVERED) +
		   record_count_state(txn, DELIVERY_CANCELLED) +
		   record_count_state(txn, DELIVERY_DEAD) >
	       q->conf->keep_rows;
}

/* The oldest finished delivery, whatever became of it. */
static enum err
sweep_oldest(struct sweep *s)
{
	struct row *first = NULL, **rows;
	int64_t first_ms = INT64_MAX;
	size_t count;
	enum err rc = ERR_NONE;

	for (size_t i = 0; !rc && i < KINDS_FINISHED; i++) {
		count = 0;
		rc = oldest(s, &kinds[i], first_ms, 1, &rows, &count);
		if (!rc && count > 0) {
			first = rows[0];
			first_ms = first->values[kinds[i].field].i;
		}
	}
	if (rc || !first)
		return rc ? rc : ERR_NOT_FOUND;
	spend(s);
	return drop_delivery(s, first);
}

static enum err
bury(struct sweep *s, const struct queue_row *row)
{
	struct row *d;
	enum err rc =
	    record_get(s->txn, s->arena, &schema_deliveries, row->delivery, &d);

	if (!rc) {
		delivery_finish(d, DELIVERY_DEAD, s->now_ms);
		d->values[DELIVERY_LAST_ERROR] =
		    value_text(SPAN("the webhook was inactive for too long"));
		rc = record_update(s->txn, d);
	}
	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	return queue_del(s->txn, row);
}

/* When a row of the hook that is due then has waited for too long: since it is
 * due, or since the webhook is inactive. */
static int64_t
held_until_ms(const struct sweep *s, const struct hook *h, int64_t due_ms)
{
	int64_t from_ms =
	    due_ms > h->rules.inactive_ms ? due_ms : h->rules.inactive_ms;

	return from_ms + s->q->conf->keep_held_seconds * 1000;
}

/* In order of due, or strictly by delivery: the first one is the first to wait
 * for too long. */
static enum err
bury_some(struct sweep *s, struct hook *h)
{
	struct queue_row row;
	int64_t due_ms;
	enum err rc;

	while (!(rc = queue_front(s->txn, h->id, NULL, &row, &due_ms))) {
		if (s->left == 0 || held_until_ms(s, h, due_ms) > s->now_ms)
			break;
		rc = bury(s, &row);
		if (rc)
			return rc;
		spend(s);
	}
	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	return queue_reread(s->q, s->txn, h);
}

/* Only where the memory says that there is something to bury the store is
 * asked. */
static enum err
sweep_hook(struct sweep *s, struct hook *h)
{
	enum err rc = ERR_NONE;

	if (h->rules.active || h->rules.deleted || h->due_ms == HEAP_NEVER)
		return ERR_NONE;
	if (held_until_ms(s, h, h->due_ms) <= s->now_ms)
		rc = bury_some(s, h);
	if (rc || s->left == 0 || h->due_ms == HEAP_NEVER)
		return rc;
	if (held_until_ms(s, h, h->due_ms) < s->held.next_ms)
		s->held.next_ms = held_until_ms(s, h, h->due_ms);
	return ERR_NONE;
}

/* On from where the last body stopped. Where the table of webhooks changed
 * meanwhile one of them may be missed: what changed it brings the next look. */
static enum err
sweep_held(struct sweep *s)
{
	size_t at = s->held.at;
	struct hook *h;
	enum err rc = ERR_NONE;

	for (int n = 0; !rc && n < HELD_LOOKS; n++) {
		h = map_next(&s->q->mem.hooks, &at);
		if (!h) {
			come_back(s, s->held.next_ms);
			return ERR_NONE;
		}
		rc = sweep_hook(s, h);
		if (s->left == 0) /* maybe not done with this one */
			return rc;
		s->held.at = at;
	}
	s->left = 0; /* looking is work as well */
	return rc;
}

static enum err
sweep(struct sweep *s)
{
	enum err rc = ERR_NONE;

	while (!rc && s->left > 0 && keep_is_full(s->q, s->txn))
		rc = sweep_oldest(s);
	if (rc == ERR_NOT_FOUND)
		rc = ERR_NONE;
	for (size_t i = 0; !rc && s->left > 0 && i < KINDS; i++)
		rc = sweep_kind(s, &kinds[i]);
	if (!rc && s->left > 0)
		rc = sweep_held(s);
	if (!rc && s->left > 0)
		rc = idem_sweep(s->txn, s->now_ms, &s->left, &s->next_ms);
	return rc;
}

static enum err
keep_body(struct txn *txn, void *arg)
{
	struct queue *q = arg;
	struct sweep s = {.q = q,
	    .txn = txn,
	    .arena = txn_arena(txn),
	    .now_ms = clock_wall_ms(),
	    .next_ms = INT64_MAX,
	    .left = KEEP_ROWS,
	    .held = q->keep.held,
	    .until_mono_us = clock_mono_us() + KEEP_US};
	enum err rc = sweep(&s);

	q->keep.more = s.left == 0;
	q->keep.next_ms = s.next_ms;
	q->keep.held_next = s.held;
	return rc;
}

static void
keep_done(struct store_job *job, enum err rc)
{
	struct queue *q = job->arg;

	if (rc == ERR_UNAVAILABLE)
		return; /* the store is closing */
	if (!rc && q->keep.more) {
		q->keep.held = q->keep.held_next;
		store_submit(q->store, job);
		return;
	}
	if (rc)
		log_event(LOG_WARNING, "keep", "error=\"%s\"", err_text(rc));
	pthread_mutex_lock(&q->mem.lock);
	q->keep.running = false;
	q->keep.at_ms = rc ? clock_wall_ms() + KEEP_AGAIN_MS : q->keep.next_ms;
	pthread_mutex_unlock(&q->mem.lock);
	queue_tell(q);
}

void
queue_keep(struct queue *q)
{
	bool begin;

	pthread_mutex_lock(&q->mem.lock);
	begin = !q->keep.running;
	q->keep.running = true;
	q->keep.at_ms = INT64_MAX;
	pthread_mutex_unlock(&q->mem.lock);
	if (!begin)
		return;
	q->keep.held = (struct held){.at = 0, .next_ms = INT64_MAX};
	q->keep.job = (struct store_job){
	    .body = keep_body, .arg = q, .done = keep_done, .background = true};
	store_submit(q->store, &q->keep.job);
}

int64_t
queue_keep_at_ms(struct queue *q)
{
	int64_t at_ms;

	pthread_mutex_lock(&q->mem.lock);
	at_ms = q->keep.at_ms;
	pthread_mutex_unlock(&q->mem.lock);
	return at_ms;
}

static int64_t
shortest_ms(const struct queue *q)
{
	int64_t shortest = q->conf->keep_held_seconds * 1000;

	if (shortest > IDEM_LEAST_MS)
		shortest = IDEM_LEAST_MS;
	for (size_t i = 0; i < KINDS; i++)
		if (kept_ms(q, &kinds[i]) < shortest)
			shortest = kept_ms(q, &kinds[i]);
	return shortest;
}

bool
keep_note(struct queue *q)
{
	int64_t at_ms = clock_wall_ms();
	bool sooner;

	pthread_mutex_lock(&q->mem.lock);
	if (!q->kept.full)
		at_ms += shortest_ms(q);
	q->kept.full = false;
	sooner = !q->keep.running && at_ms < q->keep.at_ms;
	if (sooner)
		q->keep.at_ms = at_ms;
	pthread_mutex_unlock(&q->mem.lock);
	return sooner;
}
