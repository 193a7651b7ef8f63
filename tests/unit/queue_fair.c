/* Fairness against a real store: windows, breakers, rates and how many at
 * once, over drafts that are dropped, sessions that end, owners that go. */
#include "queue_helper.h"

#include <stdio.h>

#include "common/clock.h"

static void
emit_many(struct bench *b, int64_t webhook, int count, int64_t due_ms)
{
	for (int i = 0; i < count; i++)
		emit(b, webhook, due_ms);
}

/* With room for more at once than the other tests have. */
static void
widen(struct bench *b)
{
	b->conf.per_endpoint = 8;
	restart(b);
}

static void
report_all(struct bench *b, const struct step *s, enum outcome outcome,
    int status, int64_t now_ms)
{
	for (size_t i = 0; i < s->count; i++)
		report(b, &s->jobs[i].job, outcome, status, now_ms);
}

static void
test_window_falls_and_rises(void **state)
{
	struct bench *b = *state;
	int64_t webhook;
	struct step s;

	widen(b);
	webhook = hook(b, "http://a.example/");
	emit_many(b, webhook, 120, NOW);
	s = lease(b, 1, 99, NOW);
	assert_int_equal(s.count, 4);
	report_all(b, &s, OUTCOME_ANSWER, 429, NOW);
	s = lease(b, 1, 99, NOW);
	assert_int_equal(s.count, 2);
	for (int i = 0; i < 15; i++) {
		report_all(b, &s, OUTCOME_DELIVERED, 200, NOW);
		s = lease(b, 1, 99, NOW);
	}
	assert_true(s.count > 4 && s.count <= 8);
	assert_int_equal(counts(b).windows, s.count);
	assert_int_equal(counts(b).endpoints, 1);
}

/* Opens the breaker of the webhook's endpoint; the last one is the 5th. */
static void
open_breaker(struct bench *b, int64_t webhook, int64_t now_ms)
{
	for (int failed = 0; failed < 5;) {
		struct step s = lease(b, 1, 1, now_ms);

		assert_int_equal(s.count, 1);
		assert_int_equal(s.jobs[0].job.webhook, webhook);
		report_all(b, &s, OUTCOME_CONNECT, 0, now_ms);
		failed++;
	}
}

static void
assert_receiver(
    struct bench *b, int64_t webhook, enum flow_state breaker, int troubles)
{
	struct queue_receiver r;

	queue_receiver(b->queue, webhook, &r);
	assert_int_equal(r.breaker, breaker);
	assert_int_equal(r.troubles, troubles);
	if (breaker == FLOW_OPEN)
		assert_true(r.retry_ms > NOW);
}

static void
test_breaker(void **state)
{
	struct bench *b = *state;
	int64_t dead = hook(b, "http://a.example/"), last, now_ms = NOW;
	int64_t same = hook(b, "http://a.example/2");
	int64_t other = hook(b, "http://b.example/");
	struct queue_receiver r;
	struct step s;

	emit_many(b, dead, 9, NOW);
	last = emit(b, dead, NOW);
	open_breaker(b, dead, NOW);
	emit(b, same, NOW);
	assert_int_equal(counts(b).endpoints_open, 1);
	assert_int_equal(counts(b).blocked_webhooks, 2);
	assert_receiver(b, dead, FLOW_OPEN, 5);
	assert_receiver(b, same, FLOW_OPEN, 5);
	assert_receiver(b, other, FLOW_CLOSED, 0);
	assert_int_equal(lease(b, 1, 99, NOW).count, 0);
	/* Nothing to look at before the probe; others go meanwhile. */
	assert_true(queue_next_due_ms(b->queue) == NOW + BREAKER_MS);
	emit(b, other, NOW);
	s = lease(b, 1, 99, NOW);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.jobs[0].job.webhook, other);
	report_all(b, &s, OUTCOME_DELIVERED, 200, NOW);
	/* Exactly one, and it fails, three times. */
	for (int64_t wait_ms = BREAKER_MS; wait_ms <= 4 * BREAKER_MS;
	     wait_ms *= 2) {
		now_ms += wait_ms;
		assert_int_equal(lease(b, 1, 99, now_ms - 1).count, 0);
		s = lease(b, 1, 99, now_ms);
		assert_int_equal(s.count, 1);
		assert_int_equal(counts(b).endpoints_probing, 1);
		queue_receiver(b->queue, dead, &r);
		assert_int_equal(r.breaker, FLOW_PROBING);
		assert_int_equal(lease(b, 2, 99, now_ms).count, 0);
		report_all(b, &s, OUTCOME_TLS, 0, now_ms);
		assert_int_equal(counts(b).endpoints_open, 1);
	}
	/* Those behind it had no attempt. */
	assert_int_equal(look(b, last)->values[DELIVERY_ATTEMPTS].i, 0);
	now_ms += 8 * BREAKER_MS;
	s = lease(b, 1, 99, now_ms);
	assert_int_equal(s.count, 1);
	report_all(b, &s, OUTCOME_DELIVERED, 200, now_ms);
	assert_int_equal(counts(b).endpoints_open, 0);
	assert_int_equal(counts(b).blocked_webhooks, 0);
	assert_receiver(b, dead, FLOW_CLOSED, 0);
	assert_true(lease(b, 1, 99, now_ms).count > 0);
}

