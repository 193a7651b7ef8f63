/* Webhook writes: a new webhook gets a random secret and its row of options;
 * a deleted one takes them along; the queue learns of every change in the
 * same transaction. Reading and checking is that of any collection. */
#include "api/webhooks.h"

#include "api/stats.h"
#include "common/buf.h"
#include "model/check.h"
#include "model/secret.h"

enum { SECRET_RECORD_BYTES_MAX = 1024 };

enum err
webhooks_id(struct call *call, int64_t *id)
{
	bool in_range;

	if (!check_id_text(call->args[0], id, &in_range) || !in_range)
		return ERR_FORBIDDEN;
	return ERR_NONE;
}

/* Random bytes are drawn outside the store, one secret for each new row. */
static enum err
prepare(struct write *w)
{
	struct arena *arena = w->call->arena;
	struct span *records;
	struct buf packed;
	size_t i;

	if (w->action != ACTION_CREATE)
		return ERR_NONE;
	records = arena_array(arena, w->count + 1, sizeof(*records));
	buf_init(&packed, SECRET_RECORD_BYTES_MAX);
	for (i = 0; i < w->count; i++) {
		struct secret secret = {
		    .current = secret_make(arena),
		    .created_ms = w->now_ms,
		};

		buf_clear(&packed);
		secret_pack(&secret, &packed);
		records[i] = arena_span(arena, buf_view(&packed));
	}
	buf_release(&packed);
	w->own = records;
	return ERR_NONE;
}

/* Active again, the reason it was set inactive for is over; inactive, it
 * fails no more. False when the options tell so already. */
static bool
follow_status(struct value *options, const struct row *webhook, int64_t now_ms)
{
	bool active = span_is(webhook->values[WEBHOOK_STATUS].text, "active");
	bool knows = options[OPTION_INACTIVE_SINCE].type == VALUE_NULL;

	if (active == knows)
		return false;
	options[OPTION_INACTIVE_SINCE] =
	    active ? value_null() : value_time(now_ms);
	options[OPTION_DISABLED_REASON] = value_null();
	options[OPTION_FAILING_SINCE] = value_null();
	options[OPTION_FAILURES] = value_null();
	return true;
}

/* One that was deleted a moment ago: what waited for it is still being
 * cancelled, and must not go to the new one, nor take that one's along. */
static enum err
check_free(struct txn *txn, int64_t id)
{
	struct queue_row row;
	enum err err = queue_next(txn, id, NULL, &row);

	if (err == ERR_NOT_FOUND)
		return ERR_NONE;
	return err ? err : ERR_EXISTS;
}

static enum err
add_belongings(struct txn *txn, struct write *w, size_t i)
{
	const struct span *secrets = w->own;
	struct row *options = row_new(w->call->arena, &schema_options);
	int64_t id = row_id(w->targets[i].row);
	enum err err;
	size_t f;

	for (f = 1; f < schema_options.count; f++) {
		if (schema_options.fields[f].has_default)
			options->values[f] = schema_options.fields[f].preset;
	}
	options->values[OPTION_ID] = value_int(id);
	(void)follow_status(options->values, w->targets[i].row, w->now_ms);
	err = record_insert(txn, options);
	return err ? err : secret_put(txn, id, secrets[i]);
}

static enum err
drop_belongings(struct txn *txn, struct write *w, size_t i)
{
	int64_t id = w->targets[i].id;
	enum err err;

	err = record_delete(txn, &schema_options, id);
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = secret_drop(txn, id);
	if (err && err != ERR_NOT_FOUND)
		return err;
	return stats_drop(txn, w->call->arena, id);
}

static enum err
change_belongings(struct txn *txn, struct write *w, size_t i)
{
	const struct row *webhook = w->targets[i].row;
	struct row *options;
	enum err err;

	err = record_get(
	    txn, w->call->arena, &schema_options, row_id(webhook), &options);
	if (err)
		return err == ERR_NOT_FOUND ? ERR_NONE : err;
	return follow_status(options->values, webhook, w->now_ms)
		   ? record_update(txn, options)
		   : ERR_NONE;
}

static enum err
written(struct txn *txn, struct write *w)
{
	static enum err (*const steps[ACTION_COUNT])(
	    struct txn *, struct write *, size_t) = {
	    [ACTION_CREATE] = add_belongings,
	    [ACTION_UPDATE] = change_belongings,
	    [ACTION_DELETE] = drop_belongings,
	};
	size_t i;
	enum err err;

	for (i = 0; i < w->count; i++) {
		if (w->targets[i].row == NULL)
			continue;
		err = steps[w->action](txn, w, i);
		if (!err)
			err = queue_webhook_changed(w->call->api->queue, txn,
			    row_id(w->targets[i].row));
		if (err)
			return err;
	}
	return ERR_NONE;
}

const struct resource webhooks_resource = {
    .schema = &schema_webhooks,
    .id_lists = true,
    .prepare = prepare,
    .check_free = check_free,
    .written = written,
};
