/* The cleaner, the writers and the numbers, as tables. Expectations were
 * compared with JavaScript's JSON.parse, JSON.stringify, String and Number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"

#define FFFD "\xEF\xBF\xBD"

static const struct {
	const char *in, *out; /* out NULL: refused */
	const char *words;    /* then what is told */
} clean_cases[] = {
    {"1", "1", NULL},
    {" \t\r\n-0.10E+5 ", "-0.10E+5", NULL},
    {"{ \"a\" : [ 1 , 2 ] }", "{\"a\":[1,2]}", NULL},
    {"[ ]", "[]", NULL},
    {"{\n}", "{}", NULL},
    {"\" a  b \"", "\" a  b \"", NULL},
    {"{\"a\":1,\"a\":2}", "{\"a\":1,\"a\":2}", NULL},
    {"[true,false,null]", "[true,false,null]", NULL},
    {"123456789012345678901234567890", "123456789012345678901234567890", NULL},
    {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"",
	"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"", NULL},
    {"\xEF\xBB\xBF[]", "[]", NULL},
    {"\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"", NULL},
    {"\"\xF0\x9F\x98\x80\"", "\"\xF0\x9F\x98\x80\"", NULL},
    {"\"\x7F\"", "\"\x7F\"", NULL},
    /* lone surrogates, written either way */
    {"\"\\ud800\"", "\"" FFFD "\"", NULL},
    {"\"\\udc00x\"", "\"" FFFD "x\"", NULL},
    {"\"\\ud800\\ud83d\\ude00\"", "\"" FFFD "\\ud83d\\ude00\"", NULL},
    {"\"\\ud800\\n\"", "\"" FFFD "\\n\"", NULL},
    {"\"\xED\xA0\x80\"", "\"" FFFD FFFD FFFD "\"", NULL},
    /* not UTF-8: one replacement for each maximal bad part */
    {"\"\xFF\"", "\"" FFFD "\"", NULL},
    {"\"\xC0\xAF\"", "\"" FFFD FFFD "\"", NULL},
    {"\"\xE2\x82\"", "\"" FFFD "\"", NULL},
    {"\"\xF0\x9F\x98x\"", "\"" FFFD "x\"", NULL},
    {"\"\xF4\x90\x80\x80\"", "\"" FFFD FFFD FFFD FFFD "\"", NULL},
    {"{\"\xFF\":1}", "{\"" FFFD "\":1}", NULL},
    /* refusals */
    {"", NULL, "Unexpected end of JSON input"},
    {" \n ", NULL, "Unexpected end of JSON input"},
    {"\xEF\xBB\xBF", NULL, "Unexpected end of JSON input"},
    {"\xEF\xBB\xBF\xEF\xBB\xBF[]", NULL,
	"Unexpected token \xEF\xBB\xBF in JSON at position 3"},
    {"[1,]", NULL, "Unexpected token ] in JSON at position 3"},
    {"[,1]", NULL, "Unexpected token , in JSON at position 1"},
    {"[1 2]", NULL, "Unexpected token 2 in JSON at position 3"},
    {"{\"a\":1,}", NULL, "Unexpected token } in JSON at position 7"},
    {"{a:1}", NULL, "Unexpected token a in JSON at position 1"},
    {"{\"a\"}", NULL, "Unexpected token } in JSON at position 4"},
    {"{\"a\":}", NULL, "Unexpected token } in JSON at position 5"},
    {"{1:2}", NULL, "Unexpected token 1 in JSON at position 1"},
    {"[1}", NULL, "Unexpected token } in JSON at position 2"},
    {"{]", NULL, "Unexpected token ] in JSON at position 1"},
    {"[1]]", NULL, "Unexpected token ] in JSON at position 3"},
    {"1 2", NULL, "Unexpected token 2 in JSON at position 2"},
    {"{\"a\":1", NULL, "Unexpected end of JSON input"},
    {"\"abc", NULL, "Unexpected end of JSON input"},
    {"\"abc\\", NULL, "Unexpected end of JSON input"},
    {"\"\\u12", NULL, "Unexpected end of JSON input"},
    {"\"\\u12g4\"", NULL, "Unexpected token g in JSON at position 5"},
    {"\"\\x\"", NULL, "Unexpected token x in JSON at position 2"},
    {"\"\\u0000\"", NULL, "Unexpected NUL character in JSON at position 1"},
    {"\"a\nb\"", NULL,
	"Unexpected control character 0x0a in JSON at position 2"},
    {"\"a\x01\"", NULL,
	"Unexpected control character 0x01 in JSON at position 2"},
    {"01", NULL, "Unexpected token 1 in JSON at position 1"},
    {"-", NULL, "Unexpected end of JSON input"},
    {"-x", NULL, "Unexpected token x in JSON at position 1"},
    {"1.", NULL, "Unexpected end of JSON input"},
    {".5", NULL, "Unexpected token . in JSON at position 0"},
    {"+1", NULL, "Unexpected token + in JSON at position 0"},
    {"1e", NULL, "Unexpected end of JSON input"},
    {"1e+]", NULL, "Unexpected token ] in JSON at position 3"},
    {"NaN", NULL, "Unexpected token N in JSON at position 0"},
    {"nul", NULL, "Unexpected end of JSON input"},
    {"True", NULL, "Unexpected token T in JSON at position 0"},
    {"truex", NULL, "Unexpected token x in JSON at position 4"},
    {"'a'", NULL, "Unexpected token ' in JSON at position 0"},
    {"[1]/*x*/", NULL, "Unexpected token / in JSON at position 3"},
    {"\xC2\xA0[]", NULL, "Unexpected token \xC2\xA0 in JSON at position 0"},
    {"\xFF", NULL, "Unexpected token " FFFD " in JSON at position 0"},
};

static void
clean_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof clean_cases / sizeof *clean_cases; i++) {
		struct arena *a = arena_new();
		struct fault fault = {.arena = a};
		struct span out;
		enum err err =
		    json_clean(a, span_of(clean_cases[i].in), &out, &fault);

		if (clean_cases[i].out) {
			assert_int_equal(err, ERR_NONE);
			assert_string_equal(out.p, clean_cases[i].out);
			assert_int_equal(out.n, strlen(clean_cases[i].out));
			assert_null(fault.first);
		} else {
			assert_int_equal(err, ERR_PAYLOAD);
			assert_null(out.p);
			assert_string_equal(
			    fault.first->message, clean_cases[i].words);
			assert_null(fault.first->next);
		}
		arena_free(a);
	}
}

