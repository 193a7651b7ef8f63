/* What carries a write to its calls: which webhooks match, the queue's order,
 * attempts, secrets, repeated requests. */
#include "store_helper.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/clock.h"

/* ---- webhooks ---- */

struct match {
	struct arena *arena;
	enum action action;
	const char *collection;
	int64_t *ids;
	size_t count;
};

static enum err
match_body(struct txn *txn, void *arg)
{
	struct match *match = arg;

	return hooks_match(txn, match->arena, match->action,
	    span_of(match->collection), &match->ids, &match->count);
}

static const struct hook_def {
	const char *status, *actions, *collections;
} hook_defs[] = {
    {"active", "create", "articles"},			    /* 1 */
    {"active", "create,update,create", "articles,authors"}, /* 2 */
    {"inactive", "create,update,delete", "articles"},	    /* 3 */
    {"active", "delete", "authors,articles,authors"},	    /* 4 */
    {"active", "", "articles"},				    /* 5 */
    {"active", "create", ""},				    /* 6 */
    {NULL, "create", "articles"},			    /* 7 */
    {"active", NULL, NULL},				    /* 8 */
    {"Active", "create", "articles"},			    /* 9 */
    {"active", "creat,update ", "articles"},		    /* 10 */
    {"active", "create", "article,articless, articles"},    /* 11 */
    {"active", "update,delete,create", "x,articles"},	    /* 12 */
};

static const struct match_case {
	enum action action;
	const char *collection, *want;
} match_cases[] = {
    {ACTION_CREATE, "articles", "1 2 12 "},
    {ACTION_UPDATE, "articles", "2 12 "},
    {ACTION_DELETE, "articles", "4 12 "},
    {ACTION_CREATE, "authors", "2 "},
    {ACTION_DELETE, "authors", "4 "},
    {ACTION_CREATE, "article", "11 "},
    {ACTION_CREATE, "Articles", ""},
    {ACTION_CREATE, "", ""},
    {ACTION_CREATE, " articles", "11 "},
};

static void
expect_match(struct place *place, enum action action, const char *collection,
    const char *want)
{
	struct match match = {place->arena, action, collection, NULL, 0};
	char text[200] = "";

	must_read(place, match_body, &match);
	for (size_t i = 0; i < match.count; i++)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%d ",
		    (int)match.ids[i]);
	assert_string_equal(text, want);
}

static void
webhooks_match(void **state)
{
	struct place *place = *state;

	for (size_t i = 0; i < sizeof hook_defs / sizeof *hook_defs; i++)
		must_write(place, insert_body,
		    webhook_row(place->arena, hook_defs[i].status,
			hook_defs[i].actions, hook_defs[i].collections));
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof match_cases / sizeof *match_cases;
		     i++)
			expect_match(place, match_cases[i].action,
			    match_cases[i].collection, match_cases[i].want);
		place_reopen(place);
	}
}

static enum err
delete_body(struct txn *txn, void *id)
{
	return record_delete(txn, &schema_webhooks, *(int64_t *)id);
}

static enum err
failing_changes_body(struct txn *txn, void *arg)
{
	struct arena *arena = arg;
	struct row *row = webhook_row(arena, "active", "create", "c,d");
	enum err e = record_insert(txn, row);
	struct row *first;

	if (!e)
		e = record_get(txn, arena, &schema_webhooks, 1, &first);
	if (e)
		return e;
	first->values[WEBHOOK_COLLECTIONS] = value_text(SPAN("other"));
	e = record_update(txn, first);
	if (!e)
		e = record_delete(txn, &schema_webhooks, 2);
	return e ? e : ERR_INTERNAL;
}

