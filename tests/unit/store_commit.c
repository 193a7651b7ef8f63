/* The committing thread: groups, one bad body among good ones, drafts that
 * are kept or dropped, deadlines, deadlocks, watches, jobs without a flush. */
#include "store_jobs.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/clock.h"
#include "store/priv.h"

static void
group_sees_itself(void **state)
{
	struct place *place = *state;
	struct asked asked[3] = {
	    {.row = hook(place)}, {.row = hook(place)}, {.row = NULL}};
	struct store_counts before = counts_of(place), after;

	ask_together(place, asked, 3);
	after = counts_of(place);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(asked[i].result, ERR_NONE);
		assert_int_equal(asked[i].saw_rows, i);
		assert_int_equal(asked[i].saw_hooks, i);
	}
	assert_int_equal(row_id(asked[1].row), 2);
	assert_int_equal(after.groups - before.groups, 1);
	assert_int_equal(after.flushes - before.flushes, 1);
	assert_int_equal(after.commits - before.commits, 4);
}

static void
refusal_costs_nothing(void **state)
{
	struct place *place = *state;
	struct asked asked[3] = {{.row = hook(place)},
	    {.fail_before = ERR_FORBIDDEN}, {.row = hook(place)}};
	struct store_counts after;

	ask_together(place, asked, 3);
	after = counts_of(place);
	assert_int_equal(asked[0].result, ERR_NONE);
	assert_int_equal(asked[1].result, ERR_FORBIDDEN);
	assert_int_equal(asked[2].result, ERR_NONE);
	assert_int_equal(after.aborts, 0);
	assert_int_equal(after.reruns, 0);
	assert_int_equal(asked[2].runs, 1);
}

static void
one_bad_body_leaves_the_others(void **state)
{
	struct place *place = *state;
	struct asked asked[4] = {{.row = hook(place)},
	    {.row = hook(place), .fail_after = ERR_VALIDATION},
	    {.row = hook(place)}, {.row = NULL}};

	ask_together(place, asked, 4);
	assert_int_equal(asked[0].result, ERR_NONE);
	assert_int_equal(asked[1].result, ERR_VALIDATION);
	assert_int_equal(asked[2].result, ERR_NONE);
	/* Nothing of the bad one is left: no id, row, webhook or count. */
	assert_int_equal(row_id(asked[0].row), 1);
	assert_int_equal(row_id(asked[2].row), 2);
	assert_int_equal(asked[3].saw_rows, 2);
	assert_int_equal(asked[3].saw_hooks, 2);
	assert_int_equal(counts_of(place).aborts, 2);
	assert_int_equal(asked[0].runs, 2);
	/* Its row looks as before, fit to be tried again. */
	assert_int_equal(asked[1].row->values[0].type, VALUE_NULL);
	assert_int_equal(asked[1].row->version, 0);
}

static void
big_bodies_make_more_groups(void **state)
{
	struct place *place = *state;
	struct asked asked[4] = {
	    {.pad = 600000}, {.pad = 600000}, {.pad = 600000}, {.pad = 600000}};
	uint64_t before = counts_of(place).groups;

	ask_together(place, asked, 4);
	for (int i = 0; i < 4; i++)
		assert_int_equal(asked[i].result, ERR_NONE);
	assert_int_equal(counts_of(place).groups - before, 2);
}

static void
deadline_passed(void **state)
{
	struct place *place = *state;
	struct asked asked[2] = {{.row = hook(place)}, {.row = hook(place)}};

	asked[0].job.deadline_mono_ms = clock_mono_ms() - 1;
	asked[1].job.deadline_mono_ms = clock_mono_ms() + 60000;
	ask_together(place, asked, 2);
	assert_int_equal(asked[0].result, ERR_DEADLINE);
	assert_int_equal(asked[0].runs, 0);
	assert_int_equal(asked[1].result, ERR_NONE);
}

static void
flush_only_when_wanted(void **state)
{
	struct place *place = *state;
	struct asked lease[1] = {{.row = hook(place)}};
	struct asked reader[1] = {{.row = NULL}};
	struct asked writer[1] = {{.row = hook(place)}};
	uint64_t before = counts_of(place).flushes;

	lease[0].job.without_flush = true;
	ask_together(place, lease, 1);
	ask_together(place, reader, 1);
	assert_int_equal(counts_of(place).flushes, before);
	ask_together(place, writer, 1);
	assert_int_equal(counts_of(place).flushes, before + 1);
}

/* ---- watches ---- */

struct watched {
	int kept, dropped, flushed;
};

static void
watch_keep(void *ctx)
{
	((struct watched *)ctx)->kept++;
}

static void
watch_drop(void *ctx)
{
	((struct watched *)ctx)->dropped++;
}

static void
watch_flushed(void *ctx)
{
	((struct watched *)ctx)->flushed++;
}

static void
watches_are_told(void **state)
{
	struct place *place = *state;
	struct watched watched = {0};
	struct store_watch watch = {
	    &watched, watch_keep, watch_drop, watch_flushed};
	struct asked bad = {.row = hook(place), .fail_after = ERR_INTERNAL};
	struct asked lease = {.row = hook(place)};

	store_add_watch(place->store, &watch);
	assert_int_equal(
	    store_write(place->store, asked_body,
		&(struct asked){.row = hook(place), .arena = place->arena}, 0),
	    ERR_NONE);
	assert_int_equal(watched.kept, 1);
	assert_int_equal(watched.flushed, 1);
	ask_together(place, &bad, 1);
	assert_int_equal(watched.dropped, 1);
	assert_int_equal(watched.kept, 2); /* the holding body */
	lease.job.without_flush = true;
	ask_together(place, &lease, 1);
	assert_int_equal(watched.kept, 4);
	assert_int_equal(watched.flushed, 4);
}

