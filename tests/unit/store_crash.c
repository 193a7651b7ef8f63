/* What a crash and a full disk leave: everything that was acknowledged, no
 * half of anything, and a store that opens. */
#include "store_helper.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "store/place.h"
#include "store/priv.h"

enum { ROUNDS = 40, WRITERS = 4, KILL_AFTER_MS_MAX = 30 };

/* One write of the product in small: a row with index entries, a queue row
 * and an attempt that belong to it. */
static enum err
unit_body(struct txn *txn, void *arg)
{
	struct row *row = arg;
	struct queue_row queue_row;
	enum err e = record_insert(txn, row);

	if (e)
		return e;
	queue_row = (struct queue_row){
	    row->values[DELIVERY_WEBHOOK].i, 1, row_id(row), 0};
	e = queue_put(txn, &queue_row);
	return e ? e : attempt_put(txn, row_id(row), 1, SPAN("attempt"));
}

static struct row *
unit_row(struct arena *arena, int webhook)
{
	struct row *row = row_new(arena, &schema_deliveries);

	row->values[DELIVERY_MESSAGE_ID] = value_text(SPAN("msg"));
	row->values[DELIVERY_WEBHOOK] = value_int(webhook);
	row->values[DELIVERY_STATE] = value_text(SPAN("pending"));
	return row;
}

struct check {
	struct arena *arena;
	int64_t rows;
};

static enum err
check_row(struct txn *txn, struct arena *arena, const struct row *row)
{
	struct queue_row from = {
	    row->values[DELIVERY_WEBHOOK].i, 1, row_id(row), 0};
	struct queue_row found;
	struct span *packed;
	size_t count;

	assert_int_equal(
	    queue_next(txn, from.webhook, &from, &found), ERR_NONE);
	assert_int_equal(found.delivery, row_id(row));
	assert_int_equal(
	    attempt_list(txn, arena, row_id(row), &packed, &count), ERR_NONE);
	assert_int_equal(count, 1);
	return ERR_NONE;
}

/* Every row whole; as many index entries, queue rows and counted rows. */
static enum err
check_body(struct txn *txn, void *arg)
{
	struct check *check = arg;
	struct arena *arena = arena_new();
	struct record_scan scan;
	struct row **rows;
	struct walk walk;
	int64_t counted, entries = 0, queued = 0;
	size_t count;

	record_scan_start(&scan, &schema_deliveries);
	do {
		arena_reset(arena);
		assert_int_equal(
		    record_page_in(txn, arena, &scan, &rows, &count), ERR_NONE);
		for (size_t i = 0; i < count; i++)
			check_row(txn, arena, rows[i]);
		check->rows += (int64_t)count;
	} while (count > 0);
	arena_free(arena);
	record_count(txn, &schema_deliveries, &counted);
	assert_int_equal(counted, check->rows);
	assert_int_equal(walk_open(&walk, txn, TABLE_INDEX), ERR_NONE);
	while (!walk_step(&walk, WALK_NEXT, NULL, NULL))
		entries++;
	walk_close(&walk);
	assert_int_equal(entries, check->rows * 3);
	assert_int_equal(walk_open(&walk, txn, TABLE_QUEUE), ERR_NONE);
	while (!walk_step(&walk, WALK_NEXT, NULL, NULL))
		queued++;
	walk_close(&walk);
	assert_int_equal(queued, check->rows);
	return ERR_NONE;
}

/* ---- killed at any moment ---- */

struct victim {
	struct store *store;
	int acks;
};

static void *
victim_writer(void *arg)
{
	struct victim *victim = arg;
	struct arena *arena = arena_new();

	for (;;) {
		struct row *row = unit_row(arena, 1);
		int64_t id;

		if (store_write(victim->store, unit_body, row, 0))
			_exit(1);
		id = row_id(row);
		if (write(victim->acks, &id, sizeof id) != sizeof id)
			_exit(1);
		arena_reset(arena);
	}
	return NULL;
}

static void
victim_run(struct place *place, int acks)
{
	struct victim victim = {.acks = acks};
	pthread_t threads[WRITERS];

	/* Small, so that checkpoints and new log files are met as well. */
	place->options.checkpoint_bytes = 256 << 10;
	if (place_try_open(place))
		_exit(1);
	victim.store = place->store;
	for (int i = 0; i < WRITERS; i++)
		pthread_create(&threads[i], NULL, victim_writer, &victim);
	pthread_join(threads[0], NULL);
	_exit(1);
}

static void
wait_for_ack(int fd, int64_t *highest)
{
	assert_int_equal(read(fd, highest, sizeof *highest), sizeof *highest);
}

/* Highest acknowledged id, and how many in this round. */
static size_t
read_acks(int fd, int64_t *highest)
{
	int64_t id;
	size_t count = 0;

	while (read(fd, &id, sizeof id) == sizeof id) {
		if (id > *highest)
			*highest = id;
		count++;
	}
	return count;
}

static pid_t
start_victim(struct place *place, int *acks)
{
	int fds[2];
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	/* Room for what is acknowledged before it is read. */
	fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		victim_run(place, fds[1]);
	close(fds[1]);
	*acks = fds[0];
	return pid;
}

