/* What goes with time: webhooks that fail for days, moments at which something
 * was kept long enough, a wall clock that jumps. */
#include "queue_helper.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include "common/clock.h"

static const int64_t DAY_MS = INT64_C(24) * 3600 * 1000;

static enum err
test_flag_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = look_body(txn, arg);

	s->row->values[DELIVERY_TEST] = value_bool(true);
	return rc ? rc : record_update(txn, s->row);
}

static enum err
look_options_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	return record_get(
	    txn, s->b->place->arena, &schema_options, s->id, &s->row);
}

static struct span
reason_of(struct bench *b, int64_t webhook)
{
	struct step s = {.b = b, .id = webhook};

	must_read(b->place, look_options_body, &s);
	return s.row->values[OPTION_DISABLED_REASON].text;
}

static enum err
look_hook_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	return record_get(
	    txn, s->b->place->arena, &schema_webhooks, s->id, &s->row);
}

static bool
is_active(struct bench *b, int64_t webhook)
{
	struct step s = {.b = b, .id = webhook};

	must_read(b->place, look_hook_body, &s);
	return span_is(s.row->values[WEBHOOK_STATUS].text, "active");
}

/* One attempt, of a new delivery or of one that waits. */
static void
attempt(struct bench *b, int64_t webhook, enum outcome outcome, int64_t at_ms)
{
	struct step s;

	emit(b, webhook, at_ms);
	s = lease(b, 1, 1, at_ms);
	assert_int_equal(s.count, 1);
	report(b, &s.jobs[0].job, outcome, outcome ? 500 : 200, at_ms);
}

static void
test_failing_for_days(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	b->conf.disable_after_seconds = 5 * DAY_MS / 1000;
	for (int i = 0; i < 10; i++)
		attempt(b, webhook, OUTCOME_ANSWER, NOW + i);
	attempt(b, webhook, OUTCOME_ANSWER, NOW + 5 * DAY_MS - 1);
	attempt(b, webhook, OUTCOME_ABORTED, NOW + 5 * DAY_MS);
	assert_true(is_active(b, webhook));
	restart(b);
	attempt(b, webhook, OUTCOME_ANSWER, NOW + 5 * DAY_MS);
	assert_false(is_active(b, webhook));
	assert_true(span_starts(reason_of(b, webhook),
	    "Every attempt failed since 2023-11-14T22:13:20.000Z; "
	    "the last one: words"));
	assert_int_equal(lease(b, 1, 9, NOW + 90 * DAY_MS).count, 0);
	/* Active again, the failures begin anew. */
	set_active(b, webhook, true);
	attempt(b, webhook, OUTCOME_ANSWER, NOW + 90 * DAY_MS);
	assert_true(is_active(b, webhook));
}

static void
test_not_failing_for_days(void **state)
{
	static const struct {
		int failures;
		enum outcome then; /* after which comes the last failure */
		int64_t after_seconds;
	} cases[] = {
	    {10, OUTCOME_DELIVERED, 432000}, /* once in between */
	    {8, OUTCOME_CONNECT, 432000},    /* too few */
	    {30, OUTCOME_CONNECT, 0},	     /* switched off */
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t webhook = hook(b, "http://a.example/");
		int64_t from_ms = NOW + (int64_t)i * 10 * DAY_MS;

		b->conf.disable_after_seconds = cases[i].after_seconds;
		for (int n = 0; n < cases[i].failures; n++)
			attempt(b, webhook, OUTCOME_TIMEOUT, from_ms + n);
		attempt(b, webhook, cases[i].then, from_ms + 4 * DAY_MS);
		attempt(b, webhook, OUTCOME_ANSWER, from_ms + 6 * DAY_MS);
		assert_true(is_active(b, webhook));
		set_active(b, webhook, false);
	}
}

/* Tests are neither a success nor a failure. */
static void
test_tests_do_not_count(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	struct step s;

	b->conf.disable_after_seconds = 1;
	for (int i = 0; i < 10; i++)
		attempt(b, webhook, OUTCOME_ANSWER, NOW + i);
	for (int i = 0; i < 2; i++) {
		struct step flag = {.b = b};

		flag.id = emit(b, webhook, NOW - 1);
		must_write(b->place, test_flag_body, &flag);
		s = lease(b, 1, 1, NOW + 100000);
		report(b, &s.jobs[0].job,
		    i ? OUTCOME_DELIVERED : OUTCOME_ANSWER, 200, NOW + 100000);
		assert_true(is_active(b, webhook));
	}
	attempt(b, webhook, OUTCOME_ANSWER, NOW + 100000);
	assert_false(is_active(b, webhook));
}

/* A group that is undone leaves no failure behind. */
static void
test_failure_undone(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	struct step s;

	b->conf.disable_after_seconds = 1;
	for (int i = 0; i < 9; i++)
		attempt(b, webhook, OUTCOME_ANSWER, NOW + i);
	emit(b, webhook, NOW);
	s = lease(b, 1, 1, NOW + 10);
	s.report = (struct lease_report){.delivery = s.jobs[0].job.delivery,
	    .token = s.jobs[0].job.token,
	    .outcome = OUTCOME_ANSWER,
	    .retry_after_ms = -1};
	s.fail = true;
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, report_body, &s, 0));
	report(b, &s.jobs[0].job, OUTCOME_ANSWER, 500, NOW + 9000);
	assert_true(is_active(b, webhook)); /* it was the tenth */
	attempt(b, webhook, OUTCOME_ANSWER, NOW + 9000);
	assert_false(is_active(b, webhook));
}

static void
count_two(void *ctx)
{
	struct bench *b = ctx;

	b->ready += 2;
}

