/* What a delivery costs the owner while so many rows wait: leased and reported,
 * in CPU time of the whole process, for 10^4, 10^5 ... rows. Then the same
 * webhook in a store where that many rows wait for one that may not send.
 *
 *   tests/bench/queue [rows of the largest]
 *
 * Prints lines of "what rows microseconds", for bench.mjs. */
#include "../unit/queue_helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "common/clock.h"

enum {
	FILL_ROWS = 500, /* in one transaction */
	EVENT_ROWS = 8,	 /* deliveries of one event */
	WANT = 64,
	WARM_ROWS = 3000, /* until the window is open */
	MEASURED_ROWS = 2000,
	ROUNDS = 3 /* the best one counts: others use the machine, too */
};

struct fill {
	struct bench *b;
	int64_t webhook;
	int rows;
};

static enum err
fill_one(struct txn *txn, struct arena *arena, struct fill *f, int64_t event)
{
	struct row *d = row_new(arena, &schema_deliveries);
	enum err rc;

	d->values[DELIVERY_MESSAGE_ID] =
	    value_text(SPAN("msg_2mXbL1cTq8J4vWn0dRyKzPfHsAe"));
	d->values[DELIVERY_EVENT] = value_int(event);
	d->values[DELIVERY_WEBHOOK] = value_int(f->webhook);
	d->values[DELIVERY_ACTION] = value_text(SPAN("create"));
	d->values[DELIVERY_STATE] = value_text(SPAN("pending"));
	d->values[DELIVERY_ATTEMPTS] = value_int(0);
	d->values[DELIVERY_CREATED_AT] = value_time(NOW);
	d->values[DELIVERY_NEXT_ATTEMPT_AT] = value_time(NOW);
	rc = record_insert(txn, d);
	return rc ? rc
		  : queue_add(f->b->queue, txn, f->webhook, row_id(d), NOW);
}

static enum err
fill_body(struct txn *txn, void *arg)
{
	struct fill *f = arg;
	struct arena *arena = arena_new();
	char body[300];
	struct row *event = NULL;
	enum err rc = ERR_NONE;

	memset(body, 'x', sizeof(body));
	for (int i = 0; !rc && i < f->rows; i++) {
		if (i % EVENT_ROWS == 0) {
			event = row_new(arena, &schema_events);
			event->values[EVENT_BODY] =
			    value_text(span_make(body, sizeof(body)));
			event->values[EVENT_CREATED_AT] = value_time(NOW);
			rc = record_insert(txn, event);
		}
		if (!rc)
			rc = fill_one(txn, arena, f, row_id(event));
	}
	arena_free(arena);
	return rc;
}

static void
fill(struct bench *b, int64_t webhook, int64_t rows)
{
	struct fill f = {.b = b, .webhook = webhook};

	for (; rows > 0; rows -= f.rows) {
		f.rows = rows < FILL_ROWS ? (int)rows : FILL_ROWS;
		must_write(b->place, fill_body, &f);
	}
}

struct turn {
	struct bench *b;
	struct arena *arena;
	struct queue_job *jobs;
	size_t count;
};

static enum err
turn_lease(struct txn *txn, void *arg)
{
	struct turn *t = arg;
	struct lease_request request = {.want = WANT};

	return queue_lease(
	    t->b->queue, txn, t->arena, &request, NOW, &t->jobs, &t->count);
}

static enum err
turn_report(struct txn *txn, void *arg)
{
	struct turn *t = arg;
	enum err rc = ERR_NONE;

	for (size_t i = 0; !rc && i < t->count; i++) {
		struct lease_report r = {.delivery = t->jobs[i].job.delivery,
		    .token = t->jobs[i].job.token,
		    .outcome = OUTCOME_DELIVERED,
		    .status = 200,
		    .retry_after_ms = -1};

		rc = queue_report(t->b->queue, txn, t->arena, &r, NOW);
	}
	return rc;
}

static int64_t
cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

static void
deliver(struct bench *b, int64_t rows)
{
	while (rows > 0) {
		struct turn t = {.b = b, .arena = arena_new()};

		must_write(b->place, turn_lease, &t);
		must_write(b->place, turn_report, &t);
		rows -= (int64_t)t.count;
		arena_free(t.arena);
		if (t.count == 0)
			fail_msg("nothing to lease");
	}
}

static double
cost_us(struct bench *b)
{
	double best = 0;

	deliver(b, WARM_ROWS);
	for (int i = 0; i < ROUNDS; i++) {
		int64_t began = cpu_us();
		double each;

		deliver(b, MEASURED_ROWS);
		each = (double)(cpu_us() - began) / MEASURED_ROWS;
		if (i == 0 || each < best)
			best = each;
	}
	return best;
}

static struct bench *
bench_open(void)
{
	void *state;

	if (bench_setup(&state))
		exit(1);
	((struct bench *)state)->conf.per_endpoint = 32;
	restart(state);
	return state;
}

static void
bench_close(struct bench *b)
{
	void *state = b;

	bench_teardown(&state);
}

/* Rows of the one that sends. */
static void
waiting(int64_t rows)
{
	struct bench *b = bench_open();
	int64_t webhook = hook(b, "http://a.example/");

	fill(b, webhook, rows);
	printf("waiting %lld %.2f\n", (long long)rows, cost_us(b));
	bench_close(b);
}

/* Rows of one that does not: inactive, or its breaker is open. */
static void
dead(int64_t rows, bool inactive)
{
	struct bench *b = bench_open();
	int64_t webhook = hook(b, "http://a.example/");
	int64_t gone = hook(b, "http://dead.example/"), began;

	if (rows > 0)
		fill(b, gone, rows);
	began = clock_mono_us();
	restart(b);
	printf("start %lld %lld\n", (long long)rows,
	    (long long)(clock_mono_us() - began));
	if (inactive)
		set_active(b, gone, false);
	for (int i = 0; rows > 0 && !inactive && i < 5; i++) {
		struct step s = lease(b, 1, 1, NOW);

		report(b, &s.jobs[0].job, OUTCOME_CONNECT, 0, NOW);
	}
	fill(b, webhook, 10000);
	printf("%s %lld %.2f\n", inactive ? "inactive" : "breaker",
	    (long long)rows, cost_us(b));
	bench_close(b);
}

static void
run(void **state)
{
	const char *most_text = *state;
	int64_t most = most_text ? atoll(most_text) : 1000000;

	dead(0, true);
	for (int64_t rows = 10000; rows <= most; rows *= 10)
		waiting(rows);
	dead(most, true);
	dead(most, false);
	dead(0, true);
}

int
main(int argc, char **argv)
{
	struct CMUnitTest tests[] = {
	    cmocka_unit_test_prestate(run, argc > 1 ? argv[1] : NULL)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
