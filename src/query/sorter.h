/* Sorts items whatever their number, in bounded memory: beyond it sorted runs
 * of them lie in a spool and are merged. Where only the first ones are wanted,
 * the rest is dropped on the way. Equal items stay in the order they came. */
#ifndef QUERY_SORTER_H
#define QUERY_SORTER_H

#include "query/spool.h"

/* How an item begins. It is one piece of memory without pointers to outside,
 * made by sorter_item. */
struct sorter_item {
	size_t bytes;	/* of all of it */
	uint64_t order; /* the sorter's: equal ones by this */
};

struct sorter_kind {
	int (*cmp)(const struct sorter_item *, const struct sorter_item *,
	    const void *ctx);
	/* Mends the item's pointers into itself after it was moved. */
	void (*moved)(struct sorter_item *, const void *ctx);
};

struct sorter_run {
	size_t from, to; /* in the spool */
};

struct sorter {
	const struct sorter_kind *kind;
	const void *ctx;
	struct room room;
	size_t most; /* that are wanted; SIZE_MAX: all */
	/* in memory; while the wanted ones fit, a heap, the last on top */
	struct sorter_item **at;
	size_t count, slots, bytes;
	uint64_t taken;
	/* in the spool */
	struct spool spool;
	struct sorter_run *runs;
	size_t run_count, filed;
	struct sorter_item *bound; /* what follows it is not wanted */
	struct sorter_merge *merge;
	size_t next; /* item in memory to give out */
	bool started;
	enum err err;
};

void sorter_init(struct sorter *, const struct sorter_kind *, const void *ctx,
    size_t most, const struct room *);
/* Zeroed, for sorter_put. */
struct sorter_item *sorter_item(size_t bytes);
/* An item that is not before this one is not wanted; NULL: all are. */
const struct sorter_item *sorter_last(const struct sorter *);
/* Takes the item over. */
void sorter_put(struct sorter *, struct sorter_item *);
/* The next in order, valid until the next call; NULL at the end, or when
 * `err` is set. The first call ends the putting. */
struct sorter_item *sorter_next(struct sorter *);
void sorter_release(struct sorter *); /* may be called twice */

#endif
