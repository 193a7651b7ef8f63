/* Query values: a small tree in an arena.
 *
 * Depth is bounded by what builds it: ten levels for the query string, 32 for
 * JSON (product chapter 2), so walking it may recurse. */
#include "query/node.h"

#include <string.h>

#include "common/buf.h"
#include "common/json.h"

enum { NODE_TEXT_BYTES_MAX = 4 << 20 };

struct node *
node_new(struct arena *arena, enum node_type type)
{
	struct node *node = arena_alloc(arena, sizeof *node);

	node->type = type;
	return node;
}

struct node *
node_text(struct arena *arena, struct span text, bool loose)
{
	struct node *node = node_new(arena, NODE_TEXT);

	node->text = text;
	node->loose = loose;
	return node;
}

void
node_append(struct node *parent, struct node *child)
{
	child->next = NULL;
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

struct node *
node_member(const struct node *object, struct span name)
{
	if (object->type != NODE_OBJECT)
		return NULL;
	for (struct node *n = object->first; n; n = n->next)
		if (span_eq(n->name, name))
			return n;
	return NULL;
}

struct node *
node_named(const struct node *object, const char *name)
{
	return node_member(object, span_of(name));
}

static void
copy_children(struct arena *arena, struct node *parent, struct js js)
{
	struct js_iter iter = js_iter(js);
	struct span name;
	struct js value;

	while (js_next(&iter, &name, &value)) {
		struct node *child = node_from_js(arena, value);

		child->index = parent->count;
		if (parent->type == NODE_OBJECT)
			child->name = arena_span(arena, name);
		node_append(parent, child);
	}
}

struct node *
node_from_js(struct arena *arena, struct js js)
{
	static const enum node_type types[] = {[JS_NONE] = NODE_NULL,
	    [JS_NULL] = NODE_NULL,
	    [JS_BOOL] = NODE_BOOL,
	    [JS_NUMBER] = NODE_NUMBER,
	    [JS_STRING] = NODE_TEXT,
	    [JS_LIST] = NODE_LIST,
	    [JS_OBJECT] = NODE_OBJECT};
	struct node *node = node_new(arena, types[js.type]);

	if (js.type == JS_BOOL)
		node->b = js_bool(js);
	if (js.type == JS_STRING)
		node->text = arena_span(arena, js_string(js));
	if (js.type == JS_NUMBER) {
		node->f = js_f64(js);
		node->text = arena_span(arena, js.raw);
	}
	if (js.type == JS_LIST || js.type == JS_OBJECT)
		copy_children(arena, node, js);
	return node;
}

struct node *
node_from_json(struct arena *arena, struct span text)
{
	struct span clean;
	struct js_doc *doc = NULL;
	struct js root;
	struct node *node = NULL;

	if (json_clean(arena, text, &clean, NULL) != ERR_NONE)
		return NULL;
	if (js_parse(clean, &doc, &root, NULL) == ERR_NONE)
		node = node_from_js(arena, root);
	js_doc_free(doc);
	return node;
}

static void
put_json(struct buf *out, const struct node *node)
{
	bool object = node->type == NODE_OBJECT;

	switch (node->type) {
	case NODE_NULL:
		buf_text(out, "null");
		return;
	case NODE_BOOL:
		json_put_bool(out, node->b);
		return;
	case NODE_NUMBER:
		buf_span(out, node->text);
		return;
	case NODE_TEXT:
		json_put_string(out, node->text);
		return;
	case NODE_LIST:
	case NODE_OBJECT:
		break;
	}
	buf_char(out, object ? '{' : '[');
	for (const struct node *n = node->first; n; n = n->next) {
		if (n != node->first)
			buf_char(out, ',');
		if (object) {
			json_put_string(out, n->name);
			buf_char(out, ':');
		}
		put_json(out, n);
	}
	buf_char(out, object ? '}' : ']');
}

struct span
node_as_text(struct arena *arena, const struct node *node)
{
	struct buf out;
	struct span text;

	if (node->type == NODE_TEXT)
		return node->text;
	buf_init(&out, NODE_TEXT_BYTES_MAX);
	if (node->type == NODE_NUMBER)
		json_put_f64(&out, node->f);
	else
		put_json(&out, node);
	text = arena_span(arena, buf_view(&out));
	buf_release(&out);
	return text;
}

bool
node_number(const struct node *node, double *out)
{
	switch (node->type) {
	case NODE_NULL:
		*out = 0;
		return true;
	case NODE_BOOL:
		*out = node->b;
		return true;
	case NODE_NUMBER:
		*out = node->f;
		return true;
	case NODE_TEXT:
		return json_js_number(node->text, out);
	case NODE_LIST:
		*out = 0;
		return node->count == 0 ||
		       (node->count == 1 && node->first->type != NODE_BOOL &&
			   node_number(node->first, out));
	case NODE_OBJECT:
		break;
	}
	return false;
}

bool
node_is_given(const struct node *node)
{
	if (!node)
		return false;
	switch (node->type) {
	case NODE_NULL:
		return false;
	case NODE_BOOL:
		return node->b;
	case NODE_NUMBER:
		return node->f != 0;
	case NODE_TEXT:
		return node->text.n > 0;
	case NODE_LIST:
	case NODE_OBJECT:
		break;
	}
	return true;
}

struct node *
node_as_list(struct arena *arena, struct node *node)
{
	struct node *list;
	struct span rest, part;

	if (node->type == NODE_LIST)
		return node;
	list = node_new(arena, NODE_LIST);
	if (node->type != NODE_TEXT) {
		struct node *copy = node_new(arena, node->type);

		*copy = *node;
		copy->index = 0;
		node_append(list, copy);
		return list;
	}
	rest = node->text;
	while (span_next(&rest, ',', &part)) {
		struct node *element = node_text(arena, part, node->loose);

		element->index = list->count;
		node_append(list, element);
	}
	return list;
}
