/* aggregate and groupBy: the state of each group, never its rows.
 *
 * Nulls are not counted, summed or compared; where nothing is left, counts
 * are "0" and the rest null. As PostgreSQL shows them, counts and whole sums
 * and averages are text, sums and averages of floats numbers (contract 7.7).
 * Groups and values seen before are kept in memory up to a limit; past it
 * the query is given up. */
#include "query/tally.h"

#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "query/cell.h"
#include "query/projection.h"
#include "query/sort.h"
#include "query/value_set.h"

enum { TALLY_BYTES_MAX = 64 << 20 };

struct group {
	struct value *values; /* of the grouped members */
	struct cell_state *cells;
	size_t no;
};

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
	struct buf key;
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
    const struct schema *schema, struct tally **out, struct fault *fault)
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
	buf_init(&tally->key, TALLY_BYTES_MAX);
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

static struct group *
group_new(struct tally *tally)
{
	struct group *group = arena_alloc(tally->state, sizeof *group);

	if (tally->count == tally->room) {
		tally->room = tally->room ? 2 * tally->room : 16;
		tally->groups = mem_grow(
		    tally->groups, tally->room, sizeof(struct group *));
	}
	group->no = tally->count;
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
	size_t where[2] = {group->no, cell};
	bool added;

	buf_clear(&tally->key);
	buf_put(&tally->key, where, sizeof where);
	value_set_key(&tally->key, value);
	value_set_add(&tally->values_seen, buf_view(&tally->key), &added);
	return added;
}

bool
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
	return arena_used_bytes(tally->state) +
		   value_set_bytes(&tally->groups_seen) +
		   value_set_bytes(&tally->values_seen) <=
	       TALLY_BYTES_MAX;
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

static int
order_groups(const void *a, const void *b, void *arg)
{
	const struct tally *tally = arg;
	const struct group *one = *(struct group *const *)a;
	const struct group *two = *(struct group *const *)b;

	for (size_t i = 0; i < tally->sort.count; i++) {
		size_t at = tally->sort_at[i];
		int order = sort_key_cmp(
		    &tally->sort.at[i], one->values[at], two->values[at]);

		if (order)
			return order;
	}
	return (one->no > two->no) - (one->no < two->no);
}

size_t
tally_rows(struct tally *tally)
{
	start(tally);
	if (tally->by_count == 0 && tally->count == 0)
		group_new(tally);
	if (tally->count > 1)
		qsort_r(tally->groups, tally->count, sizeof *tally->groups,
		    order_groups, tally);
	return tally->count;
}

void
tally_put(const struct tally *tally, size_t row, struct buf *out)
{
	const struct group *group = tally->groups[row];

	buf_char(out, '{');
	for (size_t i = 0; i < tally->by_count; i++) {
		struct span key = tally->by_keys[i];

		buf_span(out, i > 0 ? key : span_from(key, 1));
		operand_put_json(&tally->by[i], group->values[i], false, out);
	}
	cells_put(&tally->cells, group->cells, tally->by_count > 0, out);
	buf_char(out, '}');
}

void
tally_release(struct tally *tally)
{
	if (tally->state) {
		value_set_release(&tally->groups_seen);
		value_set_release(&tally->values_seen);
		arena_free(tally->state);
	}
	tally->state = NULL;
	free(tally->groups);
	tally->groups = NULL;
	tally->count = tally->room = 0;
	buf_release(&tally->key);
}
