/* From terms to conditions over one collection (contract 7.2).
 *
 * "No condition" swallows an _or it stands in and vanishes from an _and.
 * What Directus passes over on members without relations (an object below a
 * member, `_some`, `_none`) is no condition, too. Depth is bounded by the
 * parsers, so this recurses. */
#include "query/filter.h"

static struct cond *
cond_new(struct arena *arena, enum cond_kind kind)
{
	struct cond *cond = arena_alloc(arena, sizeof *cond);

	cond->kind = kind;
	return cond;
}

static void
cond_append(struct cond *parent, struct cond *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

static enum err
bad_key(const struct binder *b, struct span key)
{
	return fault_add(b->fault, ERR_QUERY, NULL,
	    "Invalid filter key \"%.*s\" on \"%.*s\"", SPAN_FMT(key),
	    SPAN_FMT(b->schema->name));
}

static enum err
bind_operator(const struct binder *b, const struct term *term,
    const struct operand *operand, struct cond **out)
{
	const struct op_row *op = op_find(term->name);
	unsigned class = op_class(operand->type);
	bool listed = op && op->kind == TEST_IN && operand->func;
	struct test *test;
	enum err err;

	/* Directus cannot look up a part of a time in a list. */
	if (!op || !(op->classes & class) || listed)
		return fault_add(b->fault, ERR_QUERY, NULL,
		    "\"%s\" field type does not contain the \"%.*s\" filter "
		    "operator",
		    operand->type == FIELD_TYPE_COUNT
			? "unknown"
			: field_type_name(operand->type),
		    SPAN_FMT(term->name));
	if (op->kind == TEST_BETWEEN && term->value->count != 2) {
		*out = cond_new(b->arena, COND_TRUE);
		return ERR_NONE;
	}
	test = arena_alloc(b->arena, sizeof *test);
	test->operand = *operand;
	test->kind = op->kind;
	test->negated = op->negated;
	err = filter_value(b, op, term->value, test);
	*out = cond_new(b->arena, COND_TEST);
	(*out)->test = test;
	return err;
}

static enum err bind_term(const struct binder *, const struct term *,
    const struct operand *, struct cond **);

/* Reading by id: the address's id stands in place of a condition on it. */
static bool
is_replaced(const struct binder *b, const struct term *term)
{
	return (b->purpose == QUERY_ONE || b->purpose == QUERY_WRITTEN_ONE) &&
	       term->kind == TERM_MEMBER &&
	       span_eq(term->name, b->schema->fields[0].name);
}

static enum err
bind_children(const struct binder *b, const struct term *term,
    const struct operand *operand, struct cond **out)
{
	bool any = term->kind == TERM_OR;
	struct cond *cond = cond_new(b->arena, any ? COND_OR : COND_AND);
	bool swallowed = false;

	for (const struct term *t = term->first; t; t = t->next) {
		struct cond *child;
		enum err err = bind_term(b, t, operand, &child);

		if (err)
			return err;
		if (child->kind == COND_TRUE)
			swallowed |= any;
		else
			cond_append(cond, child);
	}
	if (swallowed || !cond->first)
		cond->kind = COND_TRUE;
	*out = cond->first && cond->first == cond->last && !swallowed
		   ? cond->first
		   : cond;
	return ERR_NONE;
}

static enum err
bind_member(const struct binder *b, const struct term *term, struct cond **out)
{
	struct operand operand;
	enum err err =
	    operand_find(b->arena, b->schema, term->name, &operand, b->fault);

	if (err == ERR_NOT_FOUND)
		return bad_key(b, term->name);
	if (err)
		return err;
	if (term->first->kind == TERM_ALL)
		return fault_add(b->fault, ERR_QUERY, NULL,
		    "The filter on \"%.*s\" has no operator",
		    SPAN_FMT(term->name));
	return bind_term(b, term->first, &operand, out);
}

/* `operand`: the member that the term is about, NULL at the top. */
static enum err
bind_term(const struct binder *b, const struct term *term,
    const struct operand *operand, struct cond **out)
{
	*out = NULL;
	switch (term->kind) {
	case TERM_AND:
	case TERM_OR:
		return bind_children(b, term, operand, out);
	case TERM_OPERATOR:
		if (!operand)
			return bad_key(b, term->name);
		return bind_operator(b, term, operand, out);
	case TERM_MEMBER:
		if (!operand)
			return bind_member(b, term, out);
		*out = cond_new(b->arena, COND_TRUE);
		return ERR_NONE;
	case TERM_ALL:
		*out = cond_new(b->arena, COND_TRUE);
		return ERR_NONE;
	case TERM_NULL:
		break;
	}
	return fault_add(b->fault, ERR_QUERY, NULL, "Invalid filter object");
}

enum err
filter_bind(const struct binder *b, const struct term *term, struct cond **out)
{
	struct term top;

	*out = cond_new(b->arena, COND_TRUE);
	if (!term || is_replaced(b, term))
		return ERR_NONE;
	if (term->kind != TERM_AND || term->name.n > 0)
		return bind_term(b, term, NULL, out);
	/* The unnamed _and of several keys is the top level itself. */
	top = *term;
	top.first = top.last = NULL;
	for (const struct term *t = term->first; t; t = t->next) {
		struct term *copy;

		if (is_replaced(b, t))
			continue;
		copy = arena_alloc(b->arena, sizeof *copy);
		*copy = *t;
		copy->next = NULL;
		if (top.last)
			top.last->next = copy;
		else
			top.first = copy;
		top.last = copy;
	}
	return bind_children(b, &top, NULL, out);
}