static void
webhook_changes_count(void **state)
{
	struct place *place = *state;
	struct row *row = webhook_row(place->arena, "active", "create", "c");
	int64_t two = 2;

	must_write(place, insert_body, row);
	must_write(place, insert_body,
	    webhook_row(place->arena, "active", "create", "c"));
	assert_int_equal(
	    store_write(place->store, failing_changes_body, place->arena, 0),
	    ERR_INTERNAL);
	expect_match(place, ACTION_CREATE, "c", "1 2 ");
	expect_match(place, ACTION_CREATE, "d", "");
	expect_match(place, ACTION_CREATE, "other", "");
	row->values[WEBHOOK_COLLECTIONS] = value_text(SPAN("d"));
	must_write(place, update_body, row);
	expect_match(place, ACTION_CREATE, "c", "2 ");
	expect_match(place, ACTION_CREATE, "d", "1 ");
	row->values[WEBHOOK_STATUS] = value_text(SPAN("inactive"));
	must_write(place, update_body, row);
	expect_match(place, ACTION_CREATE, "d", "");
	must_write(place, delete_body, &two);
	expect_match(place, ACTION_CREATE, "c", "");
}

enum { MANY_HOOKS = 10000 };

static enum err
many_body(struct txn *txn, void *arg)
{
	struct arena *arena = arg;
	char name[32];
	enum err e = ERR_NONE;

	for (int i = 0; !e && i < MANY_HOOKS; i++) {
		snprintf(name, sizeof name, "all,c%d", i % 100);
		e = record_insert(txn, webhook_row(arena, "active", "create",
					   arena_strdup(arena, name)));
	}
	return e;
}

static enum err
many_off_body(struct txn *txn, void *arg)
{
	enum err e = ERR_NONE;

	(void)arg;
	for (int64_t id = 1; !e && id <= MANY_HOOKS; id++)
		e = record_delete(txn, &schema_webhooks, id);
	return e;
}

static void
ten_thousand_webhooks(void **state)
{
	struct place *place = *state;
	struct match match = {place->arena, ACTION_CREATE, "c42", NULL, 0};
	int64_t begun_ms = clock_mono_ms();

	must_write(place, many_body, place->arena);
	for (int i = 0; i < 1000; i++)
		must_read(place, match_body, &match);
	assert_int_equal(match.count, MANY_HOOKS / 100);
	assert_int_equal(match.ids[3], 343);
	match.collection = "all";
	must_read(place, match_body, &match);
	assert_int_equal(match.count, MANY_HOOKS);
	place_reopen(place);
	must_read(place, match_body, &match);
	assert_int_equal(match.count, MANY_HOOKS);
	must_write(place, many_off_body, NULL);
	must_read(place, match_body, &match);
	assert_int_equal(match.count, 0);
	/* Far from the fraction of a second it takes: catches squares. */
	assert_true(clock_mono_ms() - begun_ms < 20000);
}

/* ---- queue ---- */

static const struct queue_row queue_rows[] = {{1, 10, 5, 0}, {1, 10, 7, 99},
    {1, 11, 1, 0}, {2, -4, 9, 0}, {2, 0, 3, 0}, {7, INT64_MAX, INT64_MAX, -1}};
enum { QUEUE_ROWS = sizeof queue_rows / sizeof *queue_rows };

static enum err
queue_put_body(struct txn *txn, void *arg)
{
	enum err e = ERR_NONE;

	(void)arg;
	for (int i = QUEUE_ROWS - 1; !e && i >= 0; i--)
		e = queue_put(txn, &queue_rows[i]);
	return e;
}

