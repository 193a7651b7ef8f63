/* Statistics as JSON. Periods without attempts are left out. */
#include "api/answer.h"
#include "api/stats.h"
#include "api/webhooks.h"
#include "common/clock.h"
#include "common/json.h"
#include "query/percent.h"
#include "store/place.h"

enum { WEBHOOKS_MAX = 1000, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

static void
put_slot(struct buf *out, const struct slot *slot, int64_t period_ms)
{
	uint32_t all = slot->delivered + slot->failed;
	char iso[CLOCK_ISO_BYTES];
	struct {
		const char *name;
		double ms;
	} times[] = {
	    {"mean_ms", (double)(slot->sum_us / (all ? all : 1)) / 1000},
	    {"p50_ms", slot_percentile_ms(slot, 0.5)},
	    {"p95_ms", slot_percentile_ms(slot, 0.95)},
	    {"max_ms", slot->max_us / 1000.0},
	};
	size_t i;

	clock_iso(slot->period * period_ms, iso);
	buf_printf(out,
	    "{\"at\":\"%s\",\"attempts\":%u,\"delivered\":%u,\"failed\":%u",
	    iso, all, slot->delivered, slot->failed);
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		buf_printf(out, ",\"%s\":", times[i].name);
		json_put_f64(out, times[i].ms);
	}
	buf_char(out, '}');
}

/* The ring from the oldest period that still counts to now. */
static void
put_slots(struct buf *out, const char *name, const struct slot *slots,
    int64_t count, int64_t period_ms)
{
	int64_t now = clock_wall_ms() / period_ms, period;
	bool first = true;

	buf_printf(out, ",\"%s\":[", name);
	for (period = now - count + 1; period <= now; period++) {
		const struct slot *slot = &slots[period % count];

		if (slot->period != period)
			continue;
		if (!first)
			buf_char(out, ',');
		put_slot(out, slot, period_ms);
		first = false;
	}
	buf_char(out, ']');
}

static void
put_series(struct buf *out, const struct series *series)
{
	put_slots(out, "hours", series->hours, STATS_HOURS, HOUR_MS);
	put_slots(out, "days", series->days, STATS_DAYS, DAY_MS);
}

/* ---- one webhook, or many ---- */

struct wanted {
	struct call *call;
	int64_t id;
	struct row *webhook;
	struct row *options;
	struct queue_row next; /* delivery 0: nothing waits */
	int64_t next_due_ms;
};

