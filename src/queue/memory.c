/* Setters and their undoing. A hook stands in its endpoint's heap while it is
 * active and has a row; an endpoint stands in the heap of endpoints while it
 * has such a hook and room for one more. Everything else follows from
 * place_hook and place_endpoint. */
#include "queue/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

static void
lock(struct memory *m)
{
	pthread_mutex_lock(&m->lock);
}

static void
unlock(struct memory *m)
{
	pthread_mutex_unlock(&m->lock);
}

static void
place_endpoint(struct memory *m, struct endpoint *e)
{
	heap_set(&m->endpoints, &e->node,
	    e->in_flight < e->window ? heap_key(&e->hooks) : HEAP_NEVER);
}

static void
place_hook(struct memory *m, struct hook *h)
{
	heap_set(
	    &h->endpoint->hooks, &h->node, h->active ? h->due_ms : HEAP_NEVER);
	place_endpoint(m, h->endpoint);
}

static struct undo *
note(struct memory *m, enum undo_kind kind)
{
	struct undo *u;

	if (m->undo_count == m->undo_room) {
		m->undo_room = m->undo_room ? m->undo_room * 2 : 64;
		m->undo = mem_grow(m->undo, m->undo_room, sizeof(*m->undo));
	}
	u = &m->undo[m->undo_count++];
	*u = (struct undo){.kind = kind};
	return u;
}

static void
note_hook(struct memory *m, struct hook *h)
{
	struct undo *u = note(m, UNDO_HOOK);

	u->of.hook = h;
	u->endpoint = h->endpoint;
	u->due_ms = h->due_ms;
	u->active = h->active;
	u->deleted = h->deleted;
	u->failing = h->failing;
}

static void
change_hook(struct memory *m, struct hook *h, struct endpoint *e,
    int64_t due_ms, bool active)
{
	if (e != h->endpoint) {
		heap_set(&h->endpoint->hooks, &h->node, HEAP_NEVER);
		place_endpoint(m, h->endpoint);
		h->endpoint = e;
	}
	h->due_ms = due_ms;
	h->active = active;
	place_hook(m, h);
}

static void
change_in_flight(struct memory *m, struct endpoint *e, int64_t by)
{
	e->in_flight += by;
	m->in_flight += by;
	place_endpoint(m, e);
}

static void
link_lease(struct memory *m, struct lease *l)
{
	map_put(&m->by_token, (uint64_t)l->token, l);
	heap_set(&m->leases, &l->node, l->node.key);
	l->next = l->session->leases;
	l->link = &l->session->leases;
	if (l->next)
		l->next->link = &l->next;
	l->session->leases = l;
	change_in_flight(m, l->endpoint, 1);
}

static void
unlink_lease(struct memory *m, struct lease *l)
{
	int64_t until_ms = l->node.key;

	map_remove(&m->by_token, (uint64_t)l->token);
	heap_set(&m->leases, &l->node, HEAP_NEVER);
	l->node.key = until_ms;
	*l->link = l->next;
	if (l->next)
		l->next->link = l->link;
	change_in_flight(m, l->endpoint, -1);
}

void
memory_init(struct memory *m, int64_t window)
{
	*m = (struct memory){.window = window};
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
	struct endpoint *e, *next;
	size_t at = 0;

	while ((e = map_next(&m->by_name, &at)))
		for (; e; e = next) {
			next = e->next_same;
			heap_release(&e->hooks);
			free(e->name);
			free(e);
		}
	map_release(&m->by_name);
	heap_release(&m->endpoints);
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
	free(m->deleted);
	pthread_mutex_destroy(&m->lock);
}

static void
keep_deleted(struct memory *m, struct hook *h)
{
	if (!h->deleted || h->cancelling)
		return;
	h->cancelling = true;
	if (m->deleted_count == m->deleted_room) {
		m->deleted_room = m->deleted_room ? m->deleted_room * 2 : 16;
		m->deleted =
		    mem_grow(m->deleted, m->deleted_room, sizeof(*m->deleted));
	}
	m->deleted[m->deleted_count++] = h;
}

