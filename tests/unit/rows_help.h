/* JSON as the rows of an export: the elements of a list, or the one. */
#ifndef TESTS_UNIT_ROWS_HELP_H
#define TESTS_UNIT_ROWS_HELP_H

#include "query/rows.h"
#include "query/walk.h"

static inline void
rows_of_json(struct rows *rows, struct span json, size_t bytes_max)
{
	struct room room = {.spool_bytes = bytes_max};
	struct walk walk = walk_start(json);
	struct span name, row;

	rows_init(rows, &room);
	rows->one = !walk_is_list(json);
	if (rows->one)
		rows_put(rows, json);
	while (!rows->one && walk_next(&walk, &name, &row))
		rows_put(rows, row);
}

#endif