static void
test_probe_is_lost(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t now_ms = NOW + BREAKER_MS;
	struct step s;

	emit_many(b, webhook, 9, NOW);
	open_breaker(b, webhook, NOW);
	/* With its dispatcher. */
	s = lease(b, 3, 9, now_ms);
	assert_int_equal(s.count, 1);
	queue_session_end(b->queue, session_id(3));
	must_write(b->place, nothing_body, NULL);
	assert_int_equal(counts(b).endpoints_open, 1);
	/* By its time. */
	s = lease(b, 4, 9, now_ms);
	assert_int_equal(s.count, 1);
	assert_int_equal(lease(b, 1, 9, s.jobs[0].job.until_ms - 1).count, 0);
	s = lease(b, 4, 9, s.jobs[0].job.until_ms);
	assert_int_equal(s.count, 1);
	/* Given back. */
	report_all(b, &s, OUTCOME_ABORTED, 0, now_ms);
	assert_int_equal(counts(b).endpoints_open, 1);
	/* After a restart nothing is known against the endpoint. */
	restart(b);
	assert_int_equal(counts(b).endpoints_open, 0);
	assert_true(lease(b, 4, 99, now_ms).count > 1);
}

static void
test_drafts(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	struct step s, fails = {.b = b, .now_ms = NOW, .fail = true};

	emit_many(b, webhook, 9, NOW);
	for (int i = 0; i < 4; i++) {
		s = lease(b, 1, 1, NOW);
		report_all(b, &s, OUTCOME_DNS, 0, NOW);
	}
	/* The fifth trouble is told in a group that is undone. */
	s = lease(b, 1, 1, NOW);
	fails.report = (struct lease_report){
	    .delivery = s.jobs[0].job.delivery,
	    .token = s.jobs[0].job.token,
	    .outcome = OUTCOME_DNS,
	    .retry_after_ms = -1,
	};
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, report_body, &fails, 0));
	assert_int_equal(counts(b).endpoints_open, 0);
	assert_int_equal(counts(b).in_flight, 1);
	report_all(b, &s, OUTCOME_DNS, 0, NOW);
	assert_int_equal(counts(b).endpoints_open, 1);
	/* So is the probe. */
	fails.request.want = 9;
	fails.now_ms = NOW + BREAKER_MS;
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, lease_body, &fails, 0));
	assert_int_equal(fails.count, 1);
	assert_int_equal(counts(b).endpoints_open, 1);
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(lease(b, 1, 9, NOW + BREAKER_MS).count, 1);
}

static void
test_rate(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t begin_ms = clock_wall_ms() + 5000, now_ms = begin_ms;
	struct step s, fails = {.b = b, .fail = true};
	int went = 0;

	set_option(b, webhook, OPTION_RATE_PER_SECOND, value_f64(4));
	emit_many(b, webhook, 20, begin_ms);
	while ((now_ms = queue_next_due_ms(b->queue)) < begin_ms + 3000) {
		/* A group that is undone spends nothing. */
		fails.now_ms = now_ms;
		fails.request.want = 9;
		assert_int_equal(ERR_PAYLOAD,
		    store_write(b->place->store, lease_body, &fails, 0));
		assert_int_equal(fails.count, 1);
		s = lease(b, 1, 9, fails.now_ms);
		assert_int_equal(s.count, 1);
		report_all(b, &s, OUTCOME_DELIVERED, 200, fails.now_ms);
		assert_int_equal(lease(b, 2, 9, fails.now_ms).count, 0);
		went++;
	}
	assert_true(went >= 11 && went <= 13);
	/* Without the limit the rest goes. */
	set_option(b, webhook, OPTION_RATE_PER_SECOND, value_null());
	assert_int_equal(lease(b, 1, 9, now_ms).count, WINDOW);
}

