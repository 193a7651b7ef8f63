/* aggregate and groupBy: the state of each group, never its rows.
 *
 * Nulls are not counted, summed or compared; where nothing is left, counts
 * are "0" and the rest null. As PostgreSQL shows them, counts and whole sums
 * and averages are text, sums and averages of floats numbers (contract 7.7).
 * Groups and values seen before are kept in memory up to a limit; past it
 * they are put aside as parts (part.h), and memory begins anew. At the end
 * the parts of each group are put together again. */
#include "query/tally.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "query/part.h"
#include "query/projection.h"
#include "query/sort.h"
#include "query/value_set.h"

enum { KEY_BYTES_MAX = 64 << 20 };

struct group {
	struct value *values; /* of the grouped members */
	struct cell_state *cells;
	size_t at;  /* in `groups` */
	int64_t no; /* counted from the first row on */
};

/* A value that a group has seen, by its number in values_seen. */
struct seen_value {
	size_t group, cell;
	struct value value; /* without its text */
};
/* What sets equal values of different cells apart. */
enum { SEEN_HEAD_BYTES = offsetof(struct seen_value, value) };

struct tally {
	struct arena *arena; /* of the query: what is asked for */
	struct arena *state; /* of groups and values; freed early */
	struct operand *by;  /* grouped members */
	struct span *by_keys;
	size_t by_count;
	struct sort_keys sort; /* operands are members of `by` */
	size_t *sort_at;       /* which of them */
	struct cells cells;
	struct value_set groups_seen, values_seen;
	struct group **groups;
	size_t count, room;
	int64_t next_no;
	struct seen_value *seen;
	size_t seen_room;
	struct buf key;
	struct room limits;
	struct sorter parts;
	bool aside; /* there are parts */
};

static ptrdiff_t
find_by(const struct tally *tally, const struct operand *operand)
{
	for (size_t i = 0; i < tally->by_count; i++)
		if (span_eq(tally->by[i].shown, operand->shown))
			return (ptrdiff_t)i;
	return -1;
}

static enum err
bind_group(struct tally *tally, const struct query *query,
    const struct schema *schema, struct fault *fault)
{
	const struct names *names = &query->group;
	struct sort_ground ground = {tally->arena, schema, "group", fault};

	tally->by =
	    arena_array(tally->arena, names->count + 1, sizeof *tally->by);
	tally->by_keys =
	    arena_array(tally->arena, names->count + 1, sizeof *tally->by_keys);
	if (names->given && names->count == 0)
		return fault_add(
		    fault, ERR_QUERY, NULL, "\"groupBy\" has to name members");
	for (size_t i = 0; i < names->count; i++) {
		struct operand operand;
		enum err err =
		    sort_operand_bind(&ground, names->at[i], &operand);

		if (err)
			return err;
		if (find_by(tally, &operand) >= 0)
			continue;
		tally->by[tally->by_count] = operand;
		tally->by_keys[tally->by_count++] =
		    column_key(tally->arena, operand.shown);
	}
	return ERR_NONE;
}

/* `sort` may name grouped members; else the first of them it is. */
static enum err
bind_order(struct tally *tally, const struct query *query,
    const struct schema *schema, struct fault *fault)
{
	struct sort_keys *sort = &tally->sort;
	enum err err;

	if (tally->by_count == 0)
		return ERR_NONE;
	err = sort_bind(tally->arena, query, schema, sort, fault);
	if (err)
		return err;
	if (sort->count == 0)
		sort->at[sort->count++].operand = tally->by[0];
	tally->sort_at =
	    arena_array(tally->arena, sort->count, sizeof *tally->sort_at);
	for (size_t i = 0; i < sort->count; i++) {
		ptrdiff_t at = find_by(tally, &sort->at[i].operand);

		if (at < 0)
			return fault_add(fault, ERR_QUERY, NULL,
			    "Can't sort by \"%.*s\": it is not grouped by",
			    SPAN_FMT(sort->at[i].operand.shown));
		tally->sort_at[i] = (size_t)at;
	}
	return ERR_NONE;
}

enum err
tally_bind(struct arena *arena, const struct query *query,
    const struct schema *schema, const struct room *room, struct tally **out,
    struct fault *fault)
{
	struct tally *tally;
	bool known = false;
	enum err err;

	*out = NULL;
	for (const struct ask_aggregate *a = query->aggregate; a; a = a->next)
		known |= cell_is_known(a->function);
	if (!known && !query->group.given)
		return ERR_NONE;
	tally = arena_alloc(arena, sizeof *tally);
	tally->arena = arena;
	tally->limits = *room;
	buf_init(&tally->key, KEY_BYTES_MAX);
	err = bind_group(tally, query, schema, fault);
	if (!err)
		err = bind_order(tally, query, schema, fault);
	if (!err)
		err = cells_bind(arena, query, schema, &tally->cells, fault);
	if (!err)
		*out = tally;
	return err;
}

