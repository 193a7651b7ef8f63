/* What create, update and delete have in common: start, elements, answer. */
#include "api/write.h"

#include <stdlib.h>

#include "common/clock.h"

#include "api/answer.h"

struct write
write_start(struct call *call, enum action action)
{
	struct write w = {
	    .call = call,
	    .resource = call->row->resource,
	    .schema = call->schema,
	    .action = action,
	    .now_ms = clock_wall_ms(),
	};

	return w;
}

enum err
write_finish(struct txn *txn, struct write *w)
{
	return w->resource->written ? w->resource->written(txn, w) : ERR_NONE;
}

static int
by_row_id(const void *a, const void *b)
{
	int64_t x = row_id(*(struct row *const *)a);
	int64_t y = row_id(*(struct row *const *)b);

	return x < y ? -1 : x > y;
}

/* The rows after the write, in order of id. */
static struct row **
written_rows(const struct write *w, size_t *count)
{
	struct row **rows =
	    arena_array(w->call->arena, w->count + 1, sizeof(*rows));
	size_t i, n = 0;

	for (i = 0; i < w->count; i++) {
		if (w->targets[i].row)
			rows[n++] = w->targets[i].row;
	}
	qsort(rows, n, sizeof(*rows), by_row_id);
	*count = n;
	return rows;
}

enum err
write_answer(struct call *call, void *arg)
{
	struct write *w = arg;
	struct query_run *run;
	struct row **rows;
	size_t count, i;
	enum err err;

	err = records_bind(call, w->schema, NULL,
	    w->one ? QUERY_WRITTEN_ONE : QUERY_WRITTEN, &run);
	if (err)
		return err;
	rows = written_rows(w, &count);
	for (i = 0; i < count; i++) {
		if (!query_take(run, rows[i]))
			break;
	}
	if (w->one && query_shown(run) == 0)
		call_empty(call);
	else
		err =
		    records_answer(call, run, w->one, w->resource->meta_first);
	query_release(run);
	return err;
}

static enum err
too_many(struct call *call)
{
	return fault_add(call->fault, ERR_PAYLOAD, NULL,
	    "One request changes at most %lld rows.",
	    (long long)call->api->conf->max_batch);
}

enum err
write_elements(struct write *w, struct js body)
{
	struct js_iter iter;
	struct span name;
	struct js value;

	size_t most = (size_t)w->call->api->conf->max_batch;

	w->one = body.type != JS_LIST;
	w->count = w->one ? 1 : js_count(body);
	if (w->count > most)
		return too_many(w->call);
	w->bodies =
	    arena_array(w->call->arena, w->count + 1, sizeof(*w->bodies));
	if (w->one) {
		w->bodies[0] = body;
		return ERR_NONE;
	}
	w->count = 0;
	iter = js_iter(body);
	while (js_next(&iter, &name, &value))
		w->bodies[w->count++] = value;
	return ERR_NONE;
}

enum err
write_run(struct write *w, store_body *body,
    enum err (*answer)(struct call *, void *))
{
	enum err err;

	if (w->resource->prepare && (err = w->resource->prepare(w)) != ERR_NONE)
		return err;
	return call_write(w->call, body, answer, w);
}
