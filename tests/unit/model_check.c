/* Creates and patches as tables: a body goes in, a row or the faults come
 * out. Expectations are those of the recordings create-*, update-*, items-*
 * (contract chapters 4, 5 and 10) and of product chapter 2, "Choices". */
#include "model_help.h"

enum which { WEBHOOKS, ARTICLES, NOTES, TOKENS, OPTIONS };

struct check_case {
	enum which which;
	const char *body;
	const char *row;    /* what a good one becomes */
	const char *faults; /* or what is told */
};

#define REST ",\"actions\":[\"create\"],\"collections\":[\"a\"]"
#define HOOK "\"name\":\"n\",\"url\":\"https://u.example/\""
#define HOOK_OUT                                                               \
	"{\"id\":null,\"name\":\"n\",\"method\":\"POST\",\"url\":"             \
	"\"https://u.example/\",\"status\":\"active\",\"data\":true,"          \
	"\"actions\":[\"create\"],\"collections\":"
#define REQUIRED(f)                                                            \
	"FAILED_VALIDATION \"" f "\" is required,\"field\":\"" f               \
	"\",\"type\":\"required\""
#define NNULL(f)                                                               \
	"FAILED_VALIDATION \"" f "\" contains an invalid value,\"field\":\"" f \
	"\",\"type\":\"nnull\""
#define TOO_LONG(c)                                                            \
	"VALUE_TOO_LONG Value is too long.,\"collection\":\"" c                \
	"\",\"field\":null"
#define RANGE(c, column)                                                       \
	"VALUE_OUT_OF_RANGE Numeric value is out of "                          \
	"range.,\"collection\":\"" c "\",\"field\":null,\"invalid\":\"" column \
	"\""
#define METHOD_IN                                                              \
	"FAILED_VALIDATION \"method\" must be one of [GET, POST],"             \
	"\"field\":\"method\",\"type\":\"in\",\"valid\":[\"GET\",\"POST\"]"
#define STATUS_IN                                                              \
	"FAILED_VALIDATION \"status\" must be one of [active, inactive],"      \
	"\"field\":\"status\",\"type\":\"in\","                                \
	"\"valid\":[\"active\",\"inactive\"]"
#define ACTIONS_IN                                                             \
	"FAILED_VALIDATION \"actions\" must be one of [create, update, "       \
	"delete],\"field\":\"actions\",\"type\":\"in\",\"valid\":"             \
	"[\"create\",\"update\",\"delete\"]"
#define URL_BAD                                                                \
	"FAILED_VALIDATION \"url\" must be an absolute http or https "         \
	"address,\"field\":\"url\",\"type\":\"url\""
#define WANTED(f, what)                                                        \
	"INVALID_PAYLOAD \"" f "\" must be " what ".,\"field\":\"" f "\""
#define ARTICLE(views, rating, featured, tags, extra, at)                      \
	"{\"id\":null,\"title\":\"t\",\"body\":null,\"views\":" views          \
	",\"rating\":" rating ",\"featured\":" featured ",\"tags\":" tags      \
	",\"extra\":" extra ",\"published_at\":" at "}"
#define ALL4                                                                   \
	REQUIRED("name")                                                       \
	"\n" REQUIRED("url") "\n" REQUIRED("actions") "\n" REQUIRED(           \
	    "collections")

