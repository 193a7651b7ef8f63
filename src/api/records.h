/* The operations of contract chapter 5 over any collection. Rows of the route
 * table name a handler of here and a `struct resource`: what sets one
 * collection apart from another. */
#ifndef API_RECORDS_H
#define API_RECORDS_H

#include "api/api.h"

struct write;

struct resource {
	const struct schema *schema; /* NULL: named by the address */
	bool meta_first;	     /* items: `meta` before `data` */
	bool search_keys;	     /* SEARCH: `keys` pick */
	bool id_lists;		     /* /webhooks/1,2,3 */
	/* May this caller see the row? NULL: every row. */
	bool (*visible)(const struct caller *, const struct row *);
	/* Before the store is entered: what the write needs besides rows. */
	enum err (*prepare)(struct write *);
	/* In the transaction: ERR_EXISTS for an id without a row that is not
	 * free yet all the same. NULL: all are. */
	enum err (*check_free)(struct txn *, int64_t id);
	/* In the transaction, after the rows: may run more than once. */
	enum err (*written)(struct txn *, struct write *);
};

/* The handlers. */
enum err records_list(struct call *);
enum err records_search(struct call *);
enum err records_one(struct call *);
enum err records_create(struct call *);
enum err records_update_one(struct call *);
enum err records_update_many(struct call *);
enum err records_delete_one(struct call *);
enum err records_delete_many(struct call *);

/* One key as the client gave it. */
struct key {
	int64_t id;
	struct span raw;  /* JSON: 1, "1", "01" */
	uint64_t version; /* expected, 0: any */
};
struct keys {
	struct key *list;
	size_t count;
	bool picked; /* by a query: nothing picked, no event */
};

/* One row a write is about. */
struct target {
	int64_t id;
	uint64_t version; /* expected, 0: any */
	bool given;	  /* create: the client chose the id */
	/* The row after the write; NULL: there is none. */
	struct row *row;
};

/* A write on its way: filled outside, worked off inside the store. */
struct write {
	struct call *call;
	const struct resource *resource;
	const struct schema *schema;
	enum action action;
	bool one;	  /* the answer is one object */
	bool each;	  /* a list update: a patch for each key */
	struct keys keys; /* update, delete: as given */
	/* create: in the order sent; else by id, each once. */
	struct target *targets;
	size_t count;
	/* create, list update: each element; else one, the data. */
	struct js *bodies;
	struct patch *patches; /* one for all, or one for each key */
	size_t patch_count;
	int64_t taken_id; /* with ERR_EXISTS: the id that was */
	size_t ran_into;  /* with ERR_EXISTS: ids counted up till then */
	int64_t now_ms;
	struct emit *emits; /* items */
	size_t emit_count;
	void *own; /* of resource->prepare */
};

/* Reading, for other handlers too. */
struct seen;
enum err records_sweep(
    struct call *, const struct schema *, struct query_run *, struct seen *);
/* Binds call->query (or `query`) for this caller. */
enum err records_bind(struct call *, const struct schema *,
    const struct query *, enum query_purpose, struct query_run **);
/* Writes the answer of a run into the response. */
enum err records_answer(
    struct call *, struct query_run *, bool one, bool meta_first);
/* The rows a {query} picks, with their versions. At most conf.max_batch. */
enum err records_pick(
    struct call *, const struct schema *, struct js query, struct keys *);
/* Keys of a JSON list, or ids of the address ("1", "1,2,3"). ERR_FORBIDDEN
 * for what is no whole number. */
enum err keys_from_js(struct call *, struct js list, struct keys *);
enum err keys_from_text(
    struct call *, struct span text, bool list, struct keys *);
/* The keys' rows, sorted by id, each once, in the arena. */
struct target *keys_targets(struct arena *, const struct keys *, size_t *count);

#endif
