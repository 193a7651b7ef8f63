/* Reading: list, search, one.
 *
 * Rows come from the store page by page into a scratch arena that is emptied
 * between pages; the query keeps what it needs. The store is left before a
 * row is looked at, so a slow filter holds nobody up. */
#include <stdlib.h>

#include "common/clock.h"

#include "api/answer.h"
#include "api/seen.h"
#include "model/check.h"

enum { IDS_AT_ONCE = 500 };

enum err
records_bind(struct call *call, const struct schema *schema,
    const struct query *query, enum query_purpose purpose,
    struct query_run **run)
{
	struct query_context context = {
	    .user = call->caller.user,
	    .role = call->caller.role_id,
	    .now_ms = clock_wall_ms(),
	    .spool_dir = store_dir_fd(call->api->store),
	};

	return query_bind(call->arena, query ? query : call->query, schema,
	    &context, purpose, run, call->fault);
}

enum err
records_answer(
    struct call *call, struct query_run *run, bool one, bool meta_first)
{
	struct response *res = call->res;
	const char *disposition = NULL;
	enum err err;

	err = query_finish(run, one, meta_first, &res->body, &res->content_type,
	    &disposition, call->fault);
	if (err)
		return err;
	if (res->body.over)
		return fault_add(call->fault, ERR_QUERY, NULL,
		    "The answer is too large; ask for less at once.");
	res->status = 200;
	res->success_headers = true;
	if (disposition)
		response_header(res, "Content-Disposition", disposition);
	return ERR_NONE;
}

/* One sweep over the rows a plan names. */
struct sweep {
	struct call *call;
	const struct schema *schema;
	const struct resource *resource;
	struct query_run *run;
	struct seen *seen;
	struct arena *scratch;
	/* one chunk of ids */
	const int64_t *ids;
	size_t id_count;
	struct row **rows;
	int64_t total;
};

static bool
is_visible(const struct sweep *s, const struct row *row)
{
	return s->resource == NULL || s->resource->visible == NULL ||
	       s->resource->visible(&s->call->caller, row);
}

/* False: no further row can matter. */
static bool
take_rows(struct sweep *s, struct row **rows, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (rows[i] == NULL || !is_visible(s, rows[i]))
			continue;
		if (s->seen)
			seen_add(s->seen, row_id(rows[i]), rows[i]->version);
		if (!query_take(s->run, rows[i]))
			return false;
	}
	return true;
}

static enum err
read_ids(struct txn *txn, void *arg)
{
	struct sweep *s = arg;
	enum err err;
	size_t i;

	for (i = 0; i < s->id_count; i++) {
		s->rows[i] = NULL;
		err = record_get(
		    txn, s->scratch, s->schema, s->ids[i], &s->rows[i]);
		if (err == ERR_NOT_FOUND)
			s->rows[i] = NULL;
		else if (err)
			return err;
	}
	return ERR_NONE;
}

static enum err
sweep_ids(struct sweep *s, const int64_t *ids, size_t count)
{
	enum err err;

	s->rows = arena_array(s->call->arena,
	    count < IDS_AT_ONCE ? count : IDS_AT_ONCE, sizeof(*s->rows));
	for (; count > 0; ids += s->id_count, count -= s->id_count) {
		s->ids = ids;
		s->id_count = count < IDS_AT_ONCE ? count : IDS_AT_ONCE;
		err = store_read(s->call->api->store, read_ids, s);
		if (err)
			return err;
		if (!take_rows(s, s->rows, s->id_count))
			break;
		arena_reset(s->scratch);
	}
	return ERR_NONE;
}

static struct record_scan
scan_of(const struct sweep *s, const struct query_plan *plan)
{
	struct record_scan scan;

	record_scan_start(&scan, s->schema);
	scan.from_id = plan->from_id;
	scan.to_id = plan->to_id;
	scan.descending = plan->descending;
	for (size_t i = 0; i < plan->equal_count; i++)
		record_scan_equal(
		    &scan, plan->equals[i].field, plan->equals[i].value);
	scan.by_value = plan->by_value;
	scan.field = plan->field;
	scan.from_value = plan->from_value;
	scan.to_value = plan->to_value;
	scan.page_rows = plan->page_rows;
	/* Rows the caller may not see do not count towards what suffices. */
	scan.limit = s->resource && s->resource->visible ? -1 : plan->most;
	return scan;
}

/* A scan in order of id in place of the field that follows it. */
struct follow {
	struct sweep *sweep;
	const struct query_plan *plan;
	struct record_scan *scan;
	bool strays; /* there are some, and the scan leaves them out */
};

