/* Queue, attempts, secrets, idempotency, meta: plain records. See outbox.h. */
#include "store/outbox.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "store/priv.h"

enum {
	QUEUE_FORMAT = 1,
	QUEUE_KEY_BYTES = 24,
	QUEUE_RECORD_BYTES = 9,
	ATTEMPT_KEY_BYTES = 12,
	IDEM_KEY_BYTES = 32,
	IDEM_FORMAT = 1,
	IDEM_PUT_SWEEP = 4 /* expired ones removed by each put */
};

static void
queue_key(struct key *key, int64_t webhook, int64_t due_ms, int64_t delivery)
{
	key->n = 0;
	key_i64(key, webhook);
	key_i64(key, due_ms);
	key_i64(key, delivery);
}

enum err
queue_put(struct txn *txn, const struct queue_row *row)
{
	struct key key;

	queue_key(&key, row->webhook, row->due_ms, row->delivery);
	buf_clear(&txn->buf);
	pack_u8(&txn->buf, QUEUE_FORMAT);
	pack_i64(&txn->buf, row->token);
	return table_put(txn, TABLE_QUEUE, &key, buf_view(&txn->buf));
}

enum err
queue_del(struct txn *txn, const struct queue_row *row)
{
	struct key key;

	queue_key(&key, row->webhook, row->due_ms, row->delivery);
	return table_del(txn, TABLE_QUEUE, &key);
}

static enum err
queue_row_read(struct txn *txn, const struct key *key, struct span record,
    struct queue_row *row)
{
	struct unpack unpack = unpack_start(record);
	uint8_t format = unpack_u8(&unpack);

	row->token = unpack_i64(&unpack);
	if (format != QUEUE_FORMAT || !unpack_done(&unpack) ||
	    key->n != QUEUE_KEY_BYTES)
		return txn_damaged(txn, TABLE_QUEUE);
	row->webhook = key_read_i64(key, 0);
	row->due_ms = key_read_i64(key, 8);
	row->delivery = key_read_i64(key, 16);
	return ERR_NONE;
}

static enum err
queue_from(struct txn *txn, const struct key *from, struct queue_row *row)
{
	char room[QUEUE_RECORD_BYTES];
	struct span record = {room, sizeof room};
	struct key found;
	enum err e = table_next(txn, TABLE_QUEUE, from, &found, &record);

	return e ? e : queue_row_read(txn, &found, record, row);
}

enum err
queue_next(struct txn *txn, int64_t webhook, const struct queue_row *from,
    struct queue_row *row)
{
	struct queue_row found;
	struct key key;
	enum err e;

	queue_key(&key, webhook, from ? from->due_ms : INT64_MIN,
	    from ? from->delivery : INT64_MIN);
	e = queue_from(txn, &key, &found);
	if (e)
		return e;
	if (found.webhook != webhook)
		return ERR_NOT_FOUND;
	*row = found;
	return ERR_NONE;
}

enum err
queue_next_webhook(struct txn *txn, int64_t after, struct queue_row *row)
{
	struct key key;

	if (after == INT64_MAX)
		return ERR_NOT_FOUND;
	queue_key(&key, after + 1, INT64_MIN, INT64_MIN);
	return queue_from(txn, &key, row);
}

static void
attempt_key(struct key *key, int64_t delivery)
{
	key->n = 0;
	key_i64(key, delivery);
}

enum err
attempt_put(struct txn *txn, int64_t delivery, uint32_t n, struct span packed)
{
	struct key key;

	attempt_key(&key, delivery);
	key_u32(&key, n);
	return table_put(txn, TABLE_ATTEMPTS, &key, packed);
}

/* Collects the values below the prefix. */
struct gather {
	struct arena *arena;
	struct span *spans;
	size_t count, room;
};

static void
gather_add(struct gather *gather, struct span value)
{
	if (gather->count == gather->room) {
		struct span *more;

		gather->room = gather->room ? gather->room * 2 : 16;
		more = arena_array(gather->arena, gather->room, sizeof *more);
		if (gather->count > 0)
			memcpy(
			    more, gather->spans, gather->count * sizeof *more);
		gather->spans = more;
	}
	gather->spans[gather->count++] = value;
}

enum err
attempt_list(struct txn *txn, struct arena *arena, int64_t delivery,
    struct span **packed, size_t *count)
{
	struct gather gather = {.arena = arena};
	struct span value = SPAN_NONE;
	struct key prefix;
	struct walk walk;
	enum err e;

	attempt_key(&prefix, delivery);
	e = walk_open(&walk, txn, TABLE_ATTEMPTS);
	if (!e) {
		walk.key = prefix;
		e = walk_step(&walk, WALK_FROM, arena, &value);
	}
	while (!e && key_starts(&walk.key, &prefix)) {
		gather_add(&gather, value);
		e = walk_step(&walk, WALK_NEXT, arena, &value);
	}
	walk_close(&walk);
	*packed = gather.spans;
	*count = gather.count;
	return e == ERR_NOT_FOUND ? txn->trouble : e;
}