bool
tally_is_count(const struct tally *tally)
{
	return tally->by_count == 0 && cells_are_counts(&tally->cells);
}

const struct sort_keys *
tally_order(const struct tally *tally)
{
	return &tally->sort;
}

/* State is made when the first row comes, so that a query that is bound and
 * never run costs nothing. */
static void
start(struct tally *tally)
{
	if (tally->state)
		return;
	tally->state = arena_new();
	value_set_init(&tally->groups_seen, tally->state);
	value_set_init(&tally->values_seen, tally->state);
}

static void
forget(struct tally *tally)
{
	if (tally->state) {
		value_set_release(&tally->groups_seen);
		value_set_release(&tally->values_seen);
		arena_free(tally->state);
	}
	tally->state = NULL;
	free(tally->groups);
	free(tally->seen);
	tally->groups = NULL;
	tally->seen = NULL;
	tally->count = tally->room = tally->seen_room = 0;
}

static struct group *
group_new(struct tally *tally)
{
	struct group *group = arena_alloc(tally->state, sizeof *group);

	if (tally->count == tally->room) {
		tally->room = tally->room ? 2 * tally->room : 16;
		tally->groups = mem_grow(
		    tally->groups, tally->room, sizeof(struct group *));
	}
	group->at = tally->count;
	group->no = tally->next_no++;
	group->cells = arena_array(
	    tally->state, tally->cells.count + 1, sizeof *group->cells);
	group->values = arena_array(
	    tally->state, tally->by_count + 1, sizeof *group->values);
	tally->groups[tally->count++] = group;
	return group;
}

static struct group *
group_of(struct tally *tally, const struct row *row)
{
	struct group *group;
	bool added;
	size_t no;

	buf_clear(&tally->key);
	for (size_t i = 0; i < tally->by_count; i++)
		value_set_key(&tally->key, operand_value(&tally->by[i], row));
	no = value_set_add(&tally->groups_seen, buf_view(&tally->key), &added);
	if (!added)
		return tally->groups[no];
	group = group_new(tally);
	for (size_t i = 0; i < tally->by_count; i++) {
		struct value *value = &group->values[i];

		*value = operand_value(&tally->by[i], row);
		if (value->text.n)
			value->text = arena_span(tally->state, value->text);
	}
	return group;
}

/* Whether this value is new to the cell of the group. */
static bool
is_new(struct tally *tally, const struct group *group, size_t cell,
    struct value value)
{
	struct seen_value seen = {group->at, cell, value};
	bool added;
	size_t no;

	buf_clear(&tally->key);
	buf_put(&tally->key, &seen, SEEN_HEAD_BYTES);
	value_set_key(&tally->key, value);
	no = value_set_add(&tally->values_seen, buf_view(&tally->key), &added);
	if (!added)
		return false;
	if (no >= tally->seen_room) {
		tally->seen_room = no ? 2 * no : 16;
		tally->seen = mem_grow(
		    tally->seen, tally->seen_room, sizeof *tally->seen);
	}
	tally->seen[no] = seen;
	return true;
}

static size_t
bytes_used(const struct tally *tally)
{
	return arena_used_bytes(tally->state) +
	       value_set_bytes(&tally->groups_seen) +
	       value_set_bytes(&tally->values_seen) +
	       tally->room * sizeof *tally->groups +
	       tally->seen_room * sizeof *tally->seen;
}

/* Memory begins anew. */
static void
put_aside(struct tally *tally)
{
	if (!tally->aside)
		sorter_init(
		    &tally->parts, &part_kind, NULL, SIZE_MAX, &tally->limits);
	tally->aside = true;
	for (size_t i = 0; i < tally->count; i++) {
		const struct group *group = tally->groups[i];

		sorter_put(&tally->parts,
		    &part_of_group(tally->groups_seen.keys[i], group->no,
			group->values, tally->by_count, &tally->cells,
			group->cells)
			 ->item);
	}
	for (size_t i = 0; i < tally->values_seen.count; i++) {
		const struct seen_value *seen = &tally->seen[i];
		struct span key = tally->values_seen.keys[i];

		sorter_put(&tally->parts,
		    &part_of_value(tally->groups_seen.keys[seen->group],
			seen->cell, span_from(key, SEEN_HEAD_BYTES),
			seen->value)
			 ->item);
	}
	forget(tally);
}

