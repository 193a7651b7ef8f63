/* The queue against a real store: leases, reports, retries, sessions that
 * end, owners that come back, webhooks that go. */
#include "queue_helper.h"
#include "common/clock.h"

static enum err
hook_delete_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = record_delete(txn, &schema_webhooks, s->id);

	return rc ? rc : queue_webhook_changed(s->b->queue, txn, s->id);
}

static void
test_delivered(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/"), id;
	const struct lease_job *job;
	struct step s = lease(b, 1, 10, NOW);

	assert_int_equal(s.count, 0);
	assert_true(queue_has_session(b->queue));
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
	b->ready = 0;
	id = emit(b, webhook, NOW);
	assert_true(b->ready > 0);
	assert_true(queue_next_due_ms(b->queue) == NOW);
	assert_int_equal(lease(b, 1, 10, NOW - 1).count, 0);
	s = lease(b, 1, 10, NOW);
	assert_int_equal(s.count, 1);
	job = &s.jobs[0].job;
	assert_int_equal(job->delivery, id);
	assert_int_equal(job->attempt, 1);
	assert_true(job->token > 0);
	assert_true(job->until_ms == NOW + TIMEOUT_MS + SLACK_MS);
	assert_true(span_is(job->body, "{\"event\":1}"));
	assert_true(span_is(job->secrets[0].text, "whsec_YWJj"));
	assert_int_equal(job->secrets[1].text.n, 0);
	assert_true(job->verify_tls);
	expect_state(b, id, "leased");
	assert_int_equal(counts(b).in_flight, 1);
	assert_int_equal(lease(b, 1, 10, NOW).count, 0);

	report(b, job, OUTCOME_DELIVERED, 204, NOW + 5);
	expect_state(b, id, "delivered");
	assert_int_equal(look(b, id)->values[DELIVERY_ATTEMPTS].i, 1);
	assert_int_equal(look(b, id)->values[DELIVERY_LAST_STATUS].i, 204);
	assert_int_equal(
	    look(b, id)->values[DELIVERY_LAST_ERROR].type, VALUE_NULL);
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(counts(b).waiting_webhooks, 0);
	/* Idle costs nothing: nothing is to be looked at again. */
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);

	report(b, job, OUTCOME_DELIVERED, 204, NOW + 6);
	assert_int_equal(counts(b).unknown_reports, 1);
	assert_int_equal(counts(b).reported, 1);
}

static void
test_retries_until_dead(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, NOW), now_ms = NOW;

	for (unsigned n = 1; n <= schedule_default_count; n++) {
		struct step s = lease(b, 1, 10, now_ms);
		int64_t least, due_ms;

		assert_int_equal(s.count, 1);
		assert_int_equal(s.jobs[0].job.attempt, n);
		report(b, &s.jobs[0].job, OUTCOME_ANSWER, 500, now_ms);
		if (n == schedule_default_count)
			break;
		expect_state(b, id, "pending");
		due_ms = look(b, id)->values[DELIVERY_NEXT_ATTEMPT_AT].i;
		least = now_ms + (int64_t)schedule_default[n] * 1000;
		assert_true(due_ms >= least);
		assert_true(due_ms <= least + (least - now_ms) / 10);
		assert_true(queue_next_due_ms(b->queue) == due_ms);
		assert_int_equal(lease(b, 1, 10, due_ms - 1).count, 0);
		now_ms = due_ms;
	}
	expect_state(b, id, "dead");
	assert_int_equal(
	    look(b, id)->values[DELIVERY_ATTEMPTS].i, schedule_default_count);
	assert_true(
	    span_is(look(b, id)->values[DELIVERY_LAST_ERROR].text, "words"));
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
}

static void
test_aborted_costs_nothing(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, NOW);
	struct step s = lease(b, 1, 1, NOW);

	report(b, &s.jobs[0].job, OUTCOME_ABORTED, 0, NOW + 1);
	expect_state(b, id, "pending");
	assert_int_equal(look(b, id)->values[DELIVERY_ATTEMPTS].i, 0);
	s = lease(b, 1, 1, NOW + 1);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.jobs[0].job.attempt, 1);
}

