/* Requests from the variables of real web servers, routes, and answers'
 * header blocks: tables of what goes in and what must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/request_edge.h"
#include "http/response_edge.h"
#include "http/route.h"

enum { VARIABLES_MAX = 12 };

/* Segments joined by '|', or "bad". */
static void
path_text(const struct request *r, char *out, size_t size)
{
	size_t n = 0;

	out[0] = '\0';
	if (r->bad_path) {
		snprintf(out, size, "bad");
		return;
	}
	for (size_t i = 0; i < r->segment_count; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%.*s", i ? "|" : "",
		    SPAN_FMT(r->segments[i]));
}

static struct request
request_make(struct arena *a, const char *const *variables,
    const char *base_path, enum door door, int64_t *length)
{
	struct request r = {.arena = a, .door = door};

	request_fill(
	    &r, (char *const *)(uintptr_t)variables, base_path, length);
	return r;
}

static const struct {
	const char *about;
	const char *variables[VARIABLES_MAX];
	const char *base_path;
	const char *target, *path, *query;
} path_rows[] = {
    {"nginx",
	{"REQUEST_URI=/webhooks/1?fields=id",
	    "SCRIPT_NAME=", "PATH_INFO=/webhooks/1", "QUERY_STRING=fields=id"},
	"", "/webhooks/1", "webhooks|1", "fields=id"},
    {"nginx, encoded slash", {"REQUEST_URI=/a%2Fb", "PATH_INFO=/a/b"}, "",
	"/a%2Fb", "a/b", ""},
    {"lighttpd re-encodes the query",
	{"REQUEST_URI=/w?f[a]=\"x\"", "QUERY_STRING=f%5Ba%5D=%22x%22"}, "",
	"/w", "w", "f[a]=\"x\""},
    {"lighttpd, no PATH_INFO",
	{"REQUEST_URI=/webhooks", "SCRIPT_NAME=/webhooks"}, "", "/webhooks",
	"webhooks", ""},
    {"Apache passes absolute form on",
	{"REQUEST_URI=http://other/p/webhooks?x", "SCRIPT_NAME=/p"}, "/p",
	"/webhooks", "webhooks", "x"},
    {"absolute form without a path", {"REQUEST_URI=HTTPS://host?x=1"}, "", "/",
	"", "x=1"},
    {"shared host, script in the path",
	{"REQUEST_URI=/hooks.fcgi/webhooks/12?a", "SCRIPT_NAME=/hooks.fcgi",
	    "PATH_INFO=/webhooks/12"},
	"", "/webhooks/12", "webhooks|12", "a"},
    {"shared host, rewritten",
	{"REQUEST_URI=/webhooks/12", "SCRIPT_NAME=/hooks.fcgi"}, "",
	"/webhooks/12", "webhooks|12", ""},
    {"script name with a blank",
	{"REQUEST_URI=/my%20dir/h.cgi/x", "SCRIPT_NAME=/my dir/h.cgi"}, "",
	"/x", "x", ""},
    {"script, then base path",
	{"REQUEST_URI=/cgi-bin/w.cgi/api/x", "SCRIPT_NAME=/cgi-bin/w.cgi"},
	"/api/", "/x", "x", ""},
    {"base path cut at a segment's end only", {"REQUEST_URI=/apix/webhooks"},
	"/api", "/apix/webhooks", "apix|webhooks", ""},
    {"the base path itself", {"REQUEST_URI=/api?x"}, "/api", "/", "", "x"},
    {"not below the base path", {"REQUEST_URI=/webhooks"}, "/api", "/webhooks",
	"webhooks", ""},
    {"no REQUEST_URI: PATH_INFO is decoded already",
	{"PATH_INFO=/a%41/b", "QUERY_STRING=q=%41"}, "", "/a%41/b", "a%41|b",
	"q=%41"},
    {"nothing at all", {NULL}, "", "/", "", ""},
    {"second ? is query", {"REQUEST_URI=/a?b?c"}, "", "/a", "a", "b?c"},
    {"decoded once", {"REQUEST_URI=/%2561/%C3%A9"}, "", "/%2561/%C3%A9",
	"%61|\xc3\xa9", ""},
    {"slashes at the end", {"REQUEST_URI=/webhooks//"}, "", "/webhooks//",
	"webhooks", ""},
    {"root", {"REQUEST_URI=/"}, "", "/", "", ""},
    {"only slashes", {"REQUEST_URI=//"}, "", "//", "", ""},
    {"leading slashes", {"REQUEST_URI=//webhooks"}, "", "//webhooks", "bad",
	""},
    {"doubled slash", {"REQUEST_URI=/a//b"}, "", "/a//b", "bad", ""},
    {"bad escape", {"REQUEST_URI=/a%zz"}, "", "/a%zz", "bad", ""},
    {"cut escape", {"REQUEST_URI=/a%4"}, "", "/a%4", "bad", ""},
    {"NUL", {"REQUEST_URI=/a%00b"}, "", "/a%00b", "bad", ""},
    {"dot", {"REQUEST_URI=/./a"}, "", "/./a", "bad", ""},
    {"dots", {"REQUEST_URI=/a/.."}, "", "/a/..", "bad", ""},
    {"dots escaped", {"REQUEST_URI=/a/%2e%2E/b"}, "", "/a/%2e%2E/b", "bad", ""},
    {"three dots are a name", {"REQUEST_URI=/..."}, "", "/...", "...", ""},
    {"no UTF-8", {"REQUEST_URI=/%ff"}, "", "/%ff", "bad", ""},
    {"overlong UTF-8", {"REQUEST_URI=/%c0%af"}, "", "/%c0%af", "bad", ""},
    {"surrogate", {"REQUEST_URI=/%ed%a0%80"}, "", "/%ed%a0%80", "bad", ""},
    {"cut UTF-8", {"REQUEST_URI=/%e2%82"}, "", "/%e2%82", "bad", ""},
    {"above U+10FFFF", {"REQUEST_URI=/%f4%90%80%80"}, "", "/%f4%90%80%80",
	"bad", ""},
    {"an emoji", {"REQUEST_URI=/%f0%9f%98%80"}, "", "/%f0%9f%98%80",
	"\xf0\x9f\x98\x80", ""},
    {"asterisk form", {"REQUEST_URI=*"}, "", "*", "bad", ""},
    {"sixteen segments", {"REQUEST_URI=/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g"}, "",
	"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g", "1|2|3|4|5|6|7|8|9|a|b|c|d|e|f|g",
	""},
    {"seventeen", {"REQUEST_URI=/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h"}, "",
	"/1/2/3/4/5/6/7/8/9/a/b/c/d/e/f/g/h", "bad", ""},
};

