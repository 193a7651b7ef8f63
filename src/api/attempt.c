/* An attempt's record as JSON (product chapter 2, deliveries, `log`). */
#include "common/clock.h"
#include "common/json.h"

#include "api/deliveries.h"
#include "common/utf8.h"
#include "model/lease.h"
#include "model/phrase.h"

static void
put_text(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, ",\"%s\":", name);
	if (text.n)
		json_put_string(out, text);
	else
		buf_text(out, "null");
}

static void
put_ms(struct buf *out, const char *name, uint32_t us)
{
	buf_printf(out, ",\"%s\":", name);
	json_put_f64(out, us / 1000.0);
}

/* Lists are kept as JSON, masked and shortened by the dispatcher. */
static void
put_list(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, ",\"%s\":", name);
	if (text.n)
		phrase_restore(out, text);
	else
		buf_text(out, "[]");
}

/* Bytes that are not UTF-8 are shown as \xHH. */
static void
put_body(struct buf *out, struct span body)
{
	struct buf text;
	bool good;

	buf_init(&text, 4 * body.n + 1);
	while (body.n) {
		size_t n = utf8_step(body, &good), i;

		if (good)
			buf_span(&text, span_head(body, n));
		for (i = 0; !good && i < n; i++)
			buf_printf(&text, "\\x%02x", (unsigned char)body.p[i]);
		body = span_from(body, n);
	}
	put_text(out, "response_body", buf_view(&text));
	buf_release(&text);
}

static void
put_timings(struct buf *out, const struct lease_report *r)
{
	const struct {
		const char *name;
		uint32_t us;
	} timings[] = {
	    {"dns_ms", r->dns_us},
	    {"connect_ms", r->connect_us},
	    {"tls_ms", r->tls_us},
	    {"first_byte_ms", r->first_byte_us},
	    {"total_ms", r->total_us},
	};
	size_t i;

	for (i = 0; i < sizeof(timings) / sizeof(timings[0]); i++)
		put_ms(out, timings[i].name, timings[i].us);
}

void
delivery_put_attempt(struct buf *out, size_t n, struct span packed)
{
	struct unpack in = unpack_start(packed);
	struct lease_report r = {0};
	char iso[CLOCK_ISO_BYTES];
	bool more = true;

	if (lease_report_unpack(&in, &r, &more) != ERR_NONE) {
		buf_printf(out, "{\"n\":%zu}", n);
		return;
	}
	clock_iso(r.at_ms, iso);
	buf_printf(out, "{\"n\":%u,\"at\":\"%s\"", r.attempt, iso);
	put_text(out, "url", r.url);
	put_text(out, "address", r.address);
	put_text(out, "http_version", r.http_version);
	put_text(out, "tls", r.tls);
	put_timings(out, &r);
	if (r.status)
		buf_printf(out, ",\"status\":%d", r.status);
	else
		buf_text(out, ",\"status\":null");
	put_text(out, "outcome", span_of(outcome_name(r.outcome)));
	put_text(out, "error", r.error);
	put_list(out, "request_headers", r.request_headers);
	put_list(out, "response_headers", r.response_headers);
	put_body(out, r.response_body);
	buf_printf(out, ",\"response_truncated\":%s",
	    r.response_truncated ? "true" : "false");
	if (r.retry_after_ms >= 0)
		buf_printf(out, ",\"retry_after\":%lld}",
		    (long long)(r.retry_after_ms / 1000));
	else
		buf_text(out, ",\"retry_after\":null}");
}
