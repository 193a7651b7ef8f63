/* Tables: see table.h.
 *
 * Handles are free-threaded, so that every returned value goes to memory of
 * ours: first to a small buffer, and when it is longer straight to the arena.
 * Keys that do not fit a struct key were not written by us: damage. */
#include "store/table.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "store/priv.h"

enum { VALUE_FIRST_BYTES = 4096 };

static const char *const table_names[TABLE_COUNT] = {
    [TABLE_META] = "meta.db",
    [TABLE_COUNTERS] = "counters.db",
    [TABLE_COLLECTIONS] = "collections.db",
    [TABLE_DROPS] = "drops.db",
    [TABLE_ITEMS] = "items.db",
    [TABLE_WEBHOOKS] = "webhooks.db",
    [TABLE_EVENTS] = "events.db",
    [TABLE_DELIVERIES] = "deliveries.db",
    [TABLE_TOKENS] = "tokens.db",
    [TABLE_OPTIONS] = "options.db",
    [TABLE_INDEX] = "index.db",
    [TABLE_QUEUE] = "queue.db",
    [TABLE_ATTEMPTS] = "attempts.db",
    [TABLE_SECRETS] = "secrets.db",
    [TABLE_IDEM] = "idem.db",
    [TABLE_IDEM_DUE] = "idem_due.db",
};

const char *
table_name(enum table table)
{
	return table_names[table];
}

static const struct rc_err {
	int rc;
	enum err err;
} rc_errs[] = {
    {0, ERR_NONE},
    {DB_NOTFOUND, ERR_NOT_FOUND},
    {DB_KEYEMPTY, ERR_NOT_FOUND},
    {DB_KEYEXIST, ERR_EXISTS},
    {DB_LOCK_DEADLOCK, ERR_UNAVAILABLE},
    {DB_LOCK_NOTGRANTED, ERR_UNAVAILABLE},
    {ENOMEM, ERR_UNAVAILABLE},
    {ENOSPC, ERR_FULL},
    {EDQUOT, ERR_FULL},
    {EFBIG, ERR_FULL},
    {DB_PAGE_NOTFOUND, ERR_DAMAGED},
    {DB_SECONDARY_BAD, ERR_DAMAGED},
    {DB_VERIFY_BAD, ERR_DAMAGED},
    {DB_RUNRECOVERY, ERR_DAMAGED},
    {DB_VERSION_MISMATCH, ERR_FORMAT},
    {DB_OLD_VERSION, ERR_FORMAT},
};

enum err
db_err(int rc)
{
	for (size_t i = 0; i < sizeof rc_errs / sizeof *rc_errs; i++) {
		if (rc_errs[i].rc == rc)
			return rc_errs[i].err;
	}
	return ERR_IO;
}

static void
table_say(struct txn *txn, enum table table, const char *error)
{
	int unsaid;

	if (store_may_say(txn->store, &unsaid))
		log_event(LOG_ERROR, "store", "table=%s error=\"%s\" unsaid=%d",
		    table_name(table), error, unsaid);
}

enum err
txn_failed(struct txn *txn, enum table table, int rc)
{
	enum err e = db_err(rc);

	if (e == ERR_NONE || e == ERR_NOT_FOUND || e == ERR_EXISTS)
		return e;
	if (rc == DB_LOCK_DEADLOCK || rc == DB_LOCK_NOTGRANTED)
		txn->deadlock = true;
	else
		table_say(txn, table, db_strerror(rc));
	txn->trouble = e;
	return e;
}

enum err
txn_damaged(struct txn *txn, enum table table)
{
	table_say(txn, table, "damaged record");
	txn->trouble = ERR_DAMAGED;
	return ERR_DAMAGED;
}

static DBT
dbt_in(const void *p, size_t n)
{
	DBT dbt = {0};

	assert(n <= UINT32_MAX);
	dbt.data = (void *)(uintptr_t)p;
	dbt.size = (uint32_t)n;
	return dbt;
}

