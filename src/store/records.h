/* Rows of collections: items, webhooks, events, deliveries, tokens, options.
 * All the same: key collection number | id, a packed row, and an index entry
 * for each field whose schema says `indexed`, kept in the same transaction. */
#ifndef STORE_RECORDS_H
#define STORE_RECORDS_H

#include "model/delivery.h"
#include "model/row.h"
#include "store/store.h"

/* Collections. System ones are built in; those of users are stored. The copy
 * lies in the arena, so that it stays whole after the body. */
enum err collection_find(struct txn *, struct arena *, struct span name,
    struct schema **); /* ERR_NOT_FOUND */
enum err collection_list(struct txn *, struct arena *, struct schema ***,
    size_t *count); /* users' ones, by name */
enum err collection_create(struct txn *, struct schema *); /* sets no;
                                               ERR_EXISTS */
enum err collection_replace(struct txn *, const struct schema *);
/* Drops the definition; its rows are removed afterwards in slices. */
enum err collection_drop(struct txn *, struct span name);

/* Ids are counted up per collection and never used again. Takes n at once. */
enum err record_take_ids(
    struct txn *, const struct schema *, size_t n, int64_t *first);
/* Insert and update set the id (where it was null) and version of the row; an
 * aborted group sets them back before bodies run again, so the row must live
 * until the body is answered. An insert may move created_at of an event or a
 * delivery on by as long as a writer waits (order.c). Rows of a collection that
 * was dropped meanwhile: ERR_NOT_FOUND.
 * A given id does not move the counter on (contract 5.1): ids counted up may
 * run into it and are refused with ERR_EXISTS as well. */
enum err record_insert(struct txn *, struct row *); /* ERR_EXISTS */
/* Replaces: row->version must be that of the stored row, else ERR_CHANGED.
 * On success row->version is the new one. */
enum err record_update(struct txn *, struct row *);
/* The same without reading the stored row again: `before` is a copy of what
 * this body read, and the body has not written it since. */
enum err record_change(struct txn *, const struct row *before, struct row *row);
enum err record_delete(struct txn *, const struct schema *, int64_t id);
/* ERR_NOT_FOUND */
enum err record_get(struct txn *, struct arena *, const struct schema *,
    int64_t id, struct row **); /* ERR_NOT_FOUND */
/* First row whose indexed field equals the value. */
enum err record_find(struct txn *, struct arena *, const struct schema *,
    int field, struct value, struct row **);
/* Number of rows, without a scan. */
enum err record_count(struct txn *, const struct schema *, int64_t *);
/* Number of deliveries in that state, likewise. */
int64_t record_count_state(struct txn *, enum delivery_state);

/* Rows of events and deliveries with an id above this one are in order of
 * created_at, and none below is younger than any of them. */
int64_t record_strays(struct txn *, const struct schema *);

/* Pages of rows in order of id, or of an index (value, then id). Set up once,
 * then call record_page until it gives 0 rows; each call is one short read
 * transaction of its own, at most 500 rows or about 1 MiB. */
struct record_scan {
	const struct schema *schema;
	int64_t from_id, to_id; /* inclusive */
	bool descending;
	/* Only rows whose indexed fields have these values (record_scan_equal);
	 * an id between two of them costs a step, not a row. */
	struct row_equal equals[ROW_EQUALS_MAX];
	size_t equal_count;
	/* Or all rows whose value of the indexed field lies between these, in
	 * order of value, then id; whole numbers and times only. The ids
	 * above do not count then. Rows where it is null are not among them. */
	bool by_value;
	int field;
	int64_t from_value, to_value;
	int64_t limit;	   /* rows wanted in all, -1: all */
	int64_t page_rows; /* of the first page, where few may do: those that
	                      follow grow; 0: pages as long as they may be */
	/* kept between pages */
	bool started, ended;
	int64_t last_id, last_value;
};
void record_scan_start(struct record_scan *, const struct schema *);
/* More than ROW_EQUALS_MAX are not looked at. */
void record_scan_equal(struct record_scan *, int field, struct value);
enum err record_page(struct store *, struct arena *, struct record_scan *,
    struct row ***rows, size_t *count);
/* The same inside a body (a few rows only). Where several values are asked
 * for, a page may have no rows before the scan has `ended`. */
enum err record_page_in(struct txn *, struct arena *, struct record_scan *,
    struct row ***rows, size_t *count);

#endif
