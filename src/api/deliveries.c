/* Deliveries: reading them with their attempts, sending again, cancelling.
 *
 * State, next_attempt_at and the queue row change together, in one body: a
 * pending delivery has exactly one queue row (queue.h). */
#include "api/deliveries.h"

#include <string.h>

#include "common/clock.h"

#include "api/answer.h"
#include "api/write.h"
#include "model/check.h"
#include "model/delivery.h"

const struct resource deliveries_resource = {.schema = &schema_deliveries};

/* ---- one, with its log ---- */

/* Members that only the single read has: the attempts, and the bytes that are
 * signed, for whoever wants to check a signature. */
enum { WHOLE_LOG = DELIVERY_COUNT, WHOLE_BODY, WHOLE_COUNT };

struct whole {
	struct arena *arena;
	int64_t id;
	struct row *delivery; /* NULL: there is none */
	struct span *attempts;
	size_t count;
	struct row *event; /* NULL: gone */
};

static const struct schema *
whole_schema(struct arena *arena)
{
	struct schema *schema = arena_alloc(arena, sizeof(*schema));

	*schema = schema_deliveries;
	schema->count = WHOLE_COUNT;
	schema->fields =
	    arena_array(arena, WHOLE_COUNT, sizeof(*schema->fields));
	memcpy(schema->fields, schema_deliveries.fields,
	    DELIVERY_COUNT * sizeof(*schema->fields));
	schema->fields[WHOLE_LOG] =
	    (struct field){.name = SPAN("log"), .type = FIELD_JSON};
	schema->fields[WHOLE_BODY] = (struct field){
	    .name = SPAN("body"), .type = FIELD_TEXT, .nullable = true};
	return schema;
}

static enum err
read_whole(struct txn *txn, void *arg)
{
	struct whole *w = arg;
	enum err err;

	w->delivery = w->event = NULL;
	err =
	    record_get(txn, w->arena, &schema_deliveries, w->id, &w->delivery);
	if (!err)
		err =
		    attempt_list(txn, w->arena, w->id, &w->attempts, &w->count);
	if (!err)
		err = record_get(txn, w->arena, &schema_events,
		    w->delivery->values[DELIVERY_EVENT].i, &w->event);
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static struct row *
whole_row(struct call *call, const struct schema *schema, const struct whole *w)
{
	struct row *row = row_new(call->arena, schema);
	struct buf log;

	memcpy(row->values, w->delivery->values,
	    DELIVERY_COUNT * sizeof(*row->values));
	buf_init(&log, call->res->body.max_bytes);
	buf_char(&log, '[');
	for (size_t i = 0; i < w->count; i++) {
		if (i > 0)
			buf_char(&log, ',');
		delivery_put_attempt(&log, i + 1, w->attempts[i]);
	}
	buf_char(&log, ']');
	row->values[WHOLE_LOG] =
	    value_json(arena_span(call->arena, buf_view(&log)));
	buf_release(&log);
	if (w->event)
		row->values[WHOLE_BODY] = w->event->values[EVENT_BODY];
	return row;
}

enum err
deliveries_one(struct call *call)
{
	struct whole w = {.arena = call->arena};
	const struct schema *schema = whole_schema(call->arena);
	struct query_run *run;
	bool in_range;
	enum err err;

	if (!check_id_text(call->args[0], &w.id, &in_range) || !in_range)
		return ERR_FORBIDDEN;
	err = records_bind(call, schema, NULL, QUERY_ONE, &run);
	if (err)
		return err;
	err = store_read(call->api->store, read_whole, &w);
	if (!err && w.delivery)
		query_take(run, whole_row(call, schema, &w));
	if (!err && query_shown(run) == 0)
		err = ERR_FORBIDDEN;
	if (!err)
		err = records_answer(call, run, true, false);
	query_release(run);
	return err;
}

/* ---- changing what waits ---- */

enum change { CHANGE_SEND_AGAIN, CHANGE_CANCEL };

static bool
state_of(const struct row *row, enum delivery_state *state)
{
	return delivery_state_parse(row->values[DELIVERY_STATE].text, state);
}

static bool
has_webhook(struct txn *txn, struct arena *arena, const struct row *row)
{
	struct row *webhook;

	return record_get(txn, arena, &schema_webhooks,
		   row->values[DELIVERY_WEBHOOK].i, &webhook) == ERR_NONE;
}

/* A copy, because the body may run again and because the queue wants to see
 * the row as it is stored. */
static struct row *
copy_row(struct arena *arena, const struct row *old)
{
	struct row *row = row_new(arena, old->schema);
	size_t i;

	for (i = 0; i < old->schema->count; i++)
		row->values[i] = old->values[i];
	row->version = old->version;
	return row;
}

static enum err
send_again(struct txn *txn, struct write *w, struct target *t,
    enum delivery_state state)
{
	struct row *row = copy_row(w->call->arena, t->row);
	enum err err;

	if (state == DELIVERY_PENDING) {
		err = queue_remove(w->call->api->queue, txn, t->row);
		if (err)
			return err;
	}
	delivery_again(row, w->now_ms);
	row->values[DELIVERY_EARLIER] = row->values[DELIVERY_ATTEMPTS];
	t->row = row;
	if ((err = record_update(txn, row)) != ERR_NONE)
		return err;
	return queue_add(w->call->api->queue, txn,
	    row->values[DELIVERY_WEBHOOK].i, t->id, w->now_ms);
}

static enum err
cancel(struct txn *txn, struct write *w, struct target *t)
{
	struct row *row = copy_row(w->call->arena, t->row);
	enum err err;

	err = queue_remove(w->call->api->queue, txn, t->row);
	if (err)
		return err;
	delivery_finish(row, DELIVERY_CANCELLED, w->now_ms);
	t->row = row;
	return record_update(txn, row);
}

static enum err
load_one(struct txn *txn, struct write *w, enum delivery_state *state)
{
	struct target *t = &w->targets[0];
	enum err err;

	err =
	    record_get(txn, w->call->arena, &schema_deliveries, t->id, &t->row);
	if (!err && !state_of(t->row, state))
		err = ERR_DAMAGED;
	return err;
}

static enum err
redeliver_one_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	enum delivery_state state;
	enum err err;

	if ((err = load_one(txn, w, &state)) != ERR_NONE)
		return err;
	if (state == DELIVERY_LEASED)
		return ERR_CHANGED;
	if (!has_webhook(txn, w->call->arena, w->targets[0].row))
		return ERR_EXISTS;
	return send_again(txn, w, &w->targets[0], state);
}