static enum err
options_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct row *row = row_new(s->b->place->arena, &schema_options);

	row->values[OPTION_ID] = value_int(s->webhook);
	row->values[OPTION_SCHEDULE] = value_json(SPAN("[0,60]"));
	row->values[OPTION_TIMEOUT_MS] = value_int(2000);
	row->values[OPTION_HEADERS] =
	    value_json(SPAN("[{\"header\":\"X\",\"value\":\"y\"}]"));
	row->values[OPTION_SUCCESS] = value_json(SPAN("[\"2xx\",304]"));
	row->values[OPTION_HUB_SIGNATURE] = value_bool(true);
	row->values[OPTION_VERIFY_TLS] = value_bool(false);
	return record_insert(txn, row);
}

static void
test_options(void **state)
{
	struct bench *b = *state;
	struct step o = {.b = b, .webhook = hook(b, "http://a.example/")}, s;
	int64_t id = emit(b, o.webhook, NOW), due_ms;

	must_write(b->place, options_body, &o);
	s = lease(b, 1, 1, NOW);
	assert_int_equal(s.jobs[0].job.timeout_ms, 2000);
	assert_true(s.jobs[0].job.until_ms == NOW + 2000 + SLACK_MS);
	assert_true(s.jobs[0].job.hub_signature);
	assert_false(s.jobs[0].job.verify_tls);
	assert_true(span_starts(s.jobs[0].headers_json, "[{\"header\""));
	assert_true(span_is(s.jobs[0].success_json, "[\"2xx\",304]"));
	report(b, &s.jobs[0].job, OUTCOME_TIMEOUT, 0, NOW);
	due_ms = look(b, id)->values[DELIVERY_NEXT_ATTEMPT_AT].i;
	assert_true(due_ms >= NOW + 60000 && due_ms <= NOW + 66000);
	s = lease(b, 1, 1, due_ms);
	report(b, &s.jobs[0].job, OUTCOME_TIMEOUT, 0, due_ms);
	expect_state(b, id, "dead");
}

static void
test_gone(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t first = emit(b, webhook, NOW), second;
	struct step s = lease(b, 1, 1, NOW);

	second = emit(b, webhook, NOW);
	report(b, &s.jobs[0].job, OUTCOME_ANSWER, 410, NOW);
	expect_state(b, first, "dead");
	expect_state(b, second, "pending");
	assert_int_equal(lease(b, 1, 9, NOW + 1).count, 0);
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
	/* Mended by hand, what waited goes. */
	b->ready = 0;
	set_active(b, webhook, true);
	assert_true(b->ready > 0);
	assert_int_equal(lease(b, 1, 9, NOW + 1).count, 1);
}

static void
test_inactive_holds(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");

	emit(b, webhook, NOW);
	set_active(b, webhook, false);
	assert_int_equal(lease(b, 1, 9, NOW).count, 0);
	restart(b);
	assert_int_equal(lease(b, 1, 9, NOW).count, 0);
	set_active(b, webhook, true);
	assert_int_equal(lease(b, 1, 9, NOW).count, 1);
}

/* The limit is the endpoint's, whatever webhooks and sessions share it. */
static void
test_endpoint_limit(void **state)
{
	struct bench *b = *state;
	int64_t one = hook(b, "http://a.example/1");
	int64_t two = hook(b, "http://A.example:80/2");
	int64_t other = hook(b, "http://a.example:81/");
	struct step s, t;

	for (int i = 0; i < 5; i++) {
		emit(b, one, NOW);
		emit(b, two, NOW);
		emit(b, other, NOW + 1);
	}
	s = lease(b, 1, 9, NOW);
	assert_int_equal(s.count, WINDOW);
	assert_int_equal(lease(b, 2, 9, NOW).count, 0);
	assert_true(queue_next_due_ms(b->queue) == NOW + 1);
	t = lease(b, 2, 9, NOW + 1);
	assert_int_equal(t.count, WINDOW);
	assert_int_equal(t.jobs[0].job.webhook, other);
	b->ready = 0;
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, NOW + 1);
	assert_true(b->ready > 0);
	assert_int_equal(lease(b, 2, 9, NOW + 1).count, 1);
	assert_int_equal(counts(b).in_flight, 2 * WINDOW);
	assert_int_equal(counts(b).sessions, 2);
}

static void
test_session_end(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, NOW);
	struct step s = lease(b, 1, 9, NOW), t;

	queue_session_end(b->queue, session_id(2)); /* unknown: nothing */
	queue_session_end(b->queue, session_id(1));
	must_write(b->place, nothing_body, NULL);
	assert_false(queue_has_session(b->queue));
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(counts(b).freed, 1);
	expect_state(b, id, "pending");
	assert_int_equal(look(b, id)->values[DELIVERY_ATTEMPTS].i, 0);
	t = lease(b, 3, 9, clock_wall_ms());
	assert_int_equal(t.count, 1);
	assert_true(t.jobs[0].job.token != s.jobs[0].job.token);
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, NOW);
	assert_int_equal(counts(b).unknown_reports, 1);
	expect_state(b, id, "leased");
}

