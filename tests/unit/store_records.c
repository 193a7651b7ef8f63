/* Rows: kept over a restart, their ids and versions, pages in every order. */
#include "store_helper.h"

#include <stdlib.h>

struct get {
	struct arena *arena;
	const struct schema *schema;
	int64_t id;
	struct row *row;
};

static enum err
get_body(struct txn *txn, void *arg)
{
	struct get *get = arg;

	return record_get(txn, get->arena, get->schema, get->id, &get->row);
}

static enum err
delete_body(struct txn *txn, void *arg)
{
	struct get *get = arg;

	return record_delete(txn, get->schema, get->id);
}

static void
insert_get_reopen(void **state)
{
	struct place *place = *state;
	struct row *row = webhook_row(place->arena, "active", "create", "a");
	struct get get = {place->arena, &schema_webhooks, 1, NULL};

	must_write(place, insert_body, row);
	assert_int_equal(row_id(row), 1);
	assert_int_equal(row->version, 1);
	place_reopen(place);
	must_read(place, get_body, &get);
	assert_int_equal(get.row->version, 1);
	assert_true(span_is(get.row->values[WEBHOOK_ACTIONS].text, "create"));
	assert_int_equal(count_of(place, &schema_webhooks), 1);
}

static void
ids_never_return(void **state)
{
	struct place *place = *state;
	struct row *row = webhook_row(place->arena, "active", "create", "a");
	struct get get = {place->arena, &schema_webhooks, 1, NULL};

	must_write(place, insert_body, row);
	assert_int_equal(row_id(row), 1);
	assert_int_equal(
	    store_write(place->store, insert_body, row, 0), ERR_EXISTS);
	must_write(place, delete_body, &get);
	place_reopen(place);
	assert_int_equal(
	    store_write(place->store, delete_body, &get, 0), ERR_NOT_FOUND);
	row->values[0] = value_null();
	must_write(place, insert_body, row);
	assert_int_equal(row_id(row), 2);
	assert_int_equal(count_of(place, &schema_webhooks), 1);
}

/* Contract 5.1: the counter goes on from where it was. */
static void
given_ids_leave_the_counter(void **state)
{
	struct place *place = *state;
	struct row *row = webhook_row(place->arena, "active", "create", "a");

	row->values[0] = value_int(70);
	must_write(place, insert_body, row);
	row->values[0] = value_null();
	must_write(place, insert_body, row);
	assert_int_equal(row_id(row), 1);
	assert_int_equal(count_of(place, &schema_webhooks), 2);
}

static void
versions_guard_updates(void **state)
{
	struct place *place = *state;
	struct row *row = webhook_row(place->arena, "active", "create", "a");

	must_write(place, insert_body, row);
	must_write(place, update_body, row);
	assert_int_equal(row->version, 2);
	row->version = 1;
	assert_int_equal(
	    store_write(place->store, update_body, row, 0), ERR_CHANGED);
	row->values[0] = value_int(99);
	assert_int_equal(
	    store_write(place->store, update_body, row, 0), ERR_NOT_FOUND);
}

static void
large_rows(void **state)
{
	static const size_t sizes[] = {
	    0, 1, 900, 4050, 4096, 5000, 70000, 1 << 20};
	struct place *place = *state;
	struct schema *schema = freeform_schema(place->arena, "big");
	struct record_scan scan;
	struct row **rows;
	size_t count, seen = 0;

	must_write(place, create_body, schema);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		char *text = arena_alloc(place->arena, sizes[i] + 1);

		memset(text, 'a' + (int)i, sizes[i]);
		must_write(place, insert_body,
		    freeform_row(place->arena, schema, text));
	}
	for (int down = 0; down < 2; down++) {
		record_scan_start(&scan, schema);
		scan.descending = down;
		seen = 0;
		do {
			assert_int_equal(record_page(place->store, place->arena,
					     &scan, &rows, &count),
			    ERR_NONE);
			for (size_t i = 0; i < count; i++, seen++) {
				size_t at = down ? 7 - seen : seen;

				assert_int_equal(row_id(rows[i]), at + 1);
				assert_int_equal(
				    rows[i]->members[0].value.text.n,
				    sizes[at]);
			}
		} while (count > 0);
		assert_int_equal(seen, 8);
	}
}

/* ---- pages over ids, both ways, with limits and ranges ---- */

static const struct scan_case {
	int64_t from, to, limit;
	bool descending;
	int64_t first, last;
	size_t count;
} scan_cases[] = {
    {INT64_MIN, INT64_MAX, -1, false, -700, 700, 1401},
    {INT64_MIN, INT64_MAX, -1, true, 700, -700, 1401},
    {INT64_MIN, INT64_MAX, 0, false, 0, 0, 0},
    {INT64_MIN, INT64_MAX, 500, false, -700, -201, 500},
    {INT64_MIN, INT64_MAX, 501, true, 700, 200, 501},
    {-3, 4, -1, false, -3, 4, 8},
    {-3, 4, 2, true, 4, 3, 2},
    {700, INT64_MAX, -1, true, 700, 700, 1},
    {INT64_MIN, -700, -1, true, -700, -700, 1},
    {701, INT64_MAX, -1, true, 0, 0, 0},
    {INT64_MIN, -701, -1, false, 0, 0, 0},
    {5, 4, -1, false, 0, 0, 0},
};

static void
pages_by_id(void **state)
{
	struct place *place = *state;
	struct schema *before = freeform_schema(place->arena, "before");
	struct schema *schema = freeform_schema(place->arena, "items");
	struct schema *behind = freeform_schema(place->arena, "behind");
	struct bulk bulk = {schema, place->arena, -700, 700};

	must_write(place, create_body, before);
	must_write(place, create_body, schema);
	must_write(place, create_body, behind);
	must_write(
	    place, insert_body, freeform_row(place->arena, before, "no"));
	must_write(
	    place, insert_body, freeform_row(place->arena, behind, "no"));
	must_write(place, bulk_body, &bulk);
	for (size_t i = 0; i < sizeof scan_cases / sizeof *scan_cases; i++) {
		const struct scan_case *c = &scan_cases[i];
		struct record_scan scan;
		struct row **rows;
		size_t count, seen = 0;
		int64_t id = c->first;

		record_scan_start(&scan, schema);
		scan.from_id = c->from;
		scan.to_id = c->to;
		scan.limit = c->limit;
		scan.descending = c->descending;
		do {
			assert_int_equal(record_page(place->store, place->arena,
					     &scan, &rows, &count),
			    ERR_NONE);
			assert_true(count <= 500);
			for (size_t r = 0; r < count; r++, seen++) {
				assert_int_equal(row_id(rows[r]), id);
				id += c->descending ? -1 : 1;
			}
		} while (count > 0);
		assert_int_equal(seen, c->count);
		if (seen > 0)
			assert_int_equal(
			    id, c->descending ? c->last - 1 : c->last + 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(insert_get_reopen),
	    TEST(ids_never_return),
	    TEST(given_ids_leave_the_counter),
	    TEST(versions_guard_updates),
	    TEST(large_rows),
	    TEST(pages_by_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
