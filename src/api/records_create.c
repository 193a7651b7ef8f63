/* POST: create one or several rows, all or none (contract 5.2).
 *
 * The body decides first whether a given id is taken, then inserts, then adds
 * what the collection adds. It may run again and starts from scratch then. */
#include <stdlib.h>

#include "api/write.h"
#include "model/check.h"

static enum err
find_taken(struct txn *txn, struct write *w)
{
	struct row *row;
	size_t i;
	enum err err;

	for (i = 0; i < w->count; i++) {
		if (!w->targets[i].given)
			continue;
		w->taken_id = w->targets[i].id;
		err = record_get(
		    txn, w->call->arena, w->schema, w->taken_id, &row);
		if (err == ERR_NONE)
			return ERR_EXISTS;
		if (err == ERR_NOT_FOUND)
			err = w->resource->check_free
				  ? w->resource->check_free(txn, w->taken_id)
				  : ERR_NONE;
		if (err)
			return err;
	}
	return ERR_NONE;
}

/* In the order sent. A number counted up may run into an id that was given
 * before (contract 5.1). */
static enum err
insert_all(struct txn *txn, struct write *w)
{
	size_t i, counted = 0;
	int64_t first = 0;
	enum err err;

	for (i = 0; i < w->count; i++)
		counted += !w->targets[i].given;
	err = counted == 0 ? ERR_NONE
			   : record_take_ids(txn, w->schema, counted, &first);
	for (i = 0, counted = 0; !err && i < w->count; i++) {
		struct target *t = &w->targets[i];

		if (!t->given) {
			t->id = first + (int64_t)counted++;
			t->row->values[0] = value_int(t->id);
		}
		err = record_insert(txn, t->row);
		w->taken_id = t->id;
	}
	w->ran_into = counted;
	return err;
}

static enum err
create_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	enum err err;

	w->ran_into = 0;
	if ((err = find_taken(txn, w)) != ERR_NONE ||
	    (err = insert_all(txn, w)) != ERR_NONE)
		return err;
	return write_finish(txn, w);
}

static enum err
not_unique(struct call *call, int64_t id)
{
	return fault_add(call->fault, ERR_UNIQUE,
	    arena_printf(call->arena,
		",\"collection\":\"%.*s\",\"field\":\"id\","
		"\"invalid\":\"%lld\"",
		SPAN_FMT(call->schema->name), (long long)id),
	    "Field \"id\" has to be unique.");
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static enum err
check_doubles(struct write *w)
{
	int64_t *ids = arena_array(w->call->arena, w->count + 1, sizeof(*ids));
	size_t i, n = 0;

	for (i = 0; i < w->count; i++) {
		if (w->targets[i].given)
			ids[n++] = w->targets[i].id;
	}
	qsort(ids, n, sizeof(*ids), by_id);
	for (i = 1; i < n; i++) {
		if (ids[i] == ids[i - 1])
			return not_unique(w->call, ids[i]);
	}
	return ERR_NONE;
}

static enum err
use_up(struct txn *txn, void *arg)
{
	struct write *w = arg;
	int64_t first = 0;

	return record_take_ids(txn, w->schema, w->count, &first);
}

/* Numbers that a refused request was given are not used again (contract 5.1,
 * 5.2, corpus create-array). */
static void
use_up_numbers(struct write *w, size_t n)
{
	w->count = n;
	if (n > 0)
		store_write(w->call->api->store, use_up, w,
		    w->call->req->deadline_mono_ms);
}

static enum err
check_elements(struct write *w)
{
	struct arena *arena = w->call->arena;
	size_t i, counted = 0;
	enum err err;

	for (i = 0; i < w->count; i++) {
		struct target *t = &w->targets[i];

		err = check_create(
		    arena, w->schema, w->bodies[i], &t->row, w->call->fault);
		if (err) {
			use_up_numbers(w, counted);
			return err;
		}
		t->given = t->row->values[0].type != VALUE_NULL;
		t->id = t->given ? row_id(t->row) : 0;
		counted += !t->given;
	}
	return check_doubles(w);
}

enum err
records_create(struct call *call)
{
	struct write w = write_start(call, ACTION_CREATE);
	enum err err;

	if ((err = write_elements(&w, call->body)) != ERR_NONE)
		return err;
	w.targets = arena_array(call->arena, w.count + 1, sizeof(*w.targets));
	if ((err = check_elements(&w)) != ERR_NONE)
		return err;
	if (w.count == 0)
		return write_answer(call, &w);
	err = write_run(&w, create_body, write_answer);
	if (err != ERR_EXISTS)
		return err;
	use_up_numbers(&w, w.ran_into);
	return not_unique(call, w.taken_id);
}
