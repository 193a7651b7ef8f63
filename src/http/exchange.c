/* From variables and body bytes to a struct request, and from a struct
 * response to bytes. The body is read to its end whatever it is: what stays
 * in a kept connection would be taken for the next request. */
#include "http/exchange.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "http/relay_wire.h"
#include "http/request_edge.h"

enum {
	READ_BYTES = 16 << 10,
	BODY_KEPT_BYTES = 64 << 10, /* larger buffers are given back */
	HEAD_MAX_BYTES = 64 << 10
};

struct exchange *
exchange_new(void)
{
	struct exchange *x = mem_alloc(sizeof *x);

	x->arena = arena_new();
	x->call = fcgi_call_new();
	buf_init(&x->head, HEAD_MAX_BYTES);
	buf_init(&x->body, 0);
	response_init(&x->res, x->arena);
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (!x)
		return;
	response_release(&x->res);
	buf_release(&x->head);
	buf_release(&x->body);
	fcgi_call_free(x->call);
	arena_free(x->arena);
	free(x);
}

void
exchange_reset(struct exchange *x)
{
	if (x->body.cap > BODY_KEPT_BYTES)
		buf_release(&x->body);
	buf_clear(&x->body);
	buf_clear(&x->head);
	response_reset(&x->res);
	x->park = (struct parked){0};
	x->conn = NULL;
	arena_reset(x->arena);
}

static enum body_state
body_read(struct exchange *x, const struct wire *w, int64_t length)
{
	size_t cap = x->body.max_bytes, total = 0, got, want;
	char waste[READ_BYTES]; /* past the cap: read and forgotten */

	do {
		size_t left = total < cap ? cap - total : 0;
		char *to = waste;

		want = sizeof waste;
		if (left > 0) {
			want = left < READ_BYTES ? left : READ_BYTES;
			to = buf_room(&x->body, want);
		}
		got = w->read(w->of, to, want);
		if (to != waste)
			buf_added(&x->body, got);
		total += got;
	} while (got == want);
	if (total > cap)
		return BODY_TOO_LARGE;
	if (w->cut(w->of) || (length >= 0 && total != (uint64_t)length))
		return BODY_CUT;
	return total > 0 ? BODY_OK : BODY_NONE;
}

static int64_t
deadline_after(int64_t ms)
{
	return ms > 0 ? clock_mono_ms() + ms : 0;
}

/* What only a relay knows: how the body came to it, and how long its client
 * will wait. */
static void
relayed_fill(struct request *r)
{
	struct span body = request_param(r, RELAY_BODY);
	struct span text = request_param(r, RELAY_DEADLINE_MS);
	int64_t told_ms;

	if (span_is(body, RELAY_BODY_TOO_LARGE))
		r->body_state = BODY_TOO_LARGE;
	else if (span_is(body, RELAY_BODY_CUT))
		r->body_state = BODY_CUT;
	if (span_i64(text, &told_ms) && told_ms < r->deadline_mono_ms)
		r->deadline_mono_ms = told_ms;
}

bool
exchange_is_late(const struct exchange *x)
{
	return x->req.door == DOOR_RELAY &&
	       x->req.deadline_mono_ms <= clock_mono_ms();
}

void
exchange_receive(struct exchange *x, const struct wire *w,
    char *const *variables, enum door door, const struct exchange_rules *rules)
{
	int64_t length;

	x->started_us = clock_mono_us();
	x->req =
	    (struct request){.arena = x->arena, .door = door, .transport = x};
	request_fill(&x->req, variables, rules->base_path, &length);
	x->body.max_bytes = (size_t)rules->body_max_bytes;
	x->req.body_state = body_read(x, w, length);
	if (x->req.body_state != BODY_OK)
		buf_clear(&x->body);
	x->req.body = buf_view(&x->body);
	/* from here on: a slow sender is not the handler's delay */
	x->req.deadline_mono_ms = deadline_after(rules->deadline_ms);
	if (door == DOOR_RELAY)
		relayed_fill(&x->req);
}

bool
exchange_answer(struct exchange *x, const struct wire *w)
{
	struct span body;

	if (x->res.whole)
		return w->write(w->of, buf_view(&x->res.body));
	body = response_head(&x->req, &x->res, &x->head);
	return w->write(w->of, buf_view(&x->head)) &&
	       (body.n == 0 || w->write(w->of, body));
}

void
exchange_log(const struct exchange *x)
{
	enum log_level level = x->res.status < 500 ? LOG_TRACE : LOG_NOTICE;
	char method[32], target[256];

	if (!log_wants(level))
		return;
	log_event(level, "request",
	    "method=%s target=%s status=%d bytes=%zu ms=%.1f",
	    log_quote(x->req.method_text, method, sizeof method),
	    log_quote(x->req.target, target, sizeof target), x->res.status,
	    x->res.body.n, (double)(clock_mono_us() - x->started_us) / 1e3);
}
