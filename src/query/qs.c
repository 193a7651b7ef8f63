/* Reading the query string: names with brackets become a tree.
 *
 * Two steps, as clients know them from the usual reader of such strings. First
 * equal names are put together: `a=1&a=2` is a list. Then each name is cut at
 * its brackets into a chain of lists and objects, and the chains are merged.
 * A list meets an object: its elements become members "0", "1" ... Text meets
 * an object: it becomes a member that is true. With at most 1,000 parameters
 * and ten levels the look-ups by name may be linear. */
#include "query/qs.h"

#include <string.h>

#include "query/percent.h"

struct pair {
	struct span name;
	struct node *value;
};

/* Members every JavaScript object has; contract chapter 6 says that such
 * names are passed over. */
static const char *const builtin_names[] = {"__proto__", "constructor",
    "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toString",
    "toLocaleString", "valueOf", "__defineGetter__", "__defineSetter__",
    "__lookupGetter__", "__lookupSetter__"};

static bool
is_builtin(struct span name)
{
	size_t n = sizeof builtin_names / sizeof *builtin_names;

	for (size_t i = 0; i < n; i++)
		if (span_is(name, builtin_names[i]))
			return true;
	return false;
}

static ptrdiff_t
find_text(struct span in, const char *what)
{
	const char *at = in.n ? memmem(in.p, in.n, what, strlen(what)) : NULL;

	return at ? at - in.p : -1;
}

static struct node *
copy_node(struct arena *arena, const struct node *of)
{
	struct node *node = arena_alloc(arena, sizeof *node);

	*node = *of;
	node->next = NULL;
	return node;
}

/* Appends a value, or the elements of a list, to a list. */
static void
list_push(struct arena *arena, struct node *list, const struct node *value)
{
	if (value->type != NODE_LIST) {
		struct node *copy = copy_node(arena, value);

		copy->index = list->last ? list->last->index + 1 : 0;
		node_append(list, copy);
		return;
	}
	for (const struct node *n = value->first; n; n = n->next) {
		struct node *copy = copy_node(arena, n);

		copy->index = list->last ? list->last->index + 1 : 0;
		node_append(list, copy);
	}
}

static struct node *
list_of(struct arena *arena, const struct node *a, const struct node *b)
{
	struct node *list = node_new(arena, NODE_LIST);

	list_push(arena, list, a);
	if (b)
		list_push(arena, list, b);
	return list;
}

static void
add_pair(
    struct arena *arena, struct pair *pairs, size_t *count, struct span part)
{
	ptrdiff_t at = find_text(part, "]=");
	struct span name, value = SPAN_NONE;
	struct node *node;

	at = at < 0 ? span_find(part, '=') : at + 1;
	name =
	    percent_decode(arena, at < 0 ? part : span_head(part, (size_t)at));
	if (at >= 0)
		value = percent_decode(arena, span_from(part, (size_t)at + 1));
	node = node_text(arena, value, true);
	for (size_t i = 0; i < *count; i++) {
		if (!span_eq(pairs[i].name, name))
			continue;
		if (pairs[i].value->type == NODE_LIST)
			list_push(arena, pairs[i].value, node);
		else
			pairs[i].value = list_of(arena, pairs[i].value, node);
		return;
	}
	pairs[*count].name = name;
	pairs[(*count)++].value = node;
}

/* The next pair of brackets with none inside, from `at` on. */
static bool
next_brackets(struct span name, size_t at, size_t *open, size_t *close)
{
	bool opened = false;

	for (size_t i = at; i < name.n; i++) {
		if (name.p[i] == '[') {
			*open = i;
			opened = true;
		} else if (name.p[i] == ']' && opened) {
			*close = i;
			return true;
		}
	}
	return false;
}

struct part {
	struct span text;
	bool bracketed;
};

/* Cuts `a[b][c]` into a, b, c; whatever stands between or behind brackets is
 * dropped, what goes deeper than ten levels stays one part. */
static size_t
cut_name(struct span name, struct part parts[QS_DEPTH_MAX + 2])
{
	size_t open = 0, close = 0, count = 0, at = 0, depth = 0;

	if (!next_brackets(name, 0, &open, &close)) {
		parts[0] = (struct part){name, false};
		return name.n > 0;
	}
	if (open > 0)
		parts[count++] = (struct part){span_head(name, open), false};
	while (next_brackets(name, at, &open, &close)) {
		if (depth++ == QS_DEPTH_MAX) {
			parts[count++] =
			    (struct part){span_from(name, open), true};
			break;
		}
		parts[count++] = (struct part){
		    span_make(name.p + open + 1, close - open - 1), true};
		at = close + 1;
	}
	return count;
}

/* An index as clients write it: decimal, no leading zero, at most 20. */
static bool
is_index(struct span text, size_t *index)
{
	int64_t value;

	if (text.n == 0 || text.n > 2 || (text.p[0] == '0' && text.n > 1))
		return false;
	if (!span_i64(text, &value) || value < 0 || value > QS_INDEX_MAX)
		return false;
	*index = (size_t)value;
	return true;
}