/* ---- a deadlock with a transaction that is not the committer's ---- */

struct deadlock {
	struct place *place;
	sem_t in_body, other_waits;
	int runs;
};

static enum err
deadlock_body(struct txn *txn, void *arg)
{
	struct deadlock *d = arg;
	enum err e = secret_put(txn, 1, SPAN("mine"));

	if (d->runs++ == 0) {
		sem_post(&d->in_body);
		sem_wait(&d->other_waits);
	}
	return e ? e : meta_put(txn, "fought", SPAN("mine"));
}

static int
put_raw(struct store *store, DB_TXN *txn, enum table table, const void *key,
    uint32_t n)
{
	DBT k = {.data = (void *)(uintptr_t)key, .size = n}, v = {0};
	DB *db = store->dbs[table];

	return db->put(db, txn, &k, &v, 0);
}

/* Holds `meta` (and more, so that it is not the victim), wants `secrets`. */
static void *
deadlock_run(void *arg)
{
	struct deadlock *d = arg;
	struct store *store = d->place->store;
	DB_TXN *txn;

	assert_int_equal(store->env->txn_begin(store->env, NULL, &txn, 0), 0);
	assert_int_equal(put_raw(store, txn, TABLE_META, "fought", 6), 0);
	for (int i = TABLE_ITEMS; i < TABLE_SECRETS; i++)
		assert_int_equal(
		    put_raw(store, txn, (enum table)i, "deadlock", 8), 0);
	sem_wait(&d->in_body);
	sem_post(&d->other_waits);
	assert_int_equal(put_raw(store, txn, TABLE_SECRETS, "deadlock", 8), 0);
	assert_int_equal(txn->abort(txn), 0);
	return NULL;
}

static void
deadlock_is_run_again(void **state)
{
	struct place *place = *state;
	struct deadlock d = {.place = place};
	struct store_counts counts;
	pthread_t thread;

	/* So that both meet on a page that is there. */
	must_write(place, insert_body, hook(place));
	sem_init(&d.in_body, 0, 0);
	sem_init(&d.other_waits, 0, 0);
	pthread_create(&thread, NULL, deadlock_run, &d);
	assert_int_equal(
	    store_write(place->store, deadlock_body, &d, 0), ERR_NONE);
	pthread_join(thread, NULL);
	counts = counts_of(place);
	assert_true(d.runs >= 2);
	assert_true(counts.deadlocks >= 1);
	assert_true(counts.reruns >= 1);
	sem_destroy(&d.in_body);
	sem_destroy(&d.other_waits);
}

/* ---- many threads ---- */

enum { THREADS = 16, WRITES = 50 };

static void *
writer_run(void *arg)
{
	struct place *place = arg;
	struct arena *arena = arena_new();

	for (int i = 0; i < WRITES; i++) {
		struct row *row = webhook_row(arena, "active", "create", "c");

		must_write(place, insert_body, row);
	}
	arena_free(arena);
	return NULL;
}

static void *
reader_run(void *arg)
{
	struct place *place = arg;
	struct arena *arena = arena_new();
	struct record_scan scan;
	struct row **rows;
	size_t count;
	int64_t id;

	/* Ids of a group appear together and without gaps. */
	do {
		id = 0;
		record_scan_start(&scan, &schema_webhooks);
		do {
			assert_int_equal(record_page(place->store, arena, &scan,
					     &rows, &count),
			    ERR_NONE);
			for (size_t i = 0; i < count; i++)
				assert_int_equal(row_id(rows[i]), ++id);
		} while (count > 0);
		arena_reset(arena);
	} while (id < THREADS * WRITES);
	arena_free(arena);
	return NULL;
}

static void
many_writers_share_groups(void **state)
{
	struct place *place = *state;
	struct store_counts before = counts_of(place), after;
	pthread_t threads[THREADS + 2];

	for (int i = 0; i < THREADS + 2; i++)
		pthread_create(&threads[i], NULL,
		    i < THREADS ? writer_run : reader_run, place);
	for (int i = 0; i < THREADS + 2; i++)
		pthread_join(threads[i], NULL);
	after = counts_of(place);
	assert_int_equal(after.commits - before.commits, THREADS * WRITES);
	assert_true(after.groups - before.groups < THREADS * WRITES / 2);
	assert_int_equal(after.deadlocks, 0);
}

static void
jobs_after_close_are_refused(void **state)
{
	struct place *place = *state;
	struct asked asked[2] = {{.row = hook(place)}, {.row = hook(place)}};
	struct hold hold;
	sem_t done;

	sem_init(&done, 0, 0);
	hold_begin(&hold, place->store);
	for (int i = 0; i < 2; i++) {
		asked[i].job.body = asked_body;
		asked[i].job.arg = &asked[i];
		asked[i].job.done = asked_done;
		asked[i].done = &done;
		asked[i].arena = place->arena;
		store_submit(place->store, &asked[i].job);
	}
	sem_post(&hold.go);
	/* Waiting jobs are finished within the budget, not dropped. */
	store_close(place->store);
	assert_int_equal(asked[0].result, ERR_NONE);
	assert_int_equal(asked[1].result, ERR_NONE);
	assert_int_equal(place_try_open(place), ERR_NONE);
	sem_destroy(&done);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(group_sees_itself),
	    TEST(refusal_costs_nothing),
	    TEST(one_bad_body_leaves_the_others),
	    TEST(big_bodies_make_more_groups),
	    TEST(deadline_passed),
	    TEST(flush_only_when_wanted),
	    TEST(watches_are_told),
	    TEST(deadlock_is_run_again),
	    TEST(many_writers_share_groups),
	    TEST(jobs_after_close_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
