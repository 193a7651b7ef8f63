/* The slots and the one atomic word in each. */
#include "http/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/mem.h"

static uint64_t
word_make(uint64_t generation, enum conn_state state)
{
	return generation << 32 | state;
}

static uint64_t
word_generation(uint64_t word)
{
	return word >> 32;
}

static enum conn_state
word_state(uint64_t word)
{
	return (enum conn_state)(word & 0xff);
}

static void
table_grow(struct conn_table *t)
{
	struct conn *block = mem_array(CONN_BLOCK, sizeof *block);
	size_t first = t->block_count * CONN_BLOCK;

	for (size_t i = CONN_BLOCK; i-- > 0;) {
		block[i].slot = (uint32_t)(first + i);
		block[i].fd = -1;
		block[i].next = t->free;
		t->free = &block[i];
	}
	t->blocks[t->block_count++] = block;
}

void
conn_unlook(struct conn *c)
{
	c->need = 0;
	if (c->looks > 0)
		c->looks = 0;
}

struct conn *
conn_open(struct conn_table *t, int fd, enum door door)
{
	struct conn *c;

	if (!t->free && (t->block_count + 1) * CONN_BLOCK <= t->max &&
	    t->block_count < CONN_BLOCKS_MAX)
		table_grow(t);
	c = t->free;
	if (!c)
		return NULL;
	t->free = c->next;
	c->fd = fd;
	c->door = door;
	c->watched = c->pending = c->reading = c->told = false;
	conn_unlook(c);
	c->prev = c->next = c->lane_next = NULL;
	c->parked = NULL;
	conn_move(c, CONN_FREE, CONN_BUSY);
	return c;
}

void
conn_free(struct conn_table *t, struct conn *c)
{
	uint64_t generation = word_generation(atomic_load(&c->word));

	c->fd = -1;
	atomic_store(
	    &c->word, word_make((generation + 1) & UINT32_MAX, CONN_FREE));
	c->next = t->free;
	t->free = c;
}

void
conn_table_release(struct conn_table *t)
{
	for (size_t i = 0; i < t->block_count; i++) {
		for (size_t k = 0; k < CONN_BLOCK; k++)
			if (t->blocks[i][k].fd >= 0)
				close(t->blocks[i][k].fd);
		free(t->blocks[i]);
	}
	t->block_count = 0;
	t->free = NULL;
}

uint64_t
conn_data(const struct conn *c)
{
	return word_generation(atomic_load(&c->word)) << 32 | c->slot;
}

struct conn *
conn_of(const struct conn_table *t, uint64_t data)
{
	uint32_t slot = (uint32_t)data;

	return &t->blocks[slot / CONN_BLOCK][slot % CONN_BLOCK];
}

bool
conn_take(struct conn *c, uint64_t data, bool *parked)
{
	uint64_t word = atomic_load(&c->word);

	*parked = false;
	while (word_generation(word) == data >> 32) {
		enum conn_state to;

		switch (word_state(word)) {
		case CONN_IDLE:
			to = CONN_BUSY;
			break;
		case CONN_BUSY:
			to = CONN_AGAIN;
			break;
		case CONN_PARKED:
			*parked = true;
			return false;
		default:
			return false;
		}
		if (atomic_compare_exchange_weak(
			&c->word, &word, word_make(data >> 32, to)))
			return to == CONN_BUSY;
	}
	return false;
}

bool
conn_move(struct conn *c, enum conn_state from, enum conn_state to)
{
	uint64_t word = atomic_load(&c->word);

	while (word_state(word) == from)
		if (atomic_compare_exchange_weak(
			&c->word, &word, word_make(word_generation(word), to)))
			return true;
	return false;
}

enum conn_state
conn_state(const struct conn *c)
{
	return word_state(atomic_load(&c->word));
}
