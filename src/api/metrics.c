/* Counters of store, queue and server as Prometheus text (exposition format
 * 0.0.4). Open to readers and to the addresses [server] metrics_from names. */
#include "api/metrics.h"

#include <stddef.h>
#include <string.h>

#include "common/block.h"
#include "common/clock.h"

#include "api/answer.h"
#include "api/stats.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 ||
	       (a[whole] >> (8 - rest)) == (b[whole] >> (8 - rest));
}

bool
metrics_address_in(struct span address, struct span list)
{
	struct block caller, block;
	struct span part;

	if (!block_parse(address, &caller))
		return false;
	while (list.n && span_next(&list, ',', &part)) {
		if (block_parse(span_trim(part), &block) &&
		    same_bits(caller.bytes, block.bytes, block.bits))
			return true;
	}
	return false;
}

/* What is told of a struct of counts: numbers of 64 bits. */
struct metric {
	const char *name, *type, *help;
	size_t at;
};

static void
put_metric(struct buf *out, const struct metric *m, double value)
{
	buf_printf(out,
	    "# HELP webhooks_%s %s\n# TYPE webhooks_%s %s\n"
	    "webhooks_%s %.17g\n",
	    m->name, m->help, m->name, m->type, m->name, value);
}

static void
put_metrics(struct buf *out, const struct metric *list, size_t count,
    const void *counts)
{
	int64_t value;

	for (size_t i = 0; i < count; i++) {
		memcpy(
		    &value, (const char *)counts + list[i].at, sizeof(value));
		put_metric(out, &list[i], (double)value);
	}
}

#define PUT(out, list, counts)                                                 \
	put_metrics(out, list, sizeof(list) / sizeof((list)[0]), counts)

static const struct metric store_metrics[] = {
    {"store_commits_total", "counter", "Writes committed.",
	offsetof(struct store_counts, commits)},
    {"store_groups_total", "counter", "Transactions of grouped writes.",
	offsetof(struct store_counts, groups)},
    {"store_flushes_total", "counter", "Log flushes.",
	offsetof(struct store_counts, flushes)},
    {"store_aborts_total", "counter", "Groups given up.",
	offsetof(struct store_counts, aborts)},
    {"store_reruns_total", "counter", "Writes run again one by one.",
	offsetof(struct store_counts, reruns)},
    {"store_deadlocks_total", "counter", "Deadlocks in the store.",
	offsetof(struct store_counts, deadlocks)},
    {"store_checkpoints_total", "counter", "Checkpoints.",
	offsetof(struct store_counts, checkpoints)},
    {"store_reads_total", "counter", "Read transactions.",
	offsetof(struct store_counts, reads)},
    {"store_rows_read_total", "counter",
	"Rows read, by requests and by writes.",
	offsetof(struct store_counts, rows_read)},
    {"store_full_refusals_total", "counter", "Writes refused for want of room.",
	offsetof(struct store_counts, full_refusals)},
};

static void
put_store(struct call *call, struct buf *out)
{
	struct store_counts c;

	store_count(call->api->store, &c);
	PUT(out, store_metrics, &c);
}

static const struct metric queue_metrics[] = {
    {"deliveries_leased_total", "counter", "Attempts handed out.",
	offsetof(struct queue_counts, leased)},
    {"deliveries_reported_total", "counter", "Attempts recorded.",
	offsetof(struct queue_counts, reported)},
    {"reports_unknown_total", "counter",
	"Reports of leases no longer in force.",
	offsetof(struct queue_counts, unknown_reports)},
    {"leases_freed_total", "counter",
	"Leases freed because their dispatcher left.",
	offsetof(struct queue_counts, freed)},
    {"deliveries_removed_total", "counter",
	"Finished deliveries that were kept long enough.",
	offsetof(struct queue_counts, removed)},
    {"queue_webhooks", "gauge", "Webhooks with deliveries waiting.",
	offsetof(struct queue_counts, waiting_webhooks)},
    {"deliveries_in_flight", "gauge", "Attempts under way: leases in force.",
	offsetof(struct queue_counts, in_flight)},
    {"dispatchers", "gauge", "Dispatchers connected.",
	offsetof(struct queue_counts, sessions)},
    {"queue_webhooks_held", "gauge", "Of them inactive ones.",
	offsetof(struct queue_counts, held_webhooks)},
    {"queue_webhooks_blocked", "gauge",
	"Of them those whose endpoint cannot be reached.",
	offsetof(struct queue_counts, blocked_webhooks)},
    {"endpoints", "gauge", "Hosts and ports known.",
	offsetof(struct queue_counts, endpoints)},
    {"endpoints_unproven", "gauge",
	"Of them those that gave no answer yet, or none lately.",
	offsetof(struct queue_counts, endpoints_unproven)},
    {"endpoints_open", "gauge",
	"Of them those left alone: the breaker is open.",
	offsetof(struct queue_counts, endpoints_open)},
    {"endpoints_probing", "gauge",
	"Of them those being tried: the breaker is half-open.",
	offsetof(struct queue_counts, endpoints_probing)},
    {"endpoint_windows", "gauge",
	"Attempts under way at once that all of them may have.",
	offsetof(struct queue_counts, windows)},
};

