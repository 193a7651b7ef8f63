/* From parameters to struct query, in the order in which contract chapter 1
 * tells mistakes: filter, alias, too deep a path, then the plain checks in
 * the order fields, groupBy, sort, filter type, limit, offset, page, meta,
 * export, aggregate, deep. The first one ends it. */
#include "query/ask.h"

#include "query/qs.h"

static enum err
read_filter(struct arena *arena, struct node *node, bool strict,
    struct query *query, struct fault *fault)
{
	struct node *json = NULL;

	if (!node_is_given(node))
		return ERR_NONE;
	if (node->type == NODE_TEXT)
		json = node_from_json(arena, node->text);
	query->filter = term_from_node(arena, json ? json : node);
	if (query->filter->kind == TERM_NULL)
		return ERR_NONE;
	return term_check(query->filter, strict, fault);
}

static size_t
dots(struct span name)
{
	size_t n = 1;

	for (size_t i = 0; i < name.n; i++)
		n += name.p[i] == '.';
	return n;
}

static size_t
names_depth(const struct names *names)
{
	size_t depth = 0;

	for (size_t i = 0; i < names->count; i++)
		if (dots(names->at[i]) > depth)
			depth = dots(names->at[i]);
	return depth;
}

static enum err
check_depth(const struct query *query, size_t deep, struct fault *fault)
{
	const struct names *shown =
	    query->group.given ? &query->group : &query->fields;
	bool passed_over = query->aggregates && !query->group.given;

	if ((passed_over || names_depth(shown) <= ASK_DEPTH_MAX) &&
	    names_depth(&query->sort) <= ASK_DEPTH_MAX &&
	    (!query->filter || term_depth(query->filter) <= ASK_DEPTH_MAX) &&
	    deep <= ASK_DEPTH_MAX)
		return ERR_NONE;
	return fault_add(
	    fault, ERR_QUERY, NULL, "Max relational depth exceeded.");
}

static enum err
check_empty(const char *name, const struct names *names, struct fault *fault)
{
	for (size_t i = 0; i < names->count; i++)
		if (names->at[i].n == 0)
			return fault_add(fault, ERR_QUERY, NULL,
			    "\"%s[%zu]\" is not allowed to be empty", name, i);
	return ERR_NONE;
}

static enum err
check_lists(const struct query *query, struct fault *fault)
{
	enum err err = check_empty("fields", &query->fields, fault);

	if (!err)
		err = check_empty("group", &query->group, fault);
	if (!err)
		err = check_empty("sort", &query->sort, fault);
	if (!err && query->filter && query->filter->kind == TERM_NULL)
		err = fault_add(fault, ERR_QUERY, NULL,
		    "\"filter\" must be of type object");
	return err;
}

/* What Joi would tell about a list of meta words (contract 7.6). */
static enum err
read_meta(struct arena *arena, struct node *node, bool strict,
    struct query *query, struct fault *fault)
{
	static const char *const words[] = {[META_TOTAL_COUNT] = "total_count",
	    [META_FILTER_COUNT] = "filter_count"};
	struct node *list;
	bool seen[META_KINDS] = {false};

	if (!node_is_given(node))
		return ERR_NONE;
	if (node->type == NODE_TEXT && span_is(node->text, "*"))
		node = node_text(arena, SPAN("total_count,filter_count"), true);
	list = node_as_list(arena, node);
	for (struct node *n = list->first; n; n = n->next) {
		size_t kind = 0;

		while (kind < META_KINDS &&
		       !(n->type == NODE_TEXT && span_is(n->text, words[kind])))
			kind++;
		if (kind < META_KINDS && !seen[kind]) {
			seen[kind] = true;
			query->meta[query->meta_count++] = (enum ask_meta)kind;
		} else if (kind == META_KINDS && strict) {
			return fault_add(fault, ERR_QUERY, NULL,
			    "\"meta[%zu]\" must be one of [total_count, "
			    "filter_count]",
			    n->index);
		}
	}
	return ERR_NONE;
}

static enum err
read_export(const struct node *node, struct query *query, struct fault *fault)
{
	static const char *const words[] = {[EXPORT_CSV] = "csv",
	    [EXPORT_JSON] = "json",
	    [EXPORT_XML] = "xml",
	    [EXPORT_YAML] = "yaml"};

	if (!node_is_given(node))
		return ERR_NONE;
	for (size_t i = EXPORT_CSV; i <= EXPORT_YAML; i++) {
		if (node->type != NODE_TEXT || !span_is(node->text, words[i]))
			continue;
		query->export = (enum ask_export)i;
		return ERR_NONE;
	}
	return fault_add(fault, ERR_QUERY, NULL,
	    "\"export\" must be one of [csv, json, xml, yaml]");
}

static enum err
read_plain(struct arena *arena, const struct node *root, bool strict,
    struct query *query, struct fault *fault)
{
	const struct node *search = node_named(root, "search");
	enum err err = ask_numbers(root, strict, query, fault);

	if (!err)
		err = read_meta(
		    arena, node_named(root, "meta"), strict, query, fault);
	if (!err)
		err = read_export(node_named(root, "export"), query, fault);
	if (search && search->type == NODE_TEXT)
		query->search = search->text;
	return err;
}

struct query *
query_empty(struct arena *arena)
{
	struct query *query = arena_alloc(arena, sizeof *query);

	query->limit = query->offset = query->page = ASK_NONE;
	return query;
}

enum err
ask_from_node(struct arena *arena, const struct node *root, bool strict,
    struct query **out, struct fault *fault)
{
	struct query *query = query_empty(arena);
	const struct node *token = node_named(root, "access_token");
	size_t deep = 0;
	enum err err;

	*out = query;
	if (token && token->type == NODE_TEXT)
		query->access_token = token->text;
	err = ask_lists(arena, root, strict, query, fault);
	if (!err)
		err = read_filter(
		    arena, node_named(root, "filter"), strict, query, fault);
	if (!err)
		err = ask_alias(arena, root, query, fault);
	if (!err)
		err = ask_deep(arena, root, &deep, fault);
	if (!err)
		err = check_depth(query, deep, fault);
	if (!err && strict)
		err = check_lists(query, fault);
	if (!err)
		err = read_plain(arena, root, strict, query, fault);
	if (!err)
		err = ask_aggregate(arena, root, query, fault);
	return err;
}

enum err
query_parse_text(struct arena *arena, struct span query_string,
    struct query **out, struct fault *fault)
{
	if (query_string.n == 0) {
		*out = query_empty(arena);
		return ERR_NONE;
	}
	return ask_from_node(
	    arena, qs_parse(arena, query_string), true, out, fault);
}

enum err
query_parse_js(struct arena *arena, struct js object, struct query **out,
    struct fault *fault)
{
	return ask_from_node(
	    arena, node_from_js(arena, object), false, out, fault);
}

struct span
query_access_token(const struct query *query)
{
	return query->access_token;
}
