/* The door to json-c.
 *
 * json-c gives the tree; the bytes each value came from are found by walking
 * the cleaned text once more, beside the tree, and hung on the nodes as user
 * data (a `struct span` in the document's arena). null has no node in json-c
 * and its bytes are always "null". json-c keeps a double member at its first
 * place with its last value; so do the spans. The walk goes no deeper than
 * the tokener let through. */
#include "common/js.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "common/json.h"

struct js_doc {
	struct arena *arena;
	struct json_object *root;
	struct json_tokener *names; /* decodes names where members are double */
};

/* Length of the string at the front, quotes included. */
static size_t
raw_string_length(struct span s)
{
	size_t n = 1;

	while (s.p[n] != '"')
		n += s.p[n] == '\\' ? 2 : 1;
	return n + 1;
}

/* Length of the value at the front of clean JSON. */
static size_t
raw_length(struct span s)
{
	bool scalar = s.p[0] != '{' && s.p[0] != '[';
	size_t n = 0;
	int depth = 0;

	if (s.p[0] == '"')
		return raw_string_length(s);
	while (scalar && n < s.n && !memchr(",]}", s.p[n], 3))
		n++;
	if (scalar)
		return n;
	do {
		if (s.p[n] == '"')
			n += raw_string_length(span_from(s, n)) - 1;
		else if (s.p[n] == '{' || s.p[n] == '[')
			depth++;
		else if (s.p[n] == '}' || s.p[n] == ']')
			depth--;
		n++;
	} while (depth);
	return n;
}

/* Cuts the next piece and the byte behind it (':' ',' or the bracket). */
static struct span
raw_take(struct span *rest)
{
	struct span piece = span_head(*rest, raw_length(*rest));

	*rest = span_from(*rest, piece.n + 1);
	return piece;
}

/* What stands between the brackets, the closing one included. */
static struct span
raw_inside(struct span raw)
{
	return raw.n > 2 ? span_from(raw, 1) : SPAN_NONE;
}

static void
span_hang(struct js_doc *doc, struct json_object *node, struct span raw)
{
	struct span *kept;

	if (!node)
		return;
	kept = json_object_get_userdata(node);
	/* json-c keeps the text of a double there: replaced once, never used */
	if (!kept || json_object_get_type(node) == json_type_double) {
		kept = arena_alloc(doc->arena, sizeof *kept);
		json_object_set_userdata(node, kept, NULL);
	}
	*kept = raw;
}

static struct span
span_hung(struct json_object *node)
{
	const struct span *kept;

	if (!node)
		return SPAN("null");
	kept = json_object_get_userdata(node);
	return kept ? *kept : SPAN_NONE;
}

static size_t
raw_count(struct span raw)
{
	struct span rest = raw_inside(raw);
	size_t count = 0;

	for (; rest.n; count++)
		raw_take(&rest);
	return count;
}

static struct json_object *
member_by_raw_name(
    struct js_doc *doc, struct json_object *object, struct span raw)
{
	struct json_object *name, *value = NULL;

	if (!doc->names)
		doc->names = json_tokener_new();
	json_tokener_reset(doc->names);
	name = json_tokener_parse_ex(doc->names, raw.p, (int)raw.n);
	if (name)
		json_object_object_get_ex(
		    object, json_object_get_string(name), &value);
	json_object_put(name);
	return value;
}

/* Spans of an object's own members. Where nothing is double, the text and
 * the table run in step; else each name is looked up and the last wins. */
static void
hang_members(struct js_doc *doc, struct json_object *object, struct span raw)
{
	struct span rest = raw_inside(raw);
	struct lh_entry *entry = json_object_get_object(object)->head;
	bool doubles =
	    (int)raw_count(raw) / 2 != json_object_object_length(object);

	while (rest.n) {
		struct span name = raw_take(&rest);
		struct span value = raw_take(&rest);
		struct json_object *node =
		    doubles ? member_by_raw_name(doc, object, name)
			    : lh_entry_v(entry);

		span_hang(doc, node, value);
		if (!doubles)
			entry = entry->next;
	}
}

static void hang_inside(struct js_doc *, struct json_object *);

static void
hang_elements(struct js_doc *doc, struct json_object *list, struct span raw)
{
	struct span rest = raw_inside(raw);

	for (size_t i = 0; rest.n; i++) {
		struct json_object *node = json_object_array_get_idx(list, i);

		span_hang(doc, node, raw_take(&rest));
		hang_inside(doc, node);
	}
}

