/* Webhooks and endpoints. A hook stands in its endpoint's heap at the moment
 * its own rules let it go, an endpoint in its home at the moment one of its
 * hooks and its own flow do, or at the moment it last went where that is later:
 * those that may all go take turns, however old the rows of some are. What may
 * not go before something else happens
 * stands in no heap and costs nothing, however many rows wait behind it.
 * Everything follows from hook_place and endpoint_place. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "queue/draft.h"

enum { ENDPOINTS_LEAST = 256 };

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* When its own rules let the first row go. */
static int64_t
hook_next_ms(const struct hook *h)
{
	const struct hook_rules *r = &h->rules;

	if (!r->active || r->sorting || (r->most && h->in_flight >= r->most))
		return HEAP_NEVER;
	return later(h->due_ms, pace_next_ms(&h->pace));
}

static void
endpoint_move(struct memory *m, struct endpoint *e, struct heap *home)
{
	if (e->home == home)
		return;
	heap_set(e->home, &e->node, HEAP_NEVER);
	m->unproven_in_flight +=
	    home == &m->unproven ? e->in_flight : -e->in_flight;
	e->home = home;
}

void
endpoint_place(struct memory *m, struct endpoint *e)
{
	endpoint_move(m, e, e->flow.proven ? &m->proven : &m->unproven);
	heap_set(e->home, &e->node,
	    later(heap_key(&e->hooks), flow_next_ms(&e->flow, e->in_flight)));
}

void
hook_place(struct memory *m, struct hook *h)
{
	heap_set(&h->rules.endpoint->hooks, &h->node, hook_next_ms(h));
	endpoint_place(m, h->rules.endpoint);
}

/* Out of the endpoint it stands at. */
static void
hook_leave(struct memory *m, struct hook *h)
{
	heap_set(&h->rules.endpoint->hooks, &h->node, HEAP_NEVER);
	endpoint_place(m, h->rules.endpoint);
}

void
hook_restore(struct memory *m, struct hook *h, const struct hook *was)
{
	hook_leave(m, h);
	h->rules = was->rules;
	h->pace = was->pace;
	h->failing = was->failing;
	h->due_ms = was->due_ms;
	h->front = was->front;
	hook_place(m, h);
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
	h->rules.endpoint = memory_endpoint(m, SPAN_NONE);
	memory_lock(m);
	map_put(&m->hooks, (uint64_t)id, h);
	memory_unlock(m);
	return h;
}

void
memory_hook_forget(struct memory *m, struct hook *h)
{
	struct lease *l;
	size_t at = 0;

	assert(m->undo_count == 0);
	memory_lock(m);
	hook_leave(m, h);
	map_remove(&m->hooks, (uint64_t)h->id);
	while (h->in_flight > 0 && (l = map_next(&m->by_token, &at)))
		if (l->hook == h)
			l->hook = NULL;
	memory_unlock(m);
	free(h);
}

static uint64_t
name_hash(struct span name)
{
	return (uint64_t)span_hash(name) + 1;
}

static void
endpoint_put(struct map *by_name, struct endpoint *e)
{
	uint64_t hash = name_hash(span_of(e->name));

	e->next_same = map_get(by_name, hash);
	map_put(by_name, hash, e);
}

struct endpoint *
memory_endpoint(struct memory *m, struct span name)
{
	struct endpoint *e = map_get(&m->by_name, name_hash(name));

	while (e && !span_is(name, e->name))
		e = e->next_same;
	if (e)
		return e;
	e = mem_alloc(sizeof(*e));
	e->name = mem_alloc(name.n + 1);
	if (name.n > 0)
		memcpy(e->name, name.p, name.n);
	e->home = &m->unproven;
	flow_init(&e->flow, &m->limits.flow);
	memory_lock(m);
	endpoint_put(&m->by_name, e);
	memory_unlock(m);
	return e;
}

static void
endpoint_free(struct endpoint *e)
{
	heap_set(e->home, &e->node, HEAP_NEVER);
	heap_release(&e->hooks);
	free(e->name);
	free(e);
}

void
endpoints_sweep(struct memory *m)
{
	struct map all = m->by_name;
	struct endpoint *e, *next;
	struct hook *h;
	size_t at = 0;

	if (all.used <= m->endpoints_most)
		return;
	while ((h = map_next(&m->hooks, &at)))
		h->rules.endpoint->called = true;
	m->by_name = (struct map){0};
	for (at = 0; (e = map_next(&all, &at));)
		for (; e; e = next) {
			next = e->next_same;
			if (e->called || e->in_flight > 0) {
				e->called = false;
				endpoint_put(&m->by_name, e);
			} else {
				endpoint_free(e);
			}
		}
	map_release(&all);
	m->endpoints_most = 2 * m->by_name.used + ENDPOINTS_LEAST;
}