static enum err
queue_walk_body(struct txn *txn, void *arg)
{
	struct queue_row row = {0}, from;
	int64_t after = INT64_MIN;
	size_t at = 0;
	enum err e;

	(void)arg;
	while (!(e = queue_next_webhook(txn, after, &row))) {
		after = row.webhook;
		e = queue_next(txn, after, NULL, &row);
		while (!e) {
			assert_memory_equal(
			    &row, &queue_rows[at++], sizeof row);
			from = row;
			if (from.delivery == INT64_MAX)
				break;
			from.delivery++;
			e = queue_next(txn, after, &from, &row);
		}
		if (e && e != ERR_NOT_FOUND)
			return e;
	}
	assert_int_equal(at, QUEUE_ROWS);
	assert_int_equal(
	    queue_next_webhook(txn, INT64_MAX, &row), ERR_NOT_FOUND);
	assert_int_equal(queue_next(txn, 3, NULL, &row), ERR_NOT_FOUND);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static enum err
queue_del_body(struct txn *txn, void *arg)
{
	struct queue_row row;
	enum err e = queue_del(txn, &queue_rows[0]);

	(void)arg;
	assert_int_equal(queue_del(txn, &queue_rows[0]), ERR_NOT_FOUND);
	if (!e)
		e = queue_next(txn, 1, &queue_rows[0], &row);
	assert_int_equal(row.delivery, 7);
	assert_int_equal(row.token, 99);
	return e;
}

static void
queue_in_order(void **state)
{
	struct place *place = *state;

	must_write(place, queue_put_body, NULL);
	place_reopen(place);
	must_read(place, queue_walk_body, NULL);
	must_write(place, queue_walk_body, NULL);
	must_write(place, queue_del_body, NULL);
}

/* ---- attempts, secrets, meta ---- */

static enum err
attempts_body(struct txn *txn, void *arg)
{
	struct arena *arena = arg;
	char *big = arena_alloc(arena, 20000);
	enum err e = ERR_NONE;

	for (uint32_t n = 20; !e && n > 0; n--) {
		big[0] = (char)n;
		e = attempt_put(txn, 8, n, span_make(big, n * 1000));
	}
	if (!e)
		e = attempt_put(txn, 7, 1, SPAN("seven"));
	return e ? e : attempt_put(txn, 9, 1, SPAN("nine"));
}

static enum err
attempts_check_body(struct txn *txn, void *arg)
{
	struct span *packed;
	size_t count;
	enum err e = attempt_list(txn, arg, 8, &packed, &count);

	assert_int_equal(count, 20);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(packed[i].n, (i + 1) * 1000);
		assert_int_equal(packed[i].p[0], i + 1);
	}
	return e;
}

static enum err
attempts_drop_body(struct txn *txn, void *arg)
{
	struct span *packed;
	size_t count = 0;
	enum err e = attempt_drop(txn, 8);

	if (!e)
		e = attempt_drop(txn, 1000);
	if (!e)
		e = attempt_list(txn, arg, 8, &packed, &count);
	assert_int_equal(count, 0);
	if (!e)
		e = attempt_list(txn, arg, 9, &packed, &count);
	assert_int_equal(count, 1);
	return e;
}

static void
attempts_by_delivery(void **state)
{
	struct place *place = *state;

	must_write(place, attempts_body, place->arena);
	place_reopen(place);
	must_read(place, attempts_check_body, place->arena);
	must_write(place, attempts_drop_body, place->arena);
}

static enum err
small_records_body(struct txn *txn, void *arg)
{
	struct span value = SPAN_NONE;

	assert_int_equal(secret_get(txn, arg, 1, &value), ERR_NOT_FOUND);
	assert_int_equal(secret_drop(txn, 1), ERR_NOT_FOUND);
	assert_int_equal(secret_put(txn, 1, SPAN("one")), ERR_NONE);
	assert_int_equal(secret_put(txn, 1, SPAN("two")), ERR_NONE);
	assert_int_equal(secret_get(txn, arg, 1, &value), ERR_NONE);
	assert_true(span_is(value, "two"));
	assert_int_equal(secret_drop(txn, 1), ERR_NONE);
	assert_int_equal(meta_get(txn, arg, "x", &value), ERR_NOT_FOUND);
	assert_int_equal(meta_put(txn, "x", SPAN_NONE), ERR_NONE);
	assert_int_equal(meta_get(txn, arg, "x", &value), ERR_NONE);
	assert_int_equal(value.n, 0);
	return ERR_NONE;
}

static void
small_records(void **state)
{
	struct place *place = *state;

	must_write(place, small_records_body, place->arena);
}

