/* Running a bound query over rows.
 *
 * Three ways to keep a row that passed: written at once when rows come in
 * order; formatted and kept in the keeper when they must be sorted; counted
 * into the tally, whose groups go to the keeper, when they are aggregated.
 * Nothing borrows from the row after query_take. */
#include "query/run.h"

static bool
is_list(const struct query_run *run)
{
	return run->purpose == QUERY_LIST || run->purpose == QUERY_PICK;
}

bool
run_wants_meta(const struct query_run *run, enum ask_meta kind)
{
	if ((run->purpose != QUERY_LIST && run->purpose != QUERY_KEYS &&
		run->purpose != QUERY_WHOLE) ||
	    run->ask->export)
		return false;
	for (size_t i = 0; i < run->ask->meta_count; i++)
		if (run->ask->meta[i] == kind)
			return true;
	return false;
}

void
run_page(struct query_run *run)
{
	const struct query *ask = run->ask;
	/* The answer of a write shows all that was written (contract 5.2). */
	bool named =
	    run->purpose == QUERY_WRITTEN || run->purpose == QUERY_KEYS;

	run->limit = ask->limit == ASK_NONE ? ASK_LIMIT_DEFAULT : ask->limit;
	if (named && (ask->limit == ASK_NONE || ask->limit == 0))
		run->limit = -1;
	if (run->purpose == QUERY_WHOLE && ask->limit == ASK_NONE)
		run->limit = -1;
	run->skip = ask->offset > 0 ? ask->offset : 0;
	if (ask->page > 0 && run->limit > 0 &&
	    __builtin_mul_overflow(ask->page - 1, run->limit, &run->skip))
		run->skip = INT64_MAX;
	else if (ask->page > 0 && run->limit <= 0)
		run->skip = 0;
	/* All of them are one page, and there is no second. */
	if (named && ask->limit != -1 && run->limit == -1 && ask->page > 1)
		run->skip = INT64_MAX;
	if (run->skip > INT64_MAX / 2)
		run->skip = INT64_MAX / 2;
}

static enum err
bind_shape(struct query_run *run, struct fault *fault)
{
	const struct query *ask = run->ask;
	enum err err = ERR_NONE;

	if (run->purpose != QUERY_PICK)
		err = tally_bind(run->arena, ask, run->schema, &run->room,
		    &run->tally, fault);
	if (err || run->tally)
		return err;
	/* Functions that are none show nothing, once for each row. */
	if (run->purpose != QUERY_PICK && !ask->aggregates)
		err = projection_bind(
		    run->arena, ask, run->schema, &run->shape, fault);
	if (!err)
		err =
		    sort_bind(run->arena, ask, run->schema, &run->sort, fault);
	run->in_order = !err && plan_in_order(run);
	return err;
}

static size_t
rows_to_keep(const struct query_run *run)
{
	int64_t most;

	if (run->limit < 0 ||
	    __builtin_add_overflow(run->limit, run->skip, &most))
		return SIZE_MAX;
	return run->limit == 0 ? 0 : (size_t)most;
}

enum err
query_bind(struct arena *arena, const struct query *query,
    const struct schema *schema, const struct query_context *context,
    enum query_purpose purpose, struct query_run **out, struct fault *fault)
{
	struct query_run *run = arena_alloc(arena, sizeof *run);
	struct binder b = {arena, schema, context, purpose, fault};
	enum err err;

	run->arena = arena;
	run->ask = query;
	run->schema = schema;
	run->purpose = purpose;
	run->now_ms = context->now_ms;
	run->room = (struct room){context->spool_dir,
	    context->memory_bytes ? context->memory_bytes : RUN_MEMORY_BYTES,
	    RUN_SPOOL_BYTES_MAX};
	buf_init(&run->rows, RUN_BYTES_MAX);
	buf_init(&run->scratch, RUN_BYTES_MAX);
	rows_init(&run->exported, &run->room);
	*out = run;
	run_page(run);
	err = filter_bind(&b, query->filter, &run->filter);
	if (!err && query->search.n > 0)
		err = search_bind(&b, query->search, &run->search);
	if (!err)
		err = bind_shape(run, fault);
	if (err)
		return err;
	run->from_total =
	    is_list(run) && run->filter->kind == COND_TRUE && !run->search;
	run->counts =
	    !run->from_total && run_wants_meta(run, META_FILTER_COUNT);
	keeper_init(&run->keeper,
	    run->tally ? tally_order(run->tally) : &run->sort,
	    rows_to_keep(run), &run->room);
	return ERR_NONE;
}