/* Id of the first row of a scan; ERR_NOT_FOUND. */
static enum err
first_id(
    struct follow *f, struct txn *txn, struct record_scan *scan, int64_t *id)
{
	struct row **rows;
	size_t count;
	enum err err;

	scan->limit = 1;
	err = record_page_in(txn, f->sweep->scratch, scan, &rows, &count);
	if (!err && count == 0)
		return ERR_NOT_FOUND;
	if (!err)
		*id = row_id(rows[0]);
	return err;
}

/* Ids of the ends of the range of values. */
static enum err
follow_values(struct follow *f, struct txn *txn)
{
	struct query_plan ends = {.from_id = INT64_MIN,
	    .to_id = INT64_MAX,
	    .by_value = true,
	    .field = f->plan->field,
	    .from_value = f->plan->from_value,
	    .to_value = f->plan->to_value};
	struct record_scan scan = scan_of(f->sweep, &ends);
	enum err err = ERR_NONE;
	int64_t id;

	if (ends.from_value > INT64_MIN) {
		err = first_id(f, txn, &scan, &id);
		if (!err && id > f->scan->from_id)
			f->scan->from_id = id;
	}
	if (!err && ends.to_value < INT64_MAX) {
		ends.descending = true;
		scan = scan_of(f->sweep, &ends);
		err = first_id(f, txn, &scan, &id);
		if (!err && id < f->scan->to_id)
			f->scan->to_id = id;
	}
	if (err == ERR_NOT_FOUND)
		f->scan->ended = true;
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static enum err
follow_body(struct txn *txn, void *arg)
{
	struct follow *f = arg;
	struct query_plan below = {.from_id = INT64_MIN,
	    .to_id = record_strays(txn, f->sweep->schema)};
	struct record_scan scan = scan_of(f->sweep, &below);
	int64_t id;
	enum err err = first_id(f, txn, &scan, &id);

	f->strays = !err;
	if (f->strays && below.to_id >= f->scan->from_id)
		f->scan->from_id = below.to_id + 1;
	return err && err != ERR_NOT_FOUND ? err : follow_values(f, txn);
}

static enum err
sweep_scan(struct sweep *s, const struct query_plan *plan)
{
	struct query_plan other;
	struct record_scan scan = scan_of(s, plan);
	struct follow follow = {s, plan, &scan, false};
	struct row **rows;
	size_t count;
	int64_t read = 0;
	enum err err = ERR_NONE;

	if (plan->follows)
		err = store_read(s->call->api->store, follow_body, &follow);
	while (!err && !(follow.strays && !plan->descending)) {
		err = record_page(
		    s->call->api->store, s->scratch, &scan, &rows, &count);
		if (!err && count == 0 && follow.strays)
			break;
		if (err || count == 0 || !take_rows(s, rows, count))
			return err;
		arena_reset(s->scratch);
		read += (int64_t)count;
		if (plan->give_up > 0 && read >= plan->give_up)
			break;
	}
	if (err)
		return err;
	query_give_up(s->run);
	query_plan(s->run, &other);
	return sweep_scan(s, &other);
}

static enum err
count_all(struct txn *txn, void *arg)
{
	struct sweep *s = arg;

	return record_count(txn, s->schema, &s->total);
}

/* total_count of a caller who sees only some rows needs a look at each. */
static enum err
count_visible(struct sweep *s)
{
	struct record_scan scan;
	struct row **rows;
	size_t count, i;
	enum err err;

	record_scan_start(&scan, s->schema);
	for (;;) {
		err = record_page(
		    s->call->api->store, s->scratch, &scan, &rows, &count);
		if (err || count == 0)
			return err;
		for (i = 0; i < count; i++)
			s->total += is_visible(s, rows[i]);
		arena_reset(s->scratch);
	}
}

static enum err
tell_total(struct sweep *s)
{
	enum err err;

	if (s->resource && s->resource->visible &&
	    s->call->caller.role == ROLE_EDITOR)
		err = count_visible(s);
	else
		err = store_read(s->call->api->store, count_all, s);
	if (!err)
		query_run_total(s->run, s->total);
	return err;
}

enum err
records_sweep(struct call *call, const struct schema *schema,
    struct query_run *run, struct seen *seen)
{
	struct sweep s = {
	    .call = call,
	    .schema = schema,
	    .resource = call->row->resource,
	    .run = run,
	    .seen = seen,
	};
	struct query_plan plan;
	enum err err = ERR_NONE;

	query_plan(run, &plan);
	s.scratch = arena_new();
	if (plan.wants_total)
		err = tell_total(&s);
	if (err || plan.nothing)
		;
	else if (plan.by_ids)
		err = sweep_ids(&s, plan.ids, plan.id_count);
	else
		err = sweep_scan(&s, &plan);
	arena_free(s.scratch);
	return err;
}

static enum err
run_list(struct call *call, const struct query *query)
{
	struct query_run *run;
	enum err err;

	err = records_bind(call, call->schema, query, QUERY_LIST, &run);
	if (err)
		return err;
	err = records_sweep(call, call->schema, run, NULL);
	if (!err)
		err = records_answer(
		    call, run, false, call->row->resource->meta_first);
	query_release(run);
	return err;
}

enum err
records_list(struct call *call)
{
	return run_list(call, NULL);
}

/* SEARCH with keys: the query over just these rows. */
static enum err
search_keys(struct call *call, const struct query *query, struct js list)
{
	struct sweep s = {.call = call, .schema = call->schema};
	struct query_plan plan;
	struct keys keys = {0};
	struct target *targets;
	int64_t *ids;
	size_t count, i;
	enum err err;

	if ((err = keys_from_js(call, list, &keys)) != ERR_NONE)
		return err;
	targets = keys_targets(call->arena, &keys, &count);
	ids = arena_array(call->arena, count + 1, sizeof(*ids));
	for (i = 0; i < count; i++)
		ids[i] = targets[i].id;
	err = records_bind(call, call->schema, query, QUERY_KEYS, &s.run);
	if (err)
		return err;
	query_plan(s.run, &plan);
	s.scratch = arena_new();
	if (plan.wants_total)
		err = tell_total(&s);
	if (!err)
		err = sweep_ids(&s, ids, count);
	arena_free(s.scratch);
	if (!err)
		err = records_answer(call, s.run, false, true);
	query_release(s.run);
	return err;
}

enum err
records_search(struct call *call)
{
	struct query *query = call->query;
	struct js wanted = js_member(call->body, "query");
	struct js keys = js_member(call->body, "keys");
	enum err err;

	if (wanted.type == JS_OBJECT) {
		err = query_parse_js(call->arena, wanted, &query, call->fault);
		if (err)
			return err;
	}
	if (keys.type == JS_LIST && call->row->resource->search_keys)
		return search_keys(call, query, keys);
	return run_list(call, query);
}

enum err
records_one(struct call *call)
{
	struct sweep s = {
	    .call = call,
	    .schema = call->schema,
	    .resource = call->row->resource,
	};
	size_t at = call->row->need & NEED_COLLECTION ? 1 : 0;
	bool in_range;
	int64_t id;
	enum err err;

	if (!check_id_text(call->args[at], &id, &in_range) || !in_range)
		return ERR_FORBIDDEN;
	err = records_bind(call, call->schema, NULL, QUERY_ONE, &s.run);
	if (err)
		return err;
	s.scratch = arena_new();
	err = sweep_ids(&s, &id, 1);
	arena_free(s.scratch);
	if (!err && query_shown(s.run) == 0)
		err = ERR_FORBIDDEN;
	if (!err)
		err = records_answer(call, s.run, true, false);
	query_release(s.run);
	return err;
}

enum err
records_pick(struct call *call, const struct schema *schema, struct js wanted,
    struct keys *keys)
{
	struct query *query;
	struct query_run *run = NULL;
	struct seen seen = {0};
	const int64_t *ids;
	size_t count, i;
	enum err err;

	err = query_parse_js(call->arena, wanted, &query, call->fault);
	if (!err)
		err = records_bind(call, schema, query, QUERY_PICK, &run);
	if (!err)
		err = records_sweep(call, schema, run, &seen);
	if (!err)
		err = query_picked(run, &ids, &count, call->fault);
	if (err)
		goto out;
	if (count > (size_t)call->api->conf->max_batch) {
		err = fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "One request changes at most %lld rows.",
		    (long long)call->api->conf->max_batch);
		goto out;
	}
	keys->picked = true;
	keys->count = count;
	keys->list = arena_array(call->arena, count + 1, sizeof(*keys->list));
	for (i = 0; i < count; i++) {
		keys->list[i].id = ids[i];
		keys->list[i].version = seen_version(&seen, ids[i]);
		keys->list[i].raw = span_of(
		    arena_printf(call->arena, "%lld", (long long)ids[i]));
	}
out:
	if (run)
		query_release(run);
	seen_release(&seen);
	return err;
}