static void
hang_inside(struct js_doc *doc, struct json_object *node)
{
	enum json_type type = json_object_get_type(node);

	if (type == json_type_array) {
		hang_elements(doc, node, span_hung(node));
	} else if (type == json_type_object) {
		hang_members(doc, node, span_hung(node));
		json_object_object_foreach(node, name, value)
		{
			(void)name;
			hang_inside(doc, value);
		}
	}
}

static struct js
js_of(struct json_object *node)
{
	static const enum js_type types[] = {
	    [json_type_null] = JS_NULL,
	    [json_type_boolean] = JS_BOOL,
	    [json_type_double] = JS_NUMBER,
	    [json_type_int] = JS_NUMBER,
	    [json_type_object] = JS_OBJECT,
	    [json_type_array] = JS_LIST,
	    [json_type_string] = JS_STRING,
	};

	return (struct js){
	    node, span_hung(node), types[json_object_get_type(node)]};
}

static bool
parse_tree(struct js_doc *doc, struct span text)
{
	/* one level more: scalars in the deepest list count as a level */
	struct json_tokener *tok = json_tokener_new_ex(JSON_DEPTH_MAX + 1);
	size_t end;
	bool good;

	assert(text.n < INT32_MAX);
	json_tokener_set_flags(
	    tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	doc->root = json_tokener_parse_ex(tok, text.p, (int)text.n);
	end = json_tokener_get_parse_end(tok);
	if (json_tokener_get_error(tok) == json_tokener_continue)
		/* a bare number ends only with the text */
		doc->root = json_tokener_parse_ex(tok, "", 1);
	good = json_tokener_get_error(tok) == json_tokener_success &&
	       end == text.n;
	json_tokener_free(tok);
	return good;
}

enum err
js_parse(struct span clean, struct js_doc **out, struct js *root,
    struct fault *fault)
{
	struct js_doc *doc = mem_alloc(sizeof *doc);
	struct span text;

	*out = NULL;
	*root = (struct js){0};
	doc->arena = arena_new();
	/* a number's bytes must be followed by something strtod stops at;
	 * inside brackets there is always something */
	text = clean.n && (clean.p[0] == '{' || clean.p[0] == '[')
		   ? clean
		   : arena_span(doc->arena, clean);
	if (!text.n || !parse_tree(doc, text)) {
		js_doc_free(doc);
		return fault_add(fault, ERR_PAYLOAD, NULL, "Invalid JSON");
	}
	span_hang(doc, doc->root, text);
	hang_inside(doc, doc->root);
	*out = doc;
	*root = js_of(doc->root);
	return ERR_NONE;
}

void
js_doc_free(struct js_doc *doc)
{
	if (!doc)
		return;
	json_object_put(doc->root);
	if (doc->names)
		json_tokener_free(doc->names);
	arena_free(doc->arena);
	free(doc);
}

const char *
js_library(void)
{
	return json_c_version();
}

struct js
js_member(struct js object, const char *name)
{
	struct json_object *value;

	if (object.type != JS_OBJECT ||
	    !json_object_object_get_ex(object.node, name, &value))
		return (struct js){0};
	return js_of(value);
}

size_t
js_count(struct js v)
{
	if (v.type == JS_LIST)
		return json_object_array_length(v.node);
	if (v.type == JS_OBJECT)
		return (size_t)json_object_object_length(v.node);
	return 0;
}

struct js_iter
js_iter(struct js v)
{
	struct js_iter it = {.of = v};

	if (v.type == JS_OBJECT)
		it.entry = json_object_get_object(v.node)->head;
	return it;
}

bool
js_next(struct js_iter *it, struct span *name, struct js *value)
{
	if (it->of.type == JS_LIST && it->at < js_count(it->of)) {
		if (name)
			*name = SPAN_NONE;
		*value =
		    js_of(json_object_array_get_idx(it->of.node, it->at++));
		return true;
	}
	if (it->of.type == JS_OBJECT && it->entry) {
		struct lh_entry *entry = it->entry;

		if (name)
			*name = span_of(lh_entry_k(entry));
		*value = js_of(lh_entry_v(entry));
		it->entry = entry->next;
		return true;
	}
	return false;
}

bool
js_bool(struct js v)
{
	return v.type == JS_BOOL && json_object_get_boolean(v.node);
}

struct span
js_string(struct js v)
{
	if (v.type != JS_STRING)
		return SPAN_NONE;
	return span_make(json_object_get_string(v.node),
	    (size_t)json_object_get_string_len(v.node));
}
