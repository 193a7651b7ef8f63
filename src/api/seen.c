/* Row versions by id: a plain list, sorted at the first question if rows did
 * not come in order of id. */
#include "api/seen.h"

#include <stdlib.h>

void
seen_add(struct seen *s, int64_t id, uint64_t version)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 64;
		s->rows = mem_grow(s->rows, s->room, sizeof(*s->rows));
	}
	if (s->count > 0 && s->rows[s->count - 1].id > id)
		s->unsorted = true;
	s->rows[s->count].id = id;
	s->rows[s->count].version = version;
	s->count++;
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = ((const struct seen_row *)a)->id;
	int64_t y = ((const struct seen_row *)b)->id;

	return x < y ? -1 : x > y;
}

uint64_t
seen_version(struct seen *s, int64_t id)
{
	struct seen_row wanted = {.id = id};
	struct seen_row *found;

	if (s->unsorted)
		qsort(s->rows, s->count, sizeof(*s->rows), by_id);
	s->unsorted = false;
	found = bsearch(&wanted, s->rows, s->count, sizeof(wanted), by_id);
	return found ? found->version : 0;
}

void
seen_release(struct seen *s)
{
	free(s->rows);
	*s = (struct seen){0};
}