enum err
tally_take(struct tally *tally, const struct row *row)
{
	struct group *group;

	start(tally);
	group = group_of(tally, row);
	for (size_t i = 0; i < tally->cells.count; i++) {
		const struct cell *cell = &tally->cells.at[i];
		struct value value = value_bool(true);

		if (!cell->every)
			value = operand_value(&cell->operand, row);
		if (value.type == VALUE_NULL ||
		    (cell->distinct && !is_new(tally, group, i, value)))
			continue;
		cell_take(cell, &group->cells[i], value, tally->state);
	}
	if (bytes_used(tally) > tally->limits.memory_bytes)
		put_aside(tally);
	return tally->aside ? tally->parts.err : ERR_NONE;
}

void
tally_set_count(struct tally *tally, int64_t rows)
{
	start(tally);
	if (tally->count == 0)
		group_new(tally);
	for (size_t i = 0; i < tally->cells.count; i++)
		tally->groups[0]->cells[i].count = rows;
}

/* ---- the result ---- */

struct giving {
	struct tally *tally;
	tally_give *give;
	void *ctx;
	struct value *keys;
	struct buf json;
};

static void
give_group(struct giving *giving, const struct group *group)
{
	const struct tally *tally = giving->tally;
	struct buf *out = &giving->json;

	buf_clear(out);
	buf_char(out, '{');
	for (size_t i = 0; i < tally->by_count; i++) {
		struct span key = tally->by_keys[i];

		buf_span(out, i > 0 ? key : span_from(key, 1));
		operand_put_json(&tally->by[i], group->values[i], false, out);
	}
	cells_put(&tally->cells, group->cells, tally->by_count > 0, out);
	buf_char(out, '}');
	for (size_t i = 0; i < tally->sort.count; i++)
		giving->keys[i] = group->values[tally->sort_at[i]];
	giving->give(giving->ctx, giving->keys, group->no, buf_view(out));
}

/* A group that is put together of its parts, in the state's memory. */
static struct group *
join_start(struct tally *tally, const struct part *part, struct span *key)
{
	struct group *group;

	forget(tally);
	start(tally);
	group = group_new(tally);
	group->no = INT64_MAX;
	*key =
	    arena_span(tally->state, span_head(part->key, part->group_bytes));
	for (size_t i = 0; i < part->by_count; i++) {
		group->values[i] = part->by[i];
		group->values[i].text =
		    arena_span(tally->state, part->by[i].text);
	}
	return group;
}

static void
join(struct tally *tally, struct group *group, const struct part *part)
{
	if (part->is_value) {
		/* Equal ones follow each other. */
		if (span_eq(buf_view(&tally->key), part->key))
			return;
		buf_clear(&tally->key);
		buf_span(&tally->key, part->key);
		cell_take(&tally->cells.at[part->cell],
		    &group->cells[part->cell], part->value, tally->state);
		return;
	}
	if (part->no < group->no)
		group->no = part->no;
	for (size_t i = 0; i < tally->cells.count; i++)
		cell_merge(&tally->cells.at[i], &group->cells[i],
		    &part->cells[i], tally->state);
}

static enum err
give_parts(struct giving *giving)
{
	struct tally *tally = giving->tally;
	struct group *group = NULL;
	struct span key = SPAN_NONE;
	const struct part *part;

	put_aside(tally);
	buf_clear(&tally->key);
	while ((part = (const void *)sorter_next(&tally->parts))) {
		if (!group || !part_is_of(part, key)) {
			if (group)
				give_group(giving, group);
			group = join_start(tally, part, &key);
		}
		join(tally, group, part);
	}
	if (group)
		give_group(giving, group);
	return tally->parts.err;
}

enum err
tally_groups(struct tally *tally, tally_give *give, void *ctx)
{
	struct giving giving = {tally, give, ctx, NULL, {0}};
	enum err err = ERR_NONE;

	start(tally);
	if (tally->by_count == 0 && tally->count == 0 && !tally->aside)
		group_new(tally);
	giving.keys = arena_array(
	    tally->arena, tally->sort.count + 1, sizeof *giving.keys);
	buf_init(&giving.json, KEY_BYTES_MAX);
	if (tally->aside)
		err = give_parts(&giving);
	for (size_t i = 0; !tally->aside && i < tally->count; i++)
		give_group(&giving, tally->groups[i]);
	buf_release(&giving.json);
	return err;
}

void
tally_release(struct tally *tally)
{
	forget(tally);
	if (tally->aside)
		sorter_release(&tally->parts);
	tally->aside = false;
	buf_release(&tally->key);
}