static const struct check_case creates[] = {
    /* presence and null */
    {WEBHOOKS, NULL, NULL, ALL4},
    {WEBHOOKS, "{}", NULL, ALL4},
    {WEBHOOKS, "[1]", NULL, ALL4},
    {WEBHOOKS, "{\"foo\":1,\"__proto__\":{}}", NULL, ALL4},
    {WEBHOOKS, "{\"name\":null,\"method\":null}", NULL,
	NNULL("name") "\n" NNULL("method") "\n" REQUIRED("url") "\n" REQUIRED(
	    "actions") "\n" REQUIRED("collections")},
    {WEBHOOKS, "{" HOOK REST ",\"id\":null}", NULL, NNULL("id")},
    {ARTICLES, "{}", NULL, REQUIRED("title")},
    {ARTICLES, "{\"title\":\"t\",\"featured\":null}", NULL, NNULL("featured")},
    /* defaults, order, doubles */
    {WEBHOOKS, "{" HOOK REST "}", HOOK_OUT "[\"a\"]}", NULL},
    {WEBHOOKS, "{\"name\":\"x\",\"unknown\":{}," HOOK REST "}",
	HOOK_OUT "[\"a\"]}", NULL},
    /* csv */
    {WEBHOOKS,
	"{" HOOK ",\"actions\":\"create\",\"collections\":[[\"a\"],[\"b\","
	"[\"c\"]],null,true,1.50,{\"x\":1},\"d,e\",\"\"]}",
	HOOK_OUT "[\"a\",\"b\",\"c\",\"\",\"true\",\"1.5\",\"[object "
		 "Object]\",\"d\",\"e\",\"\"]}",
	NULL},
    {WEBHOOKS, "{" HOOK ",\"actions\":[\"create\"],\"collections\":[\"\"]}",
	HOOK_OUT "[]}", NULL},
    {WEBHOOKS, "{" HOOK ",\"actions\":[\"create\"],\"collections\":\",\"}",
	HOOK_OUT "[\"\",\"\"]}", NULL},
    {WEBHOOKS, "{" HOOK ",\"actions\":[\"create\"],\"collections\":{\"a\":1}}",
	HOOK_OUT "[\"{\\\"a\\\":1}\"]}", NULL},
    {WEBHOOKS, "{" HOOK ",\"actions\":[\"create\"],\"collections\":5}",
	HOOK_OUT "[\"5\"]}", NULL},
    {WEBHOOKS, "{" HOOK ",\"actions\":[],\"collections\":[]}",
	"{\"id\":null,\"name\":\"n\",\"method\":\"POST\",\"url\":"
	"\"https://u.example/\",\"status\":\"active\",\"data\":true,"
	"\"actions\":[],\"collections\":[]}",
	NULL},
    /* closed sets, told together; lengths first */
    {WEBHOOKS, "{" HOOK REST ",\"method\":\"post\"}", NULL, METHOD_IN},
    {WEBHOOKS, "{" HOOK REST ",\"method\":\"\",\"status\":5}", NULL,
	METHOD_IN "\n" STATUS_IN},
    {WEBHOOKS, "{" HOOK REST ",\"method\":\"ABCDEFGHIJK\"}", NULL,
	TOO_LONG("directus_webhooks")},
    {WEBHOOKS, "{" HOOK ",\"collections\":\"\",\"actions\":\"create, update\"}",
	NULL, ACTIONS_IN},
    {WEBHOOKS, "{" HOOK ",\"collections\":\"\",\"actions\":\"create,\"}", NULL,
	ACTIONS_IN},
    {WEBHOOKS, "{" HOOK ",\"collections\":\"\",\"actions\":[\"*\"]}", NULL,
	ACTIONS_IN},
    {WEBHOOKS, "{\"name\":\"\",\"url\":\"/x\"" REST "}", NULL, URL_BAD},
    /* data */
    {WEBHOOKS, "{" HOOK REST ",\"data\":\"maybe\"}", NULL,
	WANTED("data", "true or false")},
    {WEBHOOKS, "{" HOOK REST ",\"data\":2}", NULL,
	WANTED("data", "true or false")},
    {WEBHOOKS, "{" HOOK REST ",\"data\":[]}", NULL,
	WANTED("data", "true or false")},
    {WEBHOOKS, "{" HOOK REST ",\"data\":\"\"}", NULL,
	WANTED("data", "true or false")},
    /* ids */
    {WEBHOOKS, "{" HOOK REST ",\"id\":\"abc\"}", NULL,
	"FORBIDDEN You don't have permission to access this."},
    {WEBHOOKS, "{" HOOK REST ",\"id\":1.5}", NULL,
	"FORBIDDEN You don't have permission to access this."},
    {WEBHOOKS, "{" HOOK REST ",\"id\":true}", NULL,
	"FORBIDDEN You don't have permission to access this."},
    {WEBHOOKS, "{" HOOK REST ",\"id\":2147483648}", NULL,
	RANGE("directus_webhooks", "collections")},
    {ARTICLES, "{\"id\":\"0x10\",\"title\":\"t\"}",
	"{\"id\":16,\"title\":\"t\",\"body\":null,\"views\":0,\"rating\":"
	"null,\"featured\":false,\"tags\":null,\"extra\":null,"
	"\"published_at\":null}",
	NULL},
    /* typed members */
    {ARTICLES,
	"{\"title\":\"t\",\"views\":\" 12 \",\"rating\":\"1.5\","
	"\"featured\":\"TRUE\",\"tags\":\"a,b\",\"extra\":\"{\\\"x\\\": "
	"1}\",\"published_at\":\"2021-05-05\"}",
	ARTICLE("12", "1.5", "true", "[\"a\",\"b\"]", "{\"x\":1}",
	    "\"2021-05-05T00:00:00.000Z\""),
	NULL},
    {ARTICLES,
	"{\"title\":\"t\",\"views\":null,\"tags\":[],\"extra\":5,"
	"\"rating\":1e400}",
	NULL, RANGE("articles", "rating")},
    {ARTICLES, "{\"title\":\"t\",\"views\":null,\"tags\":[],\"extra\":5}",
	ARTICLE("null", "null", "false", "[]", "5", "null"), NULL},
    {ARTICLES, "{\"title\":\"t\",\"views\":1e1,\"extra\":\"null\"}",
	ARTICLE("10", "null", "false", "null", "null", "null"), NULL},
    {ARTICLES, "{\"title\":\"t\",\"extra\":{\"n\":12345678901234567890.10}}",
	ARTICLE("0", "null", "false", "null", "{\"n\":12345678901234567890.10}",
	    "null"),
	NULL},
    {ARTICLES, "{\"title\":\"t\",\"views\":\"abc\"}", NULL,
	WANTED("views", "a whole number")},
    {ARTICLES, "{\"title\":\"t\",\"views\":1.5}", NULL,
	WANTED("views", "a whole number")},
    {ARTICLES, "{\"title\":\"t\",\"views\":\"\"}", NULL,
	WANTED("views", "a whole number")},
    {ARTICLES, "{\"title\":\"t\",\"views\":true}", NULL,
	WANTED("views", "a whole number")},
    {ARTICLES, "{\"title\":\"t\",\"rating\":\"x\"}", NULL,
	WANTED("rating", "a number")},
    {ARTICLES, "{\"title\":\"t\",\"rating\":\"\"}", NULL,
	WANTED("rating", "a number")},
    {ARTICLES, "{\"title\":\"t\",\"published_at\":\"yesterday\"}", NULL,
	WANTED("published_at", "a time such as 2021-01-24T10:00:00Z")},
    {ARTICLES, "{\"title\":\"t\",\"published_at\":1600000000000}", NULL,
	WANTED("published_at", "a time such as 2021-01-24T10:00:00Z")},
    {ARTICLES, "{\"title\":\"t\",\"extra\":\"just text\"}", NULL,
	WANTED("extra", "JSON")},
    {ARTICLES, "{\"title\":\"t\",\"views\":99999999999}", NULL,
	RANGE("articles", "views")},
    {ARTICLES, "{\"title\":\"t\",\"views\":\"99999999999999999999\"}", NULL,
	RANGE("articles", "views")},
    {ARTICLES, "{\"title\":\"t\",\"views\":-1e30}", NULL,
	RANGE("articles", "views")},
    /* free form */
    {NOTES, "{}", "{\"id\":null}", NULL},
    {NOTES,
	"{\"b\":1,\"__proto__\":\"x\",\"n\":null,\"f\":1.0,\"e\":-0,"
	"\"big\":123456789012345678901,\"t\":true,\"l\":[1, {}]}",
	"{\"id\":null,\"b\":1,\"__proto__\":\"x\",\"n\":null,\"f\":1.0,"
	"\"e\":-0,\"big\":123456789012345678901,\"t\":true,\"l\":[1,{}]}",
	NULL},
    {NOTES, "{\"id\":7,\"a\":1,\"a\":2}", "{\"id\":7,\"a\":2}", NULL},
    {NOTES, "{\"id\":null}", NULL, NNULL("id")},
    /* tokens: program's own members are not taken */
    {TOKENS,
	"{\"name\":\"n\",\"role\":\"editor\",\"prefix\":\"p\",\"hash\":"
	"\"h\",\"user\":\"6F9619FF-8B86-D011-B42D-00CF4FC964FF\","
	"\"collections\":[\"a\",\"b\"],\"expires_at\":\"2030-01-01\"}",
	"{\"id\":null,\"name\":\"n\",\"role\":\"editor\",\"user\":"
	"\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\",\"role_id\":null,"
	"\"collections\":[\"a\",\"b\"],\"expires_at\":"
	"\"2030-01-01T00:00:00.000Z\",\"created_at\":null,"
	"\"last_used_at\":null,\"prefix\":null}",
	NULL},
    {TOKENS, "{\"name\":\"n\",\"role\":\"root\"}", NULL,
	"FAILED_VALIDATION \"role\" must be one of [admin, editor, reader, "
	"dispatcher],\"field\":\"role\",\"type\":\"in\",\"valid\":[\"admin\","
	"\"editor\",\"reader\",\"dispatcher\"]"},
    {TOKENS, "{\"name\":\"n\",\"role\":\"admin\",\"user\":\"x\"}", NULL,
	WANTED("user", "a UUID")},
};

