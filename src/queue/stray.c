/* Leases of another owner's time. Their rows tell of them, so they count
 * against the limits of their endpoints from the start; whose they are comes
 * out when a dispatcher says what it holds. Those that nobody claims end by
 * their time, as all do.
 *
 * A row in lease stands at the lease's end, so only the rows of the next
 * minutes are looked through, and no more than a start has time for. */
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "queue/priv.h"

/* The longest time limit of a request is 60 s (product chapter 3). */
enum { LEASE_LONGEST_MS = 60000 + QUEUE_LEASE_SLACK_MS };

enum err
stray_load(struct queue *q, struct txn *txn, const struct hook *h, size_t *left)
{
	int64_t now_ms = clock_wall_ms();
	struct queue_row row = {.due_ms = now_ms, .delivery = INT64_MIN};
	enum err rc = ERR_NONE;

	for (; *left > 0; --*left, row.delivery++) {
		rc = queue_next(txn, h->id, &row, &row);
		if (rc || row.due_ms > now_ms + LEASE_LONGEST_MS)
			break;
		if (row.token)
			memory_lease_new(&q->mem, &q->strays, h->endpoint,
			    row.token, row.delivery, row.due_ms);
	}
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
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
