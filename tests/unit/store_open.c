/* Opening: who may, where, what is refused with which words, and that bytes
 * which are not ours are told as damage. */
#include "store_helper.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/user.h"
#include "common/clock.h"
#include "store/place.h"
#include "store/priv.h"

static const char *
first_words(const struct place *place)
{
	return place->fault.first ? place->fault.first->message : "";
}

static void
path_of(const struct place *place, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", place->dir, name);
}

/* The store is open in setup; tests here close it first. */
static void
close_it(struct place *place)
{
	store_close(place->store);
	place->store = NULL;
}

static void
expect_refused(struct place *place, enum err e, const char *words)
{
	assert_int_equal(place_try_open(place), e);
	if (!strstr(first_words(place), words))
		fail_msg("\"%s\" lacks \"%s\"", first_words(place), words);
	place->store = NULL;
}

static void
second_opener_is_told(void **state)
{
	struct place *place = *state;
	struct store *first = place->store;
	char pid[40];
	int64_t begun_ms = clock_mono_ms();

	snprintf(pid, sizeof pid, "process %d owns", (int)getpid());
	expect_refused(place, ERR_LOCKED, pid);
	place->options.lock_wait_ms = 60;
	expect_refused(place, ERR_LOCKED, pid);
	assert_true(clock_mono_ms() - begun_ms >= 60);
	place->store = first;
}

static void *
close_soon(void *arg)
{
	store_close(arg);
	return NULL;
}

static void
waiting_opener_gets_it(void **state)
{
	struct place *place = *state;
	pthread_t thread;

	place->options.lock_wait_ms = 20000;
	pthread_create(&thread, NULL, close_soon, place->store);
	assert_int_equal(place_try_open(place), ERR_NONE);
	pthread_join(thread, NULL);
}

extern char **environ;

/* A program started by the owner outlives it and must not keep the lock. */
static void
children_do_not_hold_the_lock(void **state)
{
	struct place *place = *state;
	char *const argv[] = {(char *)"cat", NULL};
	posix_spawn_file_actions_t actions;
	int pipe_fds[2];
	pid_t pid;

	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[0], 0);
	assert_int_equal(
	    posix_spawnp(&pid, "cat", &actions, NULL, argv, environ), 0);
	close_it(place);
	assert_int_equal(place_try_open(place), ERR_NONE);
	close(pipe_fds[1]);
	waitpid(pid, NULL, 0);
	close(pipe_fds[0]);
	posix_spawn_file_actions_destroy(&actions);
}