static const struct schema *
pick_schema(struct step *step, enum which which)
{
	switch (which) {
	case WEBHOOKS:
		return &schema_webhooks;
	case TOKENS:
		return &schema_tokens;
	case OPTIONS:
		return &schema_options;
	case ARTICLES:
		return step_schema(step, articles_definition);
	default:
		return step_schema(step, notes_definition);
	}
}

static void
check_one_create(const struct check_case *c)
{
	struct step step;
	struct row *row = NULL;
	const struct schema *schema;
	enum err err;

	step_begin(&step);
	schema = pick_schema(&step, c->which);
	err = check_create(
	    step.arena, schema, step_js(&step, c->body), &row, &step.fault);
	assert_string_equal(step_faults(&step), c->faults ? c->faults : "");
	assert_int_equal(err == ERR_NONE, c->row != NULL);
	if (c->row != NULL) {
		row_put_json(row, &step.out);
		assert_string_equal(step_text(&step), c->row);
	}
	step_end(&step);
}

static void
test_creates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(creates); i++)
		check_one_create(&creates[i]);
}

/* `unit` `count` times and `tail`, in member `name` of a webhook. */
static void
check_length(const char *name, const char *unit, size_t count, const char *tail,
    bool good)
{
	struct step step;
	struct row *row;
	struct buf body;
	enum err err;

	step_begin(&step);
	buf_init(&body, 1 << 16);
	buf_printf(&body, "{" HOOK REST ",\"%s\":\"", name);
	for (size_t i = 0; i < count; i++)
		buf_text(&body, unit);
	buf_printf(&body, "%s\"}", tail);
	err = check_create(step.arena, &schema_webhooks,
	    step_js(&step, arena_text(step.arena, buf_view(&body))), &row,
	    &step.fault);
	assert_int_equal(err, good ? ERR_NONE : ERR_TOO_LONG);
	if (!good)
		assert_string_equal(
		    step_faults(&step), TOO_LONG("directus_webhooks"));
	buf_release(&body);
	step_end(&step);
}