static void
test_paths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof path_rows / sizeof path_rows[0]; i++) {
		struct arena *a = arena_new();
		int64_t length;
		char path[256];
		struct request r = request_make(a, path_rows[i].variables,
		    path_rows[i].base_path, DOOR_WEB, &length);

		path_text(&r, path, sizeof path);
		if (strcmp(path, path_rows[i].path) != 0 ||
		    !span_is(r.target, path_rows[i].target) ||
		    !span_is(
			r.query.p ? r.query : SPAN(""), path_rows[i].query))
			fail_msg("%s: %s, %.*s, %.*s", path_rows[i].about, path,
			    SPAN_FMT(r.target), SPAN_FMT(r.query));
		arena_free(a);
	}
}

static void
test_owner_door_has_no_base(void **state)
{
	const char *const variables[] = {"REQUEST_URI=/api/x", NULL};
	struct arena *a = arena_new();
	int64_t length;
	struct request r =
	    request_make(a, variables, "/api", DOOR_OWNER, &length);

	(void)state;
	assert_true(span_is(r.target, "/api/x"));
	arena_free(a);
}

static void
test_members(void **state)
{
	const char *const variables[] = {"REQUEST_METHOD=SEARCH",
	    "REQUEST_URI=/x", "CONTENT_TYPE=application/json",
	    "CONTENT_LENGTH=12", "HTTP_CONTENT_ENCODING=gzip",
	    "HTTP_IDEMPOTENCY_KEY=k1", "HTTP_IF_NONE_MATCH=\"a\"",
	    "HTTP_CACHE_CONTROL=no-cache", "HTTP_ORIGIN=https://o",
	    "HTTP_X_HTTP_METHOD_OVERRIDE=PATCH", "REMOTE_ADDR=::1",
	    "HTTP_AUTHORIZATION=Bearer one", "HTTP_AUTHORIZATION=Bearer two",
	    "SERVER_SOFTWARE=Apache/2.4", "no equals sign", "=nameless",
	    "EMPTY=", NULL};
	struct arena *a = arena_new();
	struct span name, value;
	int64_t length;
	struct request r = request_make(a, variables, "", DOOR_WEB, &length);

	(void)state;
	assert_int_equal(length, 12);
	assert_int_equal(r.method, METHOD_SEARCH);
	assert_true(span_is(r.content_type, "application/json"));
	assert_true(span_is(r.content_encoding, "gzip"));
	assert_true(span_is(r.idempotency_key, "k1"));
	assert_true(span_is(r.if_none_match, "\"a\""));
	assert_true(span_is(r.cache_control, "no-cache"));
	assert_true(span_is(r.origin, "https://o"));
	assert_true(span_is(r.method_override, "PATCH"));
	assert_true(span_is(r.remote_address, "::1"));
	assert_true(span_is(r.authorization, "Bearer one"));
	assert_false(r.authorization_stripped_maybe);
	assert_true(span_is(request_param(&r, "EMPTY"), ""));
	assert_non_null(request_param(&r, "EMPTY").p);
	assert_null(request_param(&r, "ABSENT").p);
	assert_true(request_param_at(&r, 0, &name, &value));
	assert_true(span_is(name, "REQUEST_METHOD"));
	assert_true(span_is(value, "SEARCH"));
	assert_true(request_param_at(&r, 14, &name, &value));
	assert_false(request_param_at(&r, 15, &name, &value));
	arena_free(a);
}

