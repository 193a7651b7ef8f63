/* Table from 64-bit numbers to pointers, which are never NULL. */
#ifndef QUEUE_MAP_H
#define QUEUE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t key;
	void *value; /* NULL: free */
};
struct map {
	struct map_slot *slots;
	size_t size, used; /* size: a power of two, or 0 */
};

void map_release(struct map *);
void *map_get(const struct map *, uint64_t key); /* NULL: absent */
void map_put(struct map *, uint64_t key, void *value);
void map_remove(struct map *, uint64_t key);
/* Walks all: *at starts as 0; NULL at the end. */
void *map_next(const struct map *, size_t *at);

#endif