static void
put_queue(struct call *call, struct buf *out)
{
	static const struct metric lag = {"queue_lag_seconds", "gauge",
	    "How long the oldest due delivery has waited.", 0};
	int64_t now_ms = clock_wall_ms();
	struct queue_counts c;
	bool late;

	queue_count(call->api->queue, &c);
	PUT(out, queue_metrics, &c);
	late = c.oldest_due_ms > 0 && c.oldest_due_ms < now_ms;
	put_metric(
	    out, &lag, late ? (double)(now_ms - c.oldest_due_ms) / 1000 : 0);
}

/* The queue's length is that of pending and leased. */
static enum err
put_states(struct call *call, struct buf *out)
{
	int64_t count[DELIVERY_STATE_COUNT];
	enum err err = store_read(call->api->store, stats_count_states, count);

	if (err)
		return err;
	buf_text(out, "# HELP webhooks_deliveries Deliveries in each state.\n"
		      "# TYPE webhooks_deliveries gauge\n");
	for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
		buf_printf(out, "webhooks_deliveries{state=\"%s\"} %lld\n",
		    delivery_state_name((enum delivery_state)i),
		    (long long)count[i]);
	return ERR_NONE;
}

static const struct metric server_metrics[] = {
    {"http_connections_total", "counter", "Connections accepted.",
	offsetof(struct serve_counts, accepted)},
    {"http_requests_total", "counter", "Requests answered.",
	offsetof(struct serve_counts, requests)},
    {"http_parked", "gauge", "Requests waiting without a thread.",
	offsetof(struct serve_counts, parked_now)},
    {"http_connections", "gauge", "Connections open.",
	offsetof(struct serve_counts, open_now)},
    {"http_timeouts_total", "counter", "Requests that never arrived.",
	offsetof(struct serve_counts, timeouts)},
    {"http_cut_total", "counter", "Connections that ended early.",
	offsetof(struct serve_counts, cut)},
    {"http_bad_records_total", "counter", "Damaged FastCGI records.",
	offsetof(struct serve_counts, bad_records)},
};

static void
put_server(struct call *call, struct buf *out)
{
	static const struct metric start = {
	    "start_time_seconds", "gauge", "When the process started.", 0};
	struct serve_counts c;

	/* Plain CGI has no server to count. */
	if (call->api->serve == NULL)
		return;
	serve_count(call->api->serve, &c);
	PUT(out, server_metrics, &c);
	put_metric(out, &start, (double)call->api->started_ms / 1000);
}

enum err
metrics_read(struct call *call)
{
	struct buf *out = &call->res->body;

	if (role_grant(call->caller.role, RIGHT_METRICS) != GRANT_ALL &&
	    !metrics_address_in(call->req->remote_address,
		span_of(call->api->conf->metrics_from)))
		return ERR_FORBIDDEN;
	call->res->status = 200;
	call->res->content_type = METRICS_TYPE;
	buf_printf(out,
	    "# HELP webhooks_info Version.\n# TYPE webhooks_info gauge\n"
	    "webhooks_info{version=\"%s\"} 1\n",
	    PACKAGE_VERSION);
	put_store(call, out);
	put_queue(call, out);
	tallies_put(&call->api->tallies, out);
	put_server(call, out);
	return put_states(call, out);
}
