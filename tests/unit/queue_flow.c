/* Window, breaker and pace as tables: signs in, what may go out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "queue/flow.h"
#include "queue/pace.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const struct flow_limits limits = {.window = 32, .wait_ms = 1000};
static const int64_t NOW = 1700000000000;

static void
test_signs(void **state)
{
	static const struct {
		enum outcome outcome;
		int status;
		enum sign sign;
	} rows[] = {
	    {OUTCOME_DELIVERED, 204, SIGN_SUCCESS},
	    {OUTCOME_DELIVERED, 503, SIGN_SUCCESS}, /* the webhook says so */
	    {OUTCOME_ANSWER, 500, SIGN_ANSWER},
	    {OUTCOME_ANSWER, 404, SIGN_ANSWER},
	    {OUTCOME_ANSWER, 302, SIGN_ANSWER},
	    {OUTCOME_ANSWER, 501, SIGN_ANSWER},
	    {OUTCOME_ANSWER, 429, SIGN_PRESSED},
	    {OUTCOME_ANSWER, 502, SIGN_PRESSED},
	    {OUTCOME_ANSWER, 503, SIGN_PRESSED},
	    {OUTCOME_ANSWER, 504, SIGN_PRESSED},
	    {OUTCOME_TIMEOUT, 0, SIGN_SILENT},
	    {OUTCOME_TIMEOUT, 200, SIGN_ANSWER}, /* its end was late */
	    {OUTCOME_TIMEOUT, 503, SIGN_PRESSED},
	    {OUTCOME_PROTOCOL, 0, SIGN_SILENT},
	    {OUTCOME_PROTOCOL, 200, SIGN_ANSWER},
	    {OUTCOME_TOO_LARGE, 200, SIGN_ANSWER},
	    {OUTCOME_TOO_LARGE, 0, SIGN_NONE},
	    {OUTCOME_DNS, 0, SIGN_TROUBLE},
	    {OUTCOME_CONNECT, 0, SIGN_TROUBLE},
	    {OUTCOME_TLS, 0, SIGN_TROUBLE},
	    {OUTCOME_REFUSED_ADDRESS, 0, SIGN_NONE},
	    {OUTCOME_ABORTED, 0, SIGN_NONE},
	    {OUTCOME_ABORTED, 429, SIGN_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(
		    flow_sign(rows[i].outcome, rows[i].status), rows[i].sign);
}

/* One letter is one attempt's end: s success, a answer, p pressed, z silent,
 * t trouble, n none. Each is taken before it is heard. */
static enum sign
sign_of(char letter)
{
	switch (letter) {
	case 's':
		return SIGN_SUCCESS;
	case 'a':
		return SIGN_ANSWER;
	case 'p':
		return SIGN_PRESSED;
	case 'z':
		return SIGN_SILENT;
	case 't':
		return SIGN_TROUBLE;
	}
	return SIGN_NONE;
}

static void
play(struct flow *f, const char *signs, int64_t in_flight, int64_t now_ms)
{
	for (; *signs; signs++)
		flow_hear(f, &limits, sign_of(*signs), flow_take(f, now_ms),
		    in_flight, now_ms);
}

