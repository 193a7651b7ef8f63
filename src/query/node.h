/* A value of the query language before it is understood: text of the query
 * string, or JSON. Trees live in an arena and are never changed once built,
 * save by the query-string reader that builds them. */
#ifndef QUERY_NODE_H
#define QUERY_NODE_H

#include "common/js.h"
#include "common/mem.h"
#include "common/span.h"

enum node_type {
	NODE_NULL,
	NODE_BOOL,
	NODE_NUMBER,
	NODE_TEXT,
	NODE_LIST,
	NODE_OBJECT
};

struct node {
	enum node_type type;
	bool b;
	bool loose;	  /* text of a query string, whose type is open */
	double f;	  /* a number; may be infinite */
	struct span text; /* a text, or a number as it was written */
	struct span name; /* as a member of an object */
	size_t index;	  /* as an element of a list */
	struct node *first, *last, *next;
	size_t count; /* members or elements */
};

struct node *node_new(struct arena *, enum node_type);
struct node *node_text(struct arena *, struct span, bool loose);
void node_append(struct node *parent, struct node *child);
struct node *node_member(const struct node *object, struct span name);
struct node *node_named(const struct node *object, const char *name);
/* Copies a JSON value; its text goes into the arena, so the document may be
 * freed afterwards. */
struct node *node_from_js(struct arena *, struct js);
/* JSON text of a parameter; NULL when it is no JSON. */
struct node *node_from_json(struct arena *, struct span text);
/* Text of a scalar as String() gives it, of lists and objects as JSON. */
struct span node_as_text(struct arena *, const struct node *);
/* JavaScript's Number(): null and "" are 0, true is 1, a list of one counts
 * as its element. False: NaN. */
bool node_number(const struct node *, double *);
/* Truthy as in JavaScript: not null, false, 0 or "". */
bool node_is_given(const struct node *);
/* A list as it is; text split at commas; else a list of the one value. */
struct node *node_as_list(struct arena *, struct node *);

#endif
