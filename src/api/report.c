/* POST /internal/report: what came of attempts, many in one transaction. All
 * of a message is recorded or none of it; the dispatcher repeats what was not
 * answered, and reports that were recorded already have lost their token. */
#include <string.h>

#include "api/internal.h"
#include "api/stats.h"
#include "common/clock.h"

enum { REPORTS_MAX = 4096 };

struct reports {
	struct queue *queue;
	struct arena *arena;
	struct lease_report *all;
	size_t count;
	int64_t now_ms;
};

static enum err
reports_body(struct txn *txn, void *arg)
{
	struct reports *r = arg;
	enum err rc = ERR_NONE;

	for (size_t i = 0; !rc && i < r->count; i++)
		rc = queue_report(
		    r->queue, txn, r->arena, &r->all[i], r->now_ms);
	return rc;
}

static enum err
reports_unpack(struct call *call, struct reports *r)
{
	struct unpack u = unpack_start(call->req->body);
	bool more = true;
	enum err rc = ERR_NONE;

	r->all = arena_array(call->arena, REPORTS_MAX, sizeof(*r->all));
	while (!rc && more && r->count < REPORTS_MAX) {
		rc = lease_report_unpack(&u, &r->all[r->count], &more);
		r->count += !rc && more;
	}
	return rc || more ? fault_plain(call->fault, ERR_PAYLOAD) : ERR_NONE;
}

static bool
unhex(struct span text, uint8_t *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (text.n != 2 * n)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		const char *d = memchr(digits, text.p[i], 16);

		if (!d)
			return false;
		out[i / 2] = (uint8_t)(out[i / 2] << 4 | (d - digits));
	}
	return true;
}

/* A dispatcher that was full has room again. */
static void
want_again(struct call *call)
{
	struct span hex = request_param(call->req, "WEBHOOKS_SESSION");
	struct span text = request_param(call->req, "WEBHOOKS_WANT");
	uint8_t session[LEASE_SESSION_BYTES] = {0};
	int64_t want;

	if (unhex(hex, session, sizeof(session)) && span_i64(text, &want) &&
	    want >= 0 && want <= UINT32_MAX)
		internal_want(call->api, session, (uint32_t)want);
}

enum err
internal_report(struct call *call)
{
	struct reports r = {.queue = call->api->queue,
	    .arena = call->arena,
	    .now_ms = clock_wall_ms()};
	enum err rc = reports_unpack(call, &r);

	if (!rc && r.count > 0)
		rc = store_record(call->api->store, reports_body, &r);
	if (rc)
		return rc;
	for (size_t i = 0; i < r.count; i++) {
		if (!r.all[i].counted)
			continue;
		stats_add(call->api, &r.all[i]);
		tallies_add(&call->api->tallies, &r.all[i]);
	}
	stats_keep(call->api);
	want_again(call);
	call_empty(call);
	return ERR_NONE;
}
