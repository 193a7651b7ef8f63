/* From a write to its deliveries: one event row, one delivery row for each
 * matching webhook and its place in the queue, in the writer's transaction
 * (product chapter 3, "Outbox"). Either all of it is kept or none.
 *
 * The wire body (contract 9.3) is made once, here, and stored with the event;
 * it is never put together again. */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/rand.h"

#include "api/records.h"
#include "model/delivery.h"

/* Product chapter 2, deliveries: `msg_` and 26 characters. */
enum { MESSAGE_ID_CHARS = 26 };

static struct span
take_text(struct arena *arena, struct buf *text)
{
	struct span copy = arena_span(arena, buf_view(text));

	buf_release(text);
	return copy;
}

static void
put_text_or_null(struct buf *out, struct span text)
{
	if (text.n)
		json_put_string(out, text);
	else
		buf_text(out, "null");
}

struct span
emit_accountability(struct arena *arena, const struct caller *caller)
{
	struct buf out;

	buf_init(&out, 4096);
	buf_text(&out, "{\"user\":");
	put_text_or_null(&out, caller->user);
	buf_text(&out, ",\"role\":");
	put_text_or_null(&out, caller->role_id);
	buf_char(&out, '}');
	return take_text(arena, &out);
}

/* The text of a key: without the quotes of a string. */
static struct span
key_text(struct span raw)
{
	if (raw.n >= 2 && raw.p[0] == '"')
		return span_make(raw.p + 1, raw.n - 2);
	return raw;
}

static int
by_text(const void *a, const void *b)
{
	return span_cmp(key_text(*(const struct span *)a),
	    key_text(*(const struct span *)b));
}

struct span
emit_keys(
    struct arena *arena, const struct key *keys, size_t count, bool sorted)
{
	struct span *raws = arena_array(arena, count + 1, sizeof(*raws));
	size_t i, bytes = 2;
	struct buf out;

	for (i = 0; i < count; i++) {
		raws[i] = keys[i].raw;
		bytes += raws[i].n + 1;
	}
	if (sorted)
		qsort(raws, count, sizeof(*raws), by_text);
	buf_init(&out, bytes + 1);
	buf_char(&out, '[');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_char(&out, ',');
		buf_span(&out, raws[i]);
	}
	buf_char(&out, ']');
	return take_text(arena, &out);
}

void
emit_prepare(struct arena *arena, struct emit *e)
{
	bool test = strcmp(e->source, "test") == 0;
	struct buf out;

	/* Room for the worst escaping of the collection's name. */
	buf_init(&out,
	    e->payload.n + e->accountability.n + 6 * e->collection.n + 256);
	buf_printf(&out, "{\"event\":\"items.%s\",\"accountability\":",
	    action_name(e->action));
	buf_span(&out, e->accountability);
	buf_text(&out, ",\"payload\":");
	buf_span(&out, e->payload);
	buf_text(&out, e->action == ACTION_CREATE ? ",\"key\":" : ",\"keys\":");
	e->head = take_text(arena, &out);

	buf_init(&out, 6 * e->collection.n + 256);
	buf_text(&out, ",\"collection\":");
	json_put_string(&out, e->collection);
	buf_text(&out, test ? ",\"test\":true}" : "}");
	e->tail = take_text(arena, &out);
}

static struct span
join_body(struct arena *arena, const struct emit *e)
{
	struct span key = e->action == ACTION_CREATE ? e->key : e->keys;
	size_t n = e->head.n + key.n + e->tail.n;
	char *p = arena_bytes(arena, n + 1);

	memcpy(p, e->head.p, e->head.n);
	memcpy(p + e->head.n, key.p, key.n);
	memcpy(p + e->head.n + key.n, e->tail.p, e->tail.n);
	return span_make(p, n);
}

/* `null` is no VALUE_JSON. */
static struct value
json_or_null(struct span text)
{
	return text.n == 0 || span_is(text, "null") ? value_null()
						    : value_json(text);
}

