/* A filter bound to a collection: members resolved, values typed (contract
 * 7.2, 7.3). Matching a row asks for no memory and looks up no names, save
 * for free-form members. */
#ifndef QUERY_FILTER_H
#define QUERY_FILTER_H

#include "query/like.h"
#include "query/operand.h"
#include "query/query.h"
#include "query/term.h"

enum test_kind {
	TEST_EQUAL,
	TEST_LESS, /* less than */
	TEST_LESS_EQUAL,
	TEST_MORE,
	TEST_MORE_EQUAL,
	TEST_IN,      /* one of a sorted list */
	TEST_BETWEEN, /* ends included */
	TEST_LIKE,
	TEST_LIKE_FOLDED,
	TEST_NULL,
	TEST_EMPTY, /* null or empty text */
	TEST_NEVER  /* no row */
};

struct test {
	struct operand operand;
	enum test_kind kind;
	bool negated; /* null does not match a negated test, save
	                           for _nnull and _nempty */
	/* VALUE_NULL matches nothing. The second ones are other readings for
	 * free-form members: text of a query string that spells a number. */
	struct value value[2], to[2];
	struct value *list; /* sorted by value_cmp, without nulls */
	size_t count;
	const struct like *like;
};

enum cond_kind { COND_TRUE, COND_AND, COND_OR, COND_TEST };

struct cond {
	enum cond_kind kind;
	struct test *test;
	struct cond *first, *last, *next;
};

struct binder {
	struct arena *arena;
	const struct schema *schema;
	const struct query_context *context;
	enum query_purpose purpose;
	struct fault *fault;
};

/* COND_TRUE for no condition. */
enum err filter_bind(
    const struct binder *, const struct term *, struct cond **);
bool filter_match(const struct cond *, const struct row *, struct buf *scratch);
/* The value of one operator: filter_bind's helper. */
struct op_row;
enum err filter_value(const struct binder *, const struct op_row *,
    const struct node *, struct test *);

/* search: any string or text member contains it, or a number equals it. */
struct search;
enum err search_bind(const struct binder *, struct span text, struct search **);
bool search_match(
    const struct search *, const struct row *, struct buf *scratch);

/* The table of operators (filter_ops.c). */
enum {
	CLASS_TEXT = 1 << 0,
	CLASS_UUID = 1 << 1,
	CLASS_NUMBER = 1 << 2,
	CLASS_BOOLEAN = 1 << 3,
	CLASS_JSON = 1 << 4,
	CLASS_TIME = 1 << 5,
	CLASS_FREE = 1 << 6
};
struct op_row {
	const char *name;
	enum test_kind kind;
	bool negated;
	enum like_form form;
	unsigned classes;
};
const struct op_row *op_find(struct span name);
unsigned op_class(enum field_type);

#endif
