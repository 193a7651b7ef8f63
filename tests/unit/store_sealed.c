/* A store with a key: what lies on the disk, which keys are taken, how a store
 * comes to a key, to another and to none, also when it is killed meanwhile. */
#include "store_keys.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "store/priv.h"

static const char *const hidden[] = {
    "NOBODYmayREAD", "PASSWORDofTHE", "TOKENofAheader", "ANSWERthat"};

static void
nothing_lies_open(void **state)
{
	struct place *place = *state;
	struct keys keys = make_keys(place);

	starts_empty(place, keys.a);
	fill(place, 1, 20);
	check(place, 1, 20);
	assert_int_equal(format_of(place), 2);
	opens_with(place, keys.a, NULL);
	check(place, 1, 20);
	use_keys(place, keys.a, NULL);
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_int_equal(files_with(place, hidden[i], ""), 0);
	/* and this test would see it */
	starts_empty(place, NULL);
	fill(place, 1, 20);
	assert_int_equal(format_of(place), 1);
	use_keys(place, NULL, NULL);
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		assert_in_range(files_with(place, hidden[i], ""), 1, 100);
	remove_keys(&keys);
}

static void
wrong_keys_are_refused(void **state)
{
	struct place *place = *state;
	struct keys keys = make_keys(place);

	starts_empty(place, keys.a);
	fill(place, 1, 3);
	refused_with(place, NULL, NULL, "store.secret_key_file must name");
	refused_with(place, "", "", "store.secret_key_file must name");
	refused_with(place, keys.b, NULL, keys.b);
	refused_with(place, NULL, keys.b, keys.b);
	refused_with(place, keys.b, keys.b, "another key than that in");
	refused_with(place, "/nowhere/key", NULL, "/nowhere/key: No such");
	assert_int_equal(truncate(keys.b, 20), 0);
	refused_with(place, keys.b, NULL, "holds no key");
	refused_with(place, keys.a, keys.b, "holds no key");
	/* none of it did any harm */
	opens_with(place, keys.a, NULL);
	check(place, 1, 3);
	remove_keys(&keys);
}

static void
a_store_comes_to_a_key_and_back(void **state)
{
	struct place *place = *state;
	struct keys keys = make_keys(place);

	fill(place, 1, 900); /* several slices */
	opens_with(place, keys.a, NULL);
	check(place, 1, 900);
	assert_int_equal(format_of(place), 2);
	fill(place, 900, 910);
	/* the old key may stay named before and after */
	opens_with(place, keys.b, keys.a);
	check(place, 1, 910);
	opens_with(place, keys.b, keys.a);
	check(place, 1, 910);
	refused_with(place, keys.a, NULL, "another key");
	opens_with(place, keys.b, NULL);
	check(place, 1, 910);
	/* to none */
	opens_with(place, NULL, keys.b);
	check(place, 1, 910);
	assert_int_equal(format_of(place), 1);
	opens_with(place, NULL, NULL);
	check(place, 1, 910);
	/* an old key beside a store that has none */
	opens_with(place, keys.a, keys.b);
	check(place, 1, 910);
	remove_keys(&keys);
}

static enum err
get_secret_body(struct txn *txn, void *arg)
{
	struct span value = SPAN_NONE;

	return secret_get(txn, arg, 1, &value);
}

/* Put as it is into the table, without the key. */
static enum err
put_raw(struct txn *txn, int64_t id, struct span value)
{
	DB *db = txn->store->dbs[TABLE_SECRETS];
	struct key key = {.n = 0};
	DBT k = {0}, v = {0};

	key_i64(&key, id);
	k.data = key.p;
	k.size = (uint32_t)key.n;
	v.data = (void *)(uintptr_t)value.p;
	v.size = (uint32_t)value.n;
	txn_wrote(txn, value.n);
	return db_err(db->put(db, txn->handle, &k, &v, 0));
}

static enum err
plain_body(struct txn *txn, void *arg)
{
	(void)arg;
	return put_raw(txn, 1, SPAN(SECRET));
}

static enum err
swap_body(struct txn *txn, void *arg)
{
	DB *db = txn->store->dbs[TABLE_SECRETS];
	struct key key = {.n = 0};
	DBT k = {0}, v = {0};
	char room[512];

	(void)arg;
	key_i64(&key, 2);
	k.data = key.p;
	k.size = (uint32_t)key.n;
	v.data = room;
	v.ulen = sizeof room;
	v.flags = DB_DBT_USERMEM;
	assert_int_equal(db->get(db, txn->handle, &k, &v, 0), 0);
	return put_raw(txn, 1, span_make(room, v.size));
}

static enum err
cut_body(struct txn *txn, void *arg)
{
	(void)arg;
	return put_raw(txn, 1, SPAN("\x80too short"));
}

/* What was not sealed with the key for this very place is damage. */
static void
records_put_by_others_are_damage(void **state)
{
	static store_body *const bodies[] = {plain_body, swap_body, cut_body};
	struct place *place = *state;
	struct keys keys = make_keys(place);

	starts_empty(place, keys.a);
	fill(place, 1, 3);
	must_read(place, get_secret_body, place->arena);
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		must_write(place, bodies[i], NULL);
		assert_int_equal(
		    store_read(place->store, get_secret_body, place->arena),
		    ERR_DAMAGED);
	}
	remove_keys(&keys);
}

static void
nap_us(long us)
{
	const struct timespec t = {.tv_nsec = us * 1000};

	nanosleep(&t, NULL);
}

/* Opened in a process of its own that is killed after so long; true: it was
 * in the midst of a change. */
static bool
killed_while_opening(struct place *place, long us)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		log_setup("test", LOG_TO_STDERR, LOG_ERROR);
		(void)place_try_open(place);
		_exit(0);
	}
	nap_us(us);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	place->options.secret_key_file_old = NULL;
	place->options.secret_key_file = "";
	if (place_try_open(place) == ERR_NONE) {
		store_close(place->store);
		place->store = NULL;
		return false;
	}
	place->store = NULL;
	return strstr(place->fault.first->message, "was being changed");
}

/* Killed at any moment of a change, the next start with the same files goes
 * on, and one with others is refused. */
static void
a_killed_change_is_gone_on_with(void **state)
{
	struct place *place = *state;
	struct keys keys = make_keys(place);
	const char *to = keys.a, *from = NULL;
	int midst = 0;
	long us = 500;

	fill(place, 1, 2500);
	for (int round = 0; round < 200 && midst < 6; round++) {
		use_keys(place, to, from);
		if (killed_while_opening(place, us)) {
			midst++;
			refused_with(
			    place, from ? from : keys.b, NULL, "being changed");
			if (from)
				refused_with(place, to, NULL, "being changed");
		} else {
			us += us / 3;
		}
		opens_with(place, to, from);
		check(place, 1, 2500);
		from = to;
		to = to == keys.a ? keys.b : keys.a;
		if (us > 300000)
			us = 500;
	}
	assert_in_range(midst, 1, 6);
	remove_keys(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(nothing_lies_open),
	    TEST(wrong_keys_are_refused),
	    TEST(a_store_comes_to_a_key_and_back),
	    TEST(records_put_by_others_are_damage),
	    TEST(a_killed_change_is_gone_on_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
