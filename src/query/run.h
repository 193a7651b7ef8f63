/* A bound query and its state. Internal to this room. */
#ifndef QUERY_RUN_H
#define QUERY_RUN_H

#include "query/filter.h"
#include "query/projection.h"
#include "query/rows.h"
#include "query/sort.h"
#include "query/tally.h"

enum {
	RUN_BYTES_MAX = 64 << 20, /* of rows formatted by one query */
	/* Of each thing it keeps until then, in memory and on the disk. */
	RUN_MEMORY_BYTES = 2 << 20,
	RUN_SPOOL_BYTES_MAX = 128 << 20
};

struct query_run {
	struct arena *arena;
	const struct query *ask;
	const struct schema *schema;
	enum query_purpose purpose;
	int64_t now_ms;
	struct cond *filter;
	struct search *search; /* NULL: none */
	struct projection shape;
	struct sort_keys sort;
	struct tally *tally; /* aggregate or groupBy, or NULL */
	int64_t limit;	     /* -1: all */
	int64_t skip;
	bool in_order;	 /* rows come in the order asked for */
	bool gambles;	 /* by walking one index while another is filtered */
	bool follows;	 /* ids stand for the order asked for */
	bool from_total; /* no filter: the total is the count */
	bool counts;	 /* every match must be seen */
	bool has_total;
	enum err failed; /* ERR_QUERY: it wants too much */
	int64_t total, matched, shown;
	struct room room;
	struct keeper keeper;
	struct buf rows, scratch; /* rows: their JSON, with commas */
	struct rows exported;	  /* instead of `rows` */
	int64_t *ids;		  /* QUERY_PICK */
	size_t id_room;
};

bool run_wants_meta(const struct query_run *, enum ask_meta);
/* Why the query was given up, with words. */
enum err run_failure(const struct query_run *, struct fault *);
/* Whether rows come in the order asked for, when read by the plan. */
bool plan_in_order(struct query_run *);
/* limit, offset, page -> limit and skip (contract 7.5). */
void run_page(struct query_run *);
/* Exports: from the JSON of the rows to the file. */
enum err export_csv(struct rows *, struct buf *);
void export_json(struct rows *, struct buf *);
enum err export_xml(struct rows *, struct buf *, struct fault *);
void export_yaml(struct rows *, struct buf *);

#endif
