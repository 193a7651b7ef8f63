/* A filter as it was written, its values still untyped (contract 7.2). */
#ifndef QUERY_TERM_H
#define QUERY_TERM_H

#include "common/err.h"
#include "query/node.h"

enum term_kind {
	TERM_ALL,      /* {}: no condition */
	TERM_AND,      /* all children */
	TERM_OR,       /* one child */
	TERM_MEMBER,   /* name, and one child about it */
	TERM_OPERATOR, /* name and a value */
	TERM_NULL      /* null where a condition should stand */
};

struct term {
	enum term_kind kind;
	struct span name;
	struct node *value; /* a list for _in, _nin, _between, _nbetween */
	struct term *first, *last, *next;
};

struct term *term_from_node(struct arena *, struct node *);
/* The checks that need no collection. Not strict: empty text and empty lists
 * are fine, as in the body of a SEARCH (contract 5.8). */
enum err term_check(const struct term *, bool strict, struct fault *);
/* Members inside members; _and, _or and operators do not count. */
size_t term_depth(const struct term *);

#endif