void
query_run_total(struct query_run *run, int64_t total_count)
{
	run->total = total_count;
	run->has_total = true;
}

static void
pick_id(struct query_run *run, int64_t id)
{
	if ((size_t)run->shown == run->id_room) {
		size_t room = run->id_room ? 2 * run->id_room : 128;
		int64_t *ids = arena_array(run->arena, room, sizeof *ids);

		for (size_t i = 0; i < run->id_room; i++)
			ids[i] = run->ids[i];
		run->ids = ids;
		run->id_room = room;
	}
	run->ids[run->shown++] = id;
}

static bool
is_full(const struct query_run *run)
{
	return run->limit >= 0 && run->shown >= run->limit;
}

static void
show(struct query_run *run, struct span json)
{
	run->shown++;
	if (run->ask->export) {
		rows_put(&run->exported, json);
		run->failed = run->exported.spool.err;
		return;
	}
	if (run->shown > 1)
		buf_char(&run->rows, ',');
	buf_span(&run->rows, json);
	run->failed = run->rows.over ? ERR_QUERY : ERR_NONE;
}

static struct span
row_json(struct query_run *run, const struct row *row)
{
	buf_clear(&run->scratch);
	projection_put(&run->shape, row, &run->scratch);
	return buf_view(&run->scratch);
}

static void
take_in_order(struct query_run *run, const struct row *row)
{
	if (run->matched <= run->skip || is_full(run))
		return;
	if (run->purpose == QUERY_PICK)
		pick_id(run, row_id(row));
	else
		show(run, row_json(run, row));
}

static void
take_sorted(struct query_run *run, const struct row *row)
{
	if (!keeper_wants(&run->keeper, row))
		return;
	keeper_put(&run->keeper, row,
	    run->purpose == QUERY_PICK ? SPAN_NONE : row_json(run, row));
	run->failed = keeper_failed(&run->keeper);
}

bool
query_take(struct query_run *run, struct row *row)
{
	if (run->failed)
		return false;
	if (!filter_match(run->filter, row, &run->scratch) ||
	    (run->search && !search_match(run->search, row, &run->scratch)))
		return true;
	run->matched++;
	if (run->tally)
		run->failed = tally_take(run->tally, row);
	else if (run->in_order)
		take_in_order(run, row);
	else
		take_sorted(run, row);
	return !run->failed &&
	       (run->tally || !run->in_order || run->counts || !is_full(run));
}

void
query_give_up(struct query_run *run)
{
	run->in_order = run->gambles = run->follows = false;
	run->matched = run->shown = 0;
	buf_clear(&run->rows);
	rows_clear(&run->exported);
}

static void
keep_group(void *ctx, const struct value *values, int64_t no, struct span json)
{
	struct query_run *run = ctx;

	keeper_put_values(&run->keeper, values, no, json);
}

static void
settle_tally(struct query_run *run)
{
	if (run->has_total && run->from_total && tally_is_count(run->tally))
		tally_set_count(run->tally, run->total);
	run->failed = tally_groups(run->tally, keep_group, run);
	tally_release(run->tally);
	run->tally = NULL;
}

/* What was sorted or counted becomes rows; needed once. */
static void
settle(struct query_run *run)
{
	struct keeper *keeper = &run->keeper;
	const struct kept *kept;

	if (!run->failed && run->tally)
		settle_tally(run);
	for (int64_t i = 0;
	     !run->failed && !is_full(run) && (kept = keeper_next(keeper));
	     i++) {
		if (i < run->skip)
			continue;
		if (run->purpose == QUERY_PICK)
			pick_id(run, kept->id);
		else
			show(run, kept->json);
	}
	if (!run->failed)
		run->failed = keeper_failed(keeper);
	keeper_release(keeper);
}

enum err
run_failure(const struct query_run *run, struct fault *fault)
{
	if (run->failed != ERR_QUERY)
		return run->failed;
	return fault_add(fault, ERR_QUERY, NULL,
	    "The query takes too much at once; ask for less, with \"limit\" "
	    "and \"page\", or for fewer groups");
}

enum err
query_picked(struct query_run *run, const int64_t **ids, size_t *count,
    struct fault *fault)
{
	settle(run);
	*ids = run->ids;
	*count = (size_t)run->shown;
	return run_failure(run, fault);
}

size_t
query_shown(struct query_run *run)
{
	settle(run);
	return (size_t)run->shown;
}

void
query_release(struct query_run *run)
{
	keeper_release(&run->keeper);
	if (run->tally)
		tally_release(run->tally);
	run->tally = NULL;
	rows_release(&run->exported);
	buf_release(&run->rows);
	buf_release(&run->scratch);
}
