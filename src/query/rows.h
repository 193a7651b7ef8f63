/* The rows of an export as JSON, kept to be read as often as its format
 * wants: not in memory when they are many. */
#ifndef QUERY_ROWS_H
#define QUERY_ROWS_H

#include "query/spool.h"

struct rows {
	struct spool spool;
	bool one; /* not a list: the first, or null */
};

void rows_init(struct rows *, const struct room *);
void rows_put(struct rows *, struct span json);
void rows_clear(struct rows *);
void rows_release(struct rows *); /* may be called twice */

struct rows_walk {
	struct rows *rows;
	struct spool_reader reader;
	size_t last; /* bytes of the row given out */
	bool first;
};
struct rows_walk rows_walk(struct rows *);
/* False at the end, which gives back what the walk cost. The row is valid
 * until the next call. */
bool rows_next(struct rows_walk *, struct span *row);
void rows_walk_end(struct rows_walk *); /* before the end was reached */

#endif
