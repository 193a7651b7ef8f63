/* Collection definitions in and out, and the schemas' record form. */
#include "model_help.h"

#include "common/pack.h"

static const struct {
	const char *definition, *faults;
} refused[] = {
    {"[]", "INVALID_PAYLOAD A collection must be an object."},
    {"{}", "FAILED_VALIDATION \"collection\" is required,\"field\":"
	   "\"collection\",\"type\":\"required\""},
    {"{\"collection\":5}",
	"INVALID_PAYLOAD \"collection\" must be a name of 1 to 63 letters, "
	"digits, '_' or '-'."},
    {"{\"collection\":\"\"}",
	"INVALID_PAYLOAD \"collection\" must be a name of 1 to 63 letters, "
	"digits, '_' or '-'."},
    {"{\"collection\":\"a/b\"}",
	"INVALID_PAYLOAD \"collection\" must be a name of 1 to 63 letters, "
	"digits, '_' or '-'."},
    {"{\"collection\":\"Directus_x\"}",
	"INVALID_PAYLOAD Collections can't start with \"directus_\"."},
    {"{\"collection\":\"a\",\"fields\":{}}",
	"INVALID_PAYLOAD \"fields\" must be a list."},
    {"{\"collection\":\"a\",\"fields\":[1]}",
	"INVALID_PAYLOAD Each of \"fields\" must be an object."},
    {"{\"collection\":\"a\",\"fields\":[{\"type\":\"text\"}]}",
	"INVALID_PAYLOAD Each field needs a name of 1 to 63 letters, "
	"digits, '_' or '-'."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"x\",\"type\":\"time\"}]"
     "}",
	"INVALID_PAYLOAD Field \"x\" needs a type: integer, bigInteger, "
	"float, string, text, boolean, csv, json, timestamp, date or uuid."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"_or\",\"type\":\"text\""
     "}]}",
	"INVALID_PAYLOAD Field \"_or\" has a reserved name."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"x\",\"type\":\"text\"},"
     "{\"field\":\"x\",\"type\":\"text\"}]}",
	"INVALID_PAYLOAD Field \"x\" is there twice."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"id\",\"type\":\"uuid\"}"
     "]}",
	"INVALID_PAYLOAD Field \"id\" cannot be so: the primary key is the "
	"integer \"id\"."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"k\",\"type\":\"integer\""
     ",\"schema\":{\"is_primary_key\":true}}]}",
	"INVALID_PAYLOAD Field \"k\" cannot be so: the primary key is the "
	"integer \"id\"."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"s\",\"type\":\"string\""
     ",\"schema\":{\"max_length\":0}}]}",
	"INVALID_PAYLOAD Field \"s\" needs a max_length from 1 to 1048576."},
    {"{\"collection\":\"a\",\"fields\":[{\"field\":\"s\",\"type\":\"integer\""
     ",\"schema\":{\"default_value\":\"x\"}}]}",
	"INVALID_PAYLOAD Field \"s\" has a default_value it cannot hold."},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct step step;
		struct schema *schema;

		step_begin(&step);
		assert_int_not_equal(schema_from_js(step.arena,
					 step_js(&step, refused[i].definition),
					 &schema, &step.fault),
		    ERR_NONE);
		assert_string_equal(step_faults(&step), refused[i].faults);
		step_end(&step);
	}
}

static void
check_articles(const struct schema *schema)
{
	static const struct {
		const char *name;
		enum field_type type;
		bool required, nullable, has_default;
	} fields[] = {
	    {"id", FIELD_INTEGER, false, false, false},
	    {"title", FIELD_STRING, true, false, false},
	    {"body", FIELD_TEXT, false, true, false},
	    {"views", FIELD_INTEGER, false, true, true},
	    {"rating", FIELD_FLOAT, false, true, false},
	    {"featured", FIELD_BOOLEAN, false, false, true},
	    {"tags", FIELD_CSV, false, true, false},
	    {"extra", FIELD_JSON, false, true, false},
	    {"published_at", FIELD_TIMESTAMP, false, true, false},
	};

	assert_true(span_is(schema->name, "articles"));
	assert_false(schema->freeform);
	assert_int_equal(schema->count, COUNT_OF(fields));
	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		const struct field *f = &schema->fields[i];

		assert_string_equal(f->name.p, fields[i].name);
		assert_int_equal(f->type, fields[i].type);
		assert_int_equal(f->required, fields[i].required);
		assert_int_equal(f->nullable, fields[i].nullable);
		assert_int_equal(f->has_default, fields[i].has_default);
		assert_int_equal(schema_field(schema, f->name), i);
	}
	assert_int_equal(schema->fields[1].max_chars, 255);
	assert_true(schema->fields[5].preset.type == VALUE_BOOL);
	assert_int_equal(schema_field(schema, SPAN("Title")), -1);
}

static void
test_taken(void **state)
{
	struct step step;
	struct schema *schema;

	(void)state;
	step_begin(&step);
	schema = step_schema(&step, articles_definition);
	check_articles(schema);
	check_articles(schema_copy(step.arena, schema));
	schema = step_schema(&step, "{\"collection\":\"t\",\"fields\":"
				    "[{\"field\":\"x\",\"type\":\"text\"}]}");
	assert_int_equal(schema->count, 2);
	assert_true(span_is(schema->fields[0].name, "id"));
	schema = step_schema(&step, notes_definition);
	assert_true(schema->freeform);
	assert_int_equal(schema->count, 1);
	step_end(&step);
}

#define ID_COLUMN(table)                                                       \
	"{\"name\":\"id\",\"table\":\"" table                                  \
	"\",\"data_type\":\"integer\",\"default_value\":null,\"max_length\":"  \
	"null,\"is_nullable\":false,\"is_unique\":true,\"is_primary_key\":"    \
	"true,\"has_auto_increment\":true}"