static void
test_lengths(void **state)
{
	(void)state;
	check_length("name", "n", 255, "", true);
	check_length("name", "n", 256, "", false);
	check_length("name", "\xf0\x9f\x98\x80", 255, "", true);
	check_length("name", "\xf0\x9f\x98\x80", 256, "", false);
	check_length("name", "n", 255, "    ", true);
	check_length("name", "n", 255, "  x", false);
	check_length("url", "https://u.example/", 1, "", true);
	check_length("url", "u", 2049, "", false);
	check_length("status", "a much too long status", 1, "", false);
	check_length("collections", "c", 255, "", true);
	check_length("collections", "c", 256, "", false);
	check_length("actions", "create,", 14, "delete", false);
	check_length("actions", "create,", 13, "delete", true);
}

/* A row, a patch, and the row after it. */
static const struct {
	enum which which;
	const char *old, *patch, *row, *faults;
} patches[] = {
    {WEBHOOKS, "{" HOOK REST "}", "{}", HOOK_OUT "[\"a\"]}", NULL},
    {WEBHOOKS, "{" HOOK REST "}", "[{\"name\":\"x\"}]", HOOK_OUT "[\"a\"]}",
	NULL},
    {WEBHOOKS, "{" HOOK REST "}",
	"{\"id\":5,\"collections\":\"b,c\",\"foo\":1}",
	HOOK_OUT "[\"b\",\"c\"]}", NULL},
    {WEBHOOKS, "{" HOOK REST "}", "{\"id\":null}", NULL, NNULL("id")},
    {WEBHOOKS, "{" HOOK REST "}", "{\"url\":null,\"name\":null}", NULL,
	NNULL("name") "\n" NNULL("url")},
    {WEBHOOKS, "{" HOOK REST "}", "{\"actions\":\"read\"}", NULL, ACTIONS_IN},
    {ARTICLES, "{\"title\":\"t\",\"views\":3,\"tags\":\"a\"}",
	"{\"views\":null,\"tags\":null,\"rating\":2}",
	ARTICLE("null", "2", "false", "null", "null", "null"), NULL},
    {ARTICLES, "{\"title\":\"t\"}", "{\"views\":99999999999}", NULL,
	RANGE("articles", "id")},
    {ARTICLES, "{\"title\":\"t\"}", "{\"views\":99999999999,\"title\":\"u\"}",
	NULL, RANGE("articles", "views")},
    {NOTES, "{\"a\":1,\"b\":2,\"c\":3}", "{\"d\":4,\"b\":\"x\",\"a\":null}",
	"{\"id\":null,\"a\":null,\"b\":\"x\",\"c\":3,\"d\":4}", NULL},
    {NOTES, "{}", "{\"id\":\"x\",\"a\":[]}", "{\"id\":null,\"a\":[]}", NULL},
    {OPTIONS, "{}", "{\"disabled_reason\":\"x\",\"timeout_ms\":999}", NULL,
	"FAILED_VALIDATION \"timeout_ms\" must be between 1000 and 60000,"
	"\"field\":\"timeout_ms\",\"type\":\"between\""},
};

