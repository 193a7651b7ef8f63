/* The record form of rows and schemas: what goes in comes out, and no bytes
 * can do harm: every cut of good records, and many thousand spoilt ones. */
#include "model_help.h"

#include "common/pack.h"

static const char all_types[] =
    "{\"collection\":\"all\",\"fields\":["
    "{\"field\":\"i\",\"type\":\"integer\"},"
    "{\"field\":\"g\",\"type\":\"bigInteger\"},"
    "{\"field\":\"f\",\"type\":\"float\"},"
    "{\"field\":\"s\",\"type\":\"string\",\"schema\":{\"max_length\":5}},"
    "{\"field\":\"t\",\"type\":\"text\"},"
    "{\"field\":\"b\",\"type\":\"boolean\"},"
    "{\"field\":\"c\",\"type\":\"csv\"},"
    "{\"field\":\"j\",\"type\":\"json\"},"
    "{\"field\":\"at\",\"type\":\"timestamp\"},"
    "{\"field\":\"d\",\"type\":\"date\"},"
    "{\"field\":\"u\",\"type\":\"uuid\"}]}";

static const struct {
	const char *definition, *body, *json;
} trips[] = {
    {all_types, "{}",
	"{\"id\":null,\"i\":null,\"g\":null,\"f\":null,\"s\":null,\"t\":"
	"null,\"b\":null,\"c\":null,\"j\":null,\"at\":null,\"d\":null,\"u\":"
	"null}"},
    {all_types,
	"{\"id\":-1,\"i\":-2147483648,\"g\":9223372036854775807,\"f\":-1.5e"
	"300,\"s\":\"\xc3\xbc\\u0007\",\"t\":\"\",\"b\":false,\"c\":\"a,\","
	"\"j\":[1.0],\"at\":\"1969-12-31T23:59:59.999Z\",\"d\":"
	"\"2021-02-03\",\"u\":\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"}",
	"{\"id\":-1,\"i\":-2147483648,\"g\":9223372036854775807,\"f\":-1.5e"
	"+300,\"s\":\"\xc3\xbc\\u0007\",\"t\":\"\",\"b\":false,\"c\":[\"a\","
	"\"\"],\"j\":[1.0],\"at\":\"1969-12-31T23:59:59.999Z\",\"d\":"
	"\"2021-02-03\",\"u\":\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\"}"},
    {notes_definition,
	"{\"id\":3,\"\":1,\"x\":null,\"n\":1e400,\"t\":\"\",\"b\":true,"
	"\"o\":{\"a\":[]}}",
	"{\"id\":3,\"\":1,\"x\":null,\"n\":1e400,\"t\":\"\",\"b\":true,"
	"\"o\":{\"a\":[]}}"},
};

/* The packed row of a trip, in the step's arena. */
static struct span
trip_record(struct step *step, size_t i, struct schema **schema)
{
	struct row *row;
	struct buf out;
	struct span record;

	*schema = step_schema(step, trips[i].definition);
	assert_int_equal(check_create(step->arena, *schema,
			     step_js(step, trips[i].body), &row, &step->fault),
	    ERR_NONE);
	row->version = 0x0102030405060708;
	buf_init(&out, 1 << 20);
	row_pack(row, &out);
	record = arena_span(step->arena, buf_view(&out));
	buf_release(&out);
	return record;
}

static void
test_row_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(trips); i++) {
		struct step step;
		struct schema *schema;
		struct row row;
		struct span record;

		step_begin(&step);
		record = trip_record(&step, i, &schema);
		assert_int_equal(
		    row_unpack(step.arena, schema, record, &row), ERR_NONE);
		assert_true(row.version == 0x0102030405060708);
		row_put_json(&row, &step.out);
		assert_string_equal(step_text(&step), trips[i].json);
		step_end(&step);
	}
}

/* Reads, and if that went well writes again: an accepted row must be whole
 * enough to be shown and packed. */
