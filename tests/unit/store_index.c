/* Indexes: true to the rows whatever is written, met with each other, and
 * counted by. */
#include "store_helper.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/priv.h"

enum { MODEL_IDS = 300, MODEL_STEPS = 3000 };
struct model_row {
	bool there;
	int webhook, state;
	char message[32];
	uint64_t version;
};
struct step {
	struct arena *arena;
	struct model_row *model;
	unsigned seed;
	int count;
};

static struct row *
model_to_row(struct arena *arena, int64_t id, const struct model_row *m)
{
	struct row *row = row_new(arena, &schema_deliveries);

	row->values[0] = value_int(id);
	row->values[DELIVERY_MESSAGE_ID] = value_text(span_of(m->message));
	row->values[DELIVERY_EVENT] = value_int(id / 3);
	row->values[DELIVERY_WEBHOOK] = value_int(m->webhook);
	row->values[DELIVERY_STATE] =
	    m->state ? value_text(span_of(m->state == 1 ? "dead" : "pending"))
		     : value_null();
	row->version = m->version;
	return row;
}

/* What a body does that has read the row. */
static enum err
change_read(struct txn *txn, struct arena *arena, struct row *row)
{
	struct row *before;
	enum err e = record_get(txn, arena, row->schema, row_id(row), &before);

	if (e)
		return e;
	before->version++;
	if (record_change(txn, before, row) != ERR_CHANGED)
		return ERR_INTERNAL;
	before->version--;
	return record_change(txn, before, row);
}

static enum err
step_one(struct txn *txn, struct step *step, unsigned *seed)
{
	int64_t id = rand_r(seed) % MODEL_IDS;
	struct model_row *m = &step->model[id];
	enum err e;

	if (m->there && rand_r(seed) % 3 == 0) {
		m->there = false;
		return record_delete(txn, &schema_deliveries, id);
	}
	m->webhook = rand_r(seed) % 5 - 2;
	m->state = rand_r(seed) % 3;
	snprintf(m->message, sizeof m->message, "msg%u", rand_r(seed) % 100);
	struct row *row = model_to_row(step->arena, id, m);
	if (!m->there)
		e = record_insert(txn, row);
	else if (rand_r(seed) % 2)
		e = record_update(txn, row);
	else
		e = change_read(txn, step->arena, row);
	m->there = true;
	m->version = row->version;
	return e;
}

static enum err
steps_body(struct txn *txn, void *arg)
{
	struct step *step = arg;
	unsigned seed = step->seed;
	enum err e = ERR_NONE;

	for (int i = 0; !e && i < step->count; i++)
		e = step_one(txn, step, &seed);
	return e;
}

static bool
has_value(const struct row *row, const struct row_equal *equal)
{
	struct value value = row->values[equal->field];

	return value.type == equal->value.type &&
	       value_cmp(value, equal->value) == 0;
}

/* Rows of the scan must be exactly the model's with these values. */
static void
check_equals(struct place *place, const struct model_row *model,
    const struct row_equal *equals, size_t equal_count, bool descending)
{
	bool seen[MODEL_IDS] = {false};
	struct record_scan scan;
	struct row **rows;
	size_t count;
	int64_t before = descending ? INT64_MAX : INT64_MIN;

	record_scan_start(&scan, &schema_deliveries);
	for (size_t i = 0; i < equal_count; i++)
		record_scan_equal(&scan, equals[i].field, equals[i].value);
	scan.descending = descending;
	scan.page_rows = descending ? 1 : 0;
	do {
		assert_int_equal(record_page(place->store, place->arena, &scan,
				     &rows, &count),
		    ERR_NONE);
		for (size_t i = 0; i < count; i++) {
			int64_t id = row_id(rows[i]);

			assert_true(descending ? id < before : id > before);
			before = id;
			seen[id] = true;
			assert_int_equal(rows[i]->version, model[id].version);
		}
	} while (count > 0);
	for (int id = 0; id < MODEL_IDS; id++) {
		struct row *row = model_to_row(place->arena, id, &model[id]);
		bool want = model[id].there;

		for (size_t i = 0; i < equal_count; i++)
			want &= has_value(row, &equals[i]);
		assert_int_equal(seen[id], want);
	}
}

static void
check_index(struct place *place, const struct model_row *model, int field,
    struct value value, bool descending)
{
	struct row_equal equal = {field, value};

	check_equals(place, model, &equal, 1, descending);
}

