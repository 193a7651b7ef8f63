/* The parameters that name members or numbers: lists of names, limit, offset,
 * page, alias, aggregate, deep. */
#include "query/ask.h"

#include <math.h>

/* 2^53 - 1, the largest number that is safe in JavaScript. */
#define SAFE_MAX 9007199254740991.0

/* One spelling of a list of names: csv text, a list, or a list of csv. */
struct list_shape {
	const char *parameter;
	bool split_elements; /* elements of a list hold csv, too */
	bool trim;
};

static enum err
no_text(const char *parameter, size_t index, struct fault *fault)
{
	return fault_add(fault, ERR_QUERY, NULL, "\"%s[%zu]\" must be a string",
	    parameter, index);
}

static enum err
too_many(const char *parameter, struct fault *fault)
{
	return fault_add(fault, ERR_QUERY, NULL,
	    "\"%s\" has more than %d names", parameter, ASK_NAMES_MAX);
}

static enum err
read_names(struct arena *arena, const struct node *root,
    const struct list_shape *shape, struct names *names, struct fault *fault)
{
	struct node *node = node_named(root, shape->parameter);
	size_t room = 0;

	if (!node_is_given(node))
		return ERR_NONE;
	names->given = true;
	if (node->type == NODE_TEXT)
		node = node_as_list(arena, node);
	if (node->type != NODE_LIST)
		return ERR_NONE;
	for (const struct node *n = node->first; n; n = n->next) {
		if (n->type != NODE_TEXT)
			return no_text(shape->parameter, n->index, fault);
		room++;
		for (size_t i = 0; i < n->text.n; i++)
			room += n->text.p[i] == ',';
	}
	if (room > ASK_NAMES_MAX)
		return too_many(shape->parameter, fault);
	names->at = arena_array(arena, room, sizeof *names->at);
	for (const struct node *n = node->first; n; n = n->next) {
		struct span rest = n->text, part = n->text;

		while (!shape->split_elements || span_next(&rest, ',', &part)) {
			names->at[names->count++] =
			    shape->trim ? span_trim(part) : part;
			if (!shape->split_elements)
				break;
		}
	}
	return ERR_NONE;
}

/* In a body an empty name is passed over (contract 5.8). */
static void
drop_empty(struct names *names)
{
	size_t kept = 0;

	for (size_t i = 0; i < names->count; i++)
		if (names->at[i].n > 0)
			names->at[kept++] = names->at[i];
	names->count = kept;
}

/* A list of sort that has nothing in it is as no sort. */
enum err
ask_lists(struct arena *arena, const struct node *root, bool strict,
    struct query *query, struct fault *fault)
{
	static const struct list_shape fields = {"fields", true, true},
				       group = {"groupBy", true, true},
				       sort = {"sort", false, true};
	enum err err = read_names(arena, root, &fields, &query->fields, fault);

	if (!err)
		err = read_names(arena, root, &group, &query->group, fault);
	if (!err)
		err = read_names(arena, root, &sort, &query->sort, fault);
	if (!strict) {
		drop_empty(&query->fields);
		drop_empty(&query->group);
		drop_empty(&query->sort);
	}
	return err;
}

struct number_rule {
	const char *parameter;
	int64_t least;
	bool empty_is_none; /* else it is 0 */
};

/* The words of contract 7.5, in the order in which they are told. */
static enum err
check_number(const struct number_rule *rule, bool is_number, double value,
    struct fault *fault)
{
	const char *what = rule->parameter;

	if (!is_number)
		return fault_add(
		    fault, ERR_QUERY, NULL, "\"%s\" must be a number", what);
	if (isinf(value))
		return fault_add(
		    fault, ERR_QUERY, NULL, "\"%s\" cannot be infinity", what);
	if (fabs(value) > SAFE_MAX)
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"%s\" must be a safe number", what);
	if (value != trunc(value))
		return fault_add(
		    fault, ERR_QUERY, NULL, "\"%s\" must be an integer", what);
	if (value < (double)rule->least)
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"%s\" must be greater than or equal to %lld", what,
		    (long long)rule->least);
	return ERR_NONE;
}

static enum err
read_number(const struct node *root, const struct number_rule *rule,
    bool strict, int64_t *out, struct fault *fault)
{
	const struct node *node = node_named(root, rule->parameter);
	double value = 0;
	bool is_number;
	enum err err;

	if (!node || node->type == NODE_NULL ||
	    (rule->empty_is_none && !node_is_given(node)))
		return ERR_NONE;
	is_number = node_number(node, &value);
	err = check_number(rule, is_number, value, strict ? fault : NULL);
	if (!err)
		*out = (int64_t)value;
	return strict ? err : ERR_NONE;
}