static void
use_row(struct step *step, const struct schema *schema, struct span record)
{
	struct row row;

	if (row_unpack(step->arena, schema, record, &row) != ERR_NONE)
		return;
	buf_clear(&step->out);
	row_put_json(&row, &step->out);
	row_pack(&row, &step->out);
}

static void
test_row_cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(trips); i++) {
		struct step step;
		struct schema *schema;
		struct row row;
		struct span record;

		step_begin(&step);
		record = trip_record(&step, i, &schema);
		for (size_t n = 0; n < record.n; n++) {
			/* a copy of its own, so that reading past the end
			 * is seen by the sanitizer */
			char *cut = mem_alloc(n + 1);

			memcpy(cut, record.p, n);
			assert_int_not_equal(row_unpack(step.arena, schema,
						 span_make(cut, n), &row),
			    ERR_NONE);
			free(cut);
		}
		step_end(&step);
	}
}

/* Reproducible noise (a linear congruential generator, Knuth's MMIX). */
static uint8_t
noise(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint8_t)(*seed >> 56);
}

static void
test_row_noise(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(trips); i++) {
		struct step step;
		struct schema *schema;
		struct span record;
		char *spoilt;

		step_begin(&step);
		record = trip_record(&step, i, &schema);
		spoilt = arena_bytes(step.arena, record.n);
		for (int round = 0; round < 20000; round++) {
			memcpy(spoilt, record.p, record.n);
			for (int k = noise(&seed) % 4; k >= 0; k--) {
				size_t at = noise(&seed) | (size_t)noise(&seed)
							       << 8;

				spoilt[at % record.n] = (char)noise(&seed);
			}
			use_row(&step, schema, span_make(spoilt, record.n));
		}
		step_end(&step);
	}
}

static void
test_row_versions(void **state)
{
	struct step step;
	struct schema *schema, *shorter;
	struct row row;
	struct span record;
	char *copy;

	(void)state;
	step_begin(&step);
	record = trip_record(&step, 1, &schema);
	copy = arena_text(step.arena, record);
	copy[0] = 2;
	assert_int_equal(
	    row_unpack(step.arena, schema, span_make(copy, record.n), &row),
	    ERR_FORMAT);
	copy[0] = 0;
	assert_int_equal(
	    row_unpack(step.arena, schema, span_make(copy, record.n), &row),
	    ERR_DAMAGED);
	/* a field this program does not know yet */
	shorter = schema_copy(step.arena, schema);
	shorter->count = 5;
	assert_int_equal(
	    row_unpack(step.arena, shorter, record, &row), ERR_FORMAT);
	/* and one an older record does not have: its row goes on as null */
	js_doc_free(step.doc);
	step.doc = NULL;
	record = trip_record(&step, 0, &shorter);
	assert_int_equal(
	    row_unpack(step.arena, schema, record, &row), ERR_NONE);
	assert_int_equal(row.values[11].type, VALUE_NULL);
	step_end(&step);
}

static void
test_row_value(void **state)
{
	struct step step;
	struct schema *notes;
	struct row *row;
	const struct value *v;

	(void)state;
	step_begin(&step);
	notes = step_schema(&step, notes_definition);
	assert_int_equal(
	    check_create(step.arena, notes,
		step_js(&step, "{\"id\":4,\"a\":5}"), &row, &step.fault),
	    ERR_NONE);
	assert_int_equal(row_id(row), 4);
	v = row_value(row, SPAN("a"));
	assert_non_null(v);
	assert_int_equal(v->i, 5);
	assert_null(row_value(row, SPAN("b")));
	row = row_new(step.arena, &schema_tokens);
	row->values[TOKEN_HASH] = value_text(SPAN("h"));
	assert_null(row_value(row, SPAN("hash")));
	row_put_json(row, &step.out);
	assert_null(strstr(step_text(&step), "hash"));
	step_end(&step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_row_trips),
	    cmocka_unit_test(test_row_cuts),
	    cmocka_unit_test(test_row_noise),
	    cmocka_unit_test(test_row_versions),
	    cmocka_unit_test(test_row_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
