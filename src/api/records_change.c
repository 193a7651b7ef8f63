/* PATCH and DELETE: one, by keys, by query, by a list of objects (contract
 * 5.4 to 5.7, items chapter 10).
 *
 * A query picks its rows outside the store; the body compares their versions
 * and gives up with ERR_CHANGED before its first write when one moved, then
 * the query picks again. Bodies start from scratch at each run. */
#include <string.h>

#include "api/answer.h"
#include "api/write.h"
#include "model/check.h"

/* Product chapter 2; design "Writes". */
enum { PICK_TRIES = 3 };

/* There is nothing to export of a delete: the write is done and kept, and its
 * answer fails (contract 5.6 and chapter 1, step 10). */
static enum err
answer_deleted(struct call *call, void *arg)
{
	struct span query = call->req->query, pair;

	(void)arg;
	while (query.n && span_next(&query, '&', &pair)) {
		if (span_starts(pair, "export=") && pair.n > strlen("export="))
			return fault_add(call->fault, ERR_QUERY, NULL,
			    "\"export\" does not apply to a delete");
	}
	call_empty(call);
	return ERR_NONE;
}

static enum err
load_targets(struct txn *txn, struct write *w)
{
	size_t i;
	enum err err;

	for (i = 0; i < w->count; i++) {
		struct target *t = &w->targets[i];

		t->row = NULL;
		err =
		    record_get(txn, w->call->arena, w->schema, t->id, &t->row);
		if (err && err != ERR_NOT_FOUND)
			return err;
		if (err)
			t->row = NULL;
		if (t->version != 0 &&
		    (t->row == NULL || t->row->version != t->version))
			return ERR_CHANGED;
	}
	return ERR_NONE;
}

static struct target *
find_target(const struct write *w, int64_t id)
{
	size_t low = 0, high = w->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (w->targets[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return &w->targets[low];
}

static bool
patch_is_empty(const struct patch *patch)
{
	size_t i;

	for (i = 0; i < patch->row->schema->count; i++) {
		if (patch->set[i])
			return false;
	}
	return patch->row->member_count == 0;
}

static enum err
patch_target(struct txn *txn, struct write *w, struct target *t,
    const struct patch *patch)
{
	if (t->row == NULL || patch_is_empty(patch))
		return ERR_NONE;
	t->row = patch_apply(w->call->arena, t->row, patch);
	if (t->row == NULL)
		return ERR_PAYLOAD;
	return record_update(txn, t->row);
}

static enum err
update_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	size_t i;
	enum err err;

	if ((err = load_targets(txn, w)) != ERR_NONE)
		return err;
	/* The same row may come twice in a list; the later patch wins. */
	for (i = 0; i < (w->each ? w->patch_count : w->count); i++) {
		struct target *t = w->each ? find_target(w, w->keys.list[i].id)
					   : &w->targets[i];

		err = patch_target(txn, w, t, &w->patches[w->each ? i : 0]);
		if (err)
			return err;
	}
	return write_finish(txn, w);
}

static enum err
delete_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	size_t i;
	enum err err;

	if ((err = load_targets(txn, w)) != ERR_NONE)
		return err;
	for (i = 0; i < w->count; i++) {
		if (w->targets[i].row == NULL)
			continue;
		err = record_delete(txn, w->schema, w->targets[i].id);
		if (err)
			return err;
	}
	return write_finish(txn, w);
}

static enum err
check_data(struct write *w, struct js data)
{
	/* A list where an object belongs is passed over (contract 5.4). */
	static const struct js nothing = {.type = JS_NONE};

	w->patches = arena_alloc(w->call->arena, sizeof(*w->patches));
	w->patch_count = 1;
	w->bodies = arena_alloc(w->call->arena, sizeof(*w->bodies));
	w->bodies[0] = data;
	return check_patch(w->call->arena, w->schema,
	    data.type == JS_OBJECT ? data : nothing, w->patches,
	    w->call->fault);
}

