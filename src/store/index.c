/* Keys of rows, and the index entries that are kept with them. */
#include "store/index.h"

#include <string.h>

#include "store/priv.h"

enum table
record_table(const struct schema *schema)
{
	switch (schema->no) {
	case SCHEMA_WEBHOOKS:
		return TABLE_WEBHOOKS;
	case SCHEMA_EVENTS:
		return TABLE_EVENTS;
	case SCHEMA_DELIVERIES:
		return TABLE_DELIVERIES;
	case SCHEMA_TOKENS:
		return TABLE_TOKENS;
	case SCHEMA_OPTIONS:
		return TABLE_OPTIONS;
	default:
		return TABLE_ITEMS;
	}
}

void
record_key(struct key *key, const struct schema *schema, int64_t id)
{
	key->n = 0;
	key_u32(key, schema->no);
	key_i64(key, id);
}

bool
index_prefix(
    struct key *key, const struct schema *schema, int field, struct value value)
{
	key->n = 0;
	key_u32(key, schema->no);
	key_u16(key, (uint16_t)field);
	return key_value(key, value);
}

void
index_whole_prefix(struct key *key, const struct schema *schema, int field)
{
	key->n = 0;
	key_u32(key, schema->no);
	key_u16(key, (uint16_t)field);
	key_whole_kind(key);
}

static bool
index_key(struct key *key, const struct row *row, size_t field)
{
	if (!row->schema->fields[field].indexed ||
	    !index_prefix(key, row->schema, (int)field, row->values[field]))
		return false;
	key_i64(key, row_id(row));
	return true;
}

enum err
index_add(struct txn *txn, const struct row *row)
{
	enum err e = ERR_NONE;
	struct key key;

	for (size_t i = 0; !e && i < row->schema->count; i++) {
		if (index_key(&key, row, i))
			e = table_put(txn, TABLE_INDEX, &key, SPAN_NONE);
	}
	return e;
}

/* A missing entry is no reason to keep the row. */
static enum err
entry_cut(struct txn *txn, const struct key *key)
{
	enum err e = table_del(txn, TABLE_INDEX, key);

	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
index_cut(struct txn *txn, const struct row *row)
{
	enum err e = ERR_NONE;
	struct key key;

	for (size_t i = 0; !e && i < row->schema->count; i++) {
		if (index_key(&key, row, i))
			e = entry_cut(txn, &key);
	}
	return e;
}

enum err
index_change(struct txn *txn, const struct row *before, const struct row *after)
{
	enum err e = ERR_NONE;
	struct key old, new;

	for (size_t i = 0; !e && i < after->schema->count; i++) {
		bool had = index_key(&old, before, i);
		bool has = index_key(&new, after, i);

		if (had && has &&
		    old.n == new.n &&memcmp(old.p, new.p, old.n) == 0)
			continue;
		if (had)
			e = entry_cut(txn, &old);
		if (!e && has)
			e = table_put(txn, TABLE_INDEX, &new, SPAN_NONE);
	}
	return e;
}