static enum err
put_event(struct txn *txn, struct arena *arena, int64_t now_ms, struct emit *e)
{
	struct row *row = row_new(arena, &schema_events);
	struct value *v = row->values;
	enum err err;

	err = record_take_ids(txn, &schema_events, 1, &e->event_id);
	if (err)
		return err;
	v[EVENT_ID] = value_int(e->event_id);
	v[EVENT_SOURCE] = value_text(span_of(e->source));
	v[EVENT_ACTION] = value_text(span_of(action_name(e->action)));
	v[EVENT_COLLECTION] = value_text(e->collection);
	v[EVENT_KEY] = json_or_null(e->key);
	v[EVENT_KEYS] = json_or_null(e->keys);
	v[EVENT_PAYLOAD] = json_or_null(e->payload);
	v[EVENT_ACCOUNTABILITY] = json_or_null(e->accountability);
	v[EVENT_CREATED_AT] = value_time(now_ms);
	v[EVENT_DELIVERIES] = value_int((int64_t)e->delivery_count);
	v[EVENT_BODY] = value_text(join_body(arena, e));
	if (e->delivery_count == 0)
		v[EVENT_BARE_AT] = value_time(now_ms);
	e->event = row;
	return record_insert(txn, row);
}

static enum err
put_delivery(struct txn *txn, struct queue *queue, struct arena *arena,
    int64_t now_ms, const struct emit *e, int64_t id, int64_t webhook)
{
	struct row *row = row_new(arena, &schema_deliveries);
	struct value *v = row->values;
	char message_id[4 + MESSAGE_ID_CHARS + 1] = "msg_";
	bool test = strcmp(e->source, "test") == 0;
	int64_t due_ms = now_ms;
	enum err err;

	if (!test && (err = queue_first_due(
			  queue, txn, webhook, now_ms, &due_ms)) != ERR_NONE)
		return err;
	rand_name(message_id + 4, MESSAGE_ID_CHARS);
	v[DELIVERY_ID] = value_int(id);
	v[DELIVERY_MESSAGE_ID] =
	    value_text(arena_span(arena, span_of(message_id)));
	v[DELIVERY_EVENT] = value_int(e->event_id);
	v[DELIVERY_WEBHOOK] = value_int(webhook);
	v[DELIVERY_ACTION] = value_text(span_of(action_name(e->action)));
	v[DELIVERY_COLLECTION] = value_text(e->collection);
	v[DELIVERY_STATE] =
	    value_text(span_of(delivery_state_name(DELIVERY_PENDING)));
	v[DELIVERY_ATTEMPTS] = value_int(0);
	v[DELIVERY_CREATED_AT] = value_time(now_ms);
	v[DELIVERY_NEXT_ATTEMPT_AT] = value_time(due_ms);
	v[DELIVERY_TEST] = value_bool(test);
	v[DELIVERY_LEASE] = value_int(0);
	if ((err = record_insert(txn, row)) != ERR_NONE)
		return err;
	return queue_add(queue, txn, webhook, id, due_ms);
}

static enum err
match_webhooks(
    struct txn *txn, struct arena *arena, struct emit *e, int64_t **ids)
{
	if (e->only_webhook == NULL)
		return hooks_match(txn, arena, e->action, e->collection, ids,
		    &e->delivery_count);
	*ids = arena_array(arena, 1, sizeof(**ids));
	**ids = *e->only_webhook;
	e->delivery_count = 1;
	return ERR_NONE;
}

enum err
emit(struct txn *txn, struct queue *queue, struct arena *arena, int64_t now_ms,
    struct emit *e)
{
	int64_t *webhooks;
	size_t i;
	enum err err;

	err = match_webhooks(txn, arena, e, &webhooks);
	if (!err)
		err = put_event(txn, arena, now_ms, e);
	if (!err && e->delivery_count > 0)
		err = record_take_ids(txn, &schema_deliveries,
		    e->delivery_count, &e->first_delivery);
	for (i = 0; !err && i < e->delivery_count; i++)
		err = put_delivery(txn, queue, arena, now_ms, e,
		    e->first_delivery + (int64_t)i, webhooks[i]);
	return err;
}
