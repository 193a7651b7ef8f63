/* struct query: what was asked for, before it meets a collection. Internal to
 * this room; query.h is the door. */
#ifndef QUERY_ASK_H
#define QUERY_ASK_H

#include "query/node.h"
#include "query/query.h"
#include "query/term.h"

enum {
	ASK_LIMIT_DEFAULT = 100, /* contract 7.5 */
	ASK_DEPTH_MAX = 10,	 /* contract 7.1, 7.2, 7.9 */
	/* In one parameter: columns times rows is work, too. */
	ASK_NAMES_MAX = 1000,
	ASK_NONE = -2 /* a number that was not given */
};

struct names {
	struct span *at;
	size_t count;
	bool given;
};

enum ask_export {
	EXPORT_NONE,
	EXPORT_CSV,
	EXPORT_JSON,
	EXPORT_XML,
	EXPORT_YAML
};

enum ask_meta { META_TOTAL_COUNT, META_FILTER_COUNT, META_KINDS };

/* One cell of `aggregate`: count of id, max of views ... */
struct ask_aggregate {
	struct span function;
	struct span member; /* as written, blanks and all */
	struct ask_aggregate *next;
};

struct ask_alias {
	struct span name, target;
	struct ask_alias *next;
};

struct query {
	struct names fields, group, sort;
	int64_t limit, offset, page;	/* ASK_NONE: not given */
	enum ask_meta meta[META_KINDS]; /* in the order asked for */
	size_t meta_count;
	struct span search;
	enum ask_export export;
	bool aggregates; /* some function was asked for */
	struct ask_aggregate *aggregate;
	struct ask_alias *alias;
	struct term *filter; /* NULL: none */
	struct span access_token;
};

/* Parameters as a tree -> query. `strict`: of the address, all checks of
 * contract chapter 7; else of a body, hardly any (contract 5.5, 5.8). */
enum err ask_from_node(struct arena *, const struct node *, bool strict,
    struct query **, struct fault *);
/* Parts of it, by file. */
enum err ask_lists(struct arena *, const struct node *, bool strict,
    struct query *, struct fault *);
enum err ask_numbers(
    const struct node *, bool strict, struct query *, struct fault *);
enum err ask_alias(
    struct arena *, const struct node *, struct query *, struct fault *);
enum err ask_aggregate(
    struct arena *, const struct node *, struct query *, struct fault *);
enum err ask_deep(
    struct arena *, const struct node *, size_t *depth, struct fault *);

#endif
