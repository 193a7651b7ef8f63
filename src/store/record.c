/* Rows: insert, update, delete, get. See records.h.
 *
 * Each of these decides before it writes: a refusal (exists, changed, not
 * found) leaves the group whole. Row, index entries, counter and the cache of
 * webhooks change together. A record that cannot be read is damage: told, and
 * never written over. */
#include "store/records.h"

#include "store/index.h"
#include "store/priv.h"

static enum err
record_put(struct txn *txn, const struct row *row)
{
	struct key key;

	record_key(&key, row->schema, row_id(row));
	buf_clear(&txn->buf);
	row_pack(row, &txn->buf);
	if (txn->buf.over)
		return ERR_PAYLOAD;
	return table_put(
	    txn, record_table(row->schema), &key, buf_view(&txn->buf));
}

static void
record_changed(struct txn *txn, const struct schema *schema, int64_t id,
    const struct row *row)
{
	if (schema->no == SCHEMA_WEBHOOKS)
		hooks_changed(&txn->store->hooks, id, row);
}

/* Deliveries are counted by state as well. */
static void
record_tally(struct txn *txn, const struct row *row, int by)
{
	enum delivery_state state;

	if (row->schema->no == SCHEMA_DELIVERIES &&
	    delivery_state_parse(row->values[DELIVERY_STATE].text, &state))
		counter_add_rows(txn, COUNTER_STATES + (uint32_t)state, by);
}

static void
record_tally_change(
    struct txn *txn, const struct row *before, const struct row *after)
{
	if (before->schema->no != SCHEMA_DELIVERIES ||
	    span_eq(before->values[DELIVERY_STATE].text,
		after->values[DELIVERY_STATE].text))
		return;
	record_tally(txn, before, -1);
	record_tally(txn, after, 1);
}

enum err
record_take_ids(
    struct txn *txn, const struct schema *schema, size_t n, int64_t *first)
{
	if (!registry_has(&txn->store->registry, schema))
		return ERR_NOT_FOUND;
	return counter_take(txn, schema->no, n, first);
}

/* Counts an id up, or checks that a given one is free. */
static enum err
insert_id(struct txn *txn, struct row *row)
{
	struct key key;
	int64_t id;
	enum err e;

	if (row->values[0].type == VALUE_NULL) {
		e = counter_take(txn, row->schema->no, 1, &id);
		txn_mark_row(txn, row);
		row->values[0] = value_int(id);
		return e;
	}
	record_key(&key, row->schema, row_id(row));
	e = table_has(txn, record_table(row->schema), &key);
	if (e != ERR_NOT_FOUND)
		return e ? e : ERR_EXISTS;
	txn_mark_row(txn, row);
	return ERR_NONE;
}

enum err
record_insert(struct txn *txn, struct row *row)
{
	enum err e;

	if (!registry_has(&txn->store->registry, row->schema))
		return ERR_NOT_FOUND;
	e = insert_id(txn, row);
	if (e)
		return e;
	row->version = 1;
	order_stamp(txn, row);
	e = record_put(txn, row);
	if (!e)
		e = index_add(txn, row);
	if (e)
		return e;
	counter_add_rows(txn, row->schema->no, 1);
	record_tally(txn, row, 1);
	record_changed(txn, row->schema, row_id(row), row);
	return ERR_NONE;
}

enum err
record_row(struct txn *txn, struct arena *arena, const struct schema *schema,
    int64_t id, struct span record, struct row **row)
{
	*row = row_new(arena, schema);
	if (row_unpack(arena, schema, record, *row) || row_id(*row) != id)
		return txn_damaged(txn, record_table(schema));
	atomic_fetch_add_explicit(
	    &txn->store->counts.rows_read, 1, memory_order_relaxed);
	return ERR_NONE;
}

enum err
record_get(struct txn *txn, struct arena *arena, const struct schema *schema,
    int64_t id, struct row **row)
{
	struct span record = SPAN_NONE;
	struct key key;
	enum err e;

	record_key(&key, schema, id);
	e = table_get(txn, record_table(schema), &key, arena, &record);
	if (e)
		return e;
	return record_row(txn, arena, schema, id, record, row);
}

enum err
record_change(struct txn *txn, const struct row *before, struct row *row)
{
	enum err e;

	if (!registry_has(&txn->store->registry, row->schema))
		return ERR_NOT_FOUND;
	if (before->version != row->version)
		return ERR_CHANGED;
	txn_mark_row(txn, row);
	row->version++;
	e = record_put(txn, row);
	if (!e)
		e = index_change(txn, before, row);
	if (!e)
		record_tally_change(txn, before, row);
	if (!e)
		record_changed(txn, row->schema, row_id(row), row);
	return e;
}

enum err
record_update(struct txn *txn, struct row *row)
{
	struct row *before;
	enum err e;

	arena_reset(txn->arena);
	e = record_get(txn, txn->arena, row->schema, row_id(row), &before);
	return e ? e : record_change(txn, before, row);
}

enum err
record_delete(struct txn *txn, const struct schema *schema, int64_t id)
{
	struct row *before;
	struct key key;
	enum err e;

	if (!registry_has(&txn->store->registry, schema))
		return ERR_NOT_FOUND;
	arena_reset(txn->arena);
	e = record_get(txn, txn->arena, schema, id, &before);
	if (e)
		return e;
	record_key(&key, schema, id);
	e = table_del(txn, record_table(schema), &key);
	if (!e)
		e = index_cut(txn, before);
	if (e)
		return e;
	counter_add_rows(txn, schema->no, -1);
	record_tally(txn, before, -1);
	record_changed(txn, schema, id, NULL);
	return ERR_NONE;
}

enum err
record_find(struct txn *txn, struct arena *arena, const struct schema *schema,
    int field, struct value value, struct row **row)
{
	struct key prefix, found;
	enum err e;

	if (!index_prefix(&prefix, schema, field, value))
		return ERR_NOT_FOUND;
	e = table_first(txn, TABLE_INDEX, &prefix, &found);
	if (e)
		return e;
	e = record_get(txn, arena, schema, key_read_i64(&found, prefix.n), row);
	return e == ERR_NOT_FOUND ? txn_damaged(txn, TABLE_INDEX) : e;
}

enum err
record_count(struct txn *txn, const struct schema *schema, int64_t *count)
{
	*count = counter_rows(&txn->store->counters, schema->no);
	return ERR_NONE;
}

int64_t
record_count_state(struct txn *txn, enum delivery_state state)
{
	return counter_rows(
	    &txn->store->counters, COUNTER_STATES + (uint32_t)state);
}
