/* The header block and the body of answers as they leave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http/request_edge.h"
#include "http/response_edge.h"

/* The header block and the body as they leave. */
struct answer {
	struct arena *arena;
	struct request req;
	struct response res;
	struct buf head;
	struct span body;
};

static void
answer_init(struct answer *w, enum method method)
{
	memset(w, 0, sizeof *w);
	w->arena = arena_new();
	w->req.arena = w->arena;
	w->req.method = method;
	response_init(&w->res, w->arena);
	w->res.content_type = "application/json; charset=utf-8";
	buf_init(&w->head, 64 << 10);
}

static void
answer_make(struct answer *w)
{
	w->body = response_head(&w->req, &w->res, &w->head);
	assert_true(span_starts(buf_view(&w->head), "Status: "));
	assert_true(span_ends(buf_view(&w->head), "\r\n\r\n"));
}

static bool
answer_has(const struct answer *w, const char *words)
{
	return strstr(w->head.p, words) != NULL;
}

static void
answer_release(struct answer *w)
{
	response_release(&w->res);
	buf_release(&w->head);
	arena_free(w->arena);
}

static void
test_answer_plain(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_GET);
	buf_text(&w.res.body, "{\"data\":1}");
	w.res.success_headers = true;
	answer_make(&w);
	assert_true(answer_has(&w, "Status: 200 OK\r\n"));
	assert_true(answer_has(
	    &w, "\r\nContent-Type: application/json; charset=utf-8\r\n"));
	assert_true(answer_has(&w, "\r\nContent-Length: 10\r\n"));
	assert_true(answer_has(&w, "\r\nETag: W/\"a-"));
	assert_true(answer_has(&w, "\r\nCache-Control: no-cache\r\n"));
	assert_true(answer_has(&w, "\r\nVary: Origin, Cache-Control\r\n"));
	assert_true(answer_has(&w, "\r\nContent-Security-Policy: "));
	assert_false(answer_has(&w, "X-Powered-By"));
	assert_true(span_is(w.body, "{\"data\":1}"));
	answer_release(&w);
}

static void
test_answer_error(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_GET);
	response_error(&w.res, ERR_UNAVAILABLE);
	answer_make(&w);
	assert_true(answer_has(&w, "Status: 503 Service Unavailable\r\n"));
	assert_true(answer_has(&w, "\r\nETag: W/\""));
	assert_true(answer_has(&w, "\r\nRetry-After: "));
	assert_false(answer_has(&w, "Cache-Control"));
	assert_false(answer_has(&w, "Vary"));
	assert_true(span_ends(w.body, "\"SERVICE_UNAVAILABLE\"}}]}"));
	answer_release(&w);
}

static void
test_answer_empty(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_DELETE);
	w.res.status = 204;
	w.res.success_headers = true;
	buf_text(&w.res.body, "not to be sent");
	answer_make(&w);
	assert_true(answer_has(&w, "Status: 204 No Content\r\n"));
	assert_false(answer_has(&w, "Content-Type"));
	assert_false(answer_has(&w, "Content-Length"));
	assert_false(answer_has(&w, "ETag"));
	assert_true(answer_has(&w, "\r\nCache-Control: no-cache\r\n"));
	assert_int_equal(w.body.n, 0);
	answer_release(&w);
}

static void
test_answer_head(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_HEAD);
	buf_text(&w.res.body, "{\"data\":1}");
	answer_make(&w);
	assert_true(answer_has(&w, "\r\nContent-Length: 10\r\n"));
	assert_true(answer_has(&w, "\r\nETag: W/\"a-"));
	assert_int_equal(w.body.n, 0);
	answer_release(&w);
}