static void
clean_raw_nul(void **state)
{
	static const char *const texts[] = {"[\0]", "\"\0\"", "[1]\0"};
	static const size_t lengths[] = {3, 3, 4};
	struct arena *a = arena_new();
	struct span out;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(
		    json_clean(a, span_make(texts[i], lengths[i]), &out, NULL),
		    ERR_PAYLOAD);
	arena_free(a);
}

static enum err
clean_nested(int depth)
{
	struct arena *a = arena_new();
	struct span out;
	char text[2 * 64];
	enum err err;

	memset(text, '[', (size_t)depth);
	memset(text + depth, ']', (size_t)depth);
	err = json_clean(a, span_make(text, 2 * (size_t)depth), &out, NULL);
	arena_free(a);
	return err;
}

static enum err
clean_many(int values)
{
	struct arena *a = arena_new();
	struct span out;
	struct buf b;
	enum err err;

	buf_init(&b, 1 << 20);
	buf_char(&b, '[');
	for (int i = 1; i < values; i++) /* the list itself is one */
		buf_text(&b, i > 1 ? ",0" : "0");
	buf_char(&b, ']');
	err = json_clean(a, buf_view(&b), &out, NULL);
	buf_release(&b);
	arena_free(a);
	return err;
}

static void
clean_limits(void **state)
{
	(void)state;
	assert_int_equal(clean_nested(JSON_DEPTH_MAX), ERR_NONE);
	assert_int_equal(clean_nested(JSON_DEPTH_MAX + 1), ERR_PAYLOAD);
	assert_int_equal(clean_many(JSON_VALUES_MAX), ERR_NONE);
	assert_int_equal(clean_many(JSON_VALUES_MAX + 1), ERR_PAYLOAD);
}

static const struct {
	double value;
	const char *text;
} number_cases[] = {
    {0, "0"},
    {-0.0, "0"},
    {1, "1"},
    {-1.5, "-1.5"},
    {100, "100"},
    {0.1, "0.1"},
    {0.1 + 0.2, "0.30000000000000004"},
    {1e20, "100000000000000000000"},
    {1e21, "1e+21"},
    {1.5e300, "1.5e+300"},
    {1e-6, "0.000001"},
    {1e-7, "1e-7"},
    {1.25e-7, "1.25e-7"},
    {123456.789, "123456.789"},
    {9007199254740993.0, "9007199254740992"},
    {12345678901234567890.0, "12345678901234567000"},
    {5e-324, "5e-324"},
    {2.2250738585072014e-308, "2.2250738585072014e-308"},
    {1.7976931348623157e308, "1.7976931348623157e+308"},
    {0x1p-44, "5.684341886080802e-14"},
    {0x1p89, "6.189700196426902e+26"}, /* uneven neighbours */
    {__builtin_nan(""), "null"},
    {__builtin_inf(), "null"},
};

