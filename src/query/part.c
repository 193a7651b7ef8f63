/* See part.h. Behind the cells lie the values grouped by, the key, then the
 * texts of values and cells. */
#include "query/part.h"

#include <string.h>

static int
part_cmp(
    const struct sorter_item *a, const struct sorter_item *b, const void *ctx)
{
	(void)ctx;
	return span_cmp(((const struct part *)(const void *)a)->key,
	    ((const struct part *)(const void *)b)->key);
}

static void
part_moved(struct sorter_item *item, const void *ctx)
{
	struct part *part = (void *)item;
	char *at;

	(void)ctx;
	part->by = (struct value *)(void *)(part->cells + part->cell_count);
	at = (char *)(part->by + part->by_count);
	part->key.p = at;
	at += part->key.n;
	for (size_t i = 0; i < part->by_count; i++) {
		part->by[i].text.p = at;
		at += part->by[i].text.n;
	}
	for (size_t i = 0; i < part->cell_count; i++) {
		part->cells[i].best.text.p = at;
		at += part->cells[i].best.text.n;
	}
}

const struct sorter_kind part_kind = {part_cmp, part_moved};

static struct part *
part_new(size_t cells, size_t by, struct span group, size_t more)
{
	struct part *part =
	    (void *)sorter_item(sizeof *part + cells * sizeof *part->cells +
				by * sizeof *part->by + group.n + more);

	part->group_bytes = group.n;
	part->cell_count = cells;
	part->by_count = by;
	return part;
}

/* The text of a value goes where part_moved looks for it. */
static void
fill(const struct span *own, struct span text)
{
	if (text.n)
		memcpy((char *)own->p, text.p, text.n);
}

struct part *
part_of_group(struct span group, int64_t no, const struct value *by,
    size_t by_count, const struct cells *cells, const struct cell_state *states)
{
	struct part *part;
	size_t texts = 1; /* the key's mark */

	for (size_t i = 0; i < by_count; i++)
		texts += by[i].text.n;
	for (size_t i = 0; i < cells->count; i++)
		texts += states[i].best.text.n;
	part = part_new(cells->count, by_count, group, texts);
	part->no = no;
	part->key.n = group.n + 1;
	part_moved(&part->item, NULL);
	for (size_t i = 0; i < by_count; i++)
		part->by[i] = by[i];
	for (size_t i = 0; i < cells->count; i++) {
		/* Their values follow as parts of their own. */
		if (cells->at[i].distinct)
			continue;
		part->cells[i] = states[i];
		part->cells[i].text = NULL;
		part->cells[i].room = 0;
	}
	part_moved(&part->item, NULL);
	fill(&part->key, group);
	for (size_t i = 0; i < by_count; i++)
		fill(&part->by[i].text, by[i].text);
	for (size_t i = 0; i < cells->count; i++)
		if (!cells->at[i].distinct)
			fill(&part->cells[i].best.text, states[i].best.text);
	return part;
}

struct part *
part_of_value(
    struct span group, size_t cell, struct span key, struct value value)
{
	size_t mark = 1 + sizeof(uint32_t);
	struct part *part = part_new(0, 0, group, mark + key.n);
	char *at;

	part->is_value = true;
	part->cell = cell;
	part->value = value;
	part->value.text = SPAN_NONE;
	part->key.n = group.n + mark + key.n;
	part_moved(&part->item, NULL);
	fill(&part->key, group);
	at = (char *)part->key.p + group.n;
	*at++ = 1;
	for (int shift = 24; shift >= 0; shift -= 8)
		*at++ = (char)(cell >> shift);
	memcpy(at, key.p, key.n);
	return part;
}

bool
part_is_of(const struct part *part, struct span group)
{
	return span_eq(span_head(part->key, part->group_bytes), group);
}