static void
check_one_patch(size_t i)
{
	struct step step;
	struct row *row;
	struct patch patch;
	struct js_doc *old_doc;
	const struct schema *schema;
	enum err err;

	step_begin(&step);
	schema = pick_schema(&step, patches[i].which);
	assert_int_equal(check_create(step.arena, schema,
			     step_js(&step, patches[i].old), &row, &step.fault),
	    ERR_NONE);
	old_doc = step.doc;
	err = check_patch(step.arena, schema, step_js(&step, patches[i].patch),
	    &patch, &step.fault);
	assert_string_equal(
	    step_faults(&step), patches[i].faults ? patches[i].faults : "");
	assert_int_equal(err == ERR_NONE, patches[i].row != NULL);
	if (err == ERR_NONE) {
		row = patch_apply(step.arena, row, &patch);
		row_put_json(row, &step.out);
		assert_string_equal(step_text(&step), patches[i].row);
	}
	js_doc_free(old_doc);
	step_end(&step);
}

static void
test_patches(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(patches); i++)
		check_one_patch(i);
}

static const struct {
	const char *body;
	bool good;
} options[] = {
    {"{}", true},
    {"{\"timeout_ms\":1000,\"max_concurrency\":32,\"rate_per_second\":0.5}",
	true},
    {"{\"timeout_ms\":60001}", false},
    {"{\"timeout_ms\":null}", false},
    {"{\"max_concurrency\":0}", false},
    {"{\"max_concurrency\":null,\"rate_per_second\":null}", true},
    {"{\"rate_per_second\":0}", false},
    {"{\"schedule\":[0,5,300]}", true},
    {"{\"schedule\":null}", true},
    {"{\"schedule\":[]}", true},
    {"{\"schedule\":[-1]}", false},
    {"{\"schedule\":[1.5]}", false},
    {"{\"schedule\":[604801]}", false},
    {"{\"schedule\":{}}", false},
    {"{\"success\":[204,\"2xx\",\"301\"]}", true},
    {"{\"success\":[\"2x\"]}", false},
    {"{\"success\":[600]}", false},
    {"{\"success\":[\"-10\"]}", false},
    {"{\"headers\":[{\"header\":\"X-A\",\"value\":\"v\\tw\"}]}", true},
    {"{\"headers\":[{\"header\":\"X A\",\"value\":\"v\"}]}", false},
    {"{\"headers\":[{\"header\":\"X-A\",\"value\":\"a\\r\\nB: c\"}]}", false},
    {"{\"headers\":[{\"header\":\"Host\",\"value\":\"a\"}]}", false},
    {"{\"headers\":[{\"header\":\"X-A\"}]}", false},
    {"{\"headers\":[\"X-A: b\"]}", false},
    {"{\"ordered\":true,\"verify_tls\":false}", true},
};