static DBT
dbt_room(void *p, size_t n)
{
	DBT dbt = {0};

	dbt.data = p;
	dbt.ulen = (uint32_t)n;
	dbt.flags = DB_DBT_USERMEM;
	return dbt;
}

static DBT
dbt_nothing(void)
{
	DBT dbt = {0};

	dbt.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL;
	return dbt;
}

static enum err
get_raw(struct txn *txn, enum table table, const struct key *key,
    struct arena *arena, struct span *value)
{
	DB *db = txn->store->dbs[table];
	char first[VALUE_FIRST_BYTES];
	DBT k = dbt_in(key->p, key->n), v = dbt_room(first, sizeof first);
	int rc;

	if (txn->trouble)
		return txn->trouble;
	rc = db->get(db, txn->handle, &k, &v, 0);
	if (rc == 0)
		*value = arena_span(arena, span_make(v.data, v.size));
	if (rc != DB_BUFFER_SMALL)
		return txn_failed(txn, table, rc);
	v = dbt_room(arena_bytes(arena, v.size), v.size);
	rc = db->get(db, txn->handle, &k, &v, 0);
	*value = span_make(v.data, v.size);
	return txn_failed(txn, table, rc);
}

enum err
table_get(struct txn *txn, enum table table, const struct key *key,
    struct arena *arena, struct span *value)
{
	enum err e = get_raw(txn, table, key, arena, value);

	return e ? e : sealed_open(txn, table, key, arena, value);
}

enum err
table_has(struct txn *txn, enum table table, const struct key *key)
{
	DB *db = txn->store->dbs[table];
	DBT k = dbt_in(key->p, key->n), v = dbt_nothing();

	if (txn->trouble)
		return txn->trouble;
	return txn_failed(txn, table, db->get(db, txn->handle, &k, &v, 0));
}

static enum err
put_with(struct txn *txn, enum table table, const struct key *key,
    struct span value, uint32_t flags)
{
	DB *db = txn->store->dbs[table];
	struct buf room = {0};
	DBT k = dbt_in(key->p, key->n), v;
	int rc;

	if (txn->trouble)
		return txn->trouble;
	assert(txn->write);
	txn_wrote(txn, key->n + value.n);
	value = sealed_value(txn->store, table, key, value, &room);
	v = dbt_in(value.p, value.n);
	rc = db->put(db, txn->handle, &k, &v, flags);
	buf_release(&room);
	return txn_failed(txn, table, rc);
}

enum err
table_put(
    struct txn *txn, enum table table, const struct key *key, struct span value)
{
	return put_with(txn, table, key, value, 0);
}

enum err
table_insert(
    struct txn *txn, enum table table, const struct key *key, struct span value)
{
	/* Looking first costs no more and leaves the group whole: a refusal
	 * that comes before the body's first write is free. */
	enum err e = table_has(txn, table, key);

	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	return put_with(txn, table, key, value, DB_NOOVERWRITE);
}

enum err
table_del(struct txn *txn, enum table table, const struct key *key)
{
	DB *db = txn->store->dbs[table];
	DBT k = dbt_in(key->p, key->n);
	int rc;

	if (txn->trouble)
		return txn->trouble;
	assert(txn->write);
	rc = db->del(db, txn->handle, &k, 0);
	if (rc != DB_NOTFOUND)
		txn_wrote(txn, key->n);
	return txn_failed(txn, table, rc);
}

enum err
walk_open(struct walk *walk, struct txn *txn, enum table table)
{
	DB *db = txn->store->dbs[table];

	walk->txn = txn;
	walk->table = table;
	walk->cursor = NULL;
	walk->key.n = 0;
	if (txn->trouble)
		return txn->trouble;
	return txn_failed(
	    txn, table, db->cursor(db, txn->handle, &walk->cursor, 0));
}

void
walk_close(struct walk *walk)
{
	int rc = walk->cursor ? walk->cursor->close(walk->cursor) : 0;

	walk->cursor = NULL;
	if (rc)
		txn_failed(walk->txn, walk->table, rc);
}