static void
test_lease_runs_out(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, NOW);
	struct step s = lease(b, 1, 9, NOW), t;
	int64_t until_ms = s.jobs[0].job.until_ms;

	emit(b, webhook, NOW);
	lease(b, 1, 9, NOW);
	emit(b, webhook, NOW + 1);
	/* The endpoint is full, and stays so until the leases end. */
	assert_int_equal(lease(b, 1, 9, until_ms - 1).count, 0);
	assert_true(queue_next_due_ms(b->queue) <= until_ms);
	t = lease(b, 1, 9, until_ms);
	assert_int_equal(t.count, WINDOW);
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, until_ms);
	for (size_t i = 0; i < t.count; i++)
		if (t.jobs[i].job.delivery == id)
			assert_int_equal(counts(b).unknown_reports, 1);
}

/* What was leased before the owner's restart can be reported after it, and
 * is not leased again meanwhile. */
static void
test_owner_restart(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t first = emit(b, webhook, NOW), second = emit(b, webhook, NOW);
	struct step s = lease(b, 1, 9, NOW);

	assert_int_equal(s.count, 2);
	restart(b);
	assert_int_equal(lease(b, 1, 9, NOW + 1).count, 0);
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, NOW + 1);
	report(b, &s.jobs[1].job, OUTCOME_ANSWER, 503, NOW + 1);
	expect_state(b, first, "delivered");
	expect_state(b, second, "pending");
	assert_int_equal(counts(b).unknown_reports, 0);
	assert_int_equal(counts(b).in_flight, 0);
}

/* Leases of the time before count at once, and end with the session that
 * says that it holds them. */
static void
test_holds_after_restart(void **state)
{
	struct bench *b = *state;
	int64_t now_ms = clock_wall_ms();
	int64_t webhook = hook(b, "http://a.example/");
	int64_t first = emit(b, webhook, now_ms);
	int64_t second = emit(b, webhook, now_ms), tokens[2];
	struct step s = lease(b, 1, 1, now_ms), t = lease(b, 2, 1, now_ms);

	assert_int_equal(s.count + t.count, 2);
	tokens[0] = s.jobs[0].job.token;
	tokens[1] = 12345; /* of nobody */
	restart(b);
	assert_int_equal(counts(b).in_flight, 2);
	assert_false(queue_has_session(b->queue));
	queue_session_holds(b->queue, session_id(1), tokens, 2); /* unknown */
	queue_session_begin(b->queue, session_id(1));
	queue_session_holds(b->queue, session_id(1), tokens, 2);
	must_write(b->place, nothing_body, NULL);
	queue_session_end(b->queue, session_id(1));
	must_write(b->place, nothing_body, NULL);
	expect_state(b, s.jobs[0].job.delivery, "pending");
	expect_state(b, t.jobs[0].job.delivery, "leased");
	assert_int_equal(counts(b).in_flight, 1);
	report(b, &t.jobs[0].job, OUTCOME_DELIVERED, 200, now_ms);
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(
	    s.jobs[0].job.delivery + t.jobs[0].job.delivery, first + second);
}

/* Leases that nobody claims after the owner's restart are free before their
 * time: who held them has died as well. */
static void
test_unclaimed_after_restart(void **state)
{
	struct bench *b = *state;
	int64_t now_ms = clock_wall_ms(), soon_ms, webhook[2], tokens[2];
	struct step s;

	for (int i = 0; i < 2; i++) {
		webhook[i] = hook(b, "http://a.example/");
		set_option(b, webhook[i], OPTION_ORDERED, value_bool(i));
		emit(b, webhook[i], now_ms);
	}
	emit(b, hook(b, "http://b.example/"), now_ms);
	s = lease(b, 1, 9, now_ms);
	assert_int_equal(s.count, 3);
	restart(b);
	queue_session_begin(b->queue, session_id(3));
	tokens[0] = s.jobs[2].job.token;
	queue_session_holds(b->queue, session_id(3), tokens, 1);
	must_write(b->place, nothing_body, NULL);
	assert_int_equal(lease(b, 2, 9, now_ms).count, 0);
	soon_ms = queue_next_due_ms(b->queue);
	assert_in_range(soon_ms, now_ms + 1000, now_ms + TIMEOUT_MS / 2);
	/* Two clocks, each rounded, tell the moment. */
	assert_int_equal(lease(b, 2, 9, soon_ms - 2).count, 0);
	assert_int_equal(lease(b, 2, 9, soon_ms + 2).count, 2);
	assert_int_equal(counts(b).freed, 2);
	assert_int_equal(counts(b).in_flight, 3);
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, soon_ms);
	assert_int_equal(counts(b).unknown_reports, 1);
	report(b, &s.jobs[2].job, OUTCOME_DELIVERED, 200, soon_ms);
	assert_int_equal(counts(b).unknown_reports, 1);
}

