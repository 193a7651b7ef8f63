/* What must end, and must not grow: rows that lead nowhere, reads that fail in
 * the midst of a body, webhooks that are many, endpoints that come and go. */
#include "queue_helper.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "store/key.h"
#include "store/priv.h"

enum { WATCHDOG_S = 60 };
static const int64_t YEAR_MS = INT64_C(365) * 24 * 3600 * 1000;

static void
until_told(struct bench *b)
{
	while (!atomic_load(&b->ready))
		sched_yield();
}

/* ---- damage ---- */

static enum err
damage_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct key key = {.n = 0};

	key_u32(&key, schema_deliveries.no);
	key_i64(&key, s->id);
	return table_put(txn, TABLE_DELIVERIES, &key, SPAN("\377"));
}

/* The slice is undone with the rows that it had written by then. The leases
 * are free for all that, and whoever waits for one is told. */
static void
test_release_fails(void **state)
{
	struct bench *b = *state;
	int64_t webhook = hook(b, "http://a.example/");
	struct step first = {.id = emit(b, webhook, NOW)};
	int64_t last = emit(b, webhook, NOW + 1);

	assert_int_equal(lease(b, 1, 9, NOW + 2).count, 2);
	must_write(b->place, damage_body, &first);
	atomic_store(&b->ready, 0);
	queue_session_end(b->queue, session_id(1));
	until_told(b);
	assert_int_equal(counts(b).in_flight, 0);
	assert_int_equal(counts(b).freed, 0);
	expect_state(b, last, "leased"); /* until its time */
}

/* ---- a row without a delivery ---- */

static enum err
orphan_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct queue_row row = {s->webhook, s->due_ms, s->id, .token = 0};

	return queue_put(txn, &row);
}

static enum err
first_row_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct queue_row row;
	enum err rc = queue_next(txn, s->webhook, NULL, &row);

	s->id = row.delivery;
	return rc;
}

static void
test_far_orphan(void **state)
{
	struct bench *b = *state;
	struct step s = {.b = b, .id = 1000};
	int64_t id;

	s.webhook = hook(b, "http://a.example/");
	s.due_ms = clock_wall_ms() + YEAR_MS;
	id = emit(b, s.webhook, s.due_ms + 1);
	must_write(b->place, orphan_body, &s);
	restart(b);
	settle_down(b);
	assert_true(queue_next_due_ms(b->queue) <= clock_wall_ms());
	must_read(b->place, first_row_body, &s);
	assert_int_equal(s.id, id);
	assert_int_equal(lease(b, 1, 9, clock_wall_ms()).count, 1);
	assert_int_equal(counts(b).waiting_webhooks, 1); /* in lease */
}

/* ---- many webhooks hold something ---- */

enum { HELD = 4500, HELD_SECONDS = 1000 };

static enum err
held_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct arena *arena = txn_arena(txn);
	enum err rc = ERR_NONE;

	for (int64_t i = 0; !rc && i < HELD; i++) {
		struct row *w = webhook_row(arena, "inactive", "create", "x");
		struct row *d = row_new(arena, &schema_deliveries);
		/* One for too long, one nearly so. */
		int64_t ago_s = i == 10	    ? HELD_SECONDS + 1
				: i == 3000 ? HELD_SECONDS - 100
					    : 0;
		int64_t due_ms = s->now_ms - ago_s * 1000;

		rc = record_insert(txn, w);
		d->values[DELIVERY_WEBHOOK] = value_int(row_id(w));
		d->values[DELIVERY_STATE] = value_text(SPAN("pending"));
		d->values[DELIVERY_CREATED_AT] = value_time(due_ms);
		d->values[DELIVERY_NEXT_ATTEMPT_AT] = value_time(due_ms);
		if (!rc)
			rc = record_insert(txn, d);
		if (!rc)
			rc = queue_add(
			    s->b->queue, txn, row_id(w), row_id(d), due_ms);
	}
	return rc;
}

static enum err
count_dead_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	s->count = (size_t)record_count_state(txn, DELIVERY_DEAD);
	return ERR_NONE;
}

static void
test_many_hold(void **state)
{
	struct bench *b = *state;
	struct step s = {.b = b, .now_ms = clock_wall_ms()};
	struct store_counts before, after;

	b->conf.keep_delivered_seconds = b->conf.keep_dead_seconds = 100000;
	b->conf.keep_rows = 2 * HELD;
	b->conf.keep_held_seconds = HELD_SECONDS;
	must_write(b->place, held_body, &s);
	store_count(b->place->store, &before);
	atomic_store(&b->ready, 0);
	queue_keep(b->queue);
	until_told(b);
	store_count(b->place->store, &after);
	must_read(b->place, count_dead_body, &s);
	assert_int_equal(s.count, 1);
	/* In several bodies, which find the next moment together. */
	assert_true(after.commits - before.commits >= 3);
	assert_true(queue_keep_at_ms(b->queue) == s.now_ms + 100000);
}

/* ---- a webhook whose address changes all the time ---- */

enum { ADDRESSES = 600 };

static enum err
move_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct arena *arena = txn_arena(txn);
	enum err rc = ERR_NONE;

	for (int i = 0; !rc && i < ADDRESSES; i++) {
		rc = record_get(
		    txn, arena, &schema_webhooks, s->webhook, &s->row);
		if (rc)
			return rc;
		s->row->values[WEBHOOK_URL] = value_text(
		    span_of(arena_printf(arena, "http://h%d.example/", i)));
		rc = record_update(txn, s->row);
		if (!rc)
			rc =
			    queue_webhook_changed(s->b->queue, txn, s->webhook);
	}
	return rc;
}

static void
test_endpoints_are_forgotten(void **state)
{
	struct bench *b = *state;
	struct step s = {.b = b}, leased;

	s.webhook = hook(b, "http://first.example/");
	emit(b, s.webhook, NOW);
	leased = lease(b, 1, 1, NOW);
	emit(b, s.webhook, NOW);
	must_write(b->place, move_body, &s);
	/* Its own, and the one that is still being called. */
	assert_int_equal(counts(b).endpoints, 2);
	assert_int_equal(counts(b).in_flight, 1);
	report(b, &leased.jobs[0].job, OUTCOME_DELIVERED, 200, NOW);
	assert_int_equal(counts(b).in_flight, 0);
	must_write(b->place, move_body, &s);
	assert_int_equal(counts(b).endpoints, 1);
	assert_int_equal(lease(b, 1, 9, NOW).count, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    BENCH_TEST(test_release_fails),
	    BENCH_TEST(test_far_orphan),
	    BENCH_TEST(test_many_hold),
	    BENCH_TEST(test_endpoints_are_forgotten),
	};

	alarm(WATCHDOG_S); /* what does not end fails */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