void
memory_keep(struct memory *m)
{
	lock(m);
	for (size_t i = 0; i < m->undo_count; i++) {
		const struct undo *u = &m->undo[i];

		if (u->kind == UNDO_LEASE_END)
			free(u->of.lease);
		else if (u->kind == UNDO_HOOK)
			keep_deleted(m, u->of.hook);
	}
	m->undo_count = 0;
	unlock(m);
}

static void
undo_one(struct memory *m, const struct undo *u)
{
	switch (u->kind) {
	case UNDO_HOOK:
		u->of.hook->deleted = u->deleted;
		u->of.hook->failing = u->failing;
		change_hook(m, u->of.hook, u->endpoint, u->due_ms, u->active);
		break;
	case UNDO_LEASE_NEW:
		unlink_lease(m, u->of.lease);
		free(u->of.lease);
		break;
	case UNDO_LEASE_MOVE:
		heap_set(&m->leases, &u->of.lease->node, u->due_ms);
		break;
	case UNDO_LEASE_END:
		link_lease(m, u->of.lease);
		break;
	}
}

void
memory_drop(struct memory *m)
{
	lock(m);
	while (m->undo_count > 0)
		undo_one(m, &m->undo[--m->undo_count]);
	m->woken = false;
	unlock(m);
}

struct hook *
memory_hook(struct memory *m, int64_t id)
{
	return map_get(&m->hooks, (uint64_t)id);
}

struct hook *
memory_hook_new(struct memory *m, int64_t id)
{
	struct hook *h = mem_alloc(sizeof(*h));

	h->id = id;
	h->due_ms = HEAP_NEVER;
	h->endpoint = memory_endpoint(m, SPAN_NONE);
	lock(m);
	map_put(&m->hooks, (uint64_t)id, h);
	unlock(m);
	return h;
}

void
memory_hook_forget(struct memory *m, struct hook *h)
{
	assert(m->undo_count == 0);
	lock(m);
	heap_set(&h->endpoint->hooks, &h->node, HEAP_NEVER);
	place_endpoint(m, h->endpoint);
	map_remove(&m->hooks, (uint64_t)h->id);
	unlock(m);
	free(h);
}

struct endpoint *
memory_endpoint(struct memory *m, struct span name)
{
	uint64_t hash = (uint64_t)span_hash(name) + 1;
	struct endpoint *first = map_get(&m->by_name, hash), *e = first;

	while (e && !span_is(name, e->name))
		e = e->next_same;
	if (e)
		return e;
	e = mem_alloc(sizeof(*e));
	e->name = mem_alloc(name.n + 1);
	if (name.n > 0)
		memcpy(e->name, name.p, name.n);
	e->window = m->window;
	e->next_same = first;
	lock(m);
	map_put(&m->by_name, hash, e);
	unlock(m);
	return e;
}

void
hook_set_due(struct memory *m, struct hook *h, int64_t due_ms)
{
	if (due_ms == h->due_ms)
		return;
	lock(m);
	note_hook(m, h);
	m->woken |= due_ms < h->due_ms && h->active;
	change_hook(m, h, h->endpoint, due_ms, h->active);
	unlock(m);
}

void
hook_due_by(struct memory *m, struct hook *h, int64_t due_ms)
{
	if (due_ms < h->due_ms)
		hook_set_due(m, h, due_ms);
}

void
hook_set(struct memory *m, struct hook *h, struct endpoint *e, bool active,
    bool deleted)
{
	lock(m);
	note_hook(m, h);
	m->woken |= active && h->due_ms != HEAP_NEVER;
	h->deleted = deleted;
	change_hook(m, h, e, h->due_ms, active);
	unlock(m);
}