static void
test_webhook_deleted(void **state)
{
	enum { MANY = 450 };
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/"), last = 0;
	int64_t flying = emit(b, webhook, NOW);
	struct step d = {.b = b, .id = webhook}, s = lease(b, 1, 1, NOW);

	for (int i = 0; i < MANY; i++)
		last = emit(b, webhook, NOW);
	must_write(b->place, hook_delete_body, &d);
	while (counts(b).waiting_webhooks > 0)
		must_write(b->place, nothing_body, NULL);
	expect_state(b, last, "cancelled");
	expect_state(b, flying, "cancelled");
	assert_int_equal(lease(b, 1, 9, NOW + 1000000).count, 0);
	/* Its attempt was under way: what came of it is told. */
	report(b, &s.jobs[0].job, OUTCOME_DELIVERED, 200, NOW + 9);
	expect_state(b, flying, "delivered");
	assert_int_equal(counts(b).in_flight, 0);
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
}

static enum err
hook_lost_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	return record_delete(txn, &schema_webhooks, s->id);
}

/* Deleted, and the owner died before a row was cancelled. */
static void
test_deleted_before_restart(void **state)
{
	struct bench *b = *state;
	struct step d = {.b = b, .id = hook(b, "http://a.example/")};
	int64_t id = emit(b, d.id, NOW);

	must_write(b->place, hook_lost_body, &d);
	expect_state(b, id, "pending");
	restart(b);
	while (counts(b).waiting_webhooks > 0)
		must_write(b->place, nothing_body, NULL);
	expect_state(b, id, "cancelled");
}

/* A group that is undone leaves no trace in the memory. */
static void
test_draft_dropped(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	int64_t id = emit(b, webhook, NOW);
	struct step s = {.b = b, .now_ms = NOW, .fail = true};

	s.request.want = 9;
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, lease_body, &s, 0));
	assert_int_equal(s.count, 1);
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(counts(b).leased, 0);
	assert_true(queue_next_due_ms(b->queue) == NOW);
	expect_state(b, id, "pending");
	assert_int_equal(lease(b, 1, 9, NOW).count, 1);
	assert_int_equal(counts(b).leased, 1);
}

static void
test_cancel_by_hand(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	struct step waiting = {.b = b, .id = emit(b, webhook, NOW)};
	struct step flying = {.b = b, .id = emit(b, webhook, NOW - 5)}, s;

	s = lease(b, 1, 1, NOW);
	assert_int_equal(s.jobs[0].job.delivery, flying.id);
	must_write(b->place, remove_body, &waiting);
	must_write(b->place, remove_body, &flying);
	assert_int_equal(lease(b, 1, 9, NOW + 9000000).count, 0);
	report(b, &s.jobs[0].job, OUTCOME_ANSWER, 500, NOW);
	expect_state(b, flying.id, "cancelled");
	assert_int_equal(look(b, flying.id)->values[DELIVERY_ATTEMPTS].i, 1);
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_delivered),
	    BENCH_TEST(test_retries_until_dead),
	    BENCH_TEST(test_aborted_costs_nothing),
	    BENCH_TEST(test_options),
	    BENCH_TEST(test_gone),
	    BENCH_TEST(test_inactive_holds),
	    BENCH_TEST(test_endpoint_limit),
	    BENCH_TEST(test_session_end),
	    BENCH_TEST(test_lease_runs_out),
	    BENCH_TEST(test_owner_restart),
	    BENCH_TEST(test_holds_after_restart),
	    BENCH_TEST(test_unclaimed_after_restart),
	    BENCH_TEST(test_webhook_deleted),
	    BENCH_TEST(test_deleted_before_restart),
	    BENCH_TEST(test_draft_dropped),
	    BENCH_TEST(test_cancel_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
