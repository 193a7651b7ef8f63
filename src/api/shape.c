/* Shape checks of bodies that are about several rows.
 *
 * The order is that of contract 5.5: the known members one after the other,
 * then unknown ones, then what must or must not stand together; the first
 * fault is the only one told. A missing body counts as {}. */
#include "api/shape.h"

#include "common/json.h"

enum shape_part {
	PART_KEYS = 1 << 0,
	PART_QUERY = 1 << 1,
	PART_DATA = 1 << 2,  /* required where it is allowed */
	PART_ONE_OF = 1 << 3 /* keys or query, exactly one */
};

static enum err
refuse(struct call *call, const char *field, const char *words)
{
	const char *extra = "";

	if (field)
		extra = arena_printf(call->arena, ",\"field\":\"%s\"", field);
	return fault_add(call->fault, ERR_VALIDATION, extra, "%s", words);
}

static enum err
check_key(struct call *call, struct js key, size_t at)
{
	const char *words = NULL;

	if (key.type == JS_STRING && js_string(key).n == 0)
		words = "is not allowed to be empty";
	else if (key.type != JS_STRING && key.type != JS_NUMBER)
		words = "must be one of [string, number]";
	if (words == NULL)
		return ERR_NONE;
	return refuse(call, "keys",
	    arena_printf(call->arena, "\"keys[%zu]\" %s", at, words));
}

static enum err
check_keys(struct call *call, struct js keys)
{
	struct js_iter iter;
	struct js key;
	size_t at = 0;
	enum err err;

	if (keys.type == JS_NONE)
		return ERR_NONE;
	if (keys.type != JS_LIST)
		return refuse(call, "keys", "\"keys\" must be an array");
	iter = js_iter(keys);
	while (js_next(&iter, NULL, &key)) {
		if ((err = check_key(call, key, at++)) != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err
check_data(struct call *call, struct js data)
{
	if (data.type == JS_NONE)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"data\",\"type\":\"required\"",
		    "\"data\" is required");
	if (data.type != JS_OBJECT)
		return refuse(call, "data", "\"data\" must be of type object");
	return ERR_NONE;
}

static enum err
check_unknown(struct call *call, struct js body, unsigned parts)
{
	struct js_iter iter;
	struct span name;
	struct js value;
	struct buf extra;
	enum err err = ERR_NONE;

	if (body.type != JS_OBJECT)
		return ERR_NONE;
	buf_init(&extra, 8 << 20);
	iter = js_iter(body);
	while (!err && js_next(&iter, &name, &value)) {
		if ((parts & PART_KEYS && span_is(name, "keys")) ||
		    (parts & PART_QUERY && span_is(name, "query")) ||
		    (parts & PART_DATA && span_is(name, "data")))
			continue;
		buf_text(&extra, ",\"field\":");
		json_put_string(&extra, name);
		err = fault_add(call->fault, ERR_VALIDATION,
		    arena_text(call->arena, buf_view(&extra)),
		    "\"%.*s\" is not allowed", SPAN_FMT(name));
	}
	buf_release(&extra);
	return err;
}

static enum err
check_peers(struct call *call, bool keys, bool query)
{
	if (keys && query)
		return refuse(call, NULL,
		    "\"value\" contains a conflict between exclusive peers "
		    "[query, keys]");
	if (!keys && !query)
		return refuse(call, NULL,
		    "\"value\" must contain at least one of [query, keys]");
	return ERR_NONE;
}

static enum err
check_body(struct call *call, unsigned parts)
{
	struct js body = call->body, keys, query;
	enum err err;

	if (body.type != JS_OBJECT && body.type != JS_NONE)
		return refuse(call, NULL, "\"value\" must be of type object");
	keys = js_member(body, "keys");
	query = js_member(body, "query");
	if ((err = check_keys(call, keys)) != ERR_NONE)
		return err;
	if (query.type != JS_NONE && query.type != JS_OBJECT)
		return refuse(
		    call, "query", "\"query\" must be of type object");
	if (parts & PART_DATA &&
	    (err = check_data(call, js_member(body, "data"))) != ERR_NONE)
		return err;
	if ((err = check_unknown(call, body, parts)) != ERR_NONE)
		return err;
	if (parts & PART_ONE_OF)
		return check_peers(
		    call, keys.type != JS_NONE, query.type != JS_NONE);
	return ERR_NONE;
}

enum err
shape_update(struct call *call)
{
	return check_body(
	    call, PART_KEYS | PART_QUERY | PART_DATA | PART_ONE_OF);
}

enum err
shape_update_list(struct call *call)
{
	return call->body.type == JS_LIST ? ERR_NONE : shape_update(call);
}

enum err
shape_delete(struct call *call)
{
	if (call->body.type == JS_LIST)
		return ERR_NONE;
	return check_body(call, PART_KEYS | PART_QUERY | PART_ONE_OF);
}

enum err
shape_search(struct call *call)
{
	return check_body(call, PART_KEYS | PART_QUERY);
}
