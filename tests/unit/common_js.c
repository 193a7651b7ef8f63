/* Reading JSON: every handle's bytes, numbers beyond json-c, doubles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/js.h"
#include "common/json.h"

struct fixture {
	struct arena *arena;
	struct js_doc *doc;
	struct js root;
};

static void
open_doc(struct fixture *f, const char *text)
{
	struct span clean;

	f->arena = arena_new();
	assert_int_equal(
	    json_clean(f->arena, span_of(text), &clean, NULL), ERR_NONE);
	assert_int_equal(js_parse(clean, &f->doc, &f->root, NULL), ERR_NONE);
}

static void
close_doc(struct fixture *f)
{
	js_doc_free(f->doc);
	arena_free(f->arena);
}

/* name=raw; of each member or element */
static const struct {
	const char *text, *walk;
} walk_cases[] = {
    {"[]", ""},
    {"{}", ""},
    {"[1, \"a,]\" ,[2,3],{\"x\":4},null,true]",
	"=1;=\"a,]\";=[2,3];={\"x\":4};=null;=true;"},
    {"{\"b\": 1.10, \"a\":{\"c\" :[ ]}, \"n\":null}",
	"b=1.10;a={\"c\":[]};n=null;"},
    {"{\"a\\\"}\":\"\\\\\",\"\\u0061\":-0}", "a\"}=\"\\\\\";a=-0;"},
    {"{\"\":[[],[[]]]}", "=[[],[[]]];"},
    /* doubles: first place, last value; also by escape */
    {"{\"a\":1,\"b\":2,\"a\":[3]}", "a=[3];b=2;"},
    {"{\"a\":{\"x\":1},\"a\":2}", "a=2;"},
    {"{\"a\":1,\"\\u0061\":{\"x\":1}}", "a={\"x\":1};"},
    {"{\"a\":1.5,\"a\":2.5,\"a\":null}", "a=null;"},
    {"{\"a\":null,\"a\":2.50}", "a=2.50;"},
};

static void
walk(struct js v, struct buf *out)
{
	struct js_iter it = js_iter(v);
	struct span name;
	struct js member;
	size_t count = 0;

	for (; js_next(&it, &name, &member); count++) {
		buf_span(out, name);
		buf_char(out, '=');
		buf_span(out, member.raw);
		buf_char(out, ';');
	}
	assert_int_equal(count, js_count(v));
}

static void
walking(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof walk_cases / sizeof *walk_cases; i++) {
		struct fixture f;
		struct buf b;

		buf_init(&b, 1000);
		buf_text(&b, "");
		open_doc(&f, walk_cases[i].text);
		walk(f.root, &b);
		assert_string_equal(b.p, walk_cases[i].walk);
		close_doc(&f);
		buf_release(&b);
	}
}

static void
members(void **state)
{
	struct fixture f;

	(void)state;
	open_doc(&f, "{\"a\":{\"b\":[1,{\"c\":\"d\"}]},\"n\":null}");
	assert_int_equal(js_member(f.root, "x").type, JS_NONE);
	assert_int_equal(js_member(f.root, "n").type, JS_NULL);
	assert_true(span_is(js_member(f.root, "n").raw, "null"));
	assert_int_equal(js_member(js_member(f.root, "a"), "b").type, JS_LIST);
	assert_true(span_is(
	    js_member(js_member(f.root, "a"), "b").raw, "[1,{\"c\":\"d\"}]"));
	assert_int_equal(js_member(js_member(f.root, "n"), "b").type, JS_NONE);
	close_doc(&f);
}

static const struct {
	const char *text;
	bool whole;
	int64_t value;
} whole_cases[] = {
    {"0", true, 0},
    {"-0", true, 0},
    {"0.000", true, 0},
    {"0e99999999999999999999", true, 0},
    {"1.0", true, 1},
    {"1e3", true, 1000},
    {"1E+3", true, 1000},
    {"1.50e1", true, 15},
    {"100e-2", true, 1},
    {"1000.00", true, 1000},
    {"-5", true, -5},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775807.0", true, INT64_MAX},
    {"0.00000000000000000000001e23", true, 1},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"123456789012345678901234567890", false, 0},
    {"1e19", false, 0},
    {"1e400", false, 0},
    {"1e99999999999999999999", false, 0},
    {"1e-99999999999999999999", false, 0},
    {"1.5", false, 0},
    {"1e-1", false, 0},
    {"\"1\"", false, 0},
    {"true", false, 0},
};