static void
test_window(void **state)
{
	static const struct {
		const char *signs;
		int64_t in_flight;
		int64_t window;
	} rows[] = {
	    {"", 4, 4},
	    {"sss", 4, 4},
	    {"ssss", 4, 4}, /* the window grows while it is passed through */
	    {"sssss", 4, 5},
	    {"ssssssssssss", 5, 6},
	    {"ssssssssssssssss", 1, 4}, /* not in use */
	    {"aaaaaaaa", 4, 4},
	    {"nnnn", 4, 4},
	    {"p", 4, 2},
	    {"pp", 4, 1},
	    {"ppp", 4, 1},
	    {"z", 4, 2},
	    {"t", 4, 2},
	    {"ps", 4, 2},
	    {"psss", 4, 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow f;

		flow_init(&f, &limits);
		play(&f, rows[i].signs, rows[i].in_flight, NOW);
		assert_int_equal((int64_t)f.window, rows[i].window);
		assert_true(flow_next_ms(&f, rows[i].window) == INT64_MAX);
		assert_true(flow_next_ms(&f, rows[i].window - 1) <= NOW);
	}
}

static void
test_window_bounds(void **state)
{
	struct flow_limits narrow = {.window = 2, .wait_ms = 1000};
	struct flow f;

	(void)state;
	flow_init(&f, &limits);
	for (int i = 0; i < 5000; i++)
		play(&f, "s", 32, NOW);
	assert_int_equal((int64_t)f.window, 32);
	flow_init(&f, &narrow);
	assert_int_equal((int64_t)f.window, 2);
}

/* A whole window that fails together is one complaint. */
static void
test_window_falls_once(void **state)
{
	int64_t number[8];
	struct flow f;

	(void)state;
	flow_init(&f, &limits);
	f.window = 8;
	for (int i = 0; i < 8; i++)
		number[i] = flow_take(&f, NOW);
	for (int i = 0; i < 8; i++)
		flow_hear(&f, &limits, SIGN_PRESSED, number[i], 8 - i, NOW);
	assert_int_equal((int64_t)f.window, 4);
	flow_hear(&f, &limits, SIGN_PRESSED, flow_take(&f, NOW), 1, NOW);
	assert_int_equal((int64_t)f.window, 2);
}

static void
test_breaker(void **state)
{
	static const struct {
		const char *signs;
		enum flow_state state;
		int64_t wait_ms; /* open for so long */
	} rows[] = {
	    {"tttt", FLOW_CLOSED, 0},
	    {"ttttt", FLOW_OPEN, 1000},
	    {"ttttsttt", FLOW_CLOSED, 0}, /* in a row, that is */
	    {"ttttattttt", FLOW_OPEN, 1000},
	    {"ttttpt", FLOW_CLOSED, 0},
	    {"ttttzt", FLOW_OPEN, 1000}, /* silence is no answer */
	    {"ttttnt", FLOW_OPEN, 1000},
	    {"zzzzzzzzzz", FLOW_CLOSED, 0},
	    {"pppppppppp", FLOW_CLOSED, 0},
	    /* The sixth is the probe. */
	    {"tttttt", FLOW_OPEN, 2000},
	    {"ttttttt", FLOW_OPEN, 4000},
	    {"ttttttttttt", FLOW_OPEN, 64000},
	    {"ttttttttttttttt", FLOW_OPEN, 64000},
	    {"tttttttts", FLOW_CLOSED, 0},
	    {"ttttttttsttttt", FLOW_OPEN, 1000},
	    {"ttttta", FLOW_CLOSED, 0},
	    {"tttttp", FLOW_CLOSED, 0},
	    {"tttttz", FLOW_CLOSED, 0},
	    {"tttttzt", FLOW_OPEN, 2000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct flow f;

		flow_init(&f, &limits);
		play(&f, rows[i].signs, 1, NOW);
		assert_int_equal(f.state, rows[i].state);
		if (rows[i].state == FLOW_OPEN)
			assert_true(
			    flow_next_ms(&f, 0) == NOW + rows[i].wait_ms);
		else
			assert_true(flow_next_ms(&f, 0) == NOW);
	}
}

/* Half-open: one, whatever else is still under way or heard of. */
static void
test_probe(void **state)
{
	int64_t early, probe;
	struct flow f;

	(void)state;
	flow_init(&f, &limits);
	early = flow_take(&f, NOW);
	play(&f, "ttttt", 2, NOW);
	probe = flow_take(&f, NOW);
	assert_int_equal(f.state, FLOW_PROBING);
	assert_true(flow_next_ms(&f, 0) == INT64_MAX);
	flow_hear(&f, &limits, SIGN_TROUBLE, early, 2, NOW + 5);
	assert_int_equal(f.state, FLOW_PROBING);
	/* Lost with its dispatcher: another may go at once. */
	flow_lost(&f, early);
	assert_int_equal(f.state, FLOW_PROBING);
	flow_lost(&f, probe);
	assert_true(flow_next_ms(&f, 1) == NOW + 1000);
	probe = flow_take(&f, NOW);
	flow_hear(&f, &limits, SIGN_TROUBLE, probe, 1, NOW + 2000);
	assert_true(flow_next_ms(&f, 0) == NOW + 4000);
	/* Heard late, but it was an answer. */
	flow_hear(&f, &limits, SIGN_SUCCESS, early, 1, NOW + 2001);
	assert_int_equal(f.state, FLOW_CLOSED);
	assert_true(f.proven);
}

static void
test_shifted(void **state)
{
	struct pace p = {0};
	struct flow f;

	(void)state;
	flow_init(&f, &limits);
	play(&f, "ttttt", 1, NOW);
	flow_shift(&f, -3600000);
	assert_true(flow_next_ms(&f, 0) == NOW - 3600000 + 1000);
	/* Nor is a turn that was taken a moment that lies ahead. */
	flow_init(&f, &limits);
	assert_true(flow_next_ms(&f, 0) == 0);
	flow_take(&f, NOW);
	flow_shift(&f, -3600000);
	assert_true(flow_next_ms(&f, 1) == NOW - 3600000);
	pace_set(&p, 1);
	pace_take(&p, NOW);
	pace_shift(&p, -3600000);
	assert_true(pace_next_ms(&p) == NOW - 3600000 + 990);
}

/* How many of those that are ready all the time go in ten seconds. */
static void
test_pace(void **state)
{
	static const struct {
		double per_second;
		int64_t least, most;
	} rows[] = {
	    {0.1, 1, 2},
	    {0.5, 5, 6},
	    {1, 10, 11},
	    {3, 30, 31},
	    {100, 1000, 1002},
	    {333.3, 3330, 3340},
	    {1000, 10000, 10011},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct pace p = {0};
		int64_t went = 0, second = 0;

		pace_set(&p, rows[i].per_second);
		for (int64_t ms = 0; ms < 10000; ms++) {
			if (ms % 1000 == 0)
				second = 0;
			while (pace_next_ms(&p) <= NOW + ms) {
				pace_take(&p, NOW + ms);
				went++;
				second++;
			}
			assert_true(
			    (double)second <= rows[i].per_second * 1.01 + 1.01);
		}
		assert_true(went >= rows[i].least && went <= rows[i].most);
	}
}

static void
test_pace_bounds(void **state)
{
	struct pace p = {0};

	(void)state;
	pace_take(&p, NOW);
	assert_true(pace_next_ms(&p) == INT64_MIN);
	/* Nothing is saved up while nothing goes. */
	pace_set(&p, 10);
	pace_take(&p, NOW);
	pace_take(&p, NOW + 60000);
	assert_true(pace_next_ms(&p) == NOW + 60090);
	pace_set(&p, 0.001);
	pace_start(&p, NOW);
	assert_true(pace_next_ms(&p) == NOW + 990);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_signs),
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_window_bounds),
	    cmocka_unit_test(test_window_falls_once),
	    cmocka_unit_test(test_breaker),
	    cmocka_unit_test(test_probe),
	    cmocka_unit_test(test_shifted),
	    cmocka_unit_test(test_pace),
	    cmocka_unit_test(test_pace_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
