/* Binary heap of nodes that live inside other structs; smallest key first.
 * Key HEAP_NEVER is not kept. */
#ifndef QUEUE_HEAP_H
#define QUEUE_HEAP_H

#include <stddef.h>
#include <stdint.h>

#define HEAP_NEVER INT64_MAX

struct heap_node {
	int64_t key;
	size_t at; /* from 1; 0: in no heap */
};
struct heap {
	struct heap_node **nodes;
	size_t count, room;
};

void heap_release(struct heap *);
/* Puts in, moves, or (HEAP_NEVER) takes out. */
void heap_set(struct heap *, struct heap_node *, int64_t key);
struct heap_node *heap_top(const struct heap *); /* NULL: empty */
int64_t heap_key(const struct heap *);		 /* HEAP_NEVER: empty */

#endif
