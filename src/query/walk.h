/* Walking over our own compact JSON, for the exports. No tree is made: an
 * answer may be large, and its nesting is bounded (32 levels, product chapter
 * 2), so members are found by skipping. Trusts its input. */
#ifndef QUERY_WALK_H
#define QUERY_WALK_H

#include "common/buf.h"
#include "common/span.h"

struct walk {
	struct span rest;
	bool object;
};

/* Members of an object or elements of a list. */
struct walk walk_start(struct span value);
/* `name` is the raw JSON string, empty in a list. */
bool walk_next(struct walk *, struct span *name, struct span *value);

bool walk_is_object(struct span value);
bool walk_is_list(struct span value);
bool walk_is_text(struct span value);
bool walk_is_null(struct span value);
bool walk_is_number(struct span value);
/* A whole number of 64 bits, which a double might not hold; as written. */
bool walk_is_exact(struct span value);
bool walk_is_empty(struct span value); /* [] or {} */
/* The text of a JSON string, appended. */
void walk_put_text(struct buf *, struct span value);
/* A number as JavaScript writes it, but a bigInteger with all its digits; the
 * other scalars as they are. Appended. */
void walk_put_scalar(struct buf *, struct span value);

#endif
