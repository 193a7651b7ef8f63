/* `fields` and `alias`: which members an answer has, and in which order
 * (contract 7.1, 7.8). */
#ifndef QUERY_PROJECTION_H
#define QUERY_PROJECTION_H

#include "query/ask.h"
#include "query/operand.h"

struct column {
	struct span name;
	struct span key; /* `,"name":` as JSON */
	struct operand operand;
	bool raw_csv; /* an alias shows the joined text */
	bool rest;    /* all free-form members not named before */
};

struct projection {
	struct column *at;
	size_t count, room;
};

enum err projection_bind(struct arena *, const struct query *,
    const struct schema *, struct projection *, struct fault *);
void projection_put(
    const struct projection *, const struct row *, struct buf *);
/* `,"name":` in the arena; the first member leaves the comma out. */
struct span column_key(struct arena *, struct span name);

#endif
