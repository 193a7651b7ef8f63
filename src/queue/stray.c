/* Leases of another owner's time. Their rows tell of them, so they count
 * against the limits of their endpoints from the start; whose they are comes
 * out when a dispatcher says what it holds. One that lives comes back within a
 * second (delivery/ask.c), so those that nobody claims in twice that time were
 * of one that died as well, or never reached it: they are freed.
 *
 * A row in lease stands at the lease's end, so only the rows of the next
 * minutes are looked through, and no more than a start has time for. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "queue/priv.h"

/* The longest time limit of a request is 60 s (product chapter 3). */
enum { LEASE_LONGEST_MS = 60000 + QUEUE_LEASE_SLACK_MS };
enum { STRAYS_KEPT_MS = 2000 };
enum { WENT_UNKNOWN_MS = 0 };
/* In strict order the first one is in lease, or none; a webhook that was
 * made strict a moment ago may have some more. */
enum { ORDER_ROWS_MOST = 32 };

static enum err
load_from(struct queue *q, struct txn *txn, struct hook *h,
    struct queue_row from, size_t *left)
{
	int64_t due_ms, last_ms = clock_wall_ms() + LEASE_LONGEST_MS;
	enum err rc = ERR_NONE;

	for (; *left > 0; --*left, from.delivery++) {
		rc = queue_front(txn, h->id, &from, &from, &due_ms);
		if (rc || from.due_ms > last_ms)
			break;
		if (from.token)
			memory_lease_new(&q->mem, &q->strays, h, from.token,
			    from.delivery, WENT_UNKNOWN_MS, due_ms);
	}
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
stray_load(struct queue *q, struct txn *txn, struct hook *h, size_t *left)
{
	struct queue_row by_due = {
	    .due_ms = clock_wall_ms(), .delivery = INT64_MIN};
	struct queue_row in_order = {
	    .due_ms = QUEUE_IN_ORDER, .delivery = INT64_MIN};
	size_t first = ORDER_ROWS_MOST;
	enum err rc = ERR_NONE;

	q->strays_until_mono_ms = clock_mono_ms() + STRAYS_KEPT_MS;
	if (h->rules.ordered)
		rc = load_from(q, txn, h, in_order, &first);
	return rc ? rc : load_from(q, txn, h, by_due, left);
}

static bool
has_strays(struct queue *q)
{
	bool any;

	pthread_mutex_lock(&q->mem.lock);
	any = q->strays.leases != NULL;
	pthread_mutex_unlock(&q->mem.lock);
	return any;
}

int64_t
stray_end_ms(struct queue *q)
{
	return has_strays(q) ? clock_wall_at(q->strays_until_mono_ms)
			     : INT64_MAX;
}

enum err
stray_end(struct queue *q, struct txn *txn, struct arena *arena, int64_t now_ms)
{
	enum err rc = ERR_NONE;

	if (stray_end_ms(q) > now_ms)
		return ERR_NONE;
	for (int n = 0; !rc && q->strays.leases && n < QUEUE_SLICE_ROWS; n++)
		rc = lease_release(q, txn, arena, q->strays.leases, now_ms);
	return rc;
}

static void
lease_pass(struct lease *l, struct session *to)
{
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
	l->session = to;
	l->next = to->leases;
	l->link = &to->leases;
	if (l->next)
		l->next->link = &l->next;
	to->leases = l;
}

static struct session *
find_session(const struct memory *m, const uint8_t *id)
{
	struct session *s = m->sessions;

	while (s && memcmp(s->id, id, sizeof(s->id)) != 0)
		s = s->next;
	return s;
}

struct claim {
	struct store_job job;
	struct queue *q;
	uint8_t session[LEASE_SESSION_BYTES];
	size_t count;
	int64_t tokens[];
};

/* In the committing thread, where sessions and leases may be changed; needs
 * no undoing, since a second run finds nothing left to do. */
static enum err
claim_body(struct txn *txn, void *arg)
{
	struct claim *c = arg;
	struct memory *m = &c->q->mem;
	struct session *s;

	(void)txn;
	pthread_mutex_lock(&m->lock);
	s = find_session(m, c->session);
	for (size_t i = 0; s && i < c->count; i++) {
		struct lease *l = map_get(&m->by_token, (uint64_t)c->tokens[i]);

		if (l && l->session == &c->q->strays)
			lease_pass(l, s);
	}
	pthread_mutex_unlock(&m->lock);
	return ERR_NONE;
}

static void
claim_done(struct store_job *job, enum err rc)
{
	(void)rc;
	free(job->arg);
}

void
queue_session_holds(struct queue *q, const uint8_t *session,
    const int64_t *tokens, size_t count)
{
	struct claim *c;

	if (count == 0 || !has_strays(q))
		return;
	c = mem_alloc(sizeof(*c) + count * sizeof(*tokens));
	c->q = q;
	c->count = count;
	memcpy(c->session, session, sizeof(c->session));
	memcpy(c->tokens, tokens, count * sizeof(*tokens));
	c->job = (struct store_job){.body = claim_body,
	    .arg = c,
	    .done = claim_done,
	    .without_flush = true,
	    .reserve = true};
	store_submit(q->store, &c->job);
}
