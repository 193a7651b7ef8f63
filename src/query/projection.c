/* Which members are shown. Unknown names vanish, doubles count once, at their
 * first place. Dotted names mean relations, of which there are none; a row
 * for which nothing is left is {}. */
#include "query/projection.h"

#include "common/json.h"

struct span
column_key(struct arena *arena, struct span name)
{
	struct buf out;
	struct span key;

	buf_init(&out, 6 * name.n + 8);
	buf_char(&out, ',');
	json_put_string(&out, name);
	buf_char(&out, ':');
	key = arena_span(arena, buf_view(&out));
	buf_release(&out);
	return key;
}

static bool
is_named(const struct projection *p, struct span name)
{
	for (size_t i = 0; i < p->count; i++)
		if (!p->at[i].rest && span_eq(p->at[i].name, name))
			return true;
	return false;
}

static bool
has_rest(const struct projection *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->at[i].rest)
			return true;
	return false;
}

static struct column *
add_column(struct arena *arena, struct projection *p, struct span name)
{
	struct column *column;

	if (p->count == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct column *at = arena_array(arena, room, sizeof *at);

		for (size_t i = 0; i < p->count; i++)
			at[i] = p->at[i];
		p->at = at;
		p->room = room;
	}
	column = &p->at[p->count++];
	*column = (struct column){.name = name};
	column->key = column_key(arena, name);
	return column;
}

static const struct ask_alias *
find_alias(const struct query *query, struct span name)
{
	const struct ask_alias *found = NULL;

	for (const struct ask_alias *a = query->alias; a; a = a->next)
		if (span_eq(a->name, name))
			found = a;
	return found;
}

static enum err
add_name(struct arena *arena, const struct query *query,
    const struct schema *schema, struct span name, struct projection *p,
    struct fault *fault)
{
	const struct ask_alias *alias = find_alias(query, name);
	struct operand operand;
	struct column *column;
	enum err err = operand_find(
	    arena, schema, alias ? alias->target : name, &operand, fault);

	if (err)
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	if (!alias && span_find(name, '.') >= 0)
		return ERR_NONE;
	if (!alias && operand.field < 0 && !operand.func && has_rest(p))
		return ERR_NONE;
	if (!alias)
		name = operand.shown;
	if (is_named(p, name))
		return ERR_NONE;
	column = add_column(arena, p, name);
	column->operand = operand;
	column->raw_csv = alias != NULL;
	return ERR_NONE;
}

static enum err
add_all(struct arena *arena, const struct query *query,
    const struct schema *schema, struct projection *p, struct fault *fault)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < schema->count && !err; i++)
		if (!schema->fields[i].hidden)
			err = add_name(arena, query, schema,
			    schema->fields[i].name, p, fault);
	if (!err && schema->freeform && !has_rest(p))
		add_column(arena, p, SPAN("*"))->rest = true;
	for (const struct ask_alias *a = query->alias; a && !err; a = a->next)
		err = add_name(arena, query, schema, a->name, p, fault);
	return err;
}

enum err
projection_bind(struct arena *arena, const struct query *query,
    const struct schema *schema, struct projection *p, struct fault *fault)
{
	enum err err = ERR_NONE;

	p->count = 0;
	if (!query->fields.given)
		return add_all(arena, query, schema, p, fault);
	for (size_t i = 0; i < query->fields.count && !err; i++) {
		struct span name = query->fields.at[i];

		if (span_is(name, "*") || span_starts(name, "*."))
			err = add_all(arena, query, schema, p, fault);
		else
			err = add_name(arena, query, schema, name, p, fault);
	}
	return err;
}

static void
put_rest(const struct projection *p, const struct row *row, bool *first,
    struct buf *out)
{
	for (size_t i = 0; i < row->member_count; i++) {
		const struct member *member = &row->members[i];

		if (is_named(p, member->name))
			continue;
		if (!*first)
			buf_char(out, ',');
		*first = false;
		json_put_string(out, member->name);
		buf_char(out, ':');
		value_put_json(member->value, FIELD_TYPE_COUNT, out);
	}
}

void
projection_put(
    const struct projection *p, const struct row *row, struct buf *out)
{
	bool first = true;

	buf_char(out, '{');
	for (size_t i = 0; i < p->count; i++) {
		const struct column *column = &p->at[i];

		if (column->rest) {
			put_rest(p, row, &first, out);
			continue;
		}
		buf_span(out, first ? span_from(column->key, 1) : column->key);
		first = false;
		operand_put_json(&column->operand,
		    operand_value(&column->operand, row), column->raw_csv, out);
	}
	buf_char(out, '}');
}