void
hook_set_failing(struct memory *m, struct hook *h, struct failing failing)
{
	lock(m);
	note_hook(m, h);
	h->failing = failing;
	unlock(m);
}

struct hook *
memory_next(struct memory *m, int64_t now_ms)
{
	struct endpoint *e;

	if (heap_key(&m->endpoints) > now_ms)
		return NULL;
	e = (struct endpoint *)(void *)heap_top(&m->endpoints);
	return (struct hook *)(void *)heap_top(&e->hooks);
}

int64_t
hook_room(const struct hook *h)
{
	return h->endpoint->window - h->endpoint->in_flight;
}

struct session *
memory_session(struct memory *m, const uint8_t *id)
{
	struct session *s;

	lock(m);
	for (s = m->sessions; s; s = s->next)
		if (memcmp(s->id, id, sizeof(s->id)) == 0)
			break;
	if (!s) {
		s = mem_alloc(sizeof(*s));
		memcpy(s->id, id, sizeof(s->id));
		s->next = m->sessions;
		m->sessions = s;
	}
	unlock(m);
	return s;
}

struct session *
memory_session_take(struct memory *m, const uint8_t *id)
{
	struct session **p, *s;

	lock(m);
	for (p = &m->sessions; *p; p = &(*p)->next)
		if (memcmp((*p)->id, id, sizeof((*p)->id)) == 0)
			break;
	s = *p;
	if (s)
		*p = s->next;
	unlock(m);
	return s;
}

struct lease *
memory_lease(struct memory *m, int64_t token)
{
	return map_get(&m->by_token, (uint64_t)token);
}

void
memory_lease_new(struct memory *m, struct session *s, struct endpoint *e,
    int64_t token, int64_t delivery, int64_t until_ms)
{
	struct lease *l = mem_alloc(sizeof(*l));

	l->node.key = until_ms;
	l->token = token;
	l->delivery = delivery;
	l->endpoint = e;
	l->session = s;
	lock(m);
	link_lease(m, l);
	note(m, UNDO_LEASE_NEW)->of.lease = l;
	unlock(m);
}

void
memory_lease_move(struct memory *m, struct lease *l, int64_t until_ms)
{
	struct undo *u;

	lock(m);
	u = note(m, UNDO_LEASE_MOVE);
	u->of.lease = l;
	u->due_ms = l->node.key;
	heap_set(&m->leases, &l->node, until_ms);
	unlock(m);
}

void
memory_lease_end(struct memory *m, struct lease *l)
{
	lock(m);
	unlink_lease(m, l);
	note(m, UNDO_LEASE_END)->of.lease = l;
	m->woken = true;
	unlock(m);
}

void
memory_expire(struct memory *m, int64_t now_ms)
{
	while (heap_key(&m->leases) <= now_ms)
		memory_lease_end(
		    m, (struct lease *)(void *)heap_top(&m->leases));
}

void
memory_session_return(struct memory *m, struct session *s)
{
	lock(m);
	s->next = m->sessions;
	m->sessions = s;
	unlock(m);
}

void
memory_session_clear(struct memory *m, struct session *s)
{
	struct lease *l;

	assert(m->undo_count == 0);
	lock(m);
	while ((l = s->leases)) {
		unlink_lease(m, l);
		free(l);
	}
	m->woken = true;
	unlock(m);
}

struct hook *
memory_deleted(struct memory *m)
{
	return m->deleted_count ? m->deleted[--m->deleted_count] : NULL;
}

bool
memory_woken(struct memory *m)
{
	bool was;

	lock(m);
	was = m->woken;
	m->woken = false;
	unlock(m);
	return was;
}

int64_t
memory_next_due_ms(struct memory *m)
{
	int64_t due_ms, end_ms;

	lock(m);
	due_ms = heap_key(&m->endpoints);
	end_ms = heap_key(&m->leases);
	unlock(m);
	return due_ms < end_ms ? due_ms : end_ms;
}
