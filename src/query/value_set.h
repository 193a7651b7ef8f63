/* A set of byte strings in memory, each with a number: groups, and values
 * seen before. */
#ifndef QUERY_VALUE_SET_H
#define QUERY_VALUE_SET_H

#include "common/buf.h"
#include "common/mem.h"
#include "model/value.h"

struct value_set {
	struct arena *arena; /* of the keys */
	struct span *keys;   /* by number */
	struct value_set_slot *slots;
	size_t room, count;
};

void value_set_init(struct value_set *, struct arena *);
void value_set_release(struct value_set *);
/* Number of the key, counted from 0 in order of first appearance; *added
 * tells whether it is new. */
size_t value_set_add(struct value_set *, struct span key, bool *added);
size_t value_set_bytes(const struct value_set *);
/* Appends what makes a value equal to another: numbers by amount. */
void value_set_key(struct buf *, struct value);

#endif