static void
directory_is_private(void **state)
{
	struct place *place = *state;
	struct stat s;
	char path[128];

	close_it(place);
	place_remove(place->dir);
	assert_int_equal(place_try_open(place), ERR_NONE);
	assert_int_equal(stat(place->dir, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0700);
	path_of(place, "items.db", path);
	assert_int_equal(stat(path, &s), 0);
	assert_int_equal(s.st_mode & 0777, 0600);
}

static void
bad_places_are_refused(void **state)
{
	struct place *place = *state;
	char path[128];
	int fd;

	close_it(place);
	path_of(place, "DB_CONFIG", path);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	close(fd);
	expect_refused(place, ERR_PLACE, "DB_CONFIG");
	unlink(path);
	chmod(place->dir, 0777);
	expect_refused(place, ERR_PLACE, "chmod 700");
	chmod(place->dir, 0700);
	path_of(place, "no/such", path);
	place->options.dir = path;
	expect_refused(place, ERR_PLACE, "cannot make");
	place->options.dir = "/dev/null";
	expect_refused(place, ERR_PLACE, "cannot open");
	place->options.dir = place->dir;
	if (geteuid() == 0) {
		assert_int_equal(chown(place->dir, 65534, 65534), 0);
		expect_refused(place, ERR_PLACE, "belongs to user 65534");
		assert_int_equal(chown(place->dir, 0, 0), 0);
	}
	assert_int_equal(place_try_open(place), ERR_NONE);
}

static void
network_file_systems_are_known(void **state)
{
	(void)state;
	assert_string_equal(place_network_name(0x6969), "NFS");
	assert_string_equal(place_network_name(0xff534d42), "CIFS");
	/* f_type is signed on 64-bit machines too, on some. */
	assert_string_equal(
	    place_network_name((uint64_t)(int64_t)(int32_t)0xff534d42), "CIFS");
	assert_string_equal(place_network_name(0x65735546), "FUSE");
	assert_null(place_network_name(0xef53));     /* ext4 */
	assert_null(place_network_name(0x58465342)); /* XFS */
	assert_null(place_network_name(0x01021994)); /* tmpfs */
}

static void
root_becomes_the_owner(void **state)
{
	struct place *place = *state;
	int status;
	pid_t pid;

	if (geteuid() != 0) {
		print_message("skipped: only root can become somebody\n");
		skip();
	}
	close_it(place);
	assert_int_equal(user_become_owner(place->dir, NULL), ERR_NONE);
	assert_int_equal(user_become_owner("/no/such/dir", NULL), ERR_NONE);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(chown(place->dir, 65534, 65534), 0);
	pid = fork();
	if (pid == 0) {
		enum err e = user_become_owner(place->dir, NULL);

		_exit(e || geteuid() != 65534 || getuid() != 65534 ||
		      getegid() == 0 || setuid(0) == 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(chown(place->dir, 0, 0), 0);
	assert_int_equal(place_try_open(place), ERR_NONE);
}

static enum err
newer_format_body(struct txn *txn, void *arg)
{
	struct buf buf;
	enum err e;

	buf_init(&buf, 64);
	pack_u32(&buf, *(uint32_t *)arg);
	e = meta_put(txn, "format", buf_view(&buf));
	buf_release(&buf);
	return e;
}

static void
newer_format_is_refused(void **state)
{
	struct place *place = *state;
	uint32_t newer = STORE_FORMAT + 1, damaged = 0;

	must_write(place, newer_format_body, &newer);
	close_it(place);
	expect_refused(place, ERR_FORMAT, "use the newer program");
	place_remove(place->dir);
	assert_int_equal(place_try_open(place), ERR_NONE);
	must_write(place, newer_format_body, &damaged);
	close_it(place);
	expect_refused(place, ERR_DAMAGED, "restore a backup");
}

/* A table overwritten with noise is named, and the start fails cleanly. */
static void
damaged_file_is_named(void **state)
{
	struct place *place = *state;
	char path[128], noise[16384];
	int fd;

	close_it(place);
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)(i * 7 + 3);
	path_of(place, "deliveries.db", path);
	fd = open(path, O_WRONLY);
	assert_int_equal(write(fd, noise, sizeof noise), sizeof noise);
	close(fd);
	expect_refused(place, ERR_DAMAGED, "damaged");
}

/* ---- records of random bytes ---- */

struct noise {
	struct arena *arena;
	const struct schema *schema;
	enum table table;
	struct key key;
	char bytes[64];
	size_t n;
};

static enum err
noise_put_body(struct txn *txn, void *arg)
{
	struct noise *noise = arg;

	return table_put(
	    txn, noise->table, &noise->key, span_make(noise->bytes, noise->n));
}

static enum err
noise_read_body(struct txn *txn, void *arg)
{
	struct noise *noise = arg;
	struct row *row;
	struct queue_row queue_row;
	struct span span;

	switch (noise->table) {
	case TABLE_QUEUE:
		return queue_next(txn, 5, NULL, &queue_row);
	case TABLE_IDEM:
		return idem_get(txn, noise->arena, noise->key.p, &span);
	default:
		return record_get(txn, noise->arena, noise->schema, 5, &row);
	}
}

static void
noise_key(struct noise *noise, enum table table)
{
	noise->table = table;
	noise->key.n = 0;
	if (table == TABLE_QUEUE) {
		for (int i = 0; i < 3; i++)
			key_i64(&noise->key, 5);
		return;
	}
	if (table == TABLE_IDEM) {
		for (int i = 0; i < 4; i++)
			key_i64(&noise->key, 5);
		return;
	}
	key_u32(&noise->key, noise->schema->no);
	key_i64(&noise->key, 5);
}

static void
damaged_records_are_told(void **state)
{
	static const enum table tables[] = {
	    TABLE_WEBHOOKS, TABLE_DELIVERIES, TABLE_QUEUE, TABLE_IDEM};
	struct place *place = *state;
	unsigned seed = 11;
	int told = 0;

	for (int round = 0; round < 400; round++) {
		enum table table = tables[round % 4];
		struct noise noise = {.arena = place->arena};
		enum err e;

		noise.schema = table == TABLE_DELIVERIES ? &schema_deliveries
							 : &schema_webhooks;
		noise_key(&noise, table);
		noise.n = (size_t)rand_r(&seed) % sizeof noise.bytes;
		for (size_t i = 0; i < noise.n; i++)
			noise.bytes[i] = (char)rand_r(&seed);
		if (round % 8 < 4 && noise.n > 0)
			noise.bytes[0] = 1; /* a format that is known */
		must_write(place, noise_put_body, &noise);
		e = store_read(place->store, noise_read_body, &noise);
		told += e == ERR_DAMAGED;
		/* Noise may look like a record, never like nothing. */
		assert_true(e == ERR_DAMAGED || e == ERR_NONE ||
			    (table == TABLE_IDEM && e == ERR_NOT_FOUND));
	}
	assert_true(told > 350);
}

static void
damage_hurts_only_its_body(void **state)
{
	struct place *place = *state;
	struct noise noise = {.schema = &schema_webhooks, .n = 3};
	struct row *row = webhook_row(place->arena, "active", "", "");

	noise_key(&noise, TABLE_WEBHOOKS);
	must_write(place, noise_put_body, &noise);
	row->values[0] = value_int(5);
	assert_int_equal(
	    store_write(place->store, update_body, row, 0), ERR_DAMAGED);
	row->values[0] = value_null();
	must_write(place, insert_body, row);
	close_it(place);
	expect_refused(place, ERR_DAMAGED, "restore a backup");
}

/* ---- the end of the log ---- */

static off_t
log_bytes(const struct place *place)
{
	char path[128];
	struct stat st;

	path_of(place, "log.0000000001", path);
	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static enum err
read_body(struct txn *txn, void *arg)
{
	struct place *place = arg;
	struct row *row;
	enum err e = ERR_NONE;

	for (int64_t id = 1; !e && id <= 5; id++)
		e = record_get(txn, place->arena, &schema_webhooks, id, &row);
	return e;
}

/* Else each start fills it up to its greatest length with zeros. */
static void
a_close_cuts_the_log(void **state)
{
	struct place *place = *state;

	for (int i = 0; i < 5; i++) {
		must_write(place, insert_body,
		    webhook_row(place->arena, "active", "", ""));
		place_reopen(place);
		assert_true(log_bytes(place) < 1 << 20);
	}
	must_read(place, read_body, place);
}

/* Length of a log file of which `filled` bytes are not zero, after a cut
 * behind the record that ends at 5,000. */
static off_t
cut_log(struct place *place, size_t filled)
{
	static char bytes[300000];
	char path[128];
	int dir = open(place->dir, O_RDONLY | O_DIRECTORY), fd;
	struct stat st;

	path_of(place, "log.0000000007", path);
	memset(bytes, 0, sizeof bytes);
	memset(bytes, 'x', filled);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, bytes, sizeof bytes), sizeof bytes);
	tail_cut(dir, 7, 5000);
	tail_cut(dir, 8, 5000); /* is not there */
	assert_int_equal(fstat(fd, &st), 0);
	close(fd);
	close(dir);
	unlink(path);
	return st.st_size;
}

static void
only_zeros_are_cut(void **state)
{
	assert_int_equal(cut_log(*state, 5000), 8192);
	assert_int_equal(cut_log(*state, 8192), 8192);
	assert_int_equal(cut_log(*state, 8193), 300000);
	assert_int_equal(cut_log(*state, 300000), 300000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(second_opener_is_told),
	    TEST(waiting_opener_gets_it),
	    TEST(children_do_not_hold_the_lock),
	    TEST(directory_is_private),
	    TEST(bad_places_are_refused),
	    TEST(network_file_systems_are_known),
	    TEST(root_becomes_the_owner),
	    TEST(newer_format_is_refused),
	    TEST(damaged_file_is_named),
	    TEST(damaged_records_are_told),
	    TEST(damage_hurts_only_its_body),
	    TEST(a_close_cuts_the_log),
	    TEST(only_zeros_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