static enum err
walk_get(
    struct walk *walk, uint32_t flag, struct arena *arena, struct span *value)
{
	char first[VALUE_FIRST_BYTES];
	DBT k = dbt_room(walk->key.p, KEY_BYTES_MAX);
	DBT v = arena ? dbt_room(first, sizeof first) : dbt_nothing();
	struct key from = walk->key;
	int rc;

	k.size = (uint32_t)walk->key.n;
	rc = walk->cursor->get(walk->cursor, &k, &v, flag);
	if (rc == DB_BUFFER_SMALL && k.size > KEY_BYTES_MAX)
		return txn_damaged(walk->txn, walk->table);
	if (rc == DB_BUFFER_SMALL) {
		/* The cursor did not move, but the key may be overwritten. */
		memcpy(walk->key.p, from.p, from.n);
		k.size = (uint32_t)from.n;
		v = dbt_room(arena_bytes(arena, v.size), v.size);
		rc = walk->cursor->get(walk->cursor, &k, &v, flag);
		if (rc == 0)
			*value = span_make(v.data, v.size);
	} else if (rc == 0 && arena) {
		*value = arena_span(arena, span_make(v.data, v.size));
	}
	if (rc)
		return txn_failed(walk->txn, walk->table, rc);
	walk->key.n = k.size;
	return arena ? sealed_open(
			   walk->txn, walk->table, &walk->key, arena, value)
		     : ERR_NONE;
}

enum err
walk_step(
    struct walk *walk, enum walk_to to, struct arena *arena, struct span *value)
{
	static const uint32_t flags[] = {
	    [WALK_FROM] = DB_SET_RANGE,
	    [WALK_NEXT] = DB_NEXT,
	    [WALK_BACK] = DB_PREV,
	    [WALK_LAST] = DB_LAST,
	};
	enum err e;

	if (walk->txn->trouble)
		return walk->txn->trouble;
	if (to != WALK_BEFORE)
		return walk_get(walk, flags[to], arena, value);
	e = walk_get(walk, DB_SET_RANGE, NULL, NULL);
	if (e == ERR_NOT_FOUND)
		return walk_get(walk, DB_LAST, arena, value);
	return e ? e : walk_get(walk, DB_PREV, arena, value);
}

enum err
table_next(struct txn *txn, enum table table, const struct key *from,
    struct key *found, struct span *value)
{
	struct walk walk;
	DBT k, v;
	int rc;
	enum err e = walk_open(&walk, txn, table);

	if (e)
		return e;
	*found = *from;
	k = dbt_room(found->p, KEY_BYTES_MAX);
	k.size = (uint32_t)from->n;
	v = value ? dbt_room((void *)(uintptr_t)value->p, value->n)
		  : dbt_nothing();
	rc = walk.cursor->get(walk.cursor, &k, &v, DB_SET_RANGE);
	walk_close(&walk);
	if (rc == DB_BUFFER_SMALL)
		return txn_damaged(txn, table);
	found->n = k.size;
	if (value)
		value->n = v.size;
	e = txn_failed(txn, table, rc);
	return e ? e : txn->trouble;
}

enum err
table_first(struct txn *txn, enum table table, const struct key *prefix,
    struct key *found)
{
	enum err e = table_next(txn, table, prefix, found, NULL);

	return !e && !key_starts(found, prefix) ? ERR_NOT_FOUND : e;
}

enum err
table_each(struct txn *txn, enum table table,
    enum err (*take)(struct txn *, const struct key *, struct span value))
{
	struct arena *arena = arena_new();
	struct span value = SPAN_NONE;
	struct walk walk;
	enum err e = walk_open(&walk, txn, table);

	while (!e) {
		arena_reset(arena);
		e = walk_step(&walk, WALK_NEXT, arena, &value);
		if (!e)
			e = take(txn, &walk.key, value);
	}
	walk_close(&walk);
	arena_free(arena);
	return e == ERR_NOT_FOUND ? txn->trouble : e;
}
