/* See rows.h. A row is its length, then its bytes. */
#include "query/rows.h"

#include <string.h>

void
rows_init(struct rows *rows, const struct room *room)
{
	*rows = (struct rows){.one = false};
	spool_init(&rows->spool, room);
}

void
rows_put(struct rows *rows, struct span json)
{
	spool_put(&rows->spool, &json.n, sizeof json.n);
	spool_put(&rows->spool, json.p, json.n);
}

void
rows_clear(struct rows *rows)
{
	spool_clear(&rows->spool);
}

void
rows_release(struct rows *rows)
{
	spool_release(&rows->spool);
}

struct rows_walk
rows_walk(struct rows *rows)
{
	return (struct rows_walk){.rows = rows,
	    .reader = spool_read(&rows->spool, 0, spool_bytes(&rows->spool)),
	    .first = true};
}

void
rows_walk_end(struct rows_walk *walk)
{
	spool_reader_release(&walk->reader);
}

bool
rows_next(struct rows_walk *walk, struct span *row)
{
	bool first = walk->first, one = walk->rows->one;
	size_t n;
	char *p;

	walk->first = false;
	spool_skip(&walk->reader, walk->last);
	walk->last = 0;
	p = one && !first ? NULL : spool_peek(&walk->reader, sizeof n);
	if (p) {
		memcpy(&n, p, sizeof n);
		spool_skip(&walk->reader, sizeof n);
		p = spool_peek(&walk->reader, n);
	}
	if (p) {
		*row = span_make(p, n);
		walk->last = n;
		return true;
	}
	rows_walk_end(walk);
	*row = SPAN("null");
	return one && first;
}