enum err
ask_numbers(const struct node *root, bool strict, struct query *query,
    struct fault *fault)
{
	static const struct number_rule limit = {"limit", -1, false},
					offset = {"offset", 0, true},
					page = {"page", 0, true};
	enum err err = read_number(root, &limit, strict, &query->limit, fault);

	if (!err)
		err = read_number(root, &offset, strict, &query->offset, fault);
	if (!err)
		err = read_number(root, &page, strict, &query->page, fault);
	return err;
}

/* A parameter that is an object, or its JSON text. */
static struct node *
object_of(struct arena *arena, const struct node *root, const char *parameter)
{
	struct node *node = node_named(root, parameter);
	struct node *json = NULL;

	if (!node_is_given(node))
		return NULL;
	if (node->type == NODE_TEXT)
		json = node_from_json(arena, node->text);
	return json ? json : node;
}

static bool
has_point(struct span text)
{
	return span_find(text, '.') >= 0;
}

enum err
ask_alias(struct arena *arena, const struct node *root, struct query *query,
    struct fault *fault)
{
	const struct node *node = object_of(arena, root, "alias");
	struct ask_alias **last = &query->alias;

	if (!node)
		return ERR_NONE;
	if (node->type != NODE_OBJECT)
		return fault_add(
		    fault, ERR_QUERY, NULL, "\"alias\" has to be an object");
	for (const struct node *n = node->first; n; n = n->next) {
		struct ask_alias *alias;

		if (n->type != NODE_TEXT)
			return fault_add(fault, ERR_QUERY, NULL,
			    "\"alias\" value has to be a string. \"string\" "
			    "given.");
		if (has_point(n->name) || has_point(n->text))
			return fault_add(fault, ERR_QUERY, NULL,
			    "\"alias\" key/value can't contain a period "
			    "character `.`");
		alias = arena_alloc(arena, sizeof *alias);
		alias->name = n->name;
		alias->target = n->text;
		*last = alias;
		last = &alias->next;
	}
	return ERR_NONE;
}

static enum err
add_cell(struct arena *arena, const struct node *function,
    const struct node *member, struct ask_aggregate ***last,
    struct fault *fault)
{
	struct ask_aggregate *cell;

	if (member->type != NODE_TEXT)
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"aggregate.%.*s\" must name members",
		    SPAN_FMT(function->name));
	cell = arena_alloc(arena, sizeof *cell);
	cell->function = function->name;
	cell->member = member->text;
	**last = cell;
	*last = &cell->next;
	return ERR_NONE;
}

enum err
ask_aggregate(struct arena *arena, const struct node *root, struct query *query,
    struct fault *fault)
{
	const struct node *node = object_of(arena, root, "aggregate");
	struct ask_aggregate **last = &query->aggregate;
	size_t names = 0;
	enum err err = ERR_NONE;

	if (!node)
		return ERR_NONE;
	if (node->type != NODE_OBJECT)
		return fault_add(fault, ERR_QUERY, NULL,
		    "\"aggregate\" must be of type object");
	query->aggregates = node->count > 0;
	for (struct node *n = node->first; n && !err; n = n->next) {
		struct node *list = node_as_list(arena, n);

		names += list->count;
		if (names > ASK_NAMES_MAX)
			return too_many("aggregate", fault);

		if (n->type == NODE_NULL)
			continue;
		for (struct node *m = list->first; m && !err; m = m->next)
			err = add_cell(arena, n, m, &last, fault);
	}
	return err;
}

static const char *const deep_words[] = {"_fields", "_groupBy", "_aggregate",
    "_sort", "_filter", "_limit", "_offset", "_page", "_meta", "_search",
    "_export", "_deep", "_alias"};

static bool
is_deep_word(struct span name)
{
	for (size_t i = 0; i < sizeof deep_words / sizeof *deep_words; i++)
		if (span_is(name, deep_words[i]))
			return true;
	return false;
}

/* Depth of the deepest level that says something. */
static enum err
walk_deep(
    const struct node *node, size_t level, size_t *depth, struct fault *fault)
{
	enum err err = ERR_NONE;

	for (const struct node *n = node->first; n && !err; n = n->next) {
		if (!node_is_given(n))
			break;
		if (!span_starts(n->name, "_")) {
			if (n->type == NODE_OBJECT)
				err = walk_deep(n, level + 1, depth, fault);
			continue;
		}
		if (!is_deep_word(n->name))
			return fault_add(fault, ERR_QUERY, NULL,
			    "\"%.*s\" is not allowed in \"deep\"",
			    SPAN_FMT(n->name));
		*depth = level > *depth ? level : *depth;
	}
	return err;
}

enum err
ask_deep(struct arena *arena, const struct node *root, size_t *depth,
    struct fault *fault)
{
	const struct node *node = object_of(arena, root, "deep");

	if (!node || node->type != NODE_OBJECT)
		return ERR_NONE;
	return walk_deep(node, 0, depth, fault);
}
