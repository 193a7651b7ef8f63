/* Ids as clients give them: in paths, and in bodies. */
#include "model_help.h"

static const struct {
	const char *text;
	bool good, in_range;
	int64_t id;
} ids[] = {
    {"1", true, true, 1},
    {"01", true, true, 1},
    {"+1", true, true, 1},
    {"1.0", true, true, 1},
    {"1e0", true, true, 1},
    {"0x1", true, true, 1},
    {" 1 ", true, true, 1},
    {" ", true, true, 0},
    {"", true, true, 0},
    {"-2147483648", true, true, INT32_MIN},
    {"2147483648", true, false, 0},
    {"99999999999", true, false, 0},
    {"1e300", true, false, 0},
    {"abc", false, false, 0},
    {"1.5", false, false, 0},
    {"1abc", false, false, 0},
    {"1,2", false, false, 0},
    {"NaN", false, false, 0},
    {"Infinity", false, false, 0},
    {"-Infinity", false, false, 0},
};

static void
test_id_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		int64_t id = -1;
		bool in_range = false;

		assert_int_equal(
		    check_id_text(span_of(ids[i].text), &id, &in_range),
		    ids[i].good);
		if (!ids[i].good)
			continue;
		assert_int_equal(in_range, ids[i].in_range);
		if (in_range)
			assert_int_equal(id, ids[i].id);
	}
}

static void
test_id_js(void **state)
{
	static const struct {
		const char *json;
		bool good;
	} keys[] = {{"1", true}, {"\"1\"", true}, {"\" 2 \"", true},
	    {"1.0", true}, {"1.5", false}, {"\"\"", false}, {"null", false},
	    {"true", false}, {"[1]", false}, {"{}", false}, {"\"abc\"", false}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		struct step step;
		int64_t id;
		bool in_range;

		step_begin(&step);
		assert_int_equal(
		    check_id_js(step_js(&step, keys[i].json), &id, &in_range),
		    keys[i].good);
		step_end(&step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_id_texts),
	    cmocka_unit_test(test_id_js),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
