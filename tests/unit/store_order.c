/* created_at in order of ids: who waited is moved on, a clock set back is
 * believed, and the last stray is known, after an abort and a start as well. */
#include "store_helper.h"

#include "store/priv.h"

struct insert {
	int64_t id; /* 0: counted up */
	int64_t at_ms;
	bool fails; /* once it wrote */
	int64_t stamped_ms;
};

static enum err
body(struct txn *txn, void *arg)
{
	struct insert *insert = arg;
	struct row *row = row_new(txn_arena(txn), &schema_deliveries);
	enum err e;

	if (insert->id)
		row->values[0] = value_int(insert->id);
	row->values[DELIVERY_CREATED_AT] = value_time(insert->at_ms);
	e = record_insert(txn, row);
	insert->stamped_ms = row->values[DELIVERY_CREATED_AT].i;
	return !e && insert->fails ? ERR_PAYLOAD : e;
}

static enum err
strays_body(struct txn *txn, void *arg)
{
	*(int64_t *)arg = record_strays(txn, &schema_deliveries);
	return ERR_NONE;
}

static int64_t
strays(struct place *place)
{
	int64_t id;

	must_read(place, strays_body, &id);
	return id;
}

/* What the row was stamped with. */
static int64_t
add(struct place *place, int64_t id, int64_t at_ms)
{
	struct insert insert = {.id = id, .at_ms = at_ms};

	must_write(place, body, &insert);
	return insert.stamped_ms;
}

static void
follows(void **state)
{
	struct place *place = *state;

	assert_int_equal(strays(place), 0);
	assert_int_equal(add(place, 0, 1000), 1000);
	assert_int_equal(add(place, 0, 2000), 2000);
	/* It waited while the other was written. */
	assert_int_equal(add(place, 0, 1500), 2000);
	assert_int_equal(add(place, 0, 100000), 100000);
	assert_int_equal(strays(place), 0);
	place_reopen(place);
	assert_int_equal(strays(place), 0);
	/* The clock was set back: rows 5 and 6. */
	assert_int_equal(add(place, 0, 50000), 50000);
	assert_int_equal(strays(place), 5);
	assert_int_equal(add(place, 0, 60000), 60000);
	assert_int_equal(strays(place), 6);
	assert_int_equal(add(place, 0, 99000), 100000);
	assert_int_equal(add(place, 0, 100001), 100001);
	assert_int_equal(strays(place), 6);
	place_reopen(place);
	assert_int_equal(strays(place), 6);
	assert_int_equal(add(place, 0, 100002), 100002);
	assert_int_equal(strays(place), 6);
}

static void
given_ids(void **state)
{
	struct place *place = *state;

	assert_int_equal(add(place, 30, 1000), 1000);
	assert_int_equal(strays(place), 0);
	assert_int_equal(add(place, 10, 2000), 2000);
	assert_int_equal(strays(place), 30);
	assert_int_equal(add(place, 31, 2000), 2000);
	assert_int_equal(strays(place), 30);
}

static void
aborts(void **state)
{
	struct place *place = *state;
	struct insert bad = {.at_ms = 90000, .fails = true};

	assert_int_equal(add(place, 0, 1000), 1000);
	assert_int_equal(store_write(place->store, body, &bad, 0), ERR_PAYLOAD);
	assert_int_equal(add(place, 0, 2000), 2000);
	assert_int_equal(strays(place), 0);
	bad = (struct insert){.id = 1000, .at_ms = 2000, .fails = true};
	assert_int_equal(store_write(place->store, body, &bad, 0), ERR_PAYLOAD);
	assert_int_equal(add(place, 0, 3000), 3000);
	assert_int_equal(strays(place), 0);
}

static enum err
forget_body(struct txn *txn, void *arg)
{
	counter_forget(txn, COUNTER_STRAYS + SCHEMA_DELIVERIES);
	(void)arg;
	return ERR_NONE;
}

/* What an older program wrote is not trusted, what follows is. */
static void
older_store(void **state)
{
	struct place *place = *state;

	add(place, 0, 1000);
	add(place, 0, 2000);
	must_write(place, forget_body, NULL);
	place_reopen(place);
	assert_int_equal(strays(place), 2);
	add(place, 0, 3000);
	assert_int_equal(strays(place), 2);
	place_reopen(place);
	assert_int_equal(strays(place), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		follows, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		given_ids, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		aborts, place_setup, place_teardown),
	    cmocka_unit_test_setup_teardown(
		older_store, place_setup, place_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
