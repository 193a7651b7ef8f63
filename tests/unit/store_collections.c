/* Collections: kept over a restart; drops that leave nothing. */
#include "store_helper.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/priv.h"

struct find {
	struct arena *arena;
	const char *name;
	struct schema *schema;
	struct schema **list;
	size_t count;
};

static enum err
find_body(struct txn *txn, void *arg)
{
	struct find *find = arg;

	return collection_find(
	    txn, find->arena, span_of(find->name), &find->schema);
}

static enum err
list_body(struct txn *txn, void *arg)
{
	struct find *find = arg;

	return collection_list(txn, find->arena, &find->list, &find->count);
}

static enum err
drop_body(struct txn *txn, void *name)
{
	return collection_drop(txn, span_of(name));
}

static void
collections_kept(void **state)
{
	struct place *place = *state;
	struct find find = {.arena = place->arena, .name = "beta"};
	static const char *const names[] = {"gamma", "alpha", "beta"};

	for (size_t i = 0; i < 3; i++)
		must_write(place, create_body,
		    freeform_schema(place->arena, names[i]));
	assert_int_equal(store_write(place->store, create_body,
			     freeform_schema(place->arena, "beta"), 0),
	    ERR_EXISTS);
	assert_int_equal(
	    store_write(place->store, create_body,
		freeform_schema(place->arena, "directus_webhooks"), 0),
	    ERR_EXISTS);
	place_reopen(place);
	must_read(place, find_body, &find);
	assert_int_equal(find.schema->no, SCHEMA_FIRST_USER + 2);
	must_read(place, list_body, &find);
	assert_int_equal(find.count, 3);
	assert_true(span_is(find.list[0]->name, "alpha"));
	assert_true(span_is(find.list[2]->name, "gamma"));
	find.name = "directus_events";
	must_read(place, find_body, &find);
	assert_int_equal(find.schema->no, SCHEMA_EVENTS);
	find.name = "delta";
	assert_int_equal(
	    store_read(place->store, find_body, &find), ERR_NOT_FOUND);
}

static enum err
items_size_body(struct txn *txn, void *arg)
{
	struct walk walk;
	size_t *count = arg;
	enum err e = walk_open(&walk, txn, TABLE_ITEMS);

	*count = 0;
	while (!e && !(e = walk_step(&walk, WALK_NEXT, NULL, NULL)))
		++*count;
	walk_close(&walk);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static enum err
drops_left_body(struct txn *txn, void *arg)
{
	*(size_t *)arg = txn->store->drops.kept;
	return ERR_NONE;
}

static void
wait_for_drops(struct place *place)
{
	size_t left;

	do
		must_read(place, drops_left_body, &left);
	while (left > 0);
}

static void
dropped_rows_go(void **state)
{
	struct place *place = *state;
	struct schema *schema = freeform_schema(place->arena, "items");
	struct schema *again = freeform_schema(place->arena, "items");
	struct bulk bulk = {schema, place->arena, 1, 1000};
	char name[] = "items";
	size_t left;

	must_write(place, create_body, schema);
	must_write(place, bulk_body, &bulk);
	must_write(place, drop_body, name);
	/* A schema taken before the drop is worth nothing. */
	assert_int_equal(store_write(place->store, insert_body,
			     freeform_row(place->arena, schema, "late"), 0),
	    ERR_NOT_FOUND);
	must_write(place, create_body, again);
	assert_int_not_equal(again->no, schema->no);
	must_write(
	    place, insert_body, freeform_row(place->arena, again, "new"));
	assert_int_equal(count_of(place, again), 1);
	/* Also when the store is closed in the middle of the removal. */
	place_reopen(place);
	wait_for_drops(place);
	must_read(place, items_size_body, &left);
	assert_int_equal(left, 1);
	place_reopen(place);
	assert_int_equal(count_of(place, again), 1);
	assert_int_equal(count_of(place, schema), 0);
}

/* ---- deliveries are counted by state ---- */

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(collections_kept),
	    TEST(dropped_rows_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
