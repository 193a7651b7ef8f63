/* GET and PATCH /webhooks/:id/options: what the webhook's own object has no
 * room for (product chapter 2, "Members").
 *
 * Values of headers with secret-looking names are never shown; a client that
 * sends the mask back keeps the stored value, so that read, change, write
 * works without knowing it. */
#include "common/json.h"

#include "api/answer.h"
#include "api/webhooks.h"
#include "model/check.h"
#include "model/wire.h"

enum { CHANGE_TRIES = 3, HEADERS_BYTES_MAX = 1 << 20 };
#define MASK "***"

struct options_write {
	struct call *call;
	int64_t id;
	struct row *row;
};

static enum err
load(struct txn *txn, void *arg)
{
	struct options_write *w = arg;
	struct row *webhook;
	enum err err;

	err =
	    record_get(txn, w->call->arena, &schema_webhooks, w->id, &webhook);
	if (!err)
		err = record_get(
		    txn, w->call->arena, &schema_options, w->id, &w->row);
	return err;
}

static struct span
header_name(struct js header)
{
	return js_string(js_member(header, "header"));
}

static struct span
header_value(struct js header)
{
	return js_string(js_member(header, "value"));
}

/* How many of that name stand before the place. */
static size_t
count_before(struct js list, struct span name, size_t place)
{
	struct js_iter iter = js_iter(list);
	struct js header;
	size_t count = 0;

	while (place-- > 0 && js_next(&iter, NULL, &header))
		count += span_ieq(header_name(header), name);
	return count;
}

/* The value of the nth header of that name, from 0; else the mask. */
static struct span
stored_value(struct js stored, struct span name, size_t nth)
{
	struct js_iter iter = js_iter(stored);
	struct js header;

	while (js_next(&iter, NULL, &header)) {
		if (span_ieq(header_name(header), name) && nth-- == 0)
			return header_value(header);
	}
	return SPAN(MASK);
}

static void
put_header(struct buf *out, struct span name, struct span value)
{
	buf_text(out, "{\"header\":");
	json_put_string(out, name);
	buf_text(out, ",\"value\":");
	json_put_string(out, value);
	buf_char(out, '}');
}

/* The list with secret values masked, or with masks replaced by what
 * `stored` has: of several with one name, the first by the first. Gives the
 * name of one that has nothing there. */
static struct span
put_headers(struct buf *out, struct js list, const struct js *stored)
{
	struct js_iter iter = js_iter(list);
	struct span unknown = SPAN_NONE;
	struct js header;
	size_t i;

	buf_char(out, '[');
	for (i = 0; js_next(&iter, NULL, &header); i++) {
		struct span name = header_name(header);
		struct span value = header_value(header);

		if (!wire_header_is_secret(name))
			;
		else if (stored == NULL)
			value = SPAN(MASK);
		else if (span_is(value, MASK))
			value = stored_value(
			    *stored, name, count_before(list, name, i));
		if (stored && wire_header_is_secret(name) &&
		    span_is(value, MASK))
			unknown = name;
		if (i > 0)
			buf_char(out, ',');
		put_header(out, name, value);
	}
	buf_char(out, ']');
	return unknown;
}

static void
put_masked(struct buf *out, struct span json)
{
	struct js_doc *doc = NULL;
	struct js list;

	if (js_parse(json, &doc, &list, NULL) == ERR_NONE)
		put_headers(out, list, NULL);
	else
		buf_text(out, "[]");
	js_doc_free(doc);
}

static enum err
answer_options_row(struct call *call, void *arg)
{
	const struct options_write *w = arg;
	struct buf *out = &call->res->body;
	const struct value *values = w->row->values;
	int i;

	answer_json(call);
	buf_text(out, "{\"data\":{");
	for (i = 1; i < OPTION_COUNT; i++) {
		const struct field *field = &schema_options.fields[i];

		if (field->hidden)
			continue;
		if (i > 1)
			buf_char(out, ',');
		json_put_string(out, field->name);
		buf_char(out, ':');
		if (i == OPTION_HEADERS && values[i].type == VALUE_JSON)
			put_masked(out, values[i].text);
		else
			value_put_json(values[i], field->type, out);
	}
	buf_text(out, "}}");
	return ERR_NONE;
}