static void
test_options(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		struct step step;
		struct patch patch;

		step_begin(&step);
		assert_int_equal(check_patch(step.arena, &schema_options,
				     step_js(&step, options[i].body), &patch,
				     &step.fault) == ERR_NONE,
		    options[i].good);
		step_end(&step);
	}
}

/* A free-form object of n members named from `first` on. */
static struct js
many_members(struct step *step, int first, int n)
{
	struct buf body;
	struct js js;

	buf_init(&body, 1 << 20);
	buf_char(&body, '{');
	for (int i = 0; i < n; i++)
		buf_printf(&body, "%s\"m%d\":%d", i ? "," : "", first + i, i);
	buf_char(&body, '}');
	js = step_js(step, arena_text(step->arena, buf_view(&body)));
	buf_release(&body);
	return js;
}

static void
test_member_bounds(void **state)
{
	struct step step, more;
	struct schema *schema;
	struct row *row;
	struct patch patch;

	(void)state;
	step_begin(&step);
	step_begin(&more);
	schema = step_schema(&step, notes_definition);
	assert_int_equal(check_create(step.arena, schema,
			     many_members(&step, 0, 1000), &row, &step.fault),
	    ERR_NONE);
	assert_int_equal(row->member_count, 1000);
	assert_int_equal(
	    check_patch(more.arena, schema, many_members(&more, 500, 500),
		&patch, &more.fault),
	    ERR_NONE);
	assert_non_null(patch_apply(more.arena, row, &patch));
	js_doc_free(more.doc);
	assert_int_equal(
	    check_patch(more.arena, schema, many_members(&more, 500, 501),
		&patch, &more.fault),
	    ERR_NONE);
	assert_null(patch_apply(more.arena, row, &patch));
	js_doc_free(more.doc);
	assert_int_equal(check_create(more.arena, schema,
			     many_members(&more, 0, 1001), &row, &more.fault),
	    ERR_PAYLOAD);
	step_end(&more);
	step_end(&step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_creates),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_patches),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_member_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
