/* Routes: which row a path and a method find, and what Allow says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "http/request_edge.h"
#include "http/route.h"

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
		struct request r = {.arena = a, .door = DOOR_WEB};

		request_fill(
		    &r, (char *const *)(uintptr_t)variables, "", &length);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
