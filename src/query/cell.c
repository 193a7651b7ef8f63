/* The functions of `aggregate`, as a table. */
#include "query/cell.h"

#include <math.h>
#include <string.h>

#include "common/json.h"
#include "query/decimal.h"
#include "query/filter.h"
#include "query/projection.h"

enum function_kind { KIND_COUNT, KIND_SUM, KIND_AVG, KIND_MIN, KIND_MAX };

#define SUMMED (CLASS_NUMBER | CLASS_FREE)
#define RANKED (CLASS_NUMBER | CLASS_TEXT | CLASS_TIME | CLASS_FREE)
#define COUNTED (RANKED | CLASS_BOOLEAN | CLASS_UUID)

struct function {
	const char *name;
	enum function_kind kind;
	bool distinct;
	unsigned classes;
};

static const struct function functions[] = {
    {"count", KIND_COUNT, false, COUNTED | CLASS_JSON},
    {"countDistinct", KIND_COUNT, true, COUNTED},
    {"sum", KIND_SUM, false, SUMMED},
    {"sumDistinct", KIND_SUM, true, SUMMED},
    {"avg", KIND_AVG, false, SUMMED},
    {"avgDistinct", KIND_AVG, true, SUMMED},
    {"min", KIND_MIN, false, RANKED},
    {"max", KIND_MAX, false, RANKED},
};

/* For GraphQL: makes one row and shows nothing (contract 7.7). */
#define COUNT_ALL "countAll"