static enum err
run_keyed(struct write *w)
{
	w->targets = keys_targets(w->call->arena, &w->keys, &w->count);
	return w->action == ACTION_UPDATE
		   ? write_run(w, update_body, write_answer)
		   : write_run(w, delete_body, answer_deleted);
}

static enum err
run_picked(struct write *w, struct js query)
{
	int tries;
	enum err err;

	for (tries = 0; tries < PICK_TRIES; tries++) {
		w->keys = (struct keys){0};
		err = records_pick(w->call, w->schema, query, &w->keys);
		if (!err)
			err = run_keyed(w);
		if (err != ERR_CHANGED)
			return err;
	}
	return err;
}

static struct span
id_of_address(const struct call *call)
{
	return call->args[call->row->need & NEED_COLLECTION ? 1 : 0];
}

static enum err
address_keys(struct write *w)
{
	struct span text = id_of_address(w->call);
	bool list = w->resource->id_lists && span_find(text, ',') >= 0;

	w->one = !list;
	return keys_from_text(w->call, text, list, &w->keys);
}

enum err
records_update_one(struct call *call)
{
	struct write w = write_start(call, ACTION_UPDATE);
	enum err err;

	if ((err = address_keys(&w)) != ERR_NONE ||
	    (err = check_data(&w, call->body)) != ERR_NONE)
		return err;
	return run_keyed(&w);
}

static enum err
check_list_element(struct write *w, struct js element, size_t i)
{
	struct js id = js_member(element, "id");
	struct key *key = &w->keys.list[i];
	bool in_range;

	if (id.type == JS_NONE || id.type == JS_NULL)
		return fault_add(w->call->fault, ERR_PAYLOAD, NULL,
		    "Item in update misses primary key.");
	if (!check_id_js(id, &key->id, &in_range) || !in_range)
		return ERR_FORBIDDEN;
	key->raw = id.raw;
	return check_patch(
	    w->call->arena, w->schema, element, &w->patches[i], w->call->fault);
}

/* PATCH with a list of objects, each with its id (items only). */
static enum err
update_list(struct write *w)
{
	struct arena *arena = w->call->arena;
	size_t i;
	enum err err;

	if ((err = write_elements(w, w->call->body)) != ERR_NONE)
		return err;
	w->each = true;
	w->patch_count = w->keys.count = w->count;
	w->patches = arena_array(arena, w->count + 1, sizeof(*w->patches));
	w->keys.list = arena_array(arena, w->count + 1, sizeof(*w->keys.list));
	for (i = 0; i < w->patch_count; i++) {
		err = check_list_element(w, w->bodies[i], i);
		if (err)
			return err;
	}
	return run_keyed(w);
}

enum err
records_update_many(struct call *call)
{
	struct write w = write_start(call, ACTION_UPDATE);
	struct js query = js_member(call->body, "query");
	enum err err = ERR_NONE;

	if (call->body.type == JS_LIST)
		return update_list(&w);
	if (query.type != JS_OBJECT)
		err =
		    keys_from_js(call, js_member(call->body, "keys"), &w.keys);
	if (!err)
		err = check_data(&w, js_member(call->body, "data"));
	if (err)
		return err;
	return query.type == JS_OBJECT ? run_picked(&w, query) : run_keyed(&w);
}

enum err
records_delete_one(struct call *call)
{
	struct write w = write_start(call, ACTION_DELETE);
	enum err err;

	err = address_keys(&w);
	return err ? err : run_keyed(&w);
}

enum err
records_delete_many(struct call *call)
{
	struct write w = write_start(call, ACTION_DELETE);
	struct js list = call->body;
	enum err err;

	if (list.type != JS_LIST) {
		if (js_member(list, "query").type == JS_OBJECT)
			return run_picked(&w, js_member(list, "query"));
		list = js_member(list, "keys");
	}
	err = keys_from_js(call, list, &w.keys);
	return err ? err : run_keyed(&w);
}
