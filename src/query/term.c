/* Filters: from a tree of values to a tree of terms, and the checks that need
 * no collection (contract 7.2, chapter 1 step 3).
 *
 * What a key means is told by the key alone: `_and`, `_or`, an operator (any
 * other word with `_` in front), or a member. Several keys in one object must
 * all hold. Lists where an object should stand have members "0", "1" ... */
#include "query/term.h"

#include "common/clock.h"
#include "query/dynamic.h"

/* 2^53 - 1, the largest number that is safe in JavaScript. */
#define SAFE_MAX 9007199254740991.0

static struct term *
term_new(struct arena *arena, enum term_kind kind)
{
	struct term *term = arena_alloc(arena, sizeof *term);

	term->kind = kind;
	return term;
}

static void
term_append(struct term *parent, struct term *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static bool
takes_list(struct span name)
{
	return span_is(name, "_in") || span_is(name, "_nin") ||
	       span_is(name, "_between") || span_is(name, "_nbetween");
}

/* Directus passes these over where nothing is related. */
static bool
is_relational(struct span name)
{
	return span_is(name, "_some") || span_is(name, "_none");
}

/* More than 20 explicit indices make an object of what was meant as a list
 * (contract chapter 6); Directus 10 understands it, and so does this. */
static bool
is_indexed(const struct node *object)
{
	int64_t index;

	for (const struct node *n = object->first; n; n = n->next)
		if (!span_i64(n->name, &index) || index < 0)
			return false;
	return object->type == NODE_OBJECT && object->count > 0;
}

/* The values of a list operator: nested lists are opened once. */
static struct node *
value_list(struct arena *arena, struct node *value)
{
	struct node *list = node_new(arena, NODE_LIST);
	struct node *from =
	    is_indexed(value) ? value : node_as_list(arena, value);
	struct node *next;

	for (struct node *n = from->first; n; n = next) {
		struct node *inner_next;

		next = n->next;
		if (n->type != NODE_LIST) {
			node_append(list, n);
			continue;
		}
		for (struct node *i = n->first; i; i = inner_next) {
			inner_next = i->next;
			node_append(list, i);
		}
	}
	return list;
}

static struct term *
term_from_entry(struct arena *arena, struct span key, struct node *value)
{
	bool both = span_is(key, "_and");
	struct term *term;

	if (both || span_is(key, "_or")) {
		struct node *list = node_as_list(arena, value);

		term = term_new(arena, both ? TERM_AND : TERM_OR);
		term->name = key;
		for (struct node *n = list->first; n; n = n->next)
			term_append(term, term_from_node(arena, n));
		return term;
	}
	if (span_starts(key, "_") && !is_relational(key)) {
		term = term_new(arena, TERM_OPERATOR);
		term->value =
		    takes_list(key) ? value_list(arena, value) : value;
	} else {
		term = term_new(arena, TERM_MEMBER);
		term_append(term, term_from_node(arena, value));
	}
	term->name = key;
	return term;
}

static struct span
key_of(struct arena *arena, const struct node *parent, const struct node *n)
{
	if (parent->type == NODE_OBJECT)
		return n->name;
	return span_of(arena_printf(arena, "%zu", n->index));
}

struct term *
term_from_node(struct arena *arena, struct node *node)
{
	struct term *all;

	if (node->type == NODE_NULL)
		return term_new(arena, TERM_NULL);
	if (node->type != NODE_LIST && node->type != NODE_OBJECT)
		return term_from_entry(arena, SPAN("_eq"), node);
	if (node->count == 0)
		return term_new(arena, TERM_ALL);
	if (node->count == 1)
		return term_from_entry(
		    arena, key_of(arena, node, node->first), node->first);
	all = term_new(arena, TERM_AND);
	for (struct node *n = node->first; n; n = n->next)
		term_append(
		    all, term_from_entry(arena, key_of(arena, node, n), n));
	return all;
}

/* Whether the value is true, false or null, also as a word. */
static bool
is_boolean(const struct node *value)
{
	return value->type == NODE_BOOL || value->type == NODE_NULL ||
	       (value->type == NODE_TEXT && (span_is(value->text, "true") ||
						span_is(value->text, "false") ||
						span_is(value->text, "null") ||
						span_is(value->text, "NULL")));
}

static enum err
check_plain(struct span name, const struct node *value, bool strict,
    struct fault *fault)
{
	int64_t wall_ms;
	bool plain = value->type != NODE_LIST && value->type != NODE_OBJECT;

	if (value->type == NODE_TEXT &&
	    dynamic_kind(value->text) == DYNAMIC_NOW)
		plain = dynamic_time(value->text, clock_wall_ms(), &wall_ms);
	if (!plain)
		return fault_add(fault, ERR_QUERY, NULL,
		    "The filter value for \"%.*s\" has to be a string, "
		    "number, or boolean",
		    SPAN_FMT(name));
	if (value->type == NODE_NUMBER &&
	    !(value->f <= SAFE_MAX && value->f >= -SAFE_MAX))
		return fault_add(fault, ERR_QUERY, NULL,
		    "The filter value for \"%.*s\" is not a valid number",
		    SPAN_FMT(name));
	if (strict && value->type == NODE_TEXT && value->text.n == 0)
		return fault_add(fault, ERR_QUERY, NULL,
		    "You can't filter for an empty string in \"%.*s\". Use "
		    "\"_empty\" or \"_nempty\" instead",
		    SPAN_FMT(name));
	return ERR_NONE;
}

static bool
is_flag(struct span name)
{
	return span_is(name, "_null") || span_is(name, "_nnull") ||
	       span_is(name, "_empty") || span_is(name, "_nempty");
}

static bool
is_geometric(struct span name)
{
	return span_is(name, "_intersects") || span_is(name, "_nintersects") ||
	       span_is(name, "_intersects_bbox") ||
	       span_is(name, "_nintersects_bbox");
}

static enum err
check_operator(const struct term *term, bool strict, struct fault *fault)
{
	const struct node *value = term->value;

	if (takes_list(term->name)) {
		if (value->count > 0 || !strict)
			return ERR_NONE;
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"%.*s\" has to be an array of values",
		    SPAN_FMT(term->name));
	}
	if (is_flag(term->name)) {
		if (is_boolean(value))
			return ERR_NONE;
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"%.*s\" has to be a boolean", SPAN_FMT(term->name));
	}
	if (is_geometric(term->name)) {
		if (node_named(value, "type"))
			return ERR_NONE;
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"%.*s\" has to be a valid GeoJSON object",
		    SPAN_FMT(term->name));
	}
	return check_plain(term->name, value, strict, fault);
}

enum err
term_check(const struct term *term, bool strict, struct fault *fault)
{
	if (term->kind == TERM_NULL)
		return fault_add(
		    fault, ERR_QUERY, NULL, "Invalid filter object");
	if (term->kind == TERM_OPERATOR)
		return check_operator(term, strict, fault);
	for (const struct term *t = term->first; t; t = t->next) {
		enum err err = term_check(t, strict, fault);

		if (err)
			return err;
	}
	return ERR_NONE;
}

size_t
term_depth(const struct term *term)
{
	size_t depth = 0;

	for (const struct term *t = term->first; t; t = t->next) {
		size_t below = term_depth(t);

		depth = below > depth ? below : depth;
	}
	return depth + (term->kind == TERM_MEMBER);
}
