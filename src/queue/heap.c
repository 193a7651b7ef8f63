/* The usual array heap; each node knows its place, so that any of them can
 * be moved in logarithmic time. */
#include "queue/heap.h"

#include <stdlib.h>

#include "common/mem.h"

enum { HEAP_FIRST_ROOM = 16 };

static void
put(struct heap *h, size_t at, struct heap_node *n)
{
	h->nodes[at - 1] = n;
	n->at = at;
}

static void
up(struct heap *h, struct heap_node *n)
{
	size_t at = n->at;

	while (at > 1 && h->nodes[at / 2 - 1]->key > n->key) {
		put(h, at, h->nodes[at / 2 - 1]);
		at /= 2;
	}
	put(h, at, n);
}

static void
down(struct heap *h, struct heap_node *n)
{
	size_t at = n->at, next;

	while ((next = at * 2) <= h->count) {
		if (next < h->count &&
		    h->nodes[next]->key < h->nodes[next - 1]->key)
			next++;
		if (h->nodes[next - 1]->key >= n->key)
			break;
		put(h, at, h->nodes[next - 1]);
		at = next;
	}
	put(h, at, n);
}

static void
take_out(struct heap *h, struct heap_node *n)
{
	struct heap_node *last = h->nodes[h->count - 1];
	size_t at = n->at;

	h->count--;
	n->at = 0;
	if (last == n)
		return;
	put(h, at, last);
	up(h, last);
	down(h, last);
}

void
heap_release(struct heap *h)
{
	free(h->nodes);
	*h = (struct heap){0};
}

void
heap_set(struct heap *h, struct heap_node *n, int64_t key)
{
	if (key == HEAP_NEVER) {
		if (n->at)
			take_out(h, n);
		n->key = key;
		return;
	}
	n->key = key;
	if (!n->at) {
		if (h->count == h->room) {
			h->room = h->room ? h->room * 2 : HEAP_FIRST_ROOM;
			h->nodes =
			    mem_grow(h->nodes, h->room, sizeof(*h->nodes));
		}
		put(h, ++h->count, n);
	}
	up(h, n);
	down(h, n);
}

struct heap_node *
heap_top(const struct heap *h)
{
	return h->count ? h->nodes[0] : NULL;
}

int64_t
heap_key(const struct heap *h)
{
	return h->count ? h->nodes[0]->key : HEAP_NEVER;
}