static void
whole_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof whole_cases / sizeof *whole_cases; i++) {
		struct fixture f;
		int64_t value = -1;

		open_doc(&f, whole_cases[i].text);
		if (js_is_i64(f.root, &value) != whole_cases[i].whole)
			fail_msg("js_is_i64 of %s", whole_cases[i].text);
		if (whole_cases[i].whole)
			assert_int_equal(value, whole_cases[i].value);
		close_doc(&f);
	}
}

static const struct {
	const char *text, *as_text;
} text_cases[] = {
    {"\"a\\u00e9\\n\"", "a\xC3\xA9\n"},
    {"\"\"", ""},
    {"5", "5"},
    {"1.50", "1.5"},
    {"-0", "0"},
    {"1e21", "1e+21"},
    {"1e400", "Infinity"},
    {"-1e400", "-Infinity"},
    {"12345678901234567890", "12345678901234567000"},
    {"true", "true"},
    {"false", "false"},
    {"null", "null"},
    {"{ \"a\" : 1.0 }", "{\"a\":1}"},
    {"[\"a\", \"\\/\\u0041\\u001f\", 1e400]", "[\"a\",\"/A\\u001f\",null]"},
    {"{\"a\":1,\"b\":[],\"a\":2}", "{\"a\":2,\"b\":[]}"},
};

static void
as_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof text_cases / sizeof *text_cases; i++) {
		struct fixture f;

		open_doc(&f, text_cases[i].text);
		assert_string_equal(
		    js_as_text(f.arena, f.root).p, text_cases[i].as_text);
		close_doc(&f);
	}
}

static void
scalars(void **state)
{
	struct fixture f;
	struct js_iter it;
	struct js v;

	(void)state;
	open_doc(&f, "[true,false,\"x\",18446744073709551616,0.1]");
	it = js_iter(f.root);
	assert_true(js_next(&it, NULL, &v) && js_bool(v));
	assert_true(js_next(&it, NULL, &v) && !js_bool(v));
	assert_true(js_next(&it, NULL, &v) && !js_bool(v));
	assert_true(span_is(js_string(v), "x"));
	assert_true(js_f64(v) != js_f64(v)); /* NaN */
	assert_true(js_next(&it, NULL, &v));
	assert_true(js_f64(v) == 18446744073709551616.0);
	assert_null(js_string(v).p);
	assert_true(js_next(&it, NULL, &v) && js_f64(v) == 0.1);
	assert_false(js_next(&it, NULL, &v));
	close_doc(&f);
}

/* What json_clean lets through js_parse must take, and the reverse. */
static void
parse_edges(void **state)
{
	char deep[2 * JSON_DEPTH_MAX + 2];
	struct fixture f;
	struct js_doc *doc;
	struct js root;

	(void)state;
	memset(deep, '[', JSON_DEPTH_MAX);
	deep[JSON_DEPTH_MAX] = '1';
	memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX);
	deep[sizeof deep - 1] = '\0';
	open_doc(&f, deep);
	close_doc(&f);
	assert_int_equal(
	    js_parse(SPAN("[1] x"), &doc, &root, NULL), ERR_PAYLOAD);
	assert_null(doc);
	assert_int_equal(js_parse(SPAN_NONE, &doc, &root, NULL), ERR_PAYLOAD);
	assert_int_equal(root.type, JS_NONE);
	/* no NUL behind the text */
	assert_int_equal(
	    js_parse(span_make("127", 2), &doc, &root, NULL), ERR_NONE);
	assert_true(js_f64(root) == 12);
	js_doc_free(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(walking),
	    cmocka_unit_test(members),
	    cmocka_unit_test(whole_numbers),
	    cmocka_unit_test(as_text),
	    cmocka_unit_test(scalars),
	    cmocka_unit_test(parse_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
