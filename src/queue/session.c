/* Sessions of dispatchers and their leases: what is under way. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "queue/draft.h"

/* One more, or one less. */
static void
count_in_flight(struct memory *m, const struct lease *l, int64_t by)
{
	l->endpoint->in_flight += by;
	m->in_flight += by;
	if (l->endpoint->home == &m->unproven)
		m->unproven_in_flight += by;
	if (l->hook) {
		l->hook->in_flight += by;
		hook_place(m, l->hook);
	}
	endpoint_place(m, l->endpoint);
}

void
lease_link(struct memory *m, struct lease *l)
{
	map_put(&m->by_token, (uint64_t)l->token, l);
	heap_set(&m->leases, &l->node, l->node.key);
	l->next = l->session->leases;
	l->link = &l->session->leases;
	if (l->next)
		l->next->link = &l->next;
	l->session->leases = l;
	count_in_flight(m, l, 1);
}

void
lease_unlink(struct memory *m, struct lease *l)
{
	int64_t until_ms = l->node.key;

	map_remove(&m->by_token, (uint64_t)l->token);
	heap_set(&m->leases, &l->node, HEAP_NEVER);
	l->node.key = until_ms;
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
	count_in_flight(m, l, -1);
}

struct session *
memory_session(struct memory *m, const uint8_t *id)
{
	struct session *s;

	memory_lock(m);
	for (s = m->sessions; s; s = s->next)
		if (memcmp(s->id, id, sizeof(s->id)) == 0)
			break;
	if (!s) {
		s = mem_alloc(sizeof(*s));
		memcpy(s->id, id, sizeof(s->id));
		s->next = m->sessions;
		m->sessions = s;
	}
	memory_unlock(m);
	return s;
}

struct session *
memory_session_take(struct memory *m, const uint8_t *id)
{
	struct session **p, *s;

	memory_lock(m);
	for (p = &m->sessions; *p; p = &(*p)->next)
		if (memcmp((*p)->id, id, sizeof((*p)->id)) == 0)
			break;
	s = *p;
	if (s)
		*p = s->next;
	memory_unlock(m);
	return s;
}

struct lease *
memory_lease(struct memory *m, int64_t token)
{
	return map_get(&m->by_token, (uint64_t)token);
}

void
memory_lease_new(struct memory *m, struct session *s, struct hook *h,
    int64_t token, int64_t delivery, int64_t now_ms, int64_t until_ms)
{
	struct lease *l = mem_alloc(sizeof(*l));

	l->node.key = until_ms;
	l->token = token;
	l->delivery = delivery;
	l->hook = h;
	l->endpoint = h->rules.endpoint;
	l->session = s;
	memory_lock(m);
	note_flow(m, l->endpoint);
	l->number = flow_take(&l->endpoint->flow, now_ms);
	lease_link(m, l);
	note_lease(m, UNDO_LEASE_NEW, l);
	memory_unlock(m);
}

void
memory_lease_end(
    struct memory *m, struct lease *l, enum sign sign, int64_t now_ms)
{
	struct endpoint *e = l->endpoint;

	memory_lock(m);
	note_flow(m, e);
	flow_hear(
	    &e->flow, &m->limits.flow, sign, l->number, e->in_flight, now_ms);
	flow_lost(&e->flow, l->number);
	lease_unlink(m, l);
	note_lease(m, UNDO_LEASE_END, l);
	m->woken = true;
	memory_unlock(m);
}

void
memory_lease_move(struct memory *m, struct lease *l, int64_t until_ms)
{
	memory_lock(m);
	note_lease(m, UNDO_LEASE_MOVE, l);
	heap_set(&m->leases, &l->node, until_ms);
	memory_unlock(m);
}

void
memory_expire(struct memory *m, int64_t now_ms)
{
	while (heap_key(&m->leases) <= now_ms)
		memory_lease_end(m,
		    (struct lease *)(void *)heap_top(&m->leases), SIGN_NONE,
		    now_ms);
}

void
memory_session_return(struct memory *m, struct session *s)
{
	memory_lock(m);
	s->next = m->sessions;
	m->sessions = s;
	memory_unlock(m);
}

void
memory_session_clear(struct memory *m, struct session *s)
{
	struct lease *l;

	assert(m->undo_count == 0);
	memory_lock(m);
	while ((l = s->leases)) {
		flow_lost(&l->endpoint->flow, l->number);
		lease_unlink(m, l);
		free(l);
	}
	m->woken = true;
	memory_unlock(m);
}