static struct node *
chain(struct arena *arena, struct pair pair)
{
	struct part parts[QS_DEPTH_MAX + 2];
	size_t count = cut_name(pair.name, parts);
	struct node *leaf = pair.value;

	for (size_t i = 0; i < count; i++)
		if (is_builtin(parts[i].text))
			return NULL;
	for (size_t i = count; i-- > 0;) {
		struct node *node;
		size_t index = 0;

		if (parts[i].bracketed && parts[i].text.n == 0) {
			leaf = list_of(arena, leaf, NULL);
			continue;
		}
		leaf = copy_node(arena, leaf);
		if (parts[i].bracketed && is_index(parts[i].text, &index)) {
			node = node_new(arena, NODE_LIST);
			leaf->index = index;
		} else {
			node = node_new(arena, NODE_OBJECT);
			leaf->name = parts[i].text;
		}
		node_append(node, leaf);
		leaf = node;
	}
	return count ? leaf : NULL;
}

static struct node *
list_at(const struct node *list, size_t index)
{
	for (struct node *n = list->first; n; n = n->next)
		if (n->index == index)
			return n;
	return NULL;
}

static bool
is_tree(const struct node *node)
{
	return node->type == NODE_LIST || node->type == NODE_OBJECT;
}

static struct node *merge(struct arena *, struct node *, struct node *);

/* Puts `value` in the place of `old` among its siblings. */
static void
replace(struct node *old, const struct node *value)
{
	struct node kept = *old;

	*old = *value;
	old->next = kept.next;
	old->name = kept.name;
	old->index = kept.index;
}

static size_t
list_length(const struct node *list)
{
	size_t n = 0;

	for (const struct node *e = list->first; e; e = e->next)
		n = e->index + 1 > n ? e->index + 1 : n;
	return n;
}

static struct node *
merge_lists(struct arena *arena, struct node *target, struct node *source)
{
	for (struct node *s = source->first; s; s = s->next) {
		struct node *old = list_at(target, s->index);
		struct node *copy;

		if (old && is_tree(old) && is_tree(s)) {
			replace(old, merge(arena, old, s));
			continue;
		}
		copy = copy_node(arena, s);
		if (old)
			copy->index = list_length(target);
		node_append(target, copy);
	}
	return target;
}

static struct span
index_name(struct arena *arena, size_t index)
{
	return span_of(arena_printf(arena, "%zu", index));
}

static void
sort_list(struct node *list)
{
	struct node *rest = list->first, *next;

	list->first = NULL;
	for (; rest; rest = next) {
		struct node **at = &list->first;

		next = rest->next;
		while (*at && (*at)->index <= rest->index)
			at = &(*at)->next;
		rest->next = *at;
		*at = rest;
	}
	for (list->last = list->first; list->last && list->last->next;)
		list->last = list->last->next;
}

static struct node *
as_object(struct arena *arena, struct node *node)
{
	struct node *object;

	if (node->type == NODE_OBJECT)
		return node;
	sort_list(node);
	object = node_new(arena, NODE_OBJECT);
	for (const struct node *n = node->first; n; n = n->next) {
		struct node *copy = copy_node(arena, n);

		copy->name = index_name(arena, n->index);
		node_append(object, copy);
	}
	return object;
}

static struct node *
merge_text(struct arena *arena, struct node *target, struct node *source)
{
	struct node *flag;

	if (target->type == NODE_LIST) {
		list_push(arena, target, source);
		return target;
	}
	if (target->type != NODE_OBJECT)
		return list_of(arena, target, source);
	if (is_builtin(source->text))
		return target;
	flag = node_new(arena, NODE_BOOL);
	flag->b = true;
	flag->name = source->text;
	if (node_member(target, flag->name))
		replace(node_member(target, flag->name), flag);
	else
		node_append(target, flag);
	return target;
}

static struct node *
merge(struct arena *arena, struct node *target, struct node *source)
{
	if (source->type == NODE_TEXT && source->text.n == 0)
		return target;
	if (!is_tree(source))
		return merge_text(arena, target, source);
	if (!is_tree(target))
		return list_of(arena, target, source);
	if (target->type == NODE_LIST && source->type == NODE_LIST)
		return merge_lists(arena, target, source);
	target = as_object(arena, target);
	source = as_object(arena, source);
	for (struct node *s = source->first; s; s = s->next) {
		struct node *old = node_member(target, s->name);

		if (old)
			replace(old, merge(arena, copy_node(arena, old), s));
		else
			node_append(target, copy_node(arena, s));
	}
	return target;
}

/* Elements in order of index, numbered without gaps. */
static void
close_gaps(struct node *node)
{
	size_t index = 0;

	if (node->type == NODE_LIST)
		sort_list(node);
	for (struct node *n = node->first; n; n = n->next) {
		n->index = index++;
		close_gaps(n);
	}
}

struct node *
qs_parse(struct arena *arena, struct span query_string)
{
	struct pair *pairs =
	    arena_array(arena, QS_PARAMETERS_MAX, sizeof *pairs);
	struct node *root = node_new(arena, NODE_OBJECT);
	size_t count = 0, seen = 0;
	struct span part;

	while (
	    seen < QS_PARAMETERS_MAX && span_next(&query_string, '&', &part)) {
		seen++;
		if (part.n > 0)
			add_pair(arena, pairs, &count, part);
	}
	for (size_t i = 0; i < count; i++) {
		struct node *node = chain(arena, pairs[i]);

		if (node && is_tree(node))
			root = merge(arena, root, node);
	}
	close_gaps(root);
	return root;
}
