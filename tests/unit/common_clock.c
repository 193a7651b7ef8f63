/* Time as text and as calendar. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"

static const struct {
	const char *text, *iso; /* iso NULL: refused */
} parse_cases[] = {
    {"2021-01-24T10:00:00.000Z", "2021-01-24T10:00:00.000Z"},
    {"2021-01-24T10:00:00Z", "2021-01-24T10:00:00.000Z"},
    {"2021-01-24T10:00:00", "2021-01-24T10:00:00.000Z"},
    {"2021-01-24 10:00:00", "2021-01-24T10:00:00.000Z"},
    {"2021-01-24t10:00z", "2021-01-24T10:00:00.000Z"},
    {"2021-01-24", "2021-01-24T00:00:00.000Z"},
    {"2021-01-24T10:00:00.5", "2021-01-24T10:00:00.500Z"},
    {"2021-01-24T10:00:00.123999999Z", "2021-01-24T10:00:00.123Z"},
    {"2021-01-24T10:00:00+02:00", "2021-01-24T08:00:00.000Z"},
    {"2021-01-24T10:00:00-0530", "2021-01-24T15:30:00.000Z"},
    {"2021-01-24T10:00+14", "2021-01-23T20:00:00.000Z"},
    {"2021-01-24T24:00:00Z", "2021-01-25T00:00:00.000Z"},
    {"2020-02-29", "2020-02-29T00:00:00.000Z"},
    {"2000-02-29", "2000-02-29T00:00:00.000Z"},
    {"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
    {"0001-01-01", "0001-01-01T00:00:00.000Z"},
    {"9999-12-31T23:59:59.999-01:00", "+010000-01-01T00:59:59.999Z"},
    {"", NULL},
    {"2021", NULL},
    {"2021-01", NULL},
    {"2021-1-24", NULL},
    {"2021-01-24T", NULL},
    {"2021-01-24T10", NULL},
    {"2021-01-24T10:00:00.", NULL},
    {"2021-01-24T10:00:00.Z", NULL},
    {"2021-01-24T10:00:00ZZ", NULL},
    {"2021-01-24T10:00:00+", NULL},
    {"2021-01-24T10:00:00+2", NULL},
    {"2021-01-24T10:00:00+24:00", NULL},
    {"2021-01-24T10:00:00+02:60", NULL},
    {"2021-01-24T10:00:00+02:", NULL},
    {"2021-01-24Z", NULL},
    {"2021-01-24  10:00", NULL},
    {"2021-01-24T25:00:00", NULL},
    {"2021-01-24T24:00:01", NULL},
    {"2021-01-24T10:60:00", NULL},
    {"2021-01-24T10:00:60", NULL},
    {"2021-00-24", NULL},
    {"2021-13-24", NULL},
    {"2021-01-00", NULL},
    {"2021-01-32", NULL},
    {"2021-04-31", NULL},
    {"2021-02-29", NULL},
    {"1900-02-29", NULL},
    {"-2021-01-24", NULL},
    {"24.01.2021", NULL},
    {"now", NULL},
};

static void
parsing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof parse_cases / sizeof *parse_cases; i++) {
		char iso[CLOCK_ISO_BYTES];
		int64_t at;
		bool good = clock_parse(span_of(parse_cases[i].text), &at);

		if (good != (parse_cases[i].iso != NULL))
			fail_msg("clock_parse of \"%s\"", parse_cases[i].text);
		if (!good)
			continue;
		clock_iso(at, iso);
		assert_string_equal(iso, parse_cases[i].iso);
	}
}

static const struct {
	const char *day;
	int weekday, week;
} week_cases[] = {
    {"2021-01-03", 0, 53},
    {"2021-01-04", 1, 1},
    {"2020-12-31", 4, 53},
    {"2018-12-31", 1, 1},
    {"2016-01-01", 5, 53},
    {"1970-01-01", 4, 1},
    {"1969-12-28", 0, 52},
    {"2024-12-29", 0, 52},
    {"2024-12-30", 1, 1},
};

static void
weeks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof week_cases / sizeof *week_cases; i++) {
		struct clock_civil c;
		int64_t at;

		assert_true(clock_parse(span_of(week_cases[i].day), &at));
		clock_split(at, &c);
		assert_int_equal(c.weekday, week_cases[i].weekday);
		assert_int_equal(c.iso_week, week_cases[i].week);
	}
}

