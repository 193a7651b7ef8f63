/* Work in pieces that gives way to writes. */
#include "store_jobs.h"

#include <pthread.h>

#include "store/priv.h"

struct piece {
	struct store_job job;
	struct store *store;
	_Atomic int runs, left;
	enum err result;
	sem_t over;
};

static enum err
piece_body(struct txn *txn, void *arg)
{
	struct piece *piece = arg;

	atomic_fetch_add(&piece->runs, 1);
	return meta_put(txn, "piece", SPAN("x"));
}

static void
piece_done(struct store_job *job, enum err e)
{
	struct piece *piece = job->arg;

	piece->result = e;
	if (!e && atomic_fetch_sub(&piece->left, 1) > 1)
		store_submit(piece->store, job);
	else
		sem_post(&piece->over);
}

static void
piece_begin(struct piece *piece, struct store *store, int pieces)
{
	*piece = (struct piece){.store = store, .left = pieces};
	piece->job = (struct store_job){.body = piece_body,
	    .arg = piece,
	    .done = piece_done,
	    .background = true};
	sem_init(&piece->over, 0, 0);
	store_submit(store, &piece->job);
}

/* It goes on by itself, beside writers as well, and is never flushed. */
static void
background_runs(void **state)
{
	struct place *place = *state;
	struct piece piece;
	struct store_counts before = counts_of(place);

	piece_begin(&piece, place->store, 50);
	sem_wait(&piece.over);
	assert_int_equal(piece.result, ERR_NONE);
	assert_int_equal(piece.runs, 50);
	assert_int_equal(counts_of(place).flushes, before.flushes);
	assert_int_equal(counts_of(place).groups - before.groups, 50);
}

/* What waits is run before it, and it is never in a group with others. */
static void
background_gives_way(void **state)
{
	struct place *place = *state;
	struct hold hold;
	struct piece piece;
	struct asked asked = {.row = NULL, .arena = place->arena};
	sem_t done;

	sem_init(&done, 0, 0);
	hold_begin(&hold, place->store);
	piece_begin(&piece, place->store, 1);
	asked.done = &done;
	asked.job = (struct store_job){
	    .body = asked_body, .arg = &asked, .done = asked_done};
	store_submit(place->store, &asked.job);
	assert_int_equal(piece.runs, 0);
	hold_end(&hold);
	sem_wait(&done);
	sem_wait(&piece.over);
	assert_int_equal(piece.runs, 1);
}

/* A store that closes refuses what still waits. */
static void
background_ends(void **state)
{
	struct place *place = *state;
	struct piece piece;

	piece_begin(&piece, place->store, INT32_MAX);
	store_close(place->store);
	sem_wait(&piece.over);
	assert_int_equal(piece.result, ERR_UNAVAILABLE);
	assert_int_equal(place_try_open(place), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(background_runs),
	    TEST(background_gives_way),
	    TEST(background_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
