/* The wire body of an event (contract 9.3): members, order, keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/items.h"

static const struct {
	const char *raws[6];
	bool sorted;
	const char *list;
} keys[] = {
    {{NULL}, true, "[]"},
    {{"\"1\""}, true, "[\"1\"]"},
    {{"\"01\""}, false, "[\"01\"]"},
    {{"10", "9", "2", "11", "1"}, true, "[1,10,11,2,9]"},
    {{"10", "9", "2", "11", "1"}, false, "[10,9,2,11,1]"},
    {{"2", "\"1\""}, true, "[\"1\",2]"},
    {{"12", "9", "10"}, false, "[12,9,10]"},
};

static void
test_keys(void **state)
{
	struct arena *arena = arena_new();
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct key list[6] = {0};
		struct span text;

		for (n = 0; n < 6 && keys[i].raws[n]; n++)
			list[n].raw = span_of(keys[i].raws[n]);
		text = emit_keys(arena, list, n, keys[i].sorted);
		if (!span_is(text, keys[i].list))
			fail_msg("%.*s, not %s", SPAN_FMT(text), keys[i].list);
	}
	arena_free(arena);
}

static const struct {
	const char *from, *to;
} without[] = {
    {"{\"id\":1,\"views\":1}", "{\"views\":1}"},
    {"{\"views\":1,\"id\":1}", "{\"views\":1}"},
    {"{\"a\":1,\"id\":\"x,}\",\"b\":2}", "{\"a\":1,\"b\":2}"},
    {"{\"id\":1}", "{}"},
    {"{}", "{}"},
    {"{\"idx\":1,\"i\":2}", "{\"idx\":1,\"i\":2}"},
    {"{\"a\":{\"id\":3,\"z\":[1,{\"id\":4}]},\"id\":5}",
	"{\"a\":{\"id\":3,\"z\":[1,{\"id\":4}]}}"},
    {"{\"a\":\"\\\"id\\\":1,{\",\"id\":2}", "{\"a\":\"\\\"id\\\":1,{\"}"},
    {"{\"id\":1,\"n\":1.50,\"id\":2}", "{\"n\":1.50}"},
};

static void
test_without(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		struct span text =
		    items_without(arena, span_of(without[i].from), "id");

		if (!span_is(text, without[i].to))
			fail_msg(
			    "%s gave %.*s", without[i].from, SPAN_FMT(text));
	}
	arena_free(arena);
}

static void
check_wire(
    enum action action, const char *source, const char *key, const char *want)
{
	struct arena *arena = arena_new();
	struct emit e = {
	    .action = action,
	    .source = source,
	    .collection = SPAN("a\"b"),
	    .payload = SPAN("{\"t\":1.0}"),
	    .accountability = SPAN("{\"user\":null,\"role\":null}"),
	};
	char *whole;

	emit_prepare(arena, &e);
	whole = arena_printf(
	    arena, "%.*s%s%.*s", SPAN_FMT(e.head), key, SPAN_FMT(e.tail));
	assert_string_equal(whole, want);
	arena_free(arena);
}

static void
test_wire(void **state)
{
	(void)state;
	check_wire(ACTION_CREATE, "items", "7",
	    "{\"event\":\"items.create\",\"accountability\":{\"user\":null,"
	    "\"role\":null},\"payload\":{\"t\":1.0},\"key\":7,"
	    "\"collection\":\"a\\\"b\"}");
	check_wire(ACTION_UPDATE, "items", "[\"1\"]",
	    "{\"event\":\"items.update\",\"accountability\":{\"user\":null,"
	    "\"role\":null},\"payload\":{\"t\":1.0},\"keys\":[\"1\"],"
	    "\"collection\":\"a\\\"b\"}");
	check_wire(ACTION_DELETE, "test", "[1]",
	    "{\"event\":\"items.delete\",\"accountability\":{\"user\":null,"
	    "\"role\":null},\"payload\":{\"t\":1.0},\"keys\":[1],"
	    "\"collection\":\"a\\\"b\",\"test\":true}");
}

static void
test_accountability(void **state)
{
	struct arena *arena = arena_new();
	struct caller nobody = {.role = ROLE_PUBLIC};
	struct caller somebody = {
	    .user = SPAN("u-1"),
	    .role_id = SPAN("r-1"),
	};

	(void)state;
	assert_string_equal(emit_accountability(arena, &nobody).p,
	    "{\"user\":null,\"role\":null}");
	assert_string_equal(emit_accountability(arena, &somebody).p,
	    "{\"user\":\"u-1\",\"role\":\"r-1\"}");
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_without),
	    cmocka_unit_test(test_wire),
	    cmocka_unit_test(test_accountability),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