static void
test_shown(void **state)
{
	struct step step;
	struct schema *schema;

	(void)state;
	step_begin(&step);
	schema = step_schema(&step, articles_definition);
	schema_put_collection(schema, &step.out);
	assert_string_equal(step_text(&step),
	    "{\"collection\":\"articles\",\"meta\":{\"collection\":\"articles\""
	    ",\"system\":false,\"note\":\"n\"},\"schema\":{\"name\":"
	    "\"articles\"}}");
	buf_clear(&step.out);
	assert_true(schema_put_field(schema, SPAN("id"), &step.out));
	assert_string_equal(step_text(&step),
	    "{\"collection\":\"articles\",\"field\":\"id\",\"type\":"
	    "\"integer\",\"schema\":" ID_COLUMN(
		"articles") ",\"meta\":{"
			    "\"collection\":\"articles\",\"field\":\"id\","
			    "\"special\":null,"
			    "\"required\":false,\"readonly\":false,\"hidden\":"
			    "true}}");
	buf_clear(&step.out);
	assert_true(schema_put_field(schema, SPAN("featured"), &step.out));
	assert_non_null(strstr(step_text(&step), "\"default_value\":false"));
	assert_non_null(
	    strstr(step_text(&step), "\"special\":[\"cast-boolean\"]"));
	buf_clear(&step.out);
	assert_false(schema_put_field(schema, SPAN("nope"), &step.out));
	assert_int_equal(step.out.n, 0);
	step_end(&step);
}

/* What the item class of the JavaScript client looks for. */
static void
test_webhook_fields(void **state)
{
	struct step step;
	struct js list, js, key = {.type = JS_NONE};
	struct js_iter it;
	struct span none;
	size_t keys = 0;

	(void)state;
	step_begin(&step);
	schema_put_fields(&schema_webhooks, &step.out);
	list = step_js(&step, step_text(&step));
	assert_int_equal(js_count(list), WEBHOOK_COUNT);
	it = js_iter(list);
	while (js_next(&it, &none, &js))
		if (js_bool(
			js_member(js_member(js, "schema"), "is_primary_key"))) {
			key = js_member(js, "field");
			keys++;
		}
	assert_int_equal(keys, 1);
	assert_true(span_is(js_string(key), "id"));
	step_end(&step);
}

/* Hidden fields are shown nowhere. */
static void
test_hidden(void **state)
{
	struct step step;

	(void)state;
	step_begin(&step);
	assert_int_equal(schema_field(&schema_tokens, SPAN("hash")), -1);
	assert_false(schema_put_field(&schema_tokens, SPAN("hash"), &step.out));
	schema_put_fields(&schema_tokens, &step.out);
	assert_null(strstr(step_text(&step), "hash"));
	step_end(&step);
}

/* Every built-in table: id first, presets of the right type, names set. */
static void
test_builtin(void **state)
{
	const struct schema *all[] = {&schema_webhooks, &schema_events,
	    &schema_deliveries, &schema_tokens, &schema_options};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct step step;
		struct schema *back;

		step_begin(&step);
		assert_int_equal(all[i]->no, i + 1);
		assert_true(all[i]->system);
		for (size_t k = 0; k < all[i]->count; k++)
			assert_true(all[i]->fields[k].name.n > 0);
		/* reading back checks the rest */
		schema_pack(all[i], &step.out);
		assert_int_equal(
		    schema_unpack(step.arena, buf_view(&step.out), &back),
		    ERR_NONE);
		assert_int_equal(back->count, all[i]->count);
		assert_true(back->system);
		step_end(&step);
	}
}

static void
test_codec(void **state)
{
	struct step step;
	struct schema *schema, *back;
	struct span record;
	char *spoilt;

	(void)state;
	step_begin(&step);
	schema = step_schema(&step, articles_definition);
	schema->no = 123;
	schema_pack(schema, &step.out);
	record = buf_view(&step.out);
	assert_int_equal(schema_unpack(step.arena, record, &back), ERR_NONE);
	check_articles(back);
	assert_int_equal(back->no, 123);
	assert_true(span_eq(back->definition, schema->definition));
	for (size_t n = 0; n < record.n; n++) {
		char *cut = mem_alloc(n + 1);

		memcpy(cut, record.p, n);
		assert_int_not_equal(
		    schema_unpack(step.arena, span_make(cut, n), &back),
		    ERR_NONE);
		free(cut);
	}
	/* each byte spoilt in four ways: told or read, never a crash */
	spoilt = arena_text(step.arena, record);
	for (size_t at = 0; at < record.n; at++)
		for (int k = 0; k < 4; k++) {
			spoilt[at] = (char)("\0\1\x7f\xff"[k]);
			(void)schema_unpack(
			    step.arena, span_make(spoilt, record.n), &back);
			spoilt[at] = record.p[at];
		}
	spoilt[0] = 2;
	assert_int_equal(
	    schema_unpack(step.arena, span_make(spoilt, record.n), &back),
	    ERR_FORMAT);
	step_end(&step);
}

static void
test_type_names(void **state)
{
	(void)state;
	for (int i = 0; i < FIELD_TYPE_COUNT; i++) {
		enum field_type type;

		assert_true(field_type_parse(
		    span_of(field_type_name((enum field_type)i)), &type));
		assert_int_equal(type, i);
	}
	assert_string_equal(field_type_name(FIELD_BIGINTEGER), "bigInteger");
	assert_string_equal(field_type_name(FIELD_TYPE_COUNT), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_taken),
	    cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_webhook_fields),
	    cmocka_unit_test(test_hidden),
	    cmocka_unit_test(test_builtin),
	    cmocka_unit_test(test_codec),
	    cmocka_unit_test(test_type_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