/* ---- idempotency ---- */

struct idem {
	struct arena *arena;
	uint8_t key[32];
	int64_t expires_ms;
	struct span record;
};

static enum err
idem_put_body(struct txn *txn, void *arg)
{
	struct idem *idem = arg;

	return idem_put(txn, idem->key, idem->expires_ms, idem->record);
}

static enum err
idem_get_body(struct txn *txn, void *arg)
{
	struct idem *idem = arg;

	return idem_get(txn, idem->arena, idem->key, &idem->record);
}

static void
idem_expires(void **state)
{
	struct place *place = *state;
	struct idem idem = {.arena = place->arena, .record = SPAN("first")};

	idem.expires_ms = clock_wall_ms() + 1000;
	must_write(place, idem_put_body, &idem);
	idem.record = SPAN("second");
	idem.expires_ms += 9000;
	must_write(place, idem_put_body, &idem);
	clock_shift_ms(5000);
	must_read(place, idem_get_body, &idem);
	assert_true(span_is(idem.record, "second"));
	clock_shift_ms(10000);
	assert_int_equal(
	    store_read(place->store, idem_get_body, &idem), ERR_NOT_FOUND);
	clock_shift_ms(0);
}

/* Enough puts sweep all that expired, so the table stays bounded. */
static void
idem_is_swept(void **state)
{
	struct place *place = *state;
	struct idem idem = {.arena = place->arena, .record = SPAN("r")};

	for (int i = 0; i < 50; i++) {
		idem.key[0] = (uint8_t)i;
		idem.expires_ms = clock_wall_ms() + (i < 40 ? -1 : 100000);
		must_write(place, idem_put_body, &idem);
	}
	/* If the old rows were only hidden, turning the clock back would
	 * bring them up again. */
	clock_shift_ms(-1000000);
	for (int i = 0; i < 50; i++) {
		idem.key[0] = (uint8_t)i;
		assert_int_equal(store_read(place->store, idem_get_body, &idem),
		    i < 40 ? ERR_NOT_FOUND : ERR_NONE);
	}
	clock_shift_ms(0);
}

struct idem_sweeping {
	int64_t now_ms, next_ms;
	int left;
};

static enum err
idem_sweep_body(struct txn *txn, void *arg)
{
	struct idem_sweeping *sweeping = arg;

	return idem_sweep(
	    txn, sweeping->now_ms, &sweeping->left, &sweeping->next_ms);
}

/* A bounded number at a time; then it tells when the next one expires. */
static void
idem_sweeps(void **state)
{
	struct place *place = *state;
	struct idem idem = {.arena = place->arena, .record = SPAN("r")};
	int64_t now_ms = clock_wall_ms();
	struct idem_sweeping sweeping = {now_ms, INT64_MAX, 3};

	for (int i = 0; i < 5; i++) {
		idem.key[0] = (uint8_t)i;
		idem.expires_ms = now_ms + 50000 + i;
		must_write(place, idem_put_body, &idem);
	}
	must_write(place, idem_sweep_body, &sweeping);
	assert_int_equal(sweeping.left, 3);
	assert_true(sweeping.next_ms == now_ms + 50000);
	sweeping = (struct idem_sweeping){now_ms + 50003, INT64_MAX, 3};
	must_write(place, idem_sweep_body, &sweeping);
	assert_int_equal(sweeping.left, 0);
	assert_true(sweeping.next_ms == INT64_MAX);
	sweeping.left = 3;
	must_write(place, idem_sweep_body, &sweeping);
	assert_int_equal(sweeping.left, 2);
	assert_true(sweeping.next_ms == now_ms + 50004);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(webhooks_match),
	    TEST(webhook_changes_count),
	    TEST(ten_thousand_webhooks),
	    TEST(queue_in_order),
	    TEST(attempts_by_delivery),
	    TEST(small_records),
	    TEST(idem_expires),
	    TEST(idem_is_swept),
	    TEST(idem_sweeps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
