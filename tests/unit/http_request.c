/* Requests from the variables of real web servers: tables of what goes in and
 * what must come out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/request_edge.h"

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
    {"bad escape", {"REQUEST_URI=/a%zz"}, "", "/a%zz", "a%zz", ""},
    {"cut escape", {"REQUEST_URI=/a%4"}, "", "/a%4", "a%4", ""},
    {"NUL", {"REQUEST_URI=/a%00b"}, "", "/a%00b", "a%00b", ""},
    {"dot", {"REQUEST_URI=/./a"}, "", "/./a", "bad", ""},
    {"dots", {"REQUEST_URI=/a/.."}, "", "/a/..", "bad", ""},
    {"dots escaped", {"REQUEST_URI=/a/%2e%2E/b"}, "", "/a/%2e%2E/b", "bad", ""},
    {"three dots are a name", {"REQUEST_URI=/..."}, "", "/...", "...", ""},
    {"bytes that are no UTF-8", {"REQUEST_URI=/a\xff"}, "", "/a\xff", "bad",
	""},
    {"no UTF-8", {"REQUEST_URI=/%ff"}, "", "/%ff", "%ff", ""},
    {"overlong UTF-8", {"REQUEST_URI=/%c0%af"}, "", "/%c0%af", "%c0%af", ""},
    {"surrogate", {"REQUEST_URI=/%ed%a0%80"}, "", "/%ed%a0%80", "%ed%a0%80",
	""},
    {"cut UTF-8", {"REQUEST_URI=/%e2%82"}, "", "/%e2%82", "%e2%82", ""},
    {"above U+10FFFF", {"REQUEST_URI=/%f4%90%80%80"}, "", "/%f4%90%80%80",
	"%f4%90%80%80", ""},
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
