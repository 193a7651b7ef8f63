/* Tables: one Berkeley DB file each, and the few ways to touch them. Within
 * the room only. Every failure is noted in the transaction: from then on all
 * calls in it fail at once with the same error (a deadlocked transaction must
 * never be gone on with). */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <db.h>

#include "common/mem.h"
#include "store/key.h"
#include "store/store.h"

enum table {
	TABLE_META,
	TABLE_COUNTERS,
	TABLE_COLLECTIONS,
	TABLE_DROPS,
	TABLE_ITEMS,
	TABLE_WEBHOOKS,
	TABLE_EVENTS,
	TABLE_DELIVERIES,
	TABLE_TOKENS,
	TABLE_OPTIONS,
	TABLE_INDEX,
	TABLE_QUEUE,
	TABLE_ATTEMPTS,
	TABLE_SECRETS,
	TABLE_IDEM,
	TABLE_IDEM_DUE,
	TABLE_COUNT
};
const char *table_name(enum table); /* its file */

/* The copy of the value lies in the arena. ERR_NOT_FOUND. */
enum err table_get(struct txn *, enum table, const struct key *, struct arena *,
    struct span *value);
enum err table_has(struct txn *, enum table, const struct key *);
enum err table_put(struct txn *, enum table, const struct key *, struct span);
enum err table_insert(
    struct txn *, enum table, const struct key *, struct span); /* ERR_EXISTS */
enum err table_del(struct txn *, enum table, const struct key *);
/* ERR_NOT_FOUND */

/* Walks a table in order of keys. Close before the body ends. */
struct walk {
	struct txn *txn;
	enum table table;
	DBC *cursor;
	struct key key; /* where it stands */
};
enum walk_to {
	WALK_FROM,   /* first key at or after walk.key */
	WALK_BEFORE, /* last key before walk.key */
	WALK_NEXT,
	WALK_BACK,
	WALK_LAST
};
enum err walk_open(struct walk *, struct txn *, enum table);
/* Moves; ERR_NOT_FOUND at the end. Without an arena the value is not read. */
enum err walk_step(
    struct walk *, enum walk_to, struct arena *, struct span *value);
void walk_close(struct walk *);

/* Calls `take` for every row of a (small) table, in order of keys. */
enum err table_each(struct txn *, enum table,
    enum err (*take)(struct txn *, const struct key *, struct span value));

/* The first row at or after `from`. `value` comes with room for small values
 * (NULL: not read): a longer one is damage. ERR_NOT_FOUND. */
enum err table_next(struct txn *, enum table, const struct key *from,
    struct key *found, struct span *value);
/* The first key with this prefix; ERR_NOT_FOUND. */
enum err table_first(
    struct txn *, enum table, const struct key *prefix, struct key *found);

#endif