static const struct function *
function_find(struct span name)
{
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (span_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

bool
cell_is_known(struct span function)
{
	return function_find(function) || span_is(function, COUNT_ALL);
}

static enum err
bind_cell(struct arena *arena, const struct ask_aggregate *ask,
    const struct schema *schema, struct cell *cell, struct fault *fault)
{
	struct span member = span_trim(ask->member);
	enum err err;

	cell->distinct = cell->function->distinct;
	cell->member = ask->member;
	cell->every = cell->function->kind == KIND_COUNT && !cell->distinct &&
		      span_is(member, "*");
	if (cell->every)
		return ERR_NONE;
	cell->key = column_key(arena, ask->member);
	err = member.n == 0 || span_is(member, "*")
		  ? ERR_NOT_FOUND
		  : operand_find(arena, schema, member, &cell->operand, NULL);
	if (err || cell->operand.func ||
	    !(cell->function->classes & op_class(cell->operand.type)))
		return fault_add(fault, ERR_QUERY, NULL,
		    "Can't aggregate \"%s\" of \"%.*s\"", cell->function->name,
		    SPAN_FMT(ask->member));
	return ERR_NONE;
}

static bool
is_double(const struct cells *cells, const struct cell *cell)
{
	for (size_t i = 0; i < cells->count; i++)
		if (cells->at[i].function == cell->function &&
		    cells->at[i].every == cell->every &&
		    span_eq(cells->at[i].member, cell->member))
			return true;
	return false;
}

enum err
cells_bind(struct arena *arena, const struct query *query,
    const struct schema *schema, struct cells *cells, struct fault *fault)
{
	size_t room = 1;

	for (const struct ask_aggregate *a = query->aggregate; a; a = a->next)
		room++;
	cells->at = arena_array(arena, room, sizeof *cells->at);
	for (const struct ask_aggregate *a = query->aggregate; a; a = a->next) {
		struct cell *cell = &cells->at[cells->count];
		enum err err;

		*cell = (struct cell){.function = function_find(a->function)};
		if (!cell->function)
			continue;
		err = bind_cell(arena, a, schema, cell, fault);
		if (err)
			return err;
		cells->count += !is_double(cells, cell);
	}
	return ERR_NONE;
}

bool
cells_are_counts(const struct cells *cells)
{
	for (size_t i = 0; i < cells->count; i++) {
		const struct cell *cell = &cells->at[i];
		bool id = cell->function->kind == KIND_COUNT &&
			  (cell->every || cell->operand.field == 0);

		if (!id)
			return false;
	}
	return true;
}

/* Keeps a copy; the room of a shorter text is used again. */
static void
keep(struct cell_state *state, struct value value, struct arena *arena)
{
	if (value.text.n > state->room) {
		state->room = 2 * value.text.n;
		state->text = arena_bytes(arena, state->room);
	}
	if (value.text.n) {
		memcpy(state->text, value.text.p, value.text.n);
		value.text.p = state->text;
	}
	state->best = value;
}

void
cell_take(const struct cell *cell, struct cell_state *state, struct value value,
    struct arena *arena)
{
	enum function_kind kind = cell->function->kind;
	bool first = state->count == 0;

	if (kind == KIND_SUM || kind == KIND_AVG) {
		if (!value_is_number(value))
			return;
		state->sum += value_as_f64(value);
		if (value.type == VALUE_INT)
			state->whole += value.i;
		else
			state->inexact = true;
	} else if (kind == KIND_MIN || kind == KIND_MAX) {
		int order = first ? 0 : value_cmp(value, state->best);

		if (first || (kind == KIND_MIN ? order < 0 : order > 0))
			keep(state, value, arena);
	}
	state->count++;
}

void
cell_merge(const struct cell *cell, struct cell_state *state,
    const struct cell_state *other, struct arena *arena)
{
	int64_t count = state->count + other->count;

	if (other->count > 0 && other->best.type != VALUE_NULL)
		cell_take(cell, state, other->best, arena);
	state->count = count;
	state->whole += other->whole;
	state->sum += other->sum;
	state->inexact |= other->inexact;
}

static void
put_sum(
    const struct cell *cell, const struct cell_state *state, struct buf *out)
{
	bool average = cell->function->kind == KIND_AVG;

	if (state->inexact || cell->operand.type == FIELD_FLOAT) {
		json_put_f64(out,
		    average ? state->sum / (double)state->count : state->sum);
		return;
	}
	buf_char(out, '"');
	if (average)
		decimal_put_quotient(out, state->whole, state->count);
	else
		decimal_put(out, state->whole);
	buf_char(out, '"');
}

static void
put_state(
    const struct cell *cell, const struct cell_state *state, struct buf *out)
{
	enum function_kind kind = cell->function->kind;

	if (kind == KIND_COUNT) {
		buf_char(out, '"');
		json_put_i64(out, state->count);
		buf_char(out, '"');
	} else if (state->count == 0) {
		buf_text(out, "null");
	} else if (kind == KIND_SUM || kind == KIND_AVG) {
		put_sum(cell, state, out);
	} else {
		operand_put_json(&cell->operand, state->best, true, out);
	}
}

static bool
has_members(const struct cells *cells, const struct function *function)
{
	for (size_t i = 0; i < cells->count; i++)
		if (cells->at[i].function == function && !cells->at[i].every)
			return true;
	return false;
}

static void
put_function(const struct cells *cells, const struct cell_state *states,
    const struct function *function, struct buf *out)
{
	bool first = true;

	buf_printf(out, "\"%s\":{", function->name);
	for (size_t i = 0; i < cells->count; i++) {
		const struct cell *cell = &cells->at[i];

		if (cell->function != function || cell->every)
			continue;
		buf_span(out, first ? span_from(cell->key, 1) : cell->key);
		first = false;
		put_state(cell, &states[i], out);
	}
	buf_char(out, '}');
}

/* count=* stands first; with other counted members it takes their object's
 * place (contract 7.7). */
void
cells_put(const struct cells *cells, const struct cell_state *states,
    bool comma, struct buf *out)
{
	const struct function *done = NULL;

	for (size_t i = 0; i < cells->count; i++) {
		const struct cell *cell = &cells->at[i];

		if (!cell->every)
			continue;
		if (comma)
			buf_char(out, ',');
		comma = true;
		done = cell->function;
		if (has_members(cells, done)) {
			put_function(cells, states, done, out);
			continue;
		}
		buf_printf(out, "\"%s\":", done->name);
		put_state(cell, &states[i], out);
	}
	for (size_t i = 0; i < cells->count; i++) {
		const struct function *function = cells->at[i].function;
		bool again = i > 0 && cells->at[i - 1].function == function;

		if (function == done || again)
			continue;
		if (comma)
			buf_char(out, ',');
		comma = true;
		put_function(cells, states, function, out);
	}
}
