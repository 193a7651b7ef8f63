/* Keys: what clients write to name rows, in addresses and bodies.
 *
 * A key is kept as it was written beside its number, because deliveries show
 * it so (contract 9.3): "1" from an address, 1 or "1" from a body. */
#include <stdlib.h>

#include "common/json.h"

#include "api/records.h"
#include "model/check.h"

/* Recorded for a null among keys (corpus delete-many), odd as it is. */
static enum err
null_key(struct call *call)
{
	return fault_add(call->fault, ERR_NOT_NULL,
	    ",\"collection\":\"directus_activity\",\"field\":\"item\"",
	    "Value for field \"item\" can't be null.");
}

/* Only an update tells a number beyond 32 bits (contract 5.4); elsewhere it
 * is a row that cannot be there. */
static enum err
check_range(struct call *call, bool in_range)
{
	if (in_range)
		return ERR_NONE;
	if (call->req->method == METHOD_PATCH)
		return check_range_fault(
		    call->arena, call->schema, SPAN("id"), call->fault);
	return ERR_FORBIDDEN;
}

enum err
keys_from_text(
    struct call *call, struct span text, bool list, struct keys *keys)
{
	struct span part, rest = text;
	struct buf raw;
	bool in_range;
	enum err err = ERR_NONE;
	size_t most = 1, i;

	for (i = 0; list && i < text.n; i++)
		most += text.p[i] == ',';
	keys->list = arena_array(call->arena, most, sizeof(*keys->list));
	buf_init(&raw, 8 * text.n + 16);
	while (!err && keys->count < most) {
		struct key *key = &keys->list[keys->count++];

		part = rest;
		if (list)
			span_next(&rest, ',', &part);
		if (!check_id_text(part, &key->id, &in_range)) {
			err = ERR_FORBIDDEN;
			break;
		}
		err = check_range(call, in_range);
		buf_clear(&raw);
		json_put_string(&raw, part);
		key->raw = arena_span(call->arena, buf_view(&raw));
	}
	buf_release(&raw);
	return err;
}

static enum err
key_from_js(struct call *call, struct js value, struct key *key)
{
	bool in_range;

	/* A list of one is its element, as JavaScript's Number() has it. */
	while (value.type == JS_LIST && js_count(value) == 1) {
		struct js_iter iter = js_iter(value);
		struct span name;

		js_next(&iter, &name, &value);
	}
	if (value.type == JS_NULL)
		return null_key(call);
	if (!check_id_js(value, &key->id, &in_range))
		return ERR_FORBIDDEN;
	key->raw = value.raw;
	return check_range(call, in_range);
}

enum err
keys_from_js(struct call *call, struct js list, struct keys *keys)
{
	size_t most = js_count(list);
	struct js_iter iter = js_iter(list);
	struct span name;
	struct js value;
	enum err err;

	if (most > (size_t)call->api->conf->max_batch)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "One request changes at most %lld rows.",
		    (long long)call->api->conf->max_batch);
	keys->list = arena_array(call->arena, most + 1, sizeof(*keys->list));
	while (js_next(&iter, &name, &value)) {
		err = key_from_js(call, value, &keys->list[keys->count]);
		if (err)
			return err;
		keys->count++;
	}
	return ERR_NONE;
}

static int
by_id(const void *a, const void *b)
{
	int64_t x = ((const struct target *)a)->id;
	int64_t y = ((const struct target *)b)->id;

	return x < y ? -1 : x > y;
}

struct target *
keys_targets(struct arena *arena, const struct keys *keys, size_t *count)
{
	struct target *out = arena_array(arena, keys->count + 1, sizeof(*out));
	size_t i, n = 0;

	for (i = 0; i < keys->count; i++) {
		out[i].id = keys->list[i].id;
		out[i].version = keys->list[i].version;
	}
	qsort(out, keys->count, sizeof(*out), by_id);
	for (i = 0; i < keys->count; i++) {
		if (n == 0 || out[n - 1].id != out[i].id)
			out[n++] = out[i];
	}
	*count = n;
	return out;
}
