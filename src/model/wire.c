/* One request, built from a job. The order of headers is fixed; a header the
 * webhook adds takes the place of ours of the same name. */
#include "model/wire.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "model/check.h"
#include "model/secret.h"
#include "model/sign.h"

enum { VALUE_BYTES_MAX = 16 << 10, OWN_HEADERS_MAX = 20 };

/* Names a webhook must not set (notes on libcurl: it sends them as given). */
static const char *const owned_names[] = {"host", "content-length",
    "transfer-encoding", "connection", "expect", "trailer", "upgrade", "te",
    "keep-alive"};
static const char *const owned_prefixes[] = {"proxy-", "webhook-"};

/* Names, or parts of names, whose values are secrets. */
static const char *const secret_parts[] = {"authorization", "cookie", "token",
    "secret", "password", "passwd", "api-key", "apikey", "auth-key", "x-key",
    "credential", "private"};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool
is_token_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

bool
wire_header_allowed(struct span name, struct span value)
{
	if (name.n == 0)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!is_token_char(name.p[i]))
			return false;
	for (size_t i = 0; i < value.n; i++)
		if (((unsigned char)value.p[i] < 0x20 && value.p[i] != '\t') ||
		    value.p[i] == 0x7f)
			return false;
	for (size_t i = 0; i < COUNT(owned_names); i++)
		if (span_iis(name, owned_names[i]))
			return false;
	for (size_t i = 0; i < COUNT(owned_prefixes); i++)
		if (span_iis(span_head(name, strlen(owned_prefixes[i])),
			owned_prefixes[i]))
			return false;
	return true;
}

static bool
starts_secret(struct span rest)
{
	char first = (char)(rest.p[0] | 0x20); /* a letter in lower case */

	for (size_t i = 0; i < COUNT(secret_parts); i++)
		if (first == secret_parts[i][0] &&
		    span_iis(span_head(rest, strlen(secret_parts[i])),
			secret_parts[i]))
			return true;
	return false;
}

bool
wire_header_is_secret(struct span name)
{
	for (; name.n > 0; name = span_from(name, 1))
		if (starts_secret(name))
			return true;
	return false;
}

struct span
wire_url_masked(struct arena *arena, struct span text)
{
	struct url url;
	size_t at;

	if (!url_parse(text, &url) || url.userinfo.n == 0)
		return text;
	at = (size_t)(url.userinfo.p - text.p);
	return span_of(arena_printf(arena, "%.*s***%.*s", (int)at, text.p,
	    SPAN_FMT(span_from(text, at + url.userinfo.n))));
}

/* Headers being collected. */
struct list {
	struct arena *arena;
	struct lease_header *h;
	size_t n;
};

static void
list_add(struct list *l, const char *name, struct span value)
{
	l->h[l->n++] = (struct lease_header){span_of(name), value};
}

static void
list_add_buf(struct list *l, const char *name, struct buf *value)
{
	if (!value->over && value->n > 0)
		list_add(l, name, arena_span(l->arena, buf_view(value)));
	buf_release(value);
}

static void
add_kind(struct list *l, const struct lease_job *job, bool post)
{
	if (job->with_data)
		list_add(l, "Content-Type", SPAN("application/json"));
	else if (post)
		list_add(l, "Content-Type",
		    SPAN("application/x-www-form-urlencoded"));
	list_add(l, "Accept", SPAN("application/json, text/plain, */*"));
}

/* All v1 before all v1a, each new first, one blank between. */
static void
put_signatures(struct buf *out, const struct lease_job *job, int64_t now_s,
    struct span body)
{
	const struct secret_pair *s = job->secrets;

	for (size_t i = 0; i < SECRET_IN_FORCE_MAX; i++) {
		if (s[i].text.n == 0)
			continue;
		if (out->n > 0)
			buf_char(out, ' ');
		sign_v1(out, s[i].text, job->message_id, now_s, body);
	}
	for (size_t i = 0; job->ed25519 && i < SECRET_IN_FORCE_MAX; i++) {
		if (s[i].seed.n == 0)
			continue;
		if (out->n > 0)
			buf_char(out, ' ');
		sign_v1a(out, s[i].seed, job->message_id, now_s, body);
	}
}

