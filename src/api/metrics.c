/* Counters of store, queue and server as Prometheus text (exposition format
 * 0.0.4). Open to readers and to the addresses [server] metrics_from names. */
#include "api/metrics.h"

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

struct metric {
	const char *name, *type, *help;
	double value;
};

static void
put_metrics(struct buf *out, const struct metric *list, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		buf_printf(out,
		    "# HELP webhooks_%s %s\n# TYPE webhooks_%s %s\n"
		    "webhooks_%s %.17g\n",
		    list[i].name, list[i].help, list[i].name, list[i].type,
		    list[i].name, list[i].value);
}

#define PUT(out, list) put_metrics(out, list, sizeof(list) / sizeof((list)[0]))

static void
put_store(struct call *call, struct buf *out)
{
	struct store_counts c;

	store_count(call->api->store, &c);
	const struct metric list[] = {
	    {"store_commits_total", "counter", "Writes committed.",
		(double)c.commits},
	    {"store_groups_total", "counter", "Transactions of grouped writes.",
		(double)c.groups},
	    {"store_flushes_total", "counter", "Log flushes.",
		(double)c.flushes},
	    {"store_aborts_total", "counter", "Groups given up.",
		(double)c.aborts},
	    {"store_reruns_total", "counter", "Writes run again one by one.",
		(double)c.reruns},
	    {"store_deadlocks_total", "counter", "Deadlocks in the store.",
		(double)c.deadlocks},
	    {"store_checkpoints_total", "counter", "Checkpoints.",
		(double)c.checkpoints},
	    {"store_reads_total", "counter", "Read transactions.",
		(double)c.reads},
	    {"store_rows_read_total", "counter",
		"Rows read, by requests and by writes.", (double)c.rows_read},
	    {"store_full_refusals_total", "counter",
		"Writes refused for want of room.", (double)c.full_refusals},
	};
	PUT(out, list);
}

static void
put_queue(struct call *call, struct buf *out)
{
	int64_t now_ms = clock_wall_ms();
	struct queue_counts c;

	queue_count(call->api->queue, &c);
	const struct metric list[] = {
	    {"deliveries_leased_total", "counter", "Attempts handed out.",
		(double)c.leased},
	    {"deliveries_reported_total", "counter", "Attempts recorded.",
		(double)c.reported},
	    {"reports_unknown_total", "counter",
		"Reports of leases no longer in force.",
		(double)c.unknown_reports},
	    {"leases_freed_total", "counter",
		"Leases freed because their dispatcher left.", (double)c.freed},
	    {"deliveries_removed_total", "counter",
		"Finished deliveries that were kept long enough.",
		(double)c.removed},
	    {"queue_webhooks", "gauge", "Webhooks with deliveries waiting.",
		(double)c.waiting_webhooks},
	    {"deliveries_in_flight", "gauge",
		"Attempts under way: leases in force.", (double)c.in_flight},
	    {"dispatchers", "gauge", "Dispatchers connected.",
		(double)c.sessions},
	    {"queue_webhooks_held", "gauge", "Of them inactive ones.",
		(double)c.held_webhooks},
	    {"queue_webhooks_blocked", "gauge",
		"Of them those whose endpoint cannot be reached.",
		(double)c.blocked_webhooks},
	    {"endpoints", "gauge", "Hosts and ports known.",
		(double)c.endpoints},
	    {"endpoints_unproven", "gauge",
		"Of them those that gave no answer yet, or none lately.",
		(double)c.endpoints_unproven},
	    {"endpoints_open", "gauge",
		"Of them those left alone: the breaker is open.",
		(double)c.endpoints_open},
	    {"endpoints_probing", "gauge",
		"Of them those being tried: the breaker is half-open.",
		(double)c.endpoints_probing},
	    {"endpoint_windows", "gauge",
		"Attempts under way at once that all of them may have.",
		(double)c.windows},
	    {"queue_lag_seconds", "gauge",
		"How long the oldest due delivery has waited.",
		c.oldest_due_ms > 0 && c.oldest_due_ms < now_ms
		    ? (double)(now_ms - c.oldest_due_ms) / 1000
		    : 0},
	};
	PUT(out, list);
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

static void
put_server(struct call *call, struct buf *out)
{
	struct serve_counts c;

	/* Plain CGI has no server to count. */
	if (call->api->serve == NULL)
		return;
	serve_count(call->api->serve, &c);
	const struct metric list[] = {
	    {"http_connections_total", "counter", "Connections accepted.",
		(double)c.accepted},
	    {"http_requests_total", "counter", "Requests answered.",
		(double)c.requests},
	    {"http_parked", "gauge", "Requests waiting without a thread.",
		(double)c.parked_now},
	    {"http_connections", "gauge", "Connections open.",
		(double)c.open_now},
	    {"http_timeouts_total", "counter", "Requests that never arrived.",
		(double)c.timeouts},
	    {"http_cut_total", "counter", "Connections that ended early.",
		(double)c.cut},
	    {"http_bad_records_total", "counter", "Damaged FastCGI records.",
		(double)c.bad_records},
	    {"start_time_seconds", "gauge", "When the process started.",
		(double)call->api->started_ms / 1000},
	};
	PUT(out, list);
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