static void
number_writing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof number_cases / sizeof *number_cases;
	     i++) {
		struct buf b;

		buf_init(&b, 100);
		json_put_f64(&b, number_cases[i].value);
		assert_string_equal(b.p, number_cases[i].text);
		buf_release(&b);
	}
}

static const struct {
	const char *text;
	bool good;
	double value;
} js_number_cases[] = {
    {"1", true, 1},
    {"01", true, 1},
    {"+1", true, 1},
    {"1.0", true, 1},
    {"1e0", true, 1},
    {"0x1F", true, 31},
    {"0Xff", true, 255},
    {"0o17", true, 15},
    {"0b101", true, 5},
    {" 1 ", true, 1},
    {"\t\xC2\xA0\xEF\xBB\xBF 2 \xE2\x80\xA8\n", true, 2},
    {"", true, 0},
    {"   ", true, 0},
    {".5", true, 0.5},
    {"5.", true, 5},
    {"-2.5e-1", true, -0.25},
    {"Infinity", true, __builtin_inf()},
    {"-Infinity", true, -__builtin_inf()},
    {"1e400", true, __builtin_inf()},
    {"abc", false, 0},
    {"1abc", false, 0},
    {"1,2", false, 0},
    {"1 2", false, 0},
    {"NaN", false, 0},
    {"inf", false, 0},
    {"infinity", false, 0},
    {"0x", false, 0},
    {"-0x1", false, 0},
    {"0b2", false, 0},
    {"0x1p3", false, 0},
    {".", false, 0},
    {"e5", false, 0},
    {"1e", false, 0},
    {"+-1", false, 0},
    {"1_0", false, 0},
};

static void
number_reading(void **state)
{
	size_t count = sizeof js_number_cases / sizeof *js_number_cases;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		double value = 0;
		bool good =
		    json_js_number(span_of(js_number_cases[i].text), &value);

		if (good != js_number_cases[i].good)
			fail_msg("Number(\"%s\")", js_number_cases[i].text);
		if (good && value != js_number_cases[i].value)
			fail_msg("Number(\"%s\") is %g",
			    js_number_cases[i].text, value);
	}
}

static void
number_long(void **state)
{
	char text[300];
	double value;

	(void)state;
	memset(text, '0', sizeof text);
	text[298] = '7';
	assert_true(json_js_number(span_make(text, 299), &value));
	assert_true(value == 7);
}

static void
string_writing(void **state)
{
	static const char text[] =
	    "a\"b\\c/\b\f\n\r\t\0\x1f\x7f\xC3\xA9\xE2\x80\xA8";
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	json_put_string(&b, span_make(text, sizeof text - 1));
	assert_string_equal(b.p,
	    "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xC3\xA9"
	    "\xE2\x80\xA8\"");
	buf_clear(&b);
	json_put_string(&b, SPAN_NONE);
	json_put_bool(&b, true);
	json_put_i64(&b, INT64_MIN);
	assert_string_equal(b.p, "\"\"true-9223372036854775808");
	buf_release(&b);
}

static const struct {
	const char *in, *out;
} indent_cases[] = {
    {"[]", "[]"},
    {"{}", "{}"},
    {"5", "5"},
    {"\"a:b,{}\"", "\"a:b,{}\""},
    {"[1,2]", "[\n\t1,\n\t2\n]"},
    {"{\"a\":1}", "{\n\t\"a\": 1\n}"},
    {"[{\"a\":[],\"b\":{\"c\":\"x\\\"]\"}},[{}]]",
	"[\n\t{\n\t\t\"a\": [],\n\t\t\"b\": {\n\t\t\t\"c\": \"x\\\"]\"\n"
	"\t\t}\n\t},\n\t[\n\t\t{}\n\t]\n]"},
};

static void
indented_writing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof indent_cases / sizeof *indent_cases;
	     i++) {
		struct buf b;

		buf_init(&b, 1000);
		json_put_indented(&b, span_of(indent_cases[i].in), 0);
		assert_string_equal(b.p, indent_cases[i].out);
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(clean_table),
	    cmocka_unit_test(clean_raw_nul),
	    cmocka_unit_test(clean_limits),
	    cmocka_unit_test(number_writing),
	    cmocka_unit_test(number_reading),
	    cmocka_unit_test(number_long),
	    cmocka_unit_test(string_writing),
	    cmocka_unit_test(indented_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