static void
add_signatures(struct list *l, const struct lease_job *job, int64_t now_ms,
    struct span body)
{
	struct buf value;
	int64_t now_s = now_ms / 1000;

	list_add(l, "webhook-id", job->message_id);
	list_add(l, "webhook-timestamp",
	    span_of(arena_printf(l->arena, "%lld", (long long)now_s)));
	buf_init(&value, VALUE_BYTES_MAX);
	put_signatures(&value, job, now_s, body);
	list_add_buf(l, "webhook-signature", &value);
	list_add(l, "webhook-attempt",
	    span_of(arena_printf(l->arena, "%u", job->attempt)));
	if (job->test)
		list_add(l, "webhook-test", SPAN("true"));
	if (job->hub_signature && job->secrets[0].text.n > 0) {
		buf_init(&value, VALUE_BYTES_MAX);
		sign_hub(&value, job->secrets[0].text, body);
		list_add_buf(l, "X-Hub-Signature-256", &value);
	}
}

/* Binary mode of CloudEvents 1.0. */
static void
add_cloudevents(struct list *l, const struct lease_job *job)
{
	char *when = arena_bytes(l->arena, CLOCK_ISO_BYTES);

	clock_iso(job->created_ms, when);
	list_add(l, "ce-specversion", SPAN("1.0"));
	list_add(l, "ce-id", job->message_id);
	list_add(l, "ce-source",
	    span_of(arena_printf(
		l->arena, "/webhooks/%lld", (long long)job->webhook)));
	list_add(l, "ce-type", job->event_type);
	list_add(l, "ce-time", span_of(when));
}

/* The user part as it stands in the address, not decoded (contract 9.4). */
static void
add_basic(struct list *l, struct span userinfo)
{
	struct buf value;

	if (userinfo.n == 0)
		return;
	buf_init(&value, VALUE_BYTES_MAX);
	buf_text(&value, "Basic ");
	if (span_find(userinfo, ':') >= 0) {
		digest_base64(&value, userinfo);
	} else {
		digest_base64(&value, span_of(arena_printf(l->arena,
					  "%.*s:", SPAN_FMT(userinfo))));
	}
	list_add_buf(l, "Authorization", &value);
}

static void
add_custom(struct list *l, const struct lease_job *job)
{
	size_t own = l->n;

	for (size_t i = 0; i < job->header_count; i++) {
		struct lease_header h = job->headers[i];
		size_t at = 0;

		if (!wire_header_allowed(h.name, h.value))
			continue;
		while (at < own && !span_ieq(l->h[at].name, h.name))
			at++;
		l->h[at < own ? at : l->n++] = h;
	}
}

enum err
wire_build(struct arena *arena, const struct lease_job *job, int64_t now_ms,
    const char *version, struct wire *wire)
{
	struct list l = {arena, NULL, 0};
	bool post = span_is(job->method, "POST");
	struct url url;

	*wire = (struct wire){0};
	if (!post && !span_is(job->method, "GET"))
		return ERR_PAYLOAD;
	if (!url_parse(job->url, &url) ||
	    !url_wire(arena, job->url, &wire->url))
		return ERR_PAYLOAD;
	wire->method = job->method;
	wire->has_body = post || job->with_data;
	wire->body = job->with_data ? job->body : SPAN("");
	l.h = arena_array(
	    arena, OWN_HEADERS_MAX + job->header_count, sizeof(*l.h));
	add_kind(&l, job, post);
	list_add(&l, "User-Agent",
	    span_of(arena_printf(arena, "webhooks-fcgi/%s", version)));
	add_basic(&l, url.userinfo);
	add_signatures(&l, job, now_ms, wire->body);
	if (job->cloudevents)
		add_cloudevents(&l, job);
	add_custom(&l, job);
	wire->headers = l.h;
	wire->header_count = l.n;
	return ERR_NONE;
}

struct span
wire_place(const struct wire *wire)
{
	struct span url = wire->url;
	size_t n = 0, slashes = 0;

	while (n < url.n && slashes + (url.p[n] == '/') < 3)
		slashes += url.p[n++] == '/';
	return span_head(url, n);
}