static enum err
cancel_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	enum delivery_state state;
	enum err err;

	if ((err = load_one(txn, w, &state)) != ERR_NONE)
		return err;
	if (state != DELIVERY_PENDING && state != DELIVERY_LEASED)
		return ERR_CHANGED;
	return cancel(txn, w, &w->targets[0]);
}

static enum err
change_one(struct call *call, store_body *body, struct write *w)
{
	bool in_range;

	w->one = true;
	w->count = 1;
	w->targets = arena_alloc(call->arena, sizeof(*w->targets));
	if (!check_id_text(call->args[0], &w->targets[0].id, &in_range) ||
	    !in_range)
		return ERR_FORBIDDEN;
	return call_write(call, body, write_answer, w);
}

enum err
deliveries_redeliver_one(struct call *call)
{
	struct write w = write_start(call, ACTION_UPDATE);
	enum err err = change_one(call, redeliver_one_body, &w);

	if (err == ERR_CHANGED)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The delivery is being sent at this moment.");
	if (err == ERR_EXISTS)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The delivery's webhook is there no longer.");
	return err;
}

enum err
deliveries_cancel(struct call *call)
{
	struct write w = write_start(call, ACTION_UPDATE);
	enum err err = change_one(call, cancel_body, &w);

	if (err == ERR_CHANGED)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The delivery has ended already.");
	return err;
}

/* ---- many, by a query ---- */

static enum err
redeliver_many_body(struct txn *txn, void *arg)
{
	struct write *w = arg;
	struct arena *arena = w->call->arena;
	enum delivery_state state;
	size_t i;
	enum err err;

	w->emit_count = 0;
	for (i = 0; i < w->count; i++) {
		struct target *t = &w->targets[i];

		err =
		    record_get(txn, arena, &schema_deliveries, t->id, &t->row);
		if (err == ERR_NOT_FOUND)
			continue;
		if (err || !state_of(t->row, &state))
			return err ? err : ERR_DAMAGED;
		if (state == DELIVERY_LEASED ||
		    !has_webhook(txn, arena, t->row))
			continue;
		if ((err = send_again(txn, w, t, state)) != ERR_NONE)
			return err;
		w->emit_count++;
	}
	return ERR_NONE;
}

static enum err
answer_count(struct call *call, void *arg)
{
	const struct write *w = arg;

	answer_json(call);
	buf_printf(
	    &call->res->body, "{\"data\":{\"count\":%zu}}", w->emit_count);
	return ERR_NONE;
}

enum err
deliveries_redeliver_many(struct call *call)
{
	struct write w = write_start(call, ACTION_UPDATE);
	struct js query = js_member(call->body, "query");
	struct js dry_run = js_member(call->body, "dry_run");
	enum err err;

	if (query.type != JS_OBJECT)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"query\"", "\"query\" must be of type object");
	if (dry_run.type != JS_NONE && dry_run.type != JS_BOOL)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"dry_run\"", "\"dry_run\" must be a boolean");
	err = records_pick(call, &schema_deliveries, query, &w.keys);
	if (err)
		return err;
	w.targets = keys_targets(call->arena, &w.keys, &w.count);
	w.emit_count = w.count;
	if (js_bool(dry_run))
		return answer_count(call, &w);
	return call_write(call, redeliver_many_body, answer_count, &w);
}