static void
kill_after(pid_t pid, int ms)
{
	struct timespec pause = {.tv_nsec = ms * 1000000};
	int status;

	nanosleep(&pause, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void
survives_kills(void **state)
{
	struct place *place = *state;
	struct check check;
	int64_t highest = 0;
	size_t acked = 0;
	unsigned seed = 5;

	store_close(place->store);
	for (int round = 0; round < ROUNDS; round++) {
		int acks;
		pid_t pid = start_victim(place, &acks);

		/* Every third also before and while it opens. */
		if (round % 3) {
			wait_for_ack(acks, &highest);
			acked++;
		}
		kill_after(pid, rand_r(&seed) % KILL_AFTER_MS_MAX);
		acked += read_acks(acks, &highest);
		close(acks);
		assert_int_equal(place_try_open(place), ERR_NONE);
		check = (struct check){.arena = place->arena};
		must_read(place, check_body, &check);
		/* Ids have no gaps: all up to the highest are there. */
		assert_true(check.rows >= highest);
		assert_true((size_t)check.rows >= acked);
		assert_true((size_t)check.rows <=
			    acked + WRITERS * (size_t)(round + 1));
		store_close(place->store);
	}
	print_message("%d kills, %zu writes acknowledged\n", ROUNDS, acked);
	assert_true(acked > 0);
	place->store = NULL;
	assert_int_equal(place_try_open(place), ERR_NONE);
}

/* ---- full disk ---- */

static enum err
fill_body(struct txn *txn, void *arg)
{
	static char bytes[30000];
	static int64_t delivery = 1000000;

	(void)arg;
	for (int i = 0; i < 3; i++) {
		enum err e = attempt_put(
		    txn, delivery++, 1, span_make(bytes, sizeof bytes));

		if (e)
			return e;
	}
	return ERR_NONE;
}

/* Another program takes the rest of the disk in the middle of a body. */
static enum err
robbed_body(struct txn *txn, void *rest)
{
	enum err e = fill_body(txn, NULL);
	uint64_t n;
	int fd;

	if (e)
		return e;
	fd = open(rest, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	while ((n = place_free_bytes(txn->store->dir_fd)) >= 4096)
		(void)!posix_fallocate(fd, lseek(fd, 0, SEEK_END), (off_t)n);
	close(fd);
	for (int i = 0; !e && i < 300; i++)
		e = fill_body(txn, NULL);
	return e;
}

struct report {
	struct store_job job;
	pthread_mutex_t mutex;
	pthread_cond_t cond;
	bool answered;
	enum err result;
};

static void
report_done(struct store_job *job, enum err e)
{
	struct report *report = (struct report *)job;

	pthread_mutex_lock(&report->mutex);
	report->answered = true;
	report->result = e;
	pthread_cond_signal(&report->cond);
	pthread_mutex_unlock(&report->mutex);
}

/* A write without a flush that may use the reserve, as leases are. */
static enum err
report_write(struct place *place, store_body *body, void *arg)
{
	struct report report = {
	    .job = {.body = body, .arg = arg, .done = report_done},
	    .mutex = PTHREAD_MUTEX_INITIALIZER,
	    .cond = PTHREAD_COND_INITIALIZER,
	};

	report.job.without_flush = report.job.reserve = true;
	store_submit(place->store, &report.job);
	pthread_mutex_lock(&report.mutex);
	while (!report.answered)
		pthread_cond_wait(&report.cond, &report.mutex);
	pthread_mutex_unlock(&report.mutex);
	return report.result;
}

static void
full_disk_rounds(struct place *place, const char *ballast, char *rest)
{
	struct store_counts counts;
	int64_t wrote = 0;
	struct check check = {.arena = place->arena};

	while (!store_write(
		   place->store, unit_body, unit_row(place->arena, 1), 0) &&
	       !store_write(place->store, fill_body, NULL, 0))
		wrote++;
	store_count(place->store, &counts);
	assert_true(counts.full_refusals > 0);
	assert_true(wrote > 50);
	/* The floor keeps room for what is reported ... */
	assert_int_equal(
	    report_write(place, unit_body, unit_row(place->arena, 2)),
	    ERR_NONE);
	assert_int_equal(report_write(place, robbed_body, rest), ERR_FULL);
	/* ... and when even that is used up, an error is all that happens. */
	for (int i = 0; i < 50; i++)
		assert_int_equal(
		    report_write(place, fill_body, NULL), ERR_FULL);
	must_read(place, check_body, &check);
	assert_true(check.rows > wrote);
	/* Room again: the same handles go on. */
	unlink(ballast);
	unlink(rest);
	must_write(place, unit_body, unit_row(place->arena, 3));
}

static void
full_disk(void **state)
{
	struct place *place = *state;
	char ballast[128], dir[128], rest[128];
	struct check before = {.arena = place->arena}, after = before;
	int fd;

	store_close(place->store);
	place->store = NULL;
	if (mount("none", place->dir, "tmpfs", 0, "size=96m,mode=0700") < 0) {
		print_message("skipped: only root can mount a small disk\n");
		assert_int_equal(place_try_open(place), ERR_NONE);
		skip();
	}
	snprintf(ballast, sizeof ballast, "%s/ballast", place->dir);
	snprintf(dir, sizeof dir, "%s/state", place->dir);
	fd = open(ballast, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_int_equal(posix_fallocate(fd, 0, 40 << 20), 0);
	close(fd);
	place->options.dir = dir;
	place->options.checkpoint_bytes = 2 << 20;
	assert_int_equal(place_try_open(place), ERR_NONE);
	snprintf(rest, sizeof rest, "%s/rest", place->dir);
	full_disk_rounds(place, ballast, rest);
	must_read(place, check_body, &before);
	place_reopen(place);
	must_read(place, check_body, &after);
	assert_int_equal(before.rows, after.rows);
	store_close(place->store);
	assert_int_equal(umount2(place->dir, MNT_DETACH), 0);
	place->options.dir = place->dir;
	assert_int_equal(place_try_open(place), ERR_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(survives_kills),
	    TEST(full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
