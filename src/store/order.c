/* created_at follows the id: rows of the schemas that say so (follows_id) are
 * stamped so that it never falls as ids grow. A writer that waited a moment is
 * stamped like those who came before it. A clock that was set back is believed,
 * as is an id below others: the row is a stray then, and the order of ids is
 * that of created_at only behind the last stray. */
#include "store/records.h"

#include "store/index.h"
#include "store/priv.h"

enum { WAIT_MS_MAX = 5000 };

static int
follower(const struct schema *schema)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].follows_id)
			return (int)i;
	return -1;
}

static struct order *
order_of(struct txn *txn, const struct schema *schema)
{
	return schema->no < ORDERS_MAX ? &txn->store->orders[schema->no] : NULL;
}

static uint32_t
counter_of(const struct schema *schema)
{
	return COUNTER_STRAYS + schema->no;
}

void
order_stamp(struct txn *txn, struct row *row)
{
	struct order *order = order_of(txn, row->schema);
	int field = order ? follower(row->schema) : -1;
	uint32_t strays = counter_of(row->schema);
	struct value *at;
	bool stray;

	if (field < 0)
		return;
	at = &row->values[field];
	if (at->type != VALUE_TIME)
		return;
	stray = row_id(row) < order->now.id;
	if (at->i < order->now.ms && order->now.ms - at->i <= WAIT_MS_MAX)
		at->i = order->now.ms;
	stray |= at->i < order->now.ms;
	if (at->i > order->now.ms)
		order->now.ms = at->i;
	if (row_id(row) > order->now.id)
		order->now.id = row_id(row);
	if (stray)
		order->now.strays = order->now.id;
	if (stray || !counter_is_known(&txn->store->counters, strays))
		counter_set_rows(txn, strays, order->now.strays);
}

int64_t
record_strays(struct txn *txn, const struct schema *schema)
{
	const struct order *order = order_of(txn, schema);

	return order ? order->now.strays : INT64_MAX;
}

/* The last key with this prefix. */
static enum err
last_key(struct txn *txn, enum table table, const struct key *prefix,
    struct key *found)
{
	struct walk walk;
	enum err e = walk_open(&walk, txn, table);

	if (e)
		return e;
	walk.key = *prefix;
	e = key_after_prefix(&walk.key)
		? walk_step(&walk, WALK_BEFORE, NULL, NULL)
		: ERR_NOT_FOUND;
	*found = walk.key;
	walk_close(&walk);
	return !e && !key_starts(found, prefix) ? ERR_NOT_FOUND : e;
}

/* A store from before the order was kept has nothing but strays. */
static enum err
order_load(struct txn *txn, const struct schema *schema)
{
	struct counters *counters = &txn->store->counters;
	struct order *order = order_of(txn, schema);
	uint32_t strays = counter_of(schema);
	struct key prefix = {.n = 0}, found;
	enum err e;

	order->now = (struct order_state){.ms = INT64_MIN};
	key_u32(&prefix, schema->no);
	e = last_key(txn, record_table(schema), &prefix, &found);
	if (!e) {
		order->now.id = key_read_i64(&found, prefix.n);
		index_whole_prefix(&prefix, schema, follower(schema));
		e = last_key(txn, TABLE_INDEX, &prefix, &found);
	}
	if (!e)
		order->now.ms = key_read_i64(&found, prefix.n);
	order->now.strays = counter_is_known(counters, strays)
				? counter_rows(counters, strays)
				: order->now.id;
	order->before = order->now;
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
orders_load(struct txn *txn)
{
	enum err e = order_load(txn, &schema_events);

	return e ? e : order_load(txn, &schema_deliveries);
}

void
orders_keep(struct order *orders)
{
	for (size_t i = 0; i < ORDERS_MAX; i++)
		orders[i].before = orders[i].now;
}

void
orders_undo(struct order *orders)
{
	for (size_t i = 0; i < ORDERS_MAX; i++)
		orders[i].now = orders[i].before;
}