static void
split_and_join(void **state)
{
	(void)state;
	/* odd steps over some 8,000 years, before and after 1970 */
	for (int64_t at = -130000000000000; at < 130000000000000;
	     at += 86400000LL * 7 + 12345677) {
		struct clock_civil c;

		clock_split(at, &c);
		assert_in_range(c.month, 1, 12);
		assert_in_range(c.day, 1, 31);
		assert_in_range(c.weekday, 0, 6);
		assert_in_range(c.iso_week, 1, 53);
		assert_int_equal(clock_join(&c), at);
	}
}

static void
months_carried(void **state)
{
	struct clock_civil c = {.year = 2021, .month = 14, .day = 1};
	char iso[CLOCK_ISO_BYTES];

	(void)state;
	clock_iso(clock_join(&c), iso);
	assert_string_equal(iso, "2022-02-01T00:00:00.000Z");
	c.month = 0;
	clock_iso(clock_join(&c), iso);
	assert_string_equal(iso, "2020-12-01T00:00:00.000Z");
	c.month = -12;
	clock_iso(clock_join(&c), iso);
	assert_string_equal(iso, "2019-12-01T00:00:00.000Z");
}

static void
extremes(void **state)
{
	char iso[CLOCK_ISO_BYTES];

	(void)state;
	clock_iso(INT64_MIN, iso);
	assert_string_equal(iso, "-292275055-05-16T16:47:04.192Z");
	clock_iso(INT64_MAX, iso);
	assert_string_equal(iso, "+292278994-08-17T07:12:55.807Z");
	assert_true(clock_join(&(struct clock_civil){
			.year = 400000000, .month = 1, .day = 1}) == INT64_MAX);
	assert_true(
	    clock_join(&(struct clock_civil){
		.year = -400000000, .month = 1, .day = 1}) == INT64_MIN);
}

static void
shifting(void **state)
{
	int64_t wall = clock_wall_ms(), mono = clock_mono_ms();

	(void)state;
	clock_shift_ms(3600000);
	assert_true(clock_wall_ms() >= wall + 3600000);
	assert_true(clock_mono_ms() - mono < 3600000);
	clock_shift_ms(-3600000);
	assert_true(clock_wall_ms() < wall + 3600000);
}

/* A followed clock is ahead by what its file holds, from then on. Last of
 * all, since it cannot be let go. */
static void
test_follow(void **state)
{
	static char path[] = "/tmp/clock-XXXXXX";
	int64_t ahead_ms = 86400000, before_ms = clock_wall_ms();
	struct fault fault = {.arena = arena_new()};
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ERR_NONE, clock_follow("", &fault));
	assert_int_equal(ERR_CONFIG, clock_follow(path, &fault));
	assert_non_null(fault.first);
	assert_int_equal(ERR_CONFIG, clock_follow("/no/such", &fault));
	assert_int_equal(8, pwrite(fd, &ahead_ms, 8, 0));
	assert_int_equal(ERR_NONE, clock_follow(path, &fault));
	assert_true(clock_wall_ms() - before_ms >= ahead_ms);
	int watch = clock_watch();
	struct pollfd p = {.fd = watch, .events = POLLIN};

	assert_int_equal(0, poll(&p, 1, 0));
	ahead_ms = -ahead_ms;
	assert_int_equal(8, pwrite(fd, &ahead_ms, 8, 0));
	assert_int_equal(1, poll(&p, 1, 10000));
	clock_watch_clear(watch);
	assert_int_equal(0, poll(&p, 1, 0));
	assert_true(clock_wall_ms() < before_ms);
	assert_true(llabs(clock_wall_at(clock_mono_ms() + 5) - clock_wall_ms() -
			  5) < 1000);
	assert_true(clock_wall_at(INT64_MAX) == INT64_MAX);
	unlink(path);
	close(watch);
	close(fd);
	arena_free(fault.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parsing),
	    cmocka_unit_test(weeks),
	    cmocka_unit_test(split_and_join),
	    cmocka_unit_test(months_carried),
	    cmocka_unit_test(extremes),
	    cmocka_unit_test(shifting),
	    cmocka_unit_test(test_follow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