enum err
webhooks_options_read(struct call *call)
{
	struct options_write w = {.call = call};
	enum err err;

	if ((err = webhooks_id(call, &w.id)) != ERR_NONE ||
	    (err = store_read(call->api->store, load, &w)) != ERR_NONE)
		return err;
	return answer_options_row(call, &w);
}

static enum err
save(struct txn *txn, void *arg)
{
	struct options_write *w = arg;
	struct row *now, *row = row_new(w->call->arena, &schema_options);
	enum err err;
	size_t i;

	err = record_get(txn, w->call->arena, &schema_options, w->id, &now);
	if (err)
		return err;
	if (now->version != w->row->version)
		return ERR_CHANGED;
	/* A copy: the update moves the version on and this may run again. */
	for (i = 0; i < schema_options.count; i++)
		row->values[i] = w->row->values[i];
	row->version = w->row->version;
	if (row->values[OPTION_ED25519].b)
		err = webhooks_secret_complete(txn, w->call->arena, w->id);
	if (err || (err = record_update(txn, row)) != ERR_NONE)
		return err;
	return queue_webhook_changed(w->call->api->queue, txn, w->id);
}

/* Puts stored values back where the patch has the mask. */
static enum err
unmask(struct options_write *w, struct patch *patch)
{
	struct value *headers = &patch->row->values[OPTION_HEADERS];
	struct value *stored = &w->row->values[OPTION_HEADERS];
	struct js_doc *new_doc = NULL, *old_doc = NULL;
	struct js new_list, old_list = {.type = JS_NONE};
	struct span unknown = SPAN_NONE;
	enum err err = ERR_NONE;
	struct buf out;

	if (!patch->set[OPTION_HEADERS] || headers->type != VALUE_JSON)
		return ERR_NONE;
	buf_init(&out, HEADERS_BYTES_MAX);
	if (stored->type == VALUE_JSON)
		js_parse(stored->text, &old_doc, &old_list, NULL);
	if (js_parse(headers->text, &new_doc, &new_list, NULL) == ERR_NONE) {
		unknown = put_headers(&out, new_list, &old_list);
		*headers =
		    value_json(arena_span(w->call->arena, buf_view(&out)));
	}
	if (unknown.n > 0)
		err = fault_add(w->call->fault, ERR_VALIDATION,
		    ",\"field\":\"headers\",\"type\":\"mask\"",
		    "\"headers\": \"%.*s\" is masked, and no value is kept "
		    "under that name",
		    SPAN_FMT(unknown));
	js_doc_free(new_doc);
	js_doc_free(old_doc);
	buf_release(&out);
	return err;
}

static enum err
change_once(struct options_write *w)
{
	struct call *call = w->call;
	struct patch patch;
	enum err err;

	err = store_read(call->api->store, load, w);
	if (!err)
		err = check_patch(call->arena, &schema_options, call->body,
		    &patch, call->fault);
	if (err)
		return err;
	if ((err = unmask(w, &patch)) != ERR_NONE)
		return err;
	w->row = patch_apply(call->arena, w->row, &patch);
	return call_write(call, save, answer_options_row, w);
}

enum err
webhooks_options_update(struct call *call)
{
	struct options_write w = {.call = call};
	int tries;
	enum err err;

	if ((err = webhooks_id(call, &w.id)) != ERR_NONE)
		return err;
	for (tries = 0; tries < CHANGE_TRIES; tries++) {
		err = change_once(&w);
		if (err != ERR_CHANGED)
			break;
	}
	return err;
}