/* Rows that stand in several indexes. */
static void
check_meeting(struct place *place, const struct model_row *model, bool down)
{
	for (int webhook = -3; webhook <= 3; webhook++) {
		struct row_equal equals[] = {
		    {DELIVERY_WEBHOOK, value_int(webhook)},
		    {DELIVERY_STATE, value_text(SPAN("dead"))},
		    {DELIVERY_EVENT, value_int(20 + webhook)},
		    {DELIVERY_WEBHOOK, value_int(1)}};

		for (size_t n = 2; n <= 4; n++)
			check_equals(place, model, equals, n, down);
	}
}

/* All rows whose webhook lies in a range, by webhook, then id. */
static void
check_by_value(struct place *place, const struct model_row *model, int from,
    int to, bool descending)
{
	int64_t before = descending ? INT64_MAX : INT64_MIN;
	struct record_scan scan;
	struct row **rows;
	size_t count, seen = 0;

	record_scan_start(&scan, &schema_deliveries);
	scan.field = DELIVERY_WEBHOOK;
	scan.by_value = true;
	scan.from_value = from;
	scan.to_value = to;
	scan.descending = descending;
	scan.limit = 1000;
	do {
		/* Pages of one row: each goes on where the last one ended. */
		int64_t limit = scan.limit;

		if (from & 1)
			scan.limit = 1;
		assert_int_equal(record_page(place->store, place->arena, &scan,
				     &rows, &count),
		    ERR_NONE);
		scan.limit = limit;
		for (size_t i = 0; i < count; i++, seen++) {
			int64_t id = row_id(rows[i]);
			int64_t webhook = rows[i]->values[DELIVERY_WEBHOOK].i;
			int64_t order = webhook * 1000 + id;

			assert_true(webhook >= from && webhook <= to);
			assert_true(
			    descending ? order < before : order > before);
			before = order;
		}
	} while (count > 0);
	for (int id = 0; id < MODEL_IDS; id++)
		if (model[id].there && model[id].webhook >= from &&
		    model[id].webhook <= to)
			seen--;
	assert_int_equal(seen, 0);
}

static void
check_indexes(struct place *place, const struct model_row *model)
{
	char message[32];

	for (int from = -3; from <= 3; from++)
		for (int to = from; to <= 3; to++)
			check_by_value(place, model, from, to, to & 1);

	for (int webhook = -3; webhook <= 3; webhook++)
		check_index(place, model, DELIVERY_WEBHOOK, value_int(webhook),
		    webhook & 1);
	for (int m = 0; m < 100; m++) {
		snprintf(message, sizeof message, "msg%d", m);
		check_index(place, model, DELIVERY_MESSAGE_ID,
		    value_text(span_of(message)), m & 1);
	}
	check_index(
	    place, model, DELIVERY_STATE, value_text(SPAN("dead")), true);
	check_index(
	    place, model, DELIVERY_STATE, value_text(SPAN("dea")), false);
	check_meeting(place, model, true);
	check_meeting(place, model, false);
}

/* ---- rows that stand in several indexes ---- */

enum { MEETING_ROWS = 12000, MEETING_CHUNK = 500 };

/* Half of the rows are pending and of webhook 1, half dead and of 2; but for
 * the one in the middle. */
static enum err
meeting_body(struct txn *txn, void *arg)
{
	int64_t *from = arg;
	enum err e = ERR_NONE;

	for (int64_t id = *from; !e && id < *from + MEETING_CHUNK; id++) {
		struct row *row = row_new(txn_arena(txn), &schema_deliveries);
		bool odd = id & 1 || id == MEETING_ROWS / 2;

		row->values[0] = value_int(id);
		row->values[DELIVERY_WEBHOOK] = value_int(odd ? 1 : 2);
		row->values[DELIVERY_STATE] =
		    value_text(id & 1 ? SPAN("pending") : SPAN("dead"));
		e = record_insert(txn, row);
	}
	return e;
}

/* All that two conditions find, newest or oldest first. */
static size_t
meet(struct place *place, int webhook, const char *state, bool down,
    int64_t *last)
{
	struct record_scan scan;
	struct row **rows;
	size_t count, seen = 0;

	record_scan_start(&scan, &schema_deliveries);
	record_scan_equal(&scan, DELIVERY_WEBHOOK, value_int(webhook));
	record_scan_equal(&scan, DELIVERY_STATE, value_text(span_of(state)));
	scan.descending = down;
	scan.page_rows = 1;
	do {
		assert_int_equal(record_page(place->store, place->arena, &scan,
				     &rows, &count),
		    ERR_NONE);
		seen += count;
		if (count > 0)
			*last = row_id(rows[count - 1]);
	} while (count > 0);
	return seen;
}

