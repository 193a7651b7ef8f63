/* The query language (contract chapters 6 and 7): from the query string or a
 * JSON object to a struct query, bound to a collection, run over rows.
 *
 * Steps: query_parse_* checks everything that can be told without the
 * collection (contract chapter 1 step 3, for every method and path);
 * query_bind resolves names and types (step 10); query_plan says which rows
 * need to be read; then query_run takes rows one by one and writes the
 * answer. No store in here. */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "model/row.h"

struct query;	  /* parsed */
struct query_run; /* bound, with its state */

/* Everything the query string says; only the first error is told, in the
 * order of contract chapter 1. Never NULL on success. */
enum err query_parse_text(
    struct arena *, struct span query_string, struct query **, struct fault *);
/* Members of a JSON object ({"query":{...}} of SEARCH, PATCH, DELETE): hardly
 * checked, bad values dropped (contract 5.5, 5.8). */
enum err query_parse_js(
    struct arena *, struct js object, struct query **, struct fault *);
/* `access_token` of the query string; empty when absent. */
struct span query_access_token(const struct query *);
/* No parameters at all. */
struct query *query_empty(struct arena *);

struct query_context {
	struct span user, role; /* $CURRENT_USER, $CURRENT_ROLE; may be
	                                empty */
	int64_t now_ms;		/* $NOW */
	/* Folder (a descriptor) for what is too much for memory; 0: none, it
	 * stays in memory. */
	int spool_dir;
	size_t memory_bytes; /* before that; 0: what is good for a server */
};
enum query_purpose {
	QUERY_LIST,	   /* GET or SEARCH of a list */
	QUERY_WHOLE,	   /* a list that is whole where no limit is given;
	                      its rows come in order of id */
	QUERY_ONE,	   /* one row by id: limit etc. may hide it */
	QUERY_WRITTEN_ONE, /* answer of a write of one */
	QUERY_WRITTEN,	   /* answer of a write of several: without a limit,
	                      and with 0, all of them */
	QUERY_PICK,	   /* {query}: which rows to change; ids only */
	QUERY_KEYS	   /* a list of rows named by key, given in order of
	                      id; limit as in QUERY_WRITTEN */
};
/* Resolves members, operators, functions against the collection. Faults:
 * INVALID_QUERY. */
enum err query_bind(struct arena *, const struct query *, const struct schema *,
    const struct query_context *, enum query_purpose, struct query_run **,
    struct fault *);

/* Which rows to read. By default all ids ascending. */
struct query_plan {
	const int64_t *ids; /* read just these, in this order */
	size_t id_count;
	bool by_ids;
	int64_t from_id, to_id; /* else this range, inclusive */
	bool descending;
	struct row_equal equals[ROW_EQUALS_MAX]; /* of indexed fields */
	size_t equal_count;
	/* or all of an indexed field, in order of its value, then id; with
	 * `descending` from the end. Ids are not narrowed then. */
	bool by_value;
	int field;
	int64_t from_value, to_value;
	/* Ids stand for the order of this field, and its values are not
	 * narrowed to but by from_value and to_value. That holds for rows above
	 * record_strays only; where there may be others, query_give_up. */
	bool follows;
	int64_t most;		    /* rows that suffice, -1: unknown */
	int64_t page_rows;	    /* rows that may suffice, 0: unknown */
	int64_t give_up;	    /* rows after which query_give_up pays; 0:
	                               never */
	bool nothing;		    /* no row can be shown: read none */
	bool wants_total;	    /* meta total_count: query_run_total */
	bool total_is_filter_count; /* no filter: filter_count needs no scan */
};
void query_plan(const struct query_run *, struct query_plan *);
void query_run_total(struct query_run *, int64_t total_count);

/* Forgets the rows taken: from here on the plan is the one that reads the
 * rows of an index and sorts them. Ask query_plan again. */
void query_give_up(struct query_run *);

/* Takes a row; what is needed later is copied, so the row may go afterwards
 * (an answer without sort is written as rows come; sort with limit keeps the
 * best only). False: no further row can matter. */
bool query_take(struct query_run *, struct row *);
/* Ids of the rows that passed (QUERY_PICK), after sort, limit, offset; they
 * lie in the arena. */
enum err query_picked(
    struct query_run *, const int64_t **ids, size_t *count, struct fault *);
/* Rows shown: 0 tells a hidden one (403 or 204). Ends the taking. */
size_t query_shown(struct query_run *);

/* Writes the answer: {"data":...} or the export. `one`: a single object.
 * meta_first: items have `meta` before `data`. *type is the content type;
 * *disposition is NULL or the Content-Disposition value. */
enum err query_finish(struct query_run *, bool one, bool meta_first,
    struct buf *, const char **type, const char **disposition, struct fault *);
/* Gives back what taken rows cost; the run and picked ids stay in the arena.
 * query_finish does it itself; needed where that is not reached. May be called
 * twice. */
void query_release(struct query_run *);

#endif