static enum err
read_webhook(struct txn *txn, void *arg)
{
	struct wanted *w = arg;
	enum err err;

	err = record_get(
	    txn, w->call->arena, &schema_webhooks, w->id, &w->webhook);
	if (err)
		return err;
	err = record_get(
	    txn, w->call->arena, &schema_options, w->id, &w->options);
	if (err == ERR_NOT_FOUND)
		w->options = NULL;
	if (!err || err == ERR_NOT_FOUND)
		err = queue_front(txn, w->id, NULL, &w->next, &w->next_due_ms);
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

static void
put_moment(struct buf *out, const char *name, int64_t wall_ms, bool known)
{
	char iso[CLOCK_ISO_BYTES];

	buf_printf(out, ",\"%s\":", name);
	if (!known) {
		buf_text(out, "null");
		return;
	}
	clock_iso(wall_ms, iso);
	buf_printf(out, "\"%s\"", iso);
}

static void
put_option_moment(
    struct buf *out, const char *name, const struct row *options, int field)
{
	bool known = options && options->values[field].type == VALUE_TIME;

	put_moment(out, name, known ? options->values[field].i : 0, known);
}

static void
put_breaker(struct buf *out, struct queue *queue, int64_t webhook)
{
	struct queue_receiver r;

	queue_receiver(queue, webhook, &r);
	buf_printf(out, ",\"breaker\":\"%s\",\"not_reached\":%d",
	    flow_state_name(r.breaker), (int)r.troubles);
	put_moment(out, "breaker_until", r.retry_ms, r.breaker == FLOW_OPEN);
}

static enum err
put_webhook(struct call *call, int64_t id, bool *first)
{
	struct wanted w = {.call = call, .id = id};
	struct buf *out = &call->res->body;
	struct series series;
	enum err err;

	err = store_read(call->api->store, read_webhook, &w);
	if (!err)
		err = stats_read(call->api, id, &series);
	if (err)
		return err;
	if (!*first)
		buf_char(out, ',');
	*first = false;
	buf_printf(out, "{\"webhook\":%lld,\"status\":", (long long)id);
	json_put_string(out, w.webhook->values[WEBHOOK_STATUS].text);
	buf_text(out, ",\"disabled_reason\":");
	value_put_json(w.options ? w.options->values[OPTION_DISABLED_REASON]
				 : value_null(),
	    FIELD_STRING, out);
	put_option_moment(
	    out, "failing_since", w.options, OPTION_FAILING_SINCE);
	put_option_moment(
	    out, "inactive_since", w.options, OPTION_INACTIVE_SINCE);
	put_moment(out, "next_attempt_at", w.next_due_ms, w.next.delivery != 0);
	put_breaker(out, call->api->queue, id);
	put_series(out, &series);
	buf_char(out, '}');
	return ERR_NONE;
}

enum err
stats_webhook(struct call *call)
{
	bool first = true;
	int64_t id;
	enum err err;

	if ((err = webhooks_id(call, &id)) != ERR_NONE)
		return err;
	answer_json(call);
	buf_text(&call->res->body, "{\"data\":");
	err = put_webhook(call, id, &first);
	buf_char(&call->res->body, '}');
	return err;
}

/* `ids=1,2` of the address; without it all webhooks. */
static enum err
wanted_ids(struct call *call, struct keys *keys)
{
	struct span query = call->req->query, pair;
	struct record_scan scan;
	struct row **rows;
	size_t count, i;
	enum err err;

	while (query.n && span_next(&query, '&', &pair)) {
		if (span_starts(pair, "ids="))
			return keys_from_text(call,
			    percent_decode(call->arena,
				span_from(pair, sizeof("ids=") - 1)),
			    true, keys);
	}
	record_scan_start(&scan, &schema_webhooks);
	scan.limit = WEBHOOKS_MAX;
	keys->list =
	    arena_array(call->arena, WEBHOOKS_MAX, sizeof(*keys->list));
	for (;;) {
		err = record_page(
		    call->api->store, call->arena, &scan, &rows, &count);
		if (err || count == 0)
			return err;
		for (i = 0; i < count && keys->count < WEBHOOKS_MAX; i++)
			keys->list[keys->count++].id = row_id(rows[i]);
	}
}

enum err
stats_webhooks(struct call *call)
{
	struct keys keys = {0};
	bool first = true;
	enum err err;
	size_t i;

	if ((err = wanted_ids(call, &keys)) != ERR_NONE)
		return err;
	if (keys.count > WEBHOOKS_MAX)
		return fault_add(call->fault, ERR_QUERY, NULL,
		    "At most %d webhooks at once.", WEBHOOKS_MAX);
	answer_json(call);
	buf_text(&call->res->body, "{\"data\":[");
	for (i = 0; i < keys.count; i++) {
		err = put_webhook(call, keys.list[i].id, &first);
		if (err && err != ERR_NOT_FOUND)
			return err;
	}
	buf_text(&call->res->body, "]}");
	return ERR_NONE;
}

/* ---- the installation ---- */

struct totals {
	int64_t webhooks, events, deliveries, states[DELIVERY_STATE_COUNT];
};

enum err
stats_count_states(struct txn *txn, void *counts)
{
	int64_t *count = counts;

	for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
		count[i] = record_count_state(txn, (enum delivery_state)i);
	return ERR_NONE;
}

static enum err
read_totals(struct txn *txn, void *arg)
{
	struct totals *t = arg;
	enum err err;

	err = record_count(txn, &schema_webhooks, &t->webhooks);
	if (!err)
		err = record_count(txn, &schema_events, &t->events);
	if (!err)
		err = record_count(txn, &schema_deliveries, &t->deliveries);
	return err ? err : stats_count_states(txn, t->states);
}

static void
put_states(struct buf *out, const int64_t *count)
{
	buf_text(out, ",\"states\":{");
	for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
		buf_printf(out, "%s\"%s\":%lld", i ? "," : "",
		    delivery_state_name((enum delivery_state)i),
		    (long long)count[i]);
	buf_char(out, '}');
}

enum err
stats_server(struct call *call)
{
	struct buf *out = &call->res->body;
	struct totals totals;
	struct queue_counts queue;
	struct series series;
	enum err err;

	err = store_read(call->api->store, read_totals, &totals);
	if (!err)
		err = stats_read_all(call->api, &series);
	if (err)
		return err;
	queue_count(call->api->queue, &queue);
	answer_json(call);
	buf_printf(out,
	    "{\"data\":{\"webhooks\":%lld,\"events\":%lld,"
	    "\"deliveries\":%lld,\"waiting_webhooks\":%lld,"
	    "\"in_flight\":%lld,\"dispatchers\":%lld",
	    (long long)totals.webhooks, (long long)totals.events,
	    (long long)totals.deliveries, (long long)queue.waiting_webhooks,
	    (long long)queue.in_flight, (long long)queue.sessions);
	put_states(out, totals.states);
	buf_printf(out,
	    ",\"held_webhooks\":%lld,\"blocked_webhooks\":%lld,"
	    "\"endpoints_open\":%lld",
	    (long long)queue.held_webhooks, (long long)queue.blocked_webhooks,
	    (long long)(queue.endpoints_open + queue.endpoints_probing));
	put_moment(out, "oldest_due_at", queue.oldest_due_ms,
	    queue.oldest_due_ms != INT64_MAX);
	buf_printf(out, ",\"store_bytes\":%llu",
	    (unsigned long long)place_size_bytes(
		store_dir_fd(call->api->store)));
	put_series(out, &series);
	buf_text(out, "}}");
	return ERR_NONE;
}
