/* Open addressing, a power of two, at most two thirds full. */
#include "query/value_set.h"

#include <stdlib.h>

#include "common/pack.h"

struct value_set_slot {
	uint32_t hash;
	uint32_t no; /* from 1; 0: free */
};

void
value_set_init(struct value_set *set, struct arena *arena)
{
	*set = (struct value_set){.arena = arena};
}

void
value_set_release(struct value_set *set)
{
	free(set->slots);
	free(set->keys);
	set->slots = NULL;
	set->keys = NULL;
	set->room = set->count = 0;
}

size_t
value_set_bytes(const struct value_set *set)
{
	return set->room * (sizeof *set->slots + sizeof *set->keys);
}

static struct value_set_slot *
find_slot(const struct value_set *set, struct span key, uint32_t hash)
{
	size_t at = hash & (set->room - 1);

	while (set->slots[at].no &&
	       !(set->slots[at].hash == hash &&
		   span_eq(set->keys[set->slots[at].no - 1], key)))
		at = (at + 1) & (set->room - 1);
	return &set->slots[at];
}

static void
grow(struct value_set *set)
{
	struct value_set old = *set;

	set->room = old.room ? 2 * old.room : 64;
	set->slots = mem_array(set->room, sizeof *set->slots);
	set->keys = mem_grow(set->keys, set->room, sizeof *set->keys);
	for (size_t i = 0; i < old.room; i++) {
		const struct value_set_slot *slot = &old.slots[i];

		if (slot->no)
			*find_slot(set, set->keys[slot->no - 1], slot->hash) =
			    *slot;
	}
	free(old.slots);
}

size_t
value_set_add(struct value_set *set, struct span key, bool *added)
{
	uint32_t hash = span_hash(key);
	struct value_set_slot *slot;

	if (3 * set->count >= 2 * set->room)
		grow(set);
	slot = find_slot(set, key, hash);
	*added = slot->no == 0;
	if (*added) {
		set->keys[set->count] = arena_span(set->arena, key);
		slot->hash = hash;
		slot->no = (uint32_t)++set->count;
	}
	return slot->no - 1;
}

void
value_set_key(struct buf *out, struct value value)
{
	double f;

	if (value.type == VALUE_INT || value.type == VALUE_FLOAT ||
	    value.type == VALUE_NUMBER) {
		/* A whole amount has one form, whatever its type. */
		f = value_as_f64(value);
		if (value.type != VALUE_INT && f >= -0x1p63 && f < 0x1p63 &&
		    f == (double)(int64_t)f)
			value = value_int((int64_t)f);
		pack_u8(out, value.type == VALUE_INT ? VALUE_INT : VALUE_FLOAT);
		if (value.type == VALUE_INT)
			pack_i64(out, value.i);
		else
			pack_f64(out, f);
		return;
	}
	pack_u8(out, (uint8_t)value.type);
	if (value.type == VALUE_BOOL)
		pack_u8(out, value.b);
	else if (value.type == VALUE_TIME)
		pack_i64(out, value.i);
	else
		pack_span(out, value.text);
}