/* What went before the restart is not known: at most a second is waited. */
static void
test_rate_after_restart(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t now_ms = clock_wall_ms(), due_ms;

	set_option(b, webhook, OPTION_RATE_PER_SECOND, value_f64(0.01));
	emit_many(b, webhook, 3, now_ms);
	restart(b);
	due_ms = queue_next_due_ms(b->queue);
	assert_true(due_ms > now_ms + 900 && due_ms < now_ms + 60000);
	assert_int_equal(lease(b, 1, 9, due_ms - 1).count, 0);
	assert_int_equal(lease(b, 1, 9, due_ms).count, 1);
	assert_int_equal(lease(b, 1, 9, due_ms + 99000).count, 0);
}

/* Waits keep their length when the clock is set, either way. */
static void
test_clock_is_set(void **state)
{
	enum { DAY_MS = 86400000 };
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/"), paced;
	int64_t now_ms = clock_wall_ms();
	struct step s;

	emit_many(b, webhook, 9, now_ms - 2 * DAY_MS);
	open_breaker(b, webhook, now_ms);
	paced = hook(b, "http://b.example/");
	set_option(b, paced, OPTION_RATE_PER_SECOND, value_f64(0.5));
	emit_many(b, paced, 9, now_ms - 2 * DAY_MS);
	s = lease(b, 1, 9, now_ms + 999);
	assert_int_equal(s.count, 1);
	report_all(b, &s, OUTCOME_DELIVERED, 200, now_ms + 999);
	clock_shift_ms(-DAY_MS);
	assert_int_equal(ERR_NONE, queue_clock_look(b->queue));
	assert_int_equal(lease(b, 1, 9, now_ms - DAY_MS + 900).count, 0);
	s = lease(b, 1, 9, now_ms - DAY_MS + 3500);
	assert_int_equal(s.count, 2);
	clock_shift_ms(2 * DAY_MS);
	report_all(b, &s, OUTCOME_CONNECT, 0, now_ms - DAY_MS + 3500);
	assert_int_equal(ERR_NONE, queue_clock_look(b->queue));
	assert_int_equal(lease(b, 1, 9, now_ms + DAY_MS + 4000).count, 0);
	clock_shift_ms(-DAY_MS);
}

static void
test_max_concurrency(void **state)
{
	struct bench *b = *state;
	int64_t webhook, other, now_ms = clock_wall_ms();
	struct step s, t;

	widen(b);
	webhook = hook(b, "http://a.example/");
	other = hook(b, "http://a.example/");
	set_option(b, webhook, OPTION_MAX_CONCURRENCY, value_int(2));
	emit_many(b, webhook, 9, now_ms);
	s = lease(b, 1, 1, now_ms);
	t = lease(b, 2, 9, now_ms);
	assert_int_equal(s.count + t.count, 2);
	emit_many(b, other, 9, now_ms + 1);
	assert_int_equal(lease(b, 3, 9, now_ms + 1).count, 2);
	/* Known again by the new owner. */
	restart(b);
	assert_int_equal(counts(b).in_flight, 4);
	set_active(b, other, false);
	assert_int_equal(lease(b, 3, 9, now_ms + 1).count, 0);
	report_all(b, &s, OUTCOME_DELIVERED, 200, now_ms);
	assert_int_equal(lease(b, 3, 1, now_ms + 1).count, 1);
	assert_int_equal(lease(b, 3, 9, now_ms + 1).count, 0);
	queue_session_end(b->queue, session_id(3));
	must_write(b->place, nothing_body, NULL);
	assert_int_equal(lease(b, 4, 9, clock_wall_ms() + 1).count, 1);
	/* The other one's lease runs out. */
	assert_int_equal(
	    lease(b, 4, 9, now_ms + TIMEOUT_MS + SLACK_MS).count, 1);
	set_option(b, webhook, OPTION_MAX_CONCURRENCY, value_null());
	assert_true(
	    lease(b, 4, 9, now_ms + 1 + TIMEOUT_MS + SLACK_MS).count > 0);
}

