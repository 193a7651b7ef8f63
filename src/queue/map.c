/* Open addressing with linear probing; at most half full. Removal closes the
 * gap by moving what follows, so there are no tombstones to clean. */
#include "queue/map.h"

#include <assert.h>
#include <stdlib.h>

#include "common/mem.h"

enum { MAP_FIRST_SIZE = 64 };

static size_t
home(const struct map *m, uint64_t key)
{
	/* Fibonacci hashing: ids are counted up, tokens are random. */
	return (size_t)((key * 0x9e3779b97f4a7c15u) >> 20) & (m->size - 1);
}

static size_t
find(const struct map *m, uint64_t key)
{
	size_t i = home(m, key);

	while (m->slots[i].value && m->slots[i].key != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

static void
grow(struct map *m)
{
	struct map old = *m;

	m->size = old.size ? old.size * 2 : MAP_FIRST_SIZE;
	m->slots = mem_array(m->size, sizeof(*m->slots));
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].value)
			m->slots[find(m, old.slots[i].key)] = old.slots[i];
	free(old.slots);
}

void
map_release(struct map *m)
{
	free(m->slots);
	*m = (struct map){0};
}

void *
map_get(const struct map *m, uint64_t key)
{
	return m->size ? m->slots[find(m, key)].value : NULL;
}

void
map_put(struct map *m, uint64_t key, void *value)
{
	size_t i;

	assert(value);
	if (m->used * 2 >= m->size)
		grow(m);
	i = find(m, key);
	m->used += !m->slots[i].value;
	m->slots[i] = (struct map_slot){key, value};
}

void
map_remove(struct map *m, uint64_t key)
{
	size_t mask = m->size - 1, hole, i;

	if (!map_get(m, key))
		return;
	hole = find(m, key);
	for (i = (hole + 1) & mask; m->slots[i].value; i = (i + 1) & mask) {
		size_t from = home(m, m->slots[i].key);

		/* It may move back if its home is not behind the hole. */
		if (((i - from) & mask) >= ((i - hole) & mask)) {
			m->slots[hole] = m->slots[i];
			hole = i;
		}
	}
	m->slots[hole] = (struct map_slot){0, NULL};
	m->used--;
}

void *
map_next(const struct map *m, size_t *at)
{
	while (*at < m->size) {
		const struct map_slot *s = &m->slots[(*at)++];

		if (s->value)
			return s->value;
	}
	return NULL;
}