void
endpoints_free(struct memory *m)
{
	struct endpoint *e, *next;
	size_t at = 0;

	while ((e = map_next(&m->by_name, &at)))
		for (; e; e = next) {
			next = e->next_same;
			endpoint_free(e);
		}
	map_release(&m->by_name);
}

void
hook_set_front(
    struct memory *m, struct hook *h, int64_t due_ms, int64_t delivery)
{
	if (due_ms == h->due_ms && delivery == h->front)
		return;
	memory_lock(m);
	note_hook(m, h);
	m->woken |= due_ms < h->due_ms && h->rules.active;
	h->due_ms = due_ms;
	h->front = delivery;
	hook_place(m, h);
	memory_unlock(m);
}

void
hook_add(struct memory *m, struct hook *h, int64_t due_ms, int64_t delivery)
{
	if (h->rules.ordered ? h->due_ms == HEAP_NEVER || delivery <= h->front
			     : due_ms < h->due_ms)
		hook_set_front(m, h, due_ms, delivery);
}

void
hook_set(struct memory *m, struct hook *h, const struct hook_rules *rules)
{
	memory_lock(m);
	note_hook(m, h);
	m->woken |= rules->active && h->due_ms != HEAP_NEVER;
	hook_leave(m, h);
	if (rules->per_second < h->rules.per_second ||
	    rules->per_second > h->rules.per_second) {
		pace_set(&h->pace, rules->per_second);
		pace_start(&h->pace, rules->start_ms);
	}
	h->rules = *rules;
	hook_place(m, h);
	memory_unlock(m);
}

void
hook_set_failing(struct memory *m, struct hook *h, struct failing failing)
{
	memory_lock(m);
	note_hook(m, h);
	h->failing = failing;
	memory_unlock(m);
}

static bool
unproven_is_full(const struct memory *m)
{
	return m->unproven_in_flight >= m->limits.unproven;
}

static int64_t
unproven_next_ms(const struct memory *m)
{
	return unproven_is_full(m) ? HEAP_NEVER : heap_key(&m->unproven);
}

struct hook *
memory_next(struct memory *m, int64_t now_ms)
{
	bool proven = heap_key(&m->proven) <= now_ms;
	bool unproven = unproven_next_ms(m) <= now_ms;
	struct endpoint *e;

	if (!proven && !unproven)
		return NULL;
	if (proven && unproven) {
		proven = !m->went_proven;
		m->went_proven = proven;
	}
	e = (struct endpoint *)(void *)heap_top(
	    proven ? &m->proven : &m->unproven);
	return (struct hook *)(void *)heap_top(&e->hooks);
}

int64_t
memory_next_due_ms(struct memory *m)
{
	int64_t due_ms, end_ms, next_ms;

	memory_lock(m);
	due_ms = heap_key(&m->proven);
	next_ms = unproven_next_ms(m);
	end_ms = heap_key(&m->leases);
	memory_unlock(m);
	if (next_ms < due_ms)
		due_ms = next_ms;
	return due_ms < end_ms ? due_ms : end_ms;
}

bool
hook_may(const struct memory *m, const struct hook *h, int64_t now_ms)
{
	const struct endpoint *e = h->rules.endpoint;

	if (e->home == &m->unproven && unproven_is_full(m))
		return false;
	return hook_next_ms(h) <= now_ms &&
	       flow_next_ms(&e->flow, e->in_flight) <= now_ms;
}

void
hook_spend(struct memory *m, struct hook *h, int64_t now_ms)
{
	if (h->pace.interval_us == 0)
		return;
	memory_lock(m);
	note_hook(m, h);
	pace_take(&h->pace, now_ms);
	hook_place(m, h);
	memory_unlock(m);
}

void
memory_shift(struct memory *m, int64_t by_ms)
{
	struct endpoint *e;
	struct hook *h;
	size_t at = 0;

	memory_lock(m);
	while ((h = map_next(&m->hooks, &at))) {
		note_hook(m, h);
		pace_shift(&h->pace, by_ms);
		hook_place(m, h);
	}
	for (at = 0; (e = map_next(&m->by_name, &at));)
		for (; e; e = e->next_same) {
			note_flow(m, e);
			flow_shift(&e->flow, by_ms);
			endpoint_place(m, e);
		}
	memory_unlock(m);
}
