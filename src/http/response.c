/* The answer's header block, decided before its first byte leaves.
 *
 * Rules are the contract's chapter 8, that is what the express framework
 * does: a weak ETag on every body, 304 for a fresh GET or HEAD, HEAD as GET
 * without its body. A header whose name or value would break the block is
 * left out: better a header less than a second answer in it. */
#include "http/response_edge.h"

#include <stdlib.h>
#include <string.h>

#include "common/digest.h"

enum {
	ETAG_HASH_CHARS = 27,	    /* base64 of 160 bits, as express */
	BODY_KEPT_BYTES = 256 << 10 /* larger buffers are given back */
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {302, "Found"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
};

static const char *
reason_of(int status)
{
	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Answer";
}

void
response_init(struct response *r, struct arena *arena)
{
	memset(r, 0, sizeof *r);
	buf_init(&r->body, RESPONSE_BYTES_MAX);
	r->arena = arena;
	r->status = 200;
}

void
response_release(struct response *r)
{
	buf_release(&r->body);
}

void
response_reset(struct response *r)
{
	struct buf body = r->body;

	if (body.cap > BODY_KEPT_BYTES || body.over) {
		buf_release(&body);
		buf_init(&body, RESPONSE_BYTES_MAX);
	}
	buf_clear(&body);
	*r = (struct response){.arena = r->arena, .status = 200, .body = body};
}

void
response_header(struct response *r, const char *name, const char *value)
{
	struct header **end = &r->headers;
	struct header *h = arena_alloc(r->arena, sizeof *h);

	while (*end)
		end = &(*end)->next;
	h->name = arena_strdup(r->arena, name);
	h->value = arena_strdup(r->arena, value);
	*end = h;
}

/* Token characters of RFC 9110, 5.6.2. */
static bool
name_good(const char *name)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return name[0] != '\0' && name[strspn(name, token)] == '\0';
}

static bool
value_good(const char *value)
{
	for (; *value; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') ||
		    *value == 0x7f)
			return false;
	return true;
}

static void
put_header(struct buf *head, const char *name, const char *value)
{
	buf_text(head, name);
	buf_put(head, ": ", 2);
	buf_text(head, value);
	buf_put(head, "\r\n", 2);
}

static bool
has_header(const struct response *r, const char *name)
{
	for (const struct header *h = r->headers; h; h = h->next)
		if (span_iis(span_of(h->name), name))
			return true;
	return false;
}

static const char *
etag_of(struct arena *arena, struct span body)
{
	uint8_t hash[DIGEST_BYTES];
	struct buf text;
	char *etag;

	digest_sha256(body, hash);
	buf_init(&text, 64);
	digest_base64(&text, span_make(hash, sizeof hash));
	etag = arena_printf(
	    arena, "W/\"%zx-%.*s\"", body.n, ETAG_HASH_CHARS, text.p);
	buf_release(&text);
	return etag;
}

static struct span
strong(struct span tag)
{
	return span_starts(tag, "W/") ? span_from(tag, 2) : tag;
}

static bool
list_has(struct span list, struct span item)
{
	struct span part;

	while (span_next(&list, ',', &part))
		if (span_ieq(strong(span_trim(part)), item))
			return true;
	return false;
}

/* Would the client's copy do? (RFC 9110, 13.1.2; weak comparison) */
static bool
is_fresh(const struct request *q, const struct response *r, const char *etag)
{
	if (q->method != METHOD_GET && q->method != METHOD_HEAD)
		return false;
	if (r->status < 200 || r->status > 299 || q->if_none_match.n == 0)
		return false;
	if (list_has(q->cache_control, SPAN("no-cache")))
		return false;
	if (span_is(span_trim(q->if_none_match), "*"))
		return true;
	return etag && list_has(q->if_none_match, strong(span_of(etag)));
}

static void
put_fixed(struct buf *head, const struct response *r)
{
	if (r->success_headers) {
		put_header(head, "Cache-Control", "no-cache");
		put_header(head, "Vary", "Origin, Cache-Control");
	}
	/* an API's answers load nothing; pages bring their own */
	if (!has_header(r, "Content-Security-Policy"))
		put_header(head, "Content-Security-Policy",
		    "default-src 'none'; frame-ancestors 'none'");
	for (const struct header *h = r->headers; h; h = h->next)
		if (name_good(h->name) && value_good(h->value))
			put_header(head, h->name, h->value);
}

static bool
has_no_body(int status)
{
	return status == 204 || status == 304;
}

struct span
response_head(const struct request *q, struct response *r, struct buf *head)
{
	const char *etag = NULL;
	struct span body;

	if (r->body.over)
		response_error(r, ERR_INTERNAL);
	body = buf_view(&r->body);
	if (body.n > 0 && !has_no_body(r->status) && !r->no_etag)
		etag = etag_of(r->arena, body);
	if (is_fresh(q, r, etag))
		r->status = 304;
	/* first, or some web servers take the block for a 200 */
	buf_printf(head, "Status: %d %s\r\n", r->status, reason_of(r->status));
	if (!has_no_body(r->status)) {
		if (r->content_type && value_good(r->content_type))
			put_header(head, "Content-Type", r->content_type);
		buf_printf(head, "Content-Length: %zu\r\n", body.n);
	}
	if (etag)
		put_header(head, "ETag", etag);
	put_fixed(head, r);
	buf_put(head, "\r\n", 2);
	if (has_no_body(r->status) || q->method == METHOD_HEAD)
		return SPAN_NONE;
	return body;
}

void
response_error(struct response *r, enum err code)
{
	response_reset(r);
	r->status = err_status(code);
	r->content_type = "application/json; charset=utf-8";
	buf_printf(&r->body,
	    "{\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":"
	    "\"%s\"}}]}",
	    err_text(code), err_code(code));
	/* who may not repeat is not asked to */
	if (r->status == 503 && code != ERR_UNKNOWN)
		response_header(r, "Retry-After", "1");
}