static void
test_authorization(void **state)
{
	static const struct {
		const char *variables[VARIABLES_MAX];
		const char *want;
		bool stripped;
	} rows[] = {
	    {{"SERVER_SOFTWARE=Apache/2.4"}, "", true},
	    {{"SERVER_SOFTWARE=nginx/1.22"}, "", false},
	    {{"SERVER_SOFTWARE=Apache", "HTTP_AUTHORIZATION="}, "", true},
	    {{"SERVER_SOFTWARE=Apache",
		 "HTTP_AUTHORIZATION=", "REDIRECT_HTTP_AUTHORIZATION=Bearer r"},
		"Bearer r", false},
	    {{"HTTP_AUTHORIZATION=Bearer a",
		 "REDIRECT_HTTP_AUTHORIZATION=Bearer r"},
		"Bearer a", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct arena *a = arena_new();
		int64_t length;
		struct request r =
		    request_make(a, rows[i].variables, "", DOOR_WEB, &length);

		assert_true(
		    span_is(r.authorization.p ? r.authorization : SPAN(""),
			rows[i].want));
		assert_int_equal(
		    r.authorization_stripped_maybe, rows[i].stripped);
		arena_free(a);
	}
}

static void
test_lengths(void **state)
{
	static const struct {
		const char *variable;
		int64_t want;
	} rows[] = {
	    {"CONTENT_LENGTH=0", 0},
	    {"CONTENT_LENGTH=1048577", 1048577},
	    {"CONTENT_LENGTH=", -1},
	    {"CONTENT_LENGTH=-1", -1},
	    {"CONTENT_LENGTH=1x", -1},
	    {"CONTENT_LENGTH=99999999999999999999", -1},
	    {"OTHER=1", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *const variables[] = {rows[i].variable, NULL};
		struct arena *a = arena_new();
		int64_t length;

		request_make(a, variables, "", DOOR_WEB, &length);
		assert_int_equal(length, rows[i].want);
		arena_free(a);
	}
}

static void
test_methods(void **state)
{
	static const struct {
		const char *variable;
		enum method want;
	} rows[] = {
	    {"REQUEST_METHOD=GET", METHOD_GET},
	    {"REQUEST_METHOD=get", METHOD_OTHER},
	    {"REQUEST_METHOD=PROPFIND", METHOD_OTHER},
	    {"REQUEST_METHOD=", METHOD_OTHER},
	    {"REQUEST_METHOD=DELETE", METHOD_DELETE},
	    {"REQUEST_METHOD=PUT", METHOD_PUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *const variables[] = {rows[i].variable, NULL};
		struct arena *a = arena_new();
		int64_t length;
		struct request r =
		    request_make(a, variables, "", DOOR_WEB, &length);

		assert_int_equal(r.method, rows[i].want);
		arena_free(a);
	}
}

/* Variables past the maxima are left out, not read past. */
static void
test_many_variables(void **state)
{
	enum { MANY = REQUEST_PARAMS_MAX + 10 };
	char *list[MANY + 1], *large;
	struct arena *a = arena_new();
	struct request r = {.arena = a};
	struct span name, value;
	int64_t length;

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		list[i] = arena_printf(a, "N%zu=v", i);
	list[MANY] = NULL;
	request_fill(&r, list, "", &length);
	assert_true(
	    request_param_at(&r, REQUEST_PARAMS_MAX - 1, &name, &value));
	assert_false(request_param_at(&r, REQUEST_PARAMS_MAX, &name, &value));
	large = malloc(REQUEST_PARAM_BYTES_MAX + 1);
	memset(large, 'x', REQUEST_PARAM_BYTES_MAX);
	memcpy(large, "L=", 2);
	large[REQUEST_PARAM_BYTES_MAX] = '\0';
	list[1] = large;
	list[2] = NULL;
	r = (struct request){.arena = a};
	request_fill(&r, list, "", &length);
	assert_true(request_param_at(&r, 0, &name, &value));
	assert_false(request_param_at(&r, 1, &name, &value));
	free(large);
	arena_free(a);
}

static const struct route routes[] = {
    {METHOD_POST, "/webhooks", "create"},
    {METHOD_GET, "/webhooks", "list"},
    {METHOD_SEARCH, "/webhooks", "search"},
    {METHOD_PATCH, "/webhooks", "update-many"},
    {METHOD_DELETE, "/webhooks", "delete-many"},
    {METHOD_GET, "/webhooks/:id", "read"},
    {METHOD_PATCH, "/webhooks/:id", "update"},
    {METHOD_DELETE, "/webhooks/:id", "delete"},
    {METHOD_GET, "/webhooks/:id/options", "options"},
    {METHOD_POST, "/webhooks/verify", "verify"},
    {METHOD_GET, "/items/:collection/:id", "item"},
    {METHOD_GET, "/items/special/:id", "special"},
    {METHOD_GET, "/", "root"},
};

static const struct {
	const char *method, *uri, *row, *args, *allow;
} route_rows[] = {
    {"GET", "/webhooks", "list", "", ""},
    {"GET", "/Webhooks/", "list", "", ""},
    {"GET", "/webhooks//", "list", "", ""},
    {"HEAD", "/webhooks", "list", "", ""},
    {"POST", "/webhooks", "create", "", ""},
    {"GET", "/WEBHOOKS/%31", "read", "1", ""},
    {"GET", "/webhooks/aBc", "read", "aBc", ""},
    {"PATCH", "/webhooks/a%2Fb", "update", "a/b", ""},
    {"GET", "/webhooks/7/OPTIONS", "options", "7", ""},
    {"POST", "/webhooks/verify", "verify", "", ""},
    {"GET", "/webhooks/verify", "read", "verify", ""},
    {"GET", "/items/a/b", "item", "a|b", ""},
    {"GET", "/items/special/b", "special", "b", ""},
    {"GET", "/", "root", "", ""},
    {"GET", "//webhooks", NULL, NULL, NULL},
    {"GET", "/webhook", NULL, NULL, NULL},
    {"GET", "/webhooksx", NULL, NULL, NULL},
    {"GET", "/webhooks/1/2", NULL, NULL, NULL},
    {"GET", "/items", NULL, NULL, NULL},
    {"GET", "/nope", NULL, NULL, NULL},
    {"PUT", "/webhooks", NULL, NULL, "POST,GET,HEAD,SEARCH,PATCH,DELETE"},
    {"OPTIONS", "/webhooks", NULL, NULL, "POST,GET,HEAD,SEARCH,PATCH,DELETE"},
    {"OPTIONS", "/webhooks/1", NULL, NULL, "GET,HEAD,PATCH,DELETE"},
    {"POST", "/webhooks/1", NULL, NULL, "GET,HEAD,PATCH,DELETE"},
    {"PROPFIND", "/webhooks/1/options", NULL, NULL, "GET,HEAD"},
};

static void
test_routes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof route_rows / sizeof route_rows[0]; i++) {
		struct arena *a = arena_new();
		char method[64], uri[128], args[64] = "";
		const char *const variables[] = {method, uri, NULL};
		int64_t length;
		struct route_match m;

		snprintf(method, sizeof method, "REQUEST_METHOD=%s",
		    route_rows[i].method);
		snprintf(uri, sizeof uri, "REQUEST_URI=%s", route_rows[i].uri);
		struct request r =
		    request_make(a, variables, "", DOOR_WEB, &length);
		route_find(routes, sizeof routes / sizeof routes[0], &r, &m);
		for (size_t k = 0; k < ROUTE_ARGS_MAX && m.args[k].p; k++)
			snprintf(args + strlen(args),
			    sizeof args - strlen(args), "%s%.*s", k ? "|" : "",
			    SPAN_FMT(m.args[k]));
		if (route_rows[i].row) {
			assert_non_null(m.route);
			assert_string_equal(m.route->row, route_rows[i].row);
			assert_string_equal(args, route_rows[i].args);
		} else {
			assert_null(m.route);
			assert_int_equal(
			    m.path_known, route_rows[i].allow != NULL);
			assert_string_equal(m.allow,
			    route_rows[i].allow ? route_rows[i].allow : "");
		}
		arena_free(a);
	}
}

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
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_owner_door_has_no_base),
	    cmocka_unit_test(test_members),
	    cmocka_unit_test(test_authorization),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_methods),
	    cmocka_unit_test(test_many_variables),
	    cmocka_unit_test(test_routes),
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
