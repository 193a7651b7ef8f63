/* What an ended attempt means: outcomes, schedule, Retry-After, jitter
 * (product chapter 3). */
#include "model_help.h"

#include "model/delivery.h"

enum { NOW = 1000000, H = 3600 * 1000 };

static const struct {
	struct attempt_result result;
	double jitter;
	enum verdict verdict;
	int64_t wait_ms;
} attempts[] = {
    {{1, OUTCOME_DELIVERED, 200, -1}, 0, VERDICT_DELIVERED, 0},
    {{1, OUTCOME_DELIVERED, 410, -1}, 0, VERDICT_DELIVERED, 0},
    {{1, OUTCOME_ANSWER, 410, -1}, 0, VERDICT_GONE, 0},
    {{10, OUTCOME_ANSWER, 410, -1}, 0, VERDICT_GONE, 0},
    {{1, OUTCOME_ANSWER, 500, -1}, 0, VERDICT_RETRY, 5000},
    {{1, OUTCOME_ANSWER, 302, -1}, 0.5, VERDICT_RETRY, 5250},
    {{1, OUTCOME_CONNECT, 0, -1}, 1, VERDICT_RETRY, 5500},
    {{1, OUTCOME_DNS, 0, -1}, 7, VERDICT_RETRY, 5500},
    {{1, OUTCOME_TLS, 0, -1}, -1, VERDICT_RETRY, 5000},
    {{2, OUTCOME_TIMEOUT, 0, -1}, 0, VERDICT_RETRY, 300000},
    {{3, OUTCOME_TOO_LARGE, 200, -1}, 0, VERDICT_RETRY, 1800000},
    {{4, OUTCOME_PROTOCOL, 0, -1}, 0, VERDICT_RETRY, 2 * H},
    {{5, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_RETRY, 5 * H},
    {{6, OUTCOME_REFUSED_ADDRESS, 0, -1}, 0, VERDICT_RETRY, 10 * H},
    {{7, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_RETRY, 14 * H},
    {{8, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_RETRY, 20 * H},
    {{9, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_RETRY, 24 * H},
    {{10, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_DEAD, 0},
    {{10, OUTCOME_ANSWER, 503, 1000}, 0, VERDICT_DEAD, 0},
    {{4000000000u, OUTCOME_ANSWER, 404, -1}, 0, VERDICT_DEAD, 0},
    /* the later of both counts, ten hours at most */
    {{1, OUTCOME_ANSWER, 503, 60000}, 0, VERDICT_RETRY, 60000},
    {{1, OUTCOME_ANSWER, 200, 60000}, 0, VERDICT_RETRY, 60000},
    {{1, OUTCOME_ANSWER, 503, 1000}, 0, VERDICT_RETRY, 5000},
    {{1, OUTCOME_ANSWER, 503, 0}, 0, VERDICT_RETRY, 5000},
    {{1, OUTCOME_ANSWER, 429, INT64_MAX}, 0, VERDICT_RETRY, 10 * H},
    {{7, OUTCOME_ANSWER, 429, INT64_MAX}, 0, VERDICT_RETRY, 14 * H},
    /* the dispatcher's own stop costs nothing */
    {{1, OUTCOME_ABORTED, 0, -1}, 1, VERDICT_RETRY, 0},
    {{10, OUTCOME_ABORTED, 0, 60000}, 1, VERDICT_RETRY, 0},
};

static const struct {
	const char *list;
	size_t count;
	uint32_t first, last;
	int64_t longest_ms;
} schedules[] = {
    {"", 10, 0, 86400, 26 * (int64_t)H + 24 * 60000},
    {"[]", 10, 0, 86400, 26 * (int64_t)H + 24 * 60000},
    {"[0]", 1, 0, 0, 10 * (int64_t)H},
    {"[ 3, 604800,7 ]", 3, 3, 7, 665280000},
    {"[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,"
     "4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,10]",
	50, 0, 9, 10 * (int64_t)H},
};

static void
test_schedules(void **state)
{
	struct schedule s;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(schedules); i++) {
		schedule_read(span_of(schedules[i].list), &s);
		assert_int_equal(s.count, schedules[i].count);
		assert_int_equal(s.steps[0], schedules[i].first);
		assert_int_equal(s.steps[s.count - 1], schedules[i].last);
		assert_int_equal(
		    schedule_longest_ms(&s), schedules[i].longest_ms);
	}
}

static void
test_attempts(void **state)
{
	(void)state;
	assert_int_equal(schedule_default_count, 10);
	for (size_t i = 0; i < COUNT_OF(attempts); i++) {
		int64_t due_ms = -1;

		assert_int_equal(
		    next_attempt(&attempts[i].result, NOW, schedule_default,
			schedule_default_count, attempts[i].jitter, &due_ms),
		    attempts[i].verdict);
		if (attempts[i].verdict == VERDICT_RETRY)
			assert_int_equal(due_ms - NOW, attempts[i].wait_ms);
	}
}

static void
test_own_schedule(void **state)
{
	const uint32_t own[] = {0, 604800};
	struct attempt_result failed = {1, OUTCOME_ANSWER, 500, -1};
	int64_t due_ms;

	(void)state;
	assert_int_equal(
	    next_attempt(&failed, NOW, own, 2, 0, &due_ms), VERDICT_RETRY);
	assert_int_equal(due_ms, NOW + 604800000ll);
	failed.attempt = 2;
	assert_int_equal(
	    next_attempt(&failed, NOW, own, 2, 0, &due_ms), VERDICT_DEAD);
	failed.attempt = 1;
	assert_int_equal(
	    next_attempt(&failed, NOW, NULL, 0, 0, &due_ms), VERDICT_DEAD);
}

static void
test_names(void **state)
{
	enum delivery_state got;

	(void)state;
	for (int i = 0; i < DELIVERY_STATE_COUNT; i++) {
		const char *name = delivery_state_name((enum delivery_state)i);

		assert_true(delivery_state_parse(span_of(name), &got));
		assert_int_equal(got, i);
	}
	assert_false(delivery_state_parse(SPAN("Pending"), &got));
	assert_false(delivery_state_parse(SPAN(""), &got));
	assert_string_equal(delivery_state_name(DELIVERY_LEASED), "leased");
	assert_string_equal(
	    outcome_name(OUTCOME_REFUSED_ADDRESS), "refused_address");
	for (int i = 0; i < OUTCOME_COUNT; i++)
		assert_true(strlen(outcome_name((enum outcome)i)) > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_schedules),
	    cmocka_unit_test(test_attempts),
	    cmocka_unit_test(test_own_schedule),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