enum err
attempt_drop(struct txn *txn, int64_t delivery)
{
	struct key prefix, found;
	enum err e = ERR_NONE;

	attempt_key(&prefix, delivery);
	while (!e) {
		e = table_first(txn, TABLE_ATTEMPTS, &prefix, &found);
		if (!e)
			e = table_del(txn, TABLE_ATTEMPTS, &found);
	}
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
secret_put(struct txn *txn, int64_t webhook, struct span record)
{
	struct key key = {.n = 0};

	key_i64(&key, webhook);
	return table_put(txn, TABLE_SECRETS, &key, record);
}

enum err
secret_get(
    struct txn *txn, struct arena *arena, int64_t webhook, struct span *record)
{
	struct key key = {.n = 0};

	key_i64(&key, webhook);
	return table_get(txn, TABLE_SECRETS, &key, arena, record);
}

enum err
secret_drop(struct txn *txn, int64_t webhook)
{
	struct key key = {.n = 0};

	key_i64(&key, webhook);
	return table_del(txn, TABLE_SECRETS, &key);
}

static void
idem_due_key(struct key *due, int64_t expires_ms, const uint8_t *key)
{
	due->n = 0;
	key_i64(due, expires_ms);
	key_bytes(due, key, IDEM_KEY_BYTES);
}

static enum err
idem_load(struct txn *txn, struct arena *arena, const uint8_t *key,
    int64_t *expires_ms, struct span *record)
{
	struct key k = {.n = 0};
	struct span stored = SPAN_NONE;
	struct unpack unpack;
	uint8_t format;
	enum err e;

	key_bytes(&k, key, IDEM_KEY_BYTES);
	e = table_get(txn, TABLE_IDEM, &k, arena, &stored);
	if (e)
		return e;
	unpack = unpack_start(stored);
	format = unpack_u8(&unpack);
	*expires_ms = unpack_i64(&unpack);
	*record = unpack_span(&unpack);
	if (format != IDEM_FORMAT || !unpack_done(&unpack))
		return txn_damaged(txn, TABLE_IDEM);
	return ERR_NONE;
}

enum err
idem_get(struct txn *txn, struct arena *arena, const uint8_t key[32],
    struct span *record)
{
	int64_t expires_ms;
	enum err e = idem_load(txn, arena, key, &expires_ms, record);

	if (!e && expires_ms <= clock_wall_ms())
		return ERR_NOT_FOUND;
	return e;
}

static enum err
idem_cut(struct txn *txn, const uint8_t *key, int64_t expires_ms)
{
	struct key k = {.n = 0}, due;
	enum err e;

	key_bytes(&k, key, IDEM_KEY_BYTES);
	idem_due_key(&due, expires_ms, key);
	e = table_del(txn, TABLE_IDEM_DUE, &due);
	if (!e || e == ERR_NOT_FOUND)
		e = table_del(txn, TABLE_IDEM, &k);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
idem_sweep(struct txn *txn, int64_t now_ms, int *left, int64_t *next_ms)
{
	struct key none = {.n = 0}, found;
	enum err e = ERR_NONE;

	for (; !e && *left > 0; --*left) {
		int64_t expires_ms;

		e = table_first(txn, TABLE_IDEM_DUE, &none, &found);
		if (e)
			break;
		if (found.n != 8 + IDEM_KEY_BYTES)
			return txn_damaged(txn, TABLE_IDEM_DUE);
		expires_ms = key_read_i64(&found, 0);
		if (expires_ms > now_ms) {
			if (expires_ms < *next_ms)
				*next_ms = expires_ms;
			break;
		}
		e = idem_cut(txn, found.p + 8, expires_ms);
	}
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
idem_put(struct txn *txn, const uint8_t key[32], int64_t expires_ms,
    struct span record)
{
	struct key k = {.n = 0}, due;
	struct span old_record;
	int64_t old_ms, next_ms = INT64_MAX;
	int left = IDEM_PUT_SWEEP;
	enum err e;

	arena_reset(txn->arena);
	e = idem_load(txn, txn->arena, key, &old_ms, &old_record);
	if (!e)
		e = idem_cut(txn, key, old_ms);
	if (e && e != ERR_NOT_FOUND)
		return e;
	e = idem_sweep(txn, clock_wall_ms(), &left, &next_ms);
	if (e)
		return e;
	key_bytes(&k, key, IDEM_KEY_BYTES);
	idem_due_key(&due, expires_ms, key);
	buf_clear(&txn->buf);
	pack_u8(&txn->buf, IDEM_FORMAT);
	pack_i64(&txn->buf, expires_ms);
	pack_span(&txn->buf, record);
	if (txn->buf.over)
		return ERR_PAYLOAD;
	e = table_put(txn, TABLE_IDEM, &k, buf_view(&txn->buf));
	return e ? e : table_put(txn, TABLE_IDEM_DUE, &due, SPAN_NONE);
}

static void
meta_key(struct key *key, const char *name)
{
	key->n = 0;
	key_bytes(key, name, strlen(name));
}

enum err
meta_get(
    struct txn *txn, struct arena *arena, const char *name, struct span *value)
{
	struct key key;

	meta_key(&key, name);
	return table_get(txn, TABLE_META, &key, arena, value);
}

enum err
meta_put(struct txn *txn, const char *name, struct span value)
{
	struct key key;

	meta_key(&key, name);
	return table_put(txn, TABLE_META, &key, value);
}

enum err
meta_del(struct txn *txn, const char *name)
{
	struct key key;

	meta_key(&key, name);
	return table_del(txn, TABLE_META, &key);
}
