/* Rows against bound conditions, and search. Nothing here can fail. */
#include "query/filter.h"

#include <stdlib.h>

#include "common/json.h"
#include "query/fold.h"

static bool
same_kind(struct value a, struct value b)
{
	return a.type == b.type || (value_is_number(a) && value_is_number(b));
}

/* Of two readings the one of the row's kind; NULL when none is. */
static const struct value *
reading(struct value value, const struct value wanted[2])
{
	for (size_t i = 0; i < 2; i++)
		if (wanted[i].type != VALUE_NULL && same_kind(value, wanted[i]))
			return &wanted[i];
	return NULL;
}

static int
value_order(const void *a, const void *b)
{
	return value_cmp(*(const struct value *)a, *(const struct value *)b);
}

static bool
in_list(const struct test *test, struct value value)
{
	return bsearch(&value, test->list, test->count, sizeof *test->list,
		   value_order) != NULL;
}

static bool
between(const struct test *test, struct value value)
{
	const struct value *from = reading(value, test->value);
	const struct value *to = reading(value, test->to);

	return from && to && value_cmp(value, *from) >= 0 &&
	       value_cmp(value, *to) <= 0;
}

static bool
compare(const struct test *test, struct value value, bool *known)
{
	const struct value *wanted = reading(value, test->value);
	int order;

	/* A free-form value of another type is unequal; null is unknown. */
	*known = wanted || test->value[0].type != VALUE_NULL;
	if (!wanted)
		return false;
	order = value_cmp(value, *wanted);
	switch (test->kind) {
	case TEST_EQUAL:
		return order == 0;
	case TEST_LESS:
		return order < 0;
	case TEST_LESS_EQUAL:
		return order <= 0;
	case TEST_MORE:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool
like_value(const struct test *test, struct value value, struct buf *scratch)
{
	if (value.type != VALUE_TEXT)
		return false;
	if (test->kind == TEST_LIKE)
		return like_match(test->like, value.text);
	buf_clear(scratch);
	fold_put(scratch, value.text);
	return like_match(test->like, buf_view(scratch));
}

/* A value that is not null. *known: false where SQL would say "unknown". */
static bool
test_value(const struct test *test, struct value value, struct buf *scratch,
    bool *known)
{
	*known = true;
	switch (test->kind) {
	case TEST_IN:
		return in_list(test, value);
	case TEST_BETWEEN:
		*known = test->value[0].type != VALUE_NULL &&
			 test->to[0].type != VALUE_NULL;
		return between(test, value);
	case TEST_LIKE:
	case TEST_LIKE_FOLDED:
		return like_value(test, value, scratch);
	case TEST_NULL:
		return false;
	case TEST_EMPTY:
		return value.type == VALUE_TEXT && value.text.n == 0;
	case TEST_NEVER:
		*known = false;
		return false;
	case TEST_EQUAL:
	case TEST_LESS:
	case TEST_LESS_EQUAL:
	case TEST_MORE:
	case TEST_MORE_EQUAL:
		break;
	}
	return compare(test, value, known);
}

static bool
match_test(const struct test *test, const struct row *row, struct buf *scratch)
{
	struct value value = operand_value(&test->operand, row);
	bool known, matches;

	if (value.type == VALUE_NULL) {
		if (test->kind == TEST_NULL || test->kind == TEST_EMPTY)
			return !test->negated;
		return false;
	}
	matches = test_value(test, value, scratch, &known);
	/* `_neq: null` is all that is not null (contract 7.2). */
	if (!known)
		return test->kind == TEST_EQUAL && test->negated;
	return matches != test->negated;
}

bool
filter_match(
    const struct cond *cond, const struct row *row, struct buf *scratch)
{
	bool any = cond->kind == COND_OR;

	if (cond->kind == COND_TRUE)
		return true;
	if (cond->kind == COND_TEST)
		return match_test(cond->test, row, scratch);
	for (const struct cond *c = cond->first; c; c = c->next)
		if (filter_match(c, row, scratch) == any)
			return any;
	return !any;
}