/* Whom it tells comes after the store is open, and may go before it does. */
static void
test_quiet(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	queue_quiet(b->queue);
	atomic_store(&b->ready, 0);
	emit(b, webhook, NOW);
	assert_int_equal(atomic_load(&b->ready), 0);
	queue_speak(b->queue, count_two, b);
	emit(b, webhook, NOW - 1);
	assert_int_equal(atomic_load(&b->ready), 2);
}

/* ---- keeping ---- */

static void
keep(struct bench *b)
{
	atomic_store(&b->ready, 0);
	queue_keep(b->queue);
	while (!atomic_load(&b->ready))
		sched_yield();
}

/* Looked at again when the oldest comes of age, and not by the clock when
 * nothing is kept. */
static void
test_keep_moments(void **state)
{
	struct bench *b = *state;
	int64_t now_ms = clock_wall_ms(), webhook;

	b->conf.keep_delivered_seconds = 100;
	b->conf.keep_dead_seconds = 50;
	b->conf.keep_held_seconds = 1000;
	b->conf.keep_rows = 100;
	keep(b);
	assert_true(queue_keep_at_ms(b->queue) == INT64_MAX);
	webhook = hook(b, "http://a.example/");
	assert_true(llabs(queue_keep_at_ms(b->queue) - now_ms - 50000) < 5000);
	attempt(b, webhook, OUTCOME_DELIVERED, now_ms - 200000);
	attempt(b, webhook, OUTCOME_DELIVERED, now_ms - 90000);
	attempt(b, webhook, OUTCOME_ANSWER, now_ms);
	keep(b);
	assert_int_equal(counts(b).removed, 1);
	assert_true(queue_keep_at_ms(b->queue) == now_ms + 10000);
	set_active(b, webhook, false);
	keep(b);
	assert_int_equal(counts(b).removed, 1);
	assert_true(queue_keep_at_ms(b->queue) == now_ms + 10000);
	b->conf.keep_rows = 0; /* too many: at once */
	keep(b);
	assert_int_equal(counts(b).removed, 2);
}

/* ---- the wall clock is set ---- */

enum { HOUR_MS = 3600 * 1000 };
static const int64_t YEAR_MS = INT64_C(365) * 24 * HOUR_MS;

static void
set_clock(struct bench *b, int64_t by_ms)
{
	clock_shift_ms(by_ms);
	assert_int_equal(ERR_NONE, queue_clock_look(b->queue));
}

/* A lease keeps its length, whichever way the clock goes. */
static void
test_clock_and_leases(void **state)
{
	static const int64_t jumps[] = {5 * HOUR_MS, -5 * HOUR_MS};
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	for (size_t i = 0; i < 2; i++) {
		int64_t id = emit(b, webhook, clock_wall_ms()), end_ms;
		struct step s = lease(b, 1, 1, clock_wall_ms());

		assert_int_equal(s.count, 1);
		set_clock(b, jumps[i]);
		assert_int_equal(lease(b, 1, 1, clock_wall_ms()).count, 0);
		end_ms = look(b, id)->values[DELIVERY_LEASE_UNTIL].i;
		assert_true(
		    llabs(end_ms - s.jobs[0].job.until_ms - jumps[i]) < 1000);
		assert_true(queue_next_due_ms(b->queue) == end_ms);
		if (i == 0) {
			report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200,
			    clock_wall_ms());
			expect_state(b, id, "delivered");
		} else { /* never reported: free by its time */
			assert_int_equal(lease(b, 1, 1, end_ms - 1).count, 0);
			assert_int_equal(lease(b, 1, 1, end_ms).count, 1);
		}
	}
}

static void
test_clock_forward(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	emit(b, webhook, clock_wall_ms() + 20 * HOUR_MS);
	set_clock(b, 19 * HOUR_MS);
	assert_int_equal(lease(b, 1, 1, clock_wall_ms()).count, 0);
	set_clock(b, 2 * HOUR_MS);
	assert_int_equal(lease(b, 1, 1, clock_wall_ms()).count, 1);
	clock_shift_ms(-21 * HOUR_MS);
}

/* Nothing waits longer than the schedule can ask for; what waits for less
 * than that goes on waiting. */
static void
test_clock_back(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, clock_wall_ms() + 5000);
	struct step s;

	set_clock(b, -HOUR_MS);
	assert_int_equal(lease(b, 1, 9, clock_wall_ms()).count, 0);
	b->ready = 0;
	set_clock(b, HOUR_MS - YEAR_MS);
	while (queue_next_due_ms(b->queue) > clock_wall_ms())
		must_write(b->place, nothing_body, NULL);
	s = lease(b, 1, 9, clock_wall_ms());
	assert_int_equal(s.count, 1);
	assert_int_equal(s.jobs[0].job.delivery, id);
	clock_shift_ms(YEAR_MS);
}

/* It was set while no owner ran. */
static void
test_clock_back_restart(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	emit(b, webhook, clock_wall_ms() + 5000);
	clock_shift_ms(-YEAR_MS);
	restart(b);
	while (queue_next_due_ms(b->queue) > clock_wall_ms())
		must_write(b->place, nothing_body, NULL);
	assert_int_equal(lease(b, 1, 9, clock_wall_ms()).count, 1);
	clock_shift_ms(YEAR_MS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_clock_and_leases),
	    BENCH_TEST(test_clock_forward),
	    BENCH_TEST(test_clock_back),
	    BENCH_TEST(test_clock_back_restart),
	    BENCH_TEST(test_failing_for_days),
	    BENCH_TEST(test_not_failing_for_days),
	    BENCH_TEST(test_tests_do_not_count),
	    BENCH_TEST(test_failure_undone),
	    BENCH_TEST(test_quiet),
	    BENCH_TEST(test_keep_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