/* What If-None-Match and Cache-Control do; TAG is the answer's own. */
static void
test_answer_fresh(void **state)
{
	static const struct {
		enum method method;
		const char *match, *cache_control;
		int status, want;
	} rows[] = {
	    {METHOD_GET, "TAG", "", 200, 304},
	    {METHOD_HEAD, "TAG", "", 200, 304},
	    {METHOD_GET, "*", "", 200, 304},
	    {METHOD_GET, " * ", "", 200, 304},
	    {METHOD_GET, "\"other\", TAG", "", 200, 304},
	    {METHOD_GET, "\"nope\"", "", 200, 200},
	    {METHOD_GET, "", "", 200, 200},
	    {METHOD_GET, "*", "no-cache", 200, 200},
	    {METHOD_GET, "TAG", "max-age=0, no-cache", 200, 200},
	    {METHOD_GET, "TAG", "max-age=0", 200, 304},
	    {METHOD_POST, "TAG", "", 200, 200},
	    {METHOD_GET, "TAG", "", 403, 403},
	};
	struct answer w;
	char tag[64];

	(void)state;
	answer_init(&w, METHOD_GET);
	buf_text(&w.res.body, "{\"data\":1}");
	answer_make(&w);
	char *at = strstr(w.head.p, "ETag: ") + 6;
	snprintf(tag, sizeof tag, "%.*s", (int)strcspn(at, "\r"), at);
	answer_release(&w);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char match[128];
		const char *t = strstr(rows[i].match, "TAG");

		snprintf(match, sizeof match, "%.*s%s",
		    t ? (int)(t - rows[i].match) : 99, rows[i].match,
		    t ? tag : "");
		answer_init(&w, rows[i].method);
		w.req.if_none_match = span_of(match);
		w.req.cache_control = span_of(rows[i].cache_control);
		w.res.status = rows[i].status;
		w.res.success_headers = true;
		buf_text(&w.res.body, "{\"data\":1}");
		answer_make(&w);
		assert_int_equal(w.res.status, rows[i].want);
		if (rows[i].want == 304) {
			assert_int_equal(w.body.n, 0);
			assert_true(answer_has(&w, tag));
			assert_true(answer_has(&w, "\r\nVary: "));
			assert_false(answer_has(&w, "Content-Type"));
			assert_false(answer_has(&w, "Content-Length"));
		}
		answer_release(&w);
	}
}

/* A header that would break the block is left out; the rest stays. */
static void
test_answer_headers(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_GET);
	w.res.no_etag = true;
	response_header(&w.res, "X-One", "1");
	response_header(&w.res, "X-Bad", "1\r\nInjected: 2");
	response_header(&w.res, "X-Bad", "1\nInjected: 2");
	response_header(&w.res, "X-Bad\r\nInjected", "2");
	response_header(&w.res, "X Bad", "2");
	response_header(&w.res, "", "2");
	response_header(&w.res, "X-Two", "caf\xc3\xa9");
	response_header(
	    &w.res, "content-security-policy", "default-src 'self'");
	buf_text(&w.res.body, "x");
	answer_make(&w);
	assert_true(answer_has(&w, "\r\nX-One: 1\r\n"));
	assert_true(answer_has(&w, "\r\nX-Two: caf\xc3\xa9\r\n"));
	assert_false(answer_has(&w, "Injected"));
	assert_false(answer_has(&w, "Bad"));
	assert_false(answer_has(&w, "ETag"));
	assert_true(answer_has(
	    &w, "\r\ncontent-security-policy: default-src 'self'\r\n"));
	assert_false(answer_has(&w, "frame-ancestors"));
	answer_release(&w);
}

static void
test_answer_over(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_GET);
	buf_text(&w.res.body, "half an answer");
	w.res.body.over = true;
	answer_make(&w);
	assert_true(answer_has(&w, "Status: 500 "));
	assert_true(span_starts(w.body, "{\"errors\""));
	answer_release(&w);
}

static void
test_response_reset(void **state)
{
	struct answer w;

	(void)state;
	answer_init(&w, METHOD_GET);
	w.res.status = 403;
	w.res.no_etag = w.res.success_headers = true;
	response_header(&w.res, "X-One", "1");
	buf_text(&w.res.body, "first");
	response_reset(&w.res);
	arena_reset(w.arena);
	buf_text(&w.res.body, "second");
	answer_make(&w);
	assert_true(answer_has(&w, "Status: 200 OK\r\n"));
	assert_false(answer_has(&w, "X-One"));
	assert_false(answer_has(&w, "Vary"));
	assert_true(answer_has(&w, "ETag"));
	assert_true(span_is(w.body, "second"));
	answer_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_answer_plain),
	    cmocka_unit_test(test_answer_error),
	    cmocka_unit_test(test_answer_empty),
	    cmocka_unit_test(test_answer_head),
	    cmocka_unit_test(test_answer_fresh),
	    cmocka_unit_test(test_answer_headers),
	    cmocka_unit_test(test_answer_over),
	    cmocka_unit_test(test_response_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
