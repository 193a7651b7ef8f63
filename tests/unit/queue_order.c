/* Strict order: by delivery, one at a time, whatever fails; switched on and
 * off with rows waiting. */
#include "queue_helper.h"

#include "common/clock.h"

static int64_t
ordered_hook(struct bench *b)
{
	int64_t id = hook(b, "http://a.example/");

	set_option(b, id, OPTION_ORDERED, value_bool(true));
	return id;
}

/* The only one that may go now. */
static struct lease_job
expect_next(struct bench *b, int64_t delivery, int64_t now_ms)
{
	struct step s = lease(b, 1, 9, now_ms);

	assert_int_equal(s.count, 1);
	assert_int_equal(s.jobs[0].job.delivery, delivery);
	assert_int_equal(lease(b, 2, 9, now_ms).count, 0);
	return s.jobs[0].job;
}

static void
expect_none(struct bench *b, int64_t now_ms)
{
	assert_int_equal(lease(b, 1, 9, now_ms).count, 0);
}

static void
test_in_order(void **state)
{
	struct bench *b = *state;
	int64_t webhook = ordered_hook(b), ids[4], due_ms;
	struct lease_job job;

	set_option(b, webhook, OPTION_SCHEDULE, value_json(SPAN("[0,60]")));
	for (int i = 0; i < 4; i++)
		ids[i] = emit(b, webhook, NOW - i);
	job = expect_next(b, ids[0], NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	job = expect_next(b, ids[1], NOW);
	report(b, &job, OUTCOME_ANSWER, 500, NOW);
	/* The head of the line waits, and so do all. */
	expect_none(b, NOW);
	due_ms = look(b, ids[1])->values[DELIVERY_NEXT_ATTEMPT_AT].i;
	assert_true(due_ms >= NOW + 60000);
	assert_true(queue_next_due_ms(b->queue) == due_ms);
	expect_none(b, due_ms - 1);
	/* Dead, it lets the next go. */
	job = expect_next(b, ids[1], due_ms);
	report(b, &job, OUTCOME_ANSWER, 500, due_ms);
	expect_state(b, ids[1], "dead");
	job = expect_next(b, ids[2], due_ms);
	/* Given back, and run out of time: the same again. */
	report(b, &job, OUTCOME_ABORTED, 0, due_ms);
	job = expect_next(b, ids[2], due_ms);
	assert_true(queue_next_due_ms(b->queue) == job.until_ms);
	job = expect_next(b, ids[2], job.until_ms);
	report(b, &job, OUTCOME_DELIVERED, 200, job.until_ms);
	job = expect_next(b, ids[3], job.until_ms);
	report(b, &job, OUTCOME_DELIVERED, 200, job.until_ms);
	assert_true(queue_next_due_ms(b->queue) == INT64_MAX);
	assert_int_equal(counts(b).waiting_webhooks, 0);
	ids[0] = emit(b, webhook, NOW);
	expect_next(b, ids[0], job.until_ms);
}

static void
test_cancel_and_again(void **state)
{
	struct bench *b = *state;
	int64_t webhook = ordered_hook(b), first = emit(b, webhook, NOW);
	struct step gone = {.b = b, .id = emit(b, webhook, NOW)};
	int64_t third = emit(b, webhook, NOW);
	struct lease_job job = expect_next(b, first, NOW);

	must_write(b->place, remove_body, &gone);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	job = expect_next(b, third, NOW);
	/* The head itself, while it is under way. */
	gone.id = third;
	must_write(b->place, remove_body, &gone);
	gone.id = emit(b, webhook, NOW);
	expect_none(b, NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	expect_state(b, third, "delivered");
	expect_next(b, gone.id, NOW);
}

static enum err
again_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = look_body(txn, s);

	if (rc)
		return rc;
	s->row->values[DELIVERY_STATE] = value_text(SPAN("pending"));
	s->row->values[DELIVERY_NEXT_ATTEMPT_AT] = value_time(s->due_ms);
	rc = record_update(txn, s->row);
	return rc ? rc
		  : queue_add(s->b->queue, txn, s->webhook, s->id, s->due_ms);
}

/* One of old comes before what waits, but not into what is under way. */
static void
test_redeliver(void **state)
{
	struct bench *b = *state;
	int64_t webhook = ordered_hook(b);
	struct step old = {.b = b, .webhook = webhook, .due_ms = NOW};
	int64_t second, third;
	struct lease_job job;

	old.id = emit(b, webhook, NOW);
	second = emit(b, webhook, NOW);
	third = emit(b, webhook, NOW);
	job = expect_next(b, old.id, NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	job = expect_next(b, second, NOW);
	must_write(b->place, again_body, &old);
	expect_none(b, NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	job = expect_next(b, old.id, NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	expect_next(b, third, NOW);
}

enum { MANY = 450 }; /* more than two slices */

/* Rows in the opposite order of their deliveries. */
static void
emit_backwards(struct bench *b, int64_t webhook, int64_t *ids)
{
	for (int i = 0; i < MANY; i++)
		ids[i] = emit(b, webhook, NOW - i * 10);
}

static void
test_switched(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/"), ids[MANY];
	struct step s;
	struct lease_job job;

	emit_backwards(b, webhook, ids);
	s = lease(b, 1, 9, NOW);
	assert_int_equal(s.count, WINDOW);
	assert_int_equal(s.jobs[0].job.delivery, ids[MANY - 1]);
	set_option(b, webhook, OPTION_ORDERED, value_bool(true));
	settle_down(b);
	/* What is under way ends first. */
	for (size_t i = 0; i < s.count; i++) {
		expect_none(b, NOW);
		report(b, &s.jobs[i].job, OUTCOME_DELIVERED, 200, NOW);
	}
	for (int i = 0; i < 5; i++) {
		job = expect_next(b, ids[i], NOW);
		report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	}
	job = expect_next(b, ids[5], NOW);
	set_option(b, webhook, OPTION_ORDERED, value_bool(false));
	report(b, &job, OUTCOME_ANSWER, 500, NOW);
	settle_down(b);
	s = lease(b, 1, 9, NOW);
	assert_int_equal(s.count, WINDOW);
	assert_int_equal(s.jobs[0].job.delivery, ids[MANY - 3]);
	/* Both ways at once, and rows that come meanwhile. */
	set_option(b, webhook, OPTION_ORDERED, value_bool(true));
	set_option(b, webhook, OPTION_ORDERED, value_bool(false));
	set_option(b, webhook, OPTION_ORDERED, value_bool(true));
	emit(b, webhook, NOW);
	settle_down(b);
	for (size_t i = 0; i < s.count; i++)
		report(b, &s.jobs[i].job, OUTCOME_DELIVERED, 200, NOW);
	/* The one that failed is the head again. */
	assert_int_equal(lease(b, 1, 9, NOW).count, 0);
	expect_next(
	    b, ids[5], look(b, ids[5])->values[DELIVERY_NEXT_ATTEMPT_AT].i);
}

/* The owner died when the option was stored and no row was moved. */
static void
test_switched_before_restart(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/"), ids[MANY];
	struct step option = {.b = b,
	    .webhook = webhook,
	    .field = OPTION_ORDERED,
	    .value = value_bool(true),
	    .fail = true};

	emit_backwards(b, webhook, ids);
	must_write(b->place, option_body, &option);
	restart(b);
	settle_down(b);
	expect_next(b, ids[0], NOW);
	option.value = value_bool(false);
	must_write(b->place, option_body, &option);
	restart(b);
	settle_down(b);
	assert_int_equal(
	    lease(b, 3, 9, NOW).jobs[0].job.delivery, ids[MANY - 1]);
}

static void
test_restart(void **state)
{
	struct bench *b = *state;
	int64_t now_ms = clock_wall_ms(), webhook = ordered_hook(b);
	int64_t first = emit(b, webhook, now_ms);
	int64_t second = emit(b, webhook, now_ms);
	struct lease_job job = expect_next(b, first, now_ms);

	restart(b);
	assert_int_equal(counts(b).in_flight, 1);
	expect_none(b, now_ms);
	report(b, &job, OUTCOME_ANSWER, 500, now_ms);
	restart(b);
	expect_none(b, now_ms);
	assert_true(queue_next_due_ms(b->queue) ==
		    look(b, first)->values[DELIVERY_NEXT_ATTEMPT_AT].i);
	job = expect_next(b, first, now_ms + 9000);
	report(b, &job, OUTCOME_DELIVERED, 200, now_ms + 9000);
	expect_next(b, second, now_ms + 9000);
}

static void
test_drafts(void **state)
{
	struct bench *b = *state;
	int64_t webhook = ordered_hook(b);
	int64_t first = emit(b, webhook, NOW), second = emit(b, webhook, NOW);
	struct step fails = {.b = b, .now_ms = NOW, .fail = true};
	struct lease_job job;

	fails.request.want = 9;
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, lease_body, &fails, 0));
	assert_int_equal(fails.count, 1);
	job = expect_next(b, first, NOW);
	fails.report = (struct lease_report){.delivery = job.delivery,
	    .token = job.token,
	    .outcome = OUTCOME_DELIVERED};
	assert_int_equal(
	    ERR_PAYLOAD, store_write(b->place->store, report_body, &fails, 0));
	expect_none(b, NOW);
	report(b, &job, OUTCOME_DELIVERED, 200, NOW);
	expect_next(b, second, NOW);
}

static enum err
hook_delete_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = record_delete(txn, &schema_webhooks, s->id);

	return rc ? rc : queue_webhook_changed(s->b->queue, txn, s->id);
}

static void
test_deleted_while_sorting(void **state)
{
	struct bench *b = *state;
	struct step d = {.b = b, .id = hook(b, "http://a.example/")};
	int64_t ids[MANY];

	emit_backwards(b, d.id, ids);
	set_option(b, d.id, OPTION_ORDERED, value_bool(true));
	must_write(b->place, hook_delete_body, &d);
	settle_down(b);
	for (int i = 0; i < MANY; i += 50)
		expect_state(b, ids[i], "cancelled");
	assert_int_equal(counts(b).waiting_webhooks, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_in_order),
	    BENCH_TEST(test_cancel_and_again),
	    BENCH_TEST(test_redeliver),
	    BENCH_TEST(test_switched),
	    BENCH_TEST(test_switched_before_restart),
	    BENCH_TEST(test_restart),
	    BENCH_TEST(test_drafts),
	    BENCH_TEST(test_deleted_while_sorting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
