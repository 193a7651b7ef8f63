/* The memory as a whole: its notes and their undoing, its counts, its end. */
#include "queue/memory.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"
#include "queue/draft.h"
#include "queue/queue.h"

static struct undo *
note(struct memory *m, enum undo_kind kind)
{
	struct undo *u;

	if (m->undo_count == m->undo_room) {
		m->undo_room = m->undo_room ? m->undo_room * 2 : 64;
		m->undo = mem_grow(m->undo, m->undo_room, sizeof(*m->undo));
	}
	u = &m->undo[m->undo_count++];
	u->kind = kind;
	return u;
}

void
note_hook(struct memory *m, struct hook *h)
{
	struct undo *u = note(m, UNDO_HOOK);

	u->of.hook = h;
	u->was.hook = *h;
}

void
note_flow(struct memory *m, struct endpoint *e)
{
	struct undo *u = note(m, UNDO_FLOW);

	u->of.endpoint = e;
	u->was.flow = e->flow;
}

void
note_lease(struct memory *m, enum undo_kind kind, struct lease *l)
{
	struct undo *u = note(m, kind);

	u->of.lease = l;
	u->was.until_ms = l->node.key;
}

void
memory_init(struct memory *m, const struct memory_limits *limits)
{
	*m = (struct memory){.limits = *limits};
	pthread_mutex_init(&m->lock, NULL);
}

static void
release_leases(struct memory *m)
{
	struct lease *l;
	size_t at = 0;

	while ((l = map_next(&m->by_token, &at)))
		free(l);
	map_release(&m->by_token);
	heap_release(&m->leases);
}

static void
release_endpoints(struct memory *m)
{
	endpoints_free(m);
	heap_release(&m->proven);
	heap_release(&m->unproven);
}

void
memory_release(struct memory *m)
{
	struct session *s;
	struct hook *h;
	size_t at = 0;

	memory_keep(m);
	release_leases(m);
	release_endpoints(m);
	while ((h = map_next(&m->hooks, &at)))
		free(h);
	map_release(&m->hooks);
	while ((s = m->sessions)) {
		m->sessions = s->next;
		free(s);
	}
	free(m->undo);
	free(m->chores);
	pthread_mutex_destroy(&m->lock);
}

void
memory_chore_add(struct memory *m, struct hook *h)
{
	if (m->chore_count == m->chore_room) {
		m->chore_room = m->chore_room ? m->chore_room * 2 : 16;
		m->chores =
		    mem_grow(m->chores, m->chore_room, sizeof(*m->chores));
	}
	m->chores[m->chore_count++] = h;
	h->busy = true;
}

struct hook *
memory_chore(struct memory *m)
{
	return m->chore_count ? m->chores[--m->chore_count] : NULL;
}

void
memory_keep(struct memory *m)
{
	memory_lock(m);
	for (size_t i = 0; i < m->undo_count; i++) {
		const struct undo *u = &m->undo[i];
		struct hook *h = u->of.hook;

		if (u->kind == UNDO_LEASE_END)
			free(u->of.lease);
		else if (u->kind == UNDO_HOOK && !h->busy &&
			 (h->rules.deleted || h->rules.sorting))
			memory_chore_add(m, h);
	}
	m->undo_count = 0;
	endpoints_sweep(m);
	memory_unlock(m);
}

static void
undo_one(struct memory *m, const struct undo *u)
{
	switch (u->kind) {
	case UNDO_HOOK:
		hook_restore(m, u->of.hook, &u->was.hook);
		break;
	case UNDO_FLOW:
		u->of.endpoint->flow = u->was.flow;
		endpoint_place(m, u->of.endpoint);
		break;
	case UNDO_LEASE_NEW:
		lease_unlink(m, u->of.lease);
		free(u->of.lease);
		break;
	case UNDO_LEASE_MOVE:
		heap_set(&m->leases, &u->of.lease->node, u->was.until_ms);
		break;
	case UNDO_LEASE_END:
		lease_link(m, u->of.lease);
		break;
	}
}

void
memory_drop(struct memory *m)
{
	memory_lock(m);
	while (m->undo_count > 0)
		undo_one(m, &m->undo[--m->undo_count]);
	m->woken = false;
	memory_unlock(m);
}

bool
memory_woken(struct memory *m)
{
	bool was;

	memory_lock(m);
	was = m->woken;
	m->woken = false;
	memory_unlock(m);
	return was;
}

static void
count_hook(const struct hook *h, struct queue_counts *c)
{
	if (h->due_ms == HEAP_NEVER)
		return;
	c->waiting_webhooks++;
	if (!h->rules.active) {
		c->held_webhooks++;
		return; /* they may wait for as long as they like */
	}
	if (h->rules.endpoint->flow.state != FLOW_CLOSED)
		c->blocked_webhooks++;
	if (h->due_ms < c->oldest_due_ms)
		c->oldest_due_ms = h->due_ms;
}

static void
count_endpoint(const struct endpoint *e, struct queue_counts *c)
{
	c->endpoints++;
	c->endpoints_open += e->flow.state == FLOW_OPEN;
	c->endpoints_probing += e->flow.state == FLOW_PROBING;
	c->endpoints_unproven += !e->flow.proven;
	c->windows += (int64_t)e->flow.window;
}

void
memory_count(struct memory *m, struct queue_counts *c)
{
	const struct endpoint *e;
	const struct hook *h;
	size_t at = 0;

	*c = (struct queue_counts){.oldest_due_ms = HEAP_NEVER};
	memory_lock(m);
	c->in_flight = m->in_flight;
	for (const struct session *s = m->sessions; s; s = s->next)
		c->sessions++;
	while ((h = map_next(&m->hooks, &at)))
		count_hook(h, c);
	for (at = 0; (e = map_next(&m->by_name, &at));)
		for (; e; e = e->next_same)
			if (e->name[0]) /* not the place of new hooks */
				count_endpoint(e, c);
	memory_unlock(m);
}