/* Indexes that hardly meet: no row is read in vain, and no read is long. */
static void
indexes_meet(void **state)
{
	struct place *place = *state;
	struct store_counts before, after;
	int64_t last = 0;

	for (int64_t id = 0; id < MEETING_ROWS; id += MEETING_CHUNK)
		must_write(place, meeting_body, &id);
	store_count(place->store, &before);
	for (int down = 0; down < 2; down++) {
		assert_int_equal(meet(place, 1, "dead", down, &last), 1);
		assert_int_equal(last, MEETING_ROWS / 2);
		assert_int_equal(meet(place, 2, "pending", down, &last), 0);
		assert_int_equal(meet(place, 3, "dead", down, &last), 0);
	}
	store_count(place->store, &after);
	assert_int_equal(after.rows_read - before.rows_read, 2);
	assert_in_range(after.reads - before.reads, 4 * 5, 4 * 50);
	store_count(place->store, &before);
	assert_int_equal(
	    meet(place, 1, "pending", true, &last), MEETING_ROWS / 2);
	assert_int_equal(last, 1);
	store_count(place->store, &after);
	assert_int_equal(after.rows_read - before.rows_read, MEETING_ROWS / 2);
}

static enum err
index_size_body(struct txn *txn, void *arg)
{
	struct key prefix = {.n = 0};
	struct walk walk;
	size_t *count = arg;
	enum err e = walk_open(&walk, txn, TABLE_INDEX);

	key_u32(&prefix, SCHEMA_DELIVERIES);
	*count = 0;
	while (!e && !(e = walk_step(&walk, WALK_NEXT, NULL, NULL)))
		*count += key_starts(&walk.key, &prefix);
	walk_close(&walk);
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

static void
indexes_follow_rows(void **state)
{
	struct place *place = *state;
	struct model_row *model = mem_array(MODEL_IDS, sizeof *model);
	struct step step = {place->arena, model, 7, 0};
	size_t entries, want = 0;
	int64_t rows = 0;

	for (int done = 0; done < MODEL_STEPS; done += step.count) {
		step.seed += 13;
		step.count = 1 + (int)(step.seed % 60);
		must_write(place, steps_body, &step);
	}
	check_indexes(place, model);
	place_reopen(place);
	check_indexes(place, model);
	for (int id = 0; id < MODEL_IDS; id++) {
		rows += model[id].there;
		/* message, event, webhook; state unless null */
		want += model[id].there ? 3u + (model[id].state != 0) : 0;
	}
	assert_int_equal(count_of(place, &schema_deliveries), rows);
	must_read(place, index_size_body, &entries);
	assert_int_equal(entries, want);
	free(model);
}

struct states {
	int64_t id;
	const char *from, *to; /* NULL: not there */
	bool fail;
	int64_t pending, dead;
};

static enum err
states_body(struct txn *txn, void *arg)
{
	struct states *s = arg;
	struct arena *arena = txn_arena(txn);
	struct row *row = row_new(arena, &schema_deliveries);
	enum err e = ERR_NONE;

	if (s->from)
		e = record_get(txn, arena, &schema_deliveries, s->id, &row);
	if (!e && s->to)
		row->values[DELIVERY_STATE] = value_text(span_of(s->to));
	if (!e && !s->to)
		e = record_delete(txn, &schema_deliveries, s->id);
	else if (!e)
		e = s->from ? record_update(txn, row) : record_insert(txn, row);
	s->id = row_id(row);
	s->pending = record_count_state(txn, DELIVERY_PENDING);
	s->dead = record_count_state(txn, DELIVERY_DEAD);
	return e ? e : s->fail ? ERR_PAYLOAD : ERR_NONE;
}

static void
count_states(void **state)
{
	struct place *place = *state;
	struct states s = {.to = "pending"};

	must_write(place, states_body, &s);
	must_write(place, states_body, &s);
	assert_int_equal(s.pending, 2);
	s.from = "pending";
	s.to = "dead";
	s.fail = true;
	assert_int_equal(
	    store_write(place->store, states_body, &s, 0), ERR_PAYLOAD);
	s.fail = false;
	must_write(place, states_body, &s);
	assert_int_equal(s.pending, 1);
	assert_int_equal(s.dead, 1);
	store_close(place->store);
	assert_int_equal(place_try_open(place), ERR_NONE);
	s.to = NULL;
	must_write(place, states_body, &s);
	assert_int_equal(s.pending, 1);
	assert_int_equal(s.dead, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, place_setup, place_teardown)
	    TEST(indexes_follow_rows),
	    TEST(indexes_meet),
	    TEST(count_states),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
