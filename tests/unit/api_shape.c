/* Shapes of bodies about several rows (contract 5.5, 5.7, 5.8): which fault
 * is told first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/shape.h"
#include "common/json.h"

static const struct {
	api_handler *shape;
	const char *body;    /* NULL: none was read */
	const char *message; /* NULL: it passes */
	const char *extra;
} cases[] = {
    {shape_update, "{}", "\"data\" is required",
	",\"field\":\"data\",\"type\":\"required\""},
    {shape_update, NULL, "\"data\" is required",
	",\"field\":\"data\",\"type\":\"required\""},
    {shape_update, "{\"name\":\"x\"}", "\"data\" is required",
	",\"field\":\"data\",\"type\":\"required\""},
    {shape_update, "{\"data\":{}}",
	"\"value\" must contain at least one of [query, keys]", ""},
    {shape_update, "{\"keys\":[1],\"query\":{},\"data\":{}}",
	"\"value\" contains a conflict between exclusive peers [query, keys]",
	""},
    {shape_update, "{\"keys\":1,\"data\":{}}", "\"keys\" must be an array",
	",\"field\":\"keys\""},
    {shape_update, "{\"keys\":[1,{}],\"data\":{}}",
	"\"keys[1]\" must be one of [string, number]", ",\"field\":\"keys\""},
    {shape_update, "{\"keys\":[true],\"data\":{}}",
	"\"keys[0]\" must be one of [string, number]", ",\"field\":\"keys\""},
    {shape_update, "{\"keys\":[\"\"],\"data\":{}}",
	"\"keys[0]\" is not allowed to be empty", ",\"field\":\"keys\""},
    {shape_update, "{\"query\":[],\"data\":{}}",
	"\"query\" must be of type object", ",\"field\":\"query\""},
    {shape_update, "{\"keys\":[1],\"data\":null}",
	"\"data\" must be of type object", ",\"field\":\"data\""},
    {shape_update, "{\"keys\":[1],\"data\":{},\"other\":1}",
	"\"other\" is not allowed", ",\"field\":\"other\""},
    {shape_update, "[{\"id\":1}]", "\"value\" must be of type object", ""},
    {shape_update, "{\"keys\":[1,\"2\"],\"data\":{}}", NULL, NULL},
    {shape_update, "{\"query\":{\"limit\":-1},\"data\":{}}", NULL, NULL},
    {shape_update_list, "[{\"id\":1}]", NULL, NULL},
    {shape_update_list, "{}", "\"data\" is required",
	",\"field\":\"data\",\"type\":\"required\""},
    {shape_delete, "[1]", NULL, NULL},
    {shape_delete, "{\"keys\":[]}", NULL, NULL},
    {shape_delete, "{\"query\":{}}", NULL, NULL},
    {shape_delete, "{}", "\"value\" must contain at least one of [query, keys]",
	""},
    {shape_delete, "{\"data\":{},\"keys\":[1]}", "\"data\" is not allowed",
	",\"field\":\"data\""},
    {shape_search, "{}", NULL, NULL},
    {shape_search, NULL, NULL, NULL},
    {shape_search, "{\"keys\":[1],\"query\":{}}", NULL, NULL},
    {shape_search, "[]", "\"value\" must be of type object", ""},
    {shape_search, "{\"query\":[]}", "\"query\" must be of type object",
	",\"field\":\"query\""},
    {shape_search, "{\"f\\\"o\":1}", "\"f\"o\" is not allowed",
	",\"field\":\"f\\\"o\""},
};

static void
check_case(size_t i)
{
	struct arena *arena = arena_new();
	struct fault fault = {.arena = arena};
	struct call call = {.arena = arena, .fault = &fault};
	struct span clean;
	enum err err;

	if (cases[i].body) {
		assert_int_equal(
		    json_clean(arena, span_of(cases[i].body), &clean, &fault),
		    ERR_NONE);
		assert_int_equal(
		    js_parse(clean, &call.doc, &call.body, &fault), ERR_NONE);
	}
	err = cases[i].shape(&call);
	if (cases[i].message == NULL) {
		assert_int_equal(err, ERR_NONE);
	} else {
		assert_int_equal(err, ERR_VALIDATION);
		assert_ptr_equal(fault.first, fault.last);
		assert_string_equal(fault.first->message, cases[i].message);
		assert_string_equal(fault.first->extra, cases[i].extra);
	}
	js_doc_free(call.doc);
	arena_free(arena);
}

static void
test_shapes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		check_case(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