/* However many receivers are silent, one that answers keeps its room. */
static void
test_unproven_leave_room(void **state)
{
	struct bench *b = *state;
	int64_t good, now_ms = NOW;
	char url[64];
	struct step s;

	b->conf.dispatch_transfers = 6;
	restart(b);
	good = hook(b, "http://good.example/");
	emit(b, good, NOW);
	s = lease(b, 1, 1, NOW);
	report_all(b, &s, OUTCOME_ANSWER, 500, NOW);
	for (int i = 0; i < 9; i++) {
		snprintf(url, sizeof(url), "http://silent%d.example/", i);
		emit_many(b, hook(b, url), 3, NOW);
	}
	assert_int_equal(lease(b, 1, 99, NOW).count, 3);
	assert_true(queue_next_due_ms(b->queue) > NOW);
	emit_many(b, good, 2, NOW);
	s = lease(b, 1, 99, NOW);
	assert_int_equal(s.count, 2);
	for (size_t i = 0; i < s.count; i++)
		assert_int_equal(s.jobs[i].job.webhook, good);
	/* Silent now, it counts among them. */
	report_all(b, &s, OUTCOME_TIMEOUT, 0, now_ms);
	emit(b, good, NOW - 1);
	assert_int_equal(lease(b, 1, 99, NOW).count, 0);
	assert_int_equal(counts(b).endpoints_unproven, 10);
}

/* Nor does it wait for all that came before it. */
static void
test_kinds_take_turns(void **state)
{
	struct bench *b = *state;
	int64_t good = hook(b, "http://good.example/");
	char url[64];
	struct step s;

	emit(b, good, NOW);
	s = lease(b, 1, 1, NOW);
	report_all(b, &s, OUTCOME_DELIVERED, 200, NOW);
	for (int i = 0; i < 40; i++) {
		snprintf(url, sizeof(url), "http://new%d.example/", i);
		emit(b, hook(b, url), NOW);
	}
	emit(b, good, NOW + 1);
	s = lease(b, 1, 99, NOW + 1);
	assert_int_equal(s.jobs[0].job.webhook, good);
	/* One call reads no more than so many webhooks. */
	assert_int_equal(s.count, 16);
	emit(b, good, NOW + 2);
	/* Nor do they wait for it, where there is room for one at a time. */
	assert_true(lease(b, 1, 1, NOW + 2).jobs[0].job.webhook != good);
	s = lease(b, 1, 99, NOW + 2);
	assert_int_equal(s.jobs[0].job.webhook, good);
	assert_int_equal(s.count, 16);
	assert_int_equal(lease(b, 1, 99, NOW + 2).count, 9);
}

/* One that has much to send, all of it older, leaves the others their turns:
 * those nothing is known of, those that were silent, and those that answer. */
static void
test_endpoints_take_turns(void **state)
{
	static const struct {
		enum outcome outcome;
		int status;
	} rows[] = {{OUTCOME_TIMEOUT, 0}, {OUTCOME_DELIVERED, 200}};
	struct bench *b = *state;
	int64_t now_ms = NOW;

	b->conf.dispatch_transfers = 2; /* hence one of the silent */
	restart(b);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t much = hook(b, "http://much.example/");
		int64_t few = hook(b, "http://few.example/");
		int got = 0;

		emit_many(b, much, 20, NOW - 60000);
		emit_many(b, few, 5, NOW);
		for (int n = 0; n < 10; n++) {
			struct step s = lease(b, 1, 1, ++now_ms);

			assert_int_equal(s.count, 1);
			got += s.jobs[0].job.webhook == few;
			report_all(
			    b, &s, rows[i].outcome, rows[i].status, now_ms);
		}
		assert_true(got >= 4 && got <= 6);
		set_active(b, much, false);
		set_active(b, few, false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_window_falls_and_rises),
	    BENCH_TEST(test_breaker),
	    BENCH_TEST(test_probe_is_lost),
	    BENCH_TEST(test_drafts),
	    BENCH_TEST(test_rate),
	    BENCH_TEST(test_rate_after_restart),
	    BENCH_TEST(test_clock_is_set),
	    BENCH_TEST(test_max_concurrency),
	    BENCH_TEST(test_unproven_leave_room),
	    BENCH_TEST(test_kinds_take_turns),
	    BENCH_TEST(test_endpoints_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
