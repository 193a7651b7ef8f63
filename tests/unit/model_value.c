/* The order over values: every pair of the ladder below, both ways. */
#include "model_help.h"

#include <math.h>

#include "model/value.h"

static struct value
number(const char *text, double f)
{
	return (struct value){
	    .type = VALUE_NUMBER, .text = span_of(text), .f = f};
}

static void
test_ladder(void **state)
{
	/* Ascending, no two equal. */
	const struct value ladder[] = {
	    value_null(),
	    value_bool(false),
	    value_bool(true),
	    number("-1e999", -INFINITY),
	    value_f64(-1e300),
	    value_int(INT64_MIN),
	    value_f64(-9007199254740992.0),
	    value_int(-2),
	    value_f64(-1.5),
	    value_int(-1),
	    value_f64(0.25),
	    number("0.5", 0.5),
	    value_int(1),
	    value_time(1500),
	    value_f64(9007199254740992.0),
	    value_int(9007199254740993),
	    value_int(INT64_MAX),
	    value_f64(0x1p63),
	    number("1e999", INFINITY),
	    value_text(SPAN("")),
	    value_text(SPAN("A")),
	    value_text(SPAN("AB")),
	    value_text(SPAN("a")),
	    value_text(SPAN("\xc3\xbc")),
	    value_json(SPAN("[]")),
	    value_json(SPAN("{}")),
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ladder); i++)
		for (size_t j = 0; j < COUNT_OF(ladder); j++) {
			int cmp = value_cmp(ladder[i], ladder[j]);

			assert_int_equal(
			    (cmp > 0) - (cmp < 0), (int)(i > j) - (int)(i < j));
		}
}

static void
test_equal_amounts(void **state)
{
	const struct value equals[][2] = {
	    {value_int(5), value_f64(5)},
	    {value_int(5), number("5.0", 5)},
	    {value_f64(0.0), value_f64(-0.0)},
	    {value_int(INT64_MIN), value_f64(-0x1p63)},
	    {value_time(7), value_int(7)},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(equals); i++) {
		assert_int_equal(value_cmp(equals[i][0], equals[i][1]), 0);
		assert_int_equal(value_cmp(equals[i][1], equals[i][0]), 0);
	}
}

static void
test_numbers(void **state)
{
	(void)state;
	assert_true(value_is_number(value_int(1)));
	assert_true(value_is_number(number("1.0", 1)));
	assert_false(value_is_number(value_bool(true)));
	assert_false(value_is_number(value_text(SPAN("1"))));
	assert_true(value_as_f64(value_int(-3)) == -3.0);
	assert_true(value_as_f64(number("2.50", 2.5)) == 2.5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ladder),
	    cmocka_unit_test(test_equal_amounts),
	    cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
