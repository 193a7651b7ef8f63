/* POST /events: {action, collection, key or keys, payload, accountability?},
 * one or a list, matched and delivered like item writes (product chapter 2).
 * All or none; the answer is the events as they are kept. */
#include "api/events.h"

#include "api/write.h"

/* Editors see events of their own collections. */
static bool
visible(const struct caller *caller, const struct row *row)
{
	return caller_may(
	    caller, RIGHT_EVENTS_READ, row->values[EVENT_COLLECTION].text);
}

const struct resource events_resource = {
    .schema = &schema_events,
    .visible = visible,
};

static enum err
refuse(
    struct call *call, const char *field, const char *type, const char *words)
{
	return fault_add(call->fault, ERR_VALIDATION,
	    arena_printf(
		call->arena, ",\"field\":\"%s\",\"type\":\"%s\"", field, type),
	    "\"%s\" %s", field, words);
}

static enum err
read_action(struct call *call, struct js body, struct emit *e)
{
	struct js action = js_member(body, "action");

	if (action.type == JS_NONE)
		return refuse(call, "action", "required", "is required");
	if (action.type != JS_STRING ||
	    !action_parse(js_string(action), &e->action))
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"action\",\"type\":\"in\",\"valid\":["
		    "\"create\",\"update\",\"delete\"]",
		    "\"action\" must be one of [create, update, delete]");
	return ERR_NONE;
}

static enum err
read_collection(struct call *call, struct js body, struct emit *e)
{
	struct js name = js_member(body, "collection");

	if (name.type == JS_NONE)
		return refuse(call, "collection", "required", "is required");
	e->collection = js_string(name);
	if (name.type != JS_STRING || e->collection.n == 0 ||
	    e->collection.n > EVENT_COLLECTION_BYTES_MAX ||
	    span_starts(e->collection, "directus_"))
		return refuse(call, "collection", "invalid",
		    "must be the name of a collection that is not the "
		    "system's");
	return caller_may(&call->caller, RIGHT_EVENTS_REPORT, e->collection)
		   ? ERR_NONE
		   : ERR_FORBIDDEN;
}

static bool
is_key(struct js key)
{
	return key.type == JS_NUMBER ||
	       (key.type == JS_STRING && js_string(key).n > 0);
}

static bool
is_key_list(struct js list)
{
	struct js_iter iter = js_iter(list);
	struct js key;

	while (js_next(&iter, NULL, &key)) {
		if (!is_key(key))
			return false;
	}
	return list.type == JS_LIST;
}

/* A create has one key; update and delete a list, or one key for short. */
static enum err
read_keys(struct call *call, struct js body, struct emit *e)
{
	struct js key = js_member(body, "key"), keys = js_member(body, "keys");

	if (key.type == JS_NONE && keys.type == JS_NONE)
		return refuse(call, "key", "required", "is required");
	if (keys.type != JS_NONE &&
	    (key.type != JS_NONE || e->action == ACTION_CREATE))
		return refuse(call, "keys", "unknown", "is not allowed");
	if (keys.type == JS_NONE && !is_key(key))
		return refuse(
		    call, "key", "invalid", "must be a string or a number");
	if (keys.type != JS_NONE && !is_key_list(keys))
		return refuse(call, "keys", "invalid",
		    "must be a list of strings or numbers");
	if (e->action == ACTION_CREATE)
		e->key = key.raw;
	else if (keys.type != JS_NONE)
		e->keys = keys.raw;
	else
		e->keys = span_of(
		    arena_printf(call->arena, "[%.*s]", SPAN_FMT(key.raw)));
	return ERR_NONE;
}

static enum err
read_payload(struct call *call, struct js body, struct emit *e)
{
	struct js payload = js_member(body, "payload");

	if (payload.type == JS_NONE && e->action == ACTION_DELETE) {
		e->payload = e->keys;
		return ERR_NONE;
	}
	if (payload.type == JS_NONE)
		return refuse(call, "payload", "required", "is required");
	if (payload.type != JS_OBJECT && e->action != ACTION_DELETE)
		return refuse(
		    call, "payload", "invalid", "must be of type object");
	e->payload = payload.raw;
	return ERR_NONE;
}

static enum err
read_accountability(struct call *call, struct js body, struct emit *e)
{
	struct js given = js_member(body, "accountability");

	if (given.type == JS_NONE)
		e->accountability =
		    emit_accountability(call->arena, &call->caller);
	else if (given.type == JS_OBJECT || given.type == JS_NULL)
		e->accountability = given.raw;
	else
		return refuse(call, "accountability", "invalid",
		    "must be of type object");
	return ERR_NONE;
}

static enum err
read_event(struct call *call, struct js body, struct emit *e)
{
	static enum err (*const readers[])(
	    struct call *, struct js, struct emit *) = {
	    read_action,
	    read_collection,
	    read_keys,
	    read_payload,
	    read_accountability,
	};
	enum err err;
	size_t i;

	e->source = "events";
	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		if ((err = readers[i](call, body, e)) != ERR_NONE)
			return err;
	}
	emit_prepare(call->arena, e);
	return ERR_NONE;
}

static enum err
report_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	size_t i;
	enum err err;

	for (i = 0; i < w->count; i++) {
		err = emit(txn, w->call->api->queue, w->call->arena, w->now_ms,
		    &w->emits[i]);
		if (err)
			return err;
		w->targets[i].row = w->emits[i].event;
	}
	return ERR_NONE;
}

enum err
events_report(struct call *call)
{
	struct write w = write_start(call, ACTION_CREATE);
	struct arena *arena = call->arena;
	size_t i;
	enum err err;

	if ((err = write_elements(&w, call->body)) != ERR_NONE)
		return err;
	w.targets = arena_array(arena, w.count + 1, sizeof(*w.targets));
	w.emits = arena_array(arena, w.count + 1, sizeof(*w.emits));
	for (i = 0; i < w.count; i++) {
		err = read_event(call, w.bodies[i], &w.emits[i]);
		if (err)
			return err;
	}
	if (w.count == 0)
		return write_answer(call, &w);
	return call_write(call, report_body, write_answer, &w);
}
