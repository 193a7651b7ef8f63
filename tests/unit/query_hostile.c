/* Queries made to be slow or to break something: they end, in bounded
 * processor time, with an answer or with words. */
#include "query_help.h"

#include <stdio.h>
#include <time.h>

enum { SECONDS_EACH = 3 };

static struct table *hooks;

static void
repeat(struct buf *out, const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_text(out, text);
}

/* Either a JSON answer or a fault; in time. */
static void
check_ends(const char *name, const struct buf *query, bool json)
{
	clock_t start = clock();
	struct step step;
	const char *answer;

	step_begin(&step);
	if (json)
		answer = ask_js(&step, hooks, query->p);
	else
		answer = ask(&step, hooks, query->p, QUERY_LIST);
	if (strncmp(answer, "{\"data\":[", 9) != 0 &&
	    strncmp(answer, "INVALID_QUERY ", 14) != 0)
		fail_msg("%s: %.200s", name, answer);
	if (clock() - start > SECONDS_EACH * CLOCKS_PER_SEC)
		fail_msg("%s: too slow", name);
	step_end(&step);
}

static void
texts(void **state)
{
	static const struct {
		const char *before, *part, *after;
		size_t count;
	} cases[] = {
	    {"", "[", "=1", 16000},
	    {"a", "[]", "=1", 8000},
	    {"a", "[b]", "=1", 5000},
	    {"", "a[]=1&", "", 1000},
	    {"", "a=1&", "", 4000},
	    {"", "&", "", 16000},
	    {"", "a[20]=1&a[b]=1&", "", 500},
	    {"fields=", "id,", "id", 5000},
	    {"fields=", "*,", "id", 990},
	    {"fields=", "*.", "*", 5},
	    {"sort=", "-name,", "id", 990},
	    {"groupBy=", "name,", "id", 990},
	    {"aggregate[count]=", "id,", "id", 990},
	    {"search=", "_", "", 16000},
	    {"search=", "%25a", "", 4000},
	    {"search=", "%25_", "", 4000},
	    {"filter[name][_contains]=", "a%25", "b", 5000},
	    {"filter[name][_contains]=", "\\", "", 15999},
	    {"filter[id][_in]=", "1,", "1", 8000},
	    {"filter[name]=$NOW(", "9", ")", 15000},
	    {"filter=", "[", "", 16000},
	    {"filter=", "{\"a\":", "", 3000},
	    {"filter=", "{\"_and\":[", "", 1000},
	    {"limit=", "9", "", 10000},
	    {"limit=0.", "0", "1", 10000},
	    {"offset=1e", "9", "", 10000},
	    {"", "%", "", 16000},
	    {"a=", "\xff", "", 16000},
	    {"access_token=", "%00", "", 5000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf query;

		buf_init(&query, 1 << 20);
		buf_text(&query, cases[i].before);
		repeat(&query, cases[i].part, cases[i].count);
		buf_text(&query, cases[i].after);
		check_ends(cases[i].before, &query, false);
		buf_release(&query);
	}
}

/* Bodies are larger: up to a megabyte. */
static void
bodies(void **state)
{
	static const struct {
		const char *before, *part, *after;
		size_t count;
	} cases[] = {
	    {"{\"filter\":{\"id\":{\"_in\":[", "5,", "1]}}}", 90000},
	    {"{\"filter\":{\"name\":{\"_nin\":[", "\"x\",", "\"y\"]}}}", 90000},
	    {"{\"filter\":{\"_or\":[", "{\"id\":{\"_gt\":9}},", "{\"id\":1}]}}",
		30000},
	    {"{\"filter\":{\"_and\":[", "{},", "{\"id\":1}]}}", 90000},
	    {"{\"filter\":{\"_or\":[", "{\"name\":{\"_contains\":\"%_%_\"}},",
		"{\"id\":1}]}}", 15000},
	    {"{\"filter\":{\"name\":{\"_contains\":\"", "%_", "b\"}}}", 250000},
	    {"{\"filter\":{\"name\":{\"_contains\":\"", "_", "b\"}}}", 500000},
	    {"{\"filter\":{\"name\":{\"_contains\":\"", "a%", "b\"}}}", 500000},
	    {"{\"fields\":[", "\"id\",", "\"id\"]}", 90000},
	    {"{\"fields\":\"", "a,", "id\"}", 400000},
	    {"{\"sort\":[", "\"-id\",", "\"id\"]}", 90000},
	    {"{\"aggregate\":{\"count\":[", "\"id\",", "\"id\"]}}", 90000},
	    {"{\"filter\":{\"id\":{\"_in\":[", "1e999,", "1]}}}", 9000},
	    {"{\"search\":\"", "a", "\"}", 900000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf query;

		buf_init(&query, 2 << 20);
		buf_text(&query, cases[i].before);
		repeat(&query, cases[i].part, cases[i].count);
		buf_text(&query, cases[i].after);
		check_ends(cases[i].before, &query, true);
		buf_release(&query);
	}
}

/* Sorting, grouping and distinct values give up instead of growing on, on the
 * disk or without one in memory. */
static void
memory_is_bounded(void **state)
{
	static const char *const queries[] = {"sort=name&limit=-1",
	    "groupBy=name", "aggregate[countDistinct]=name", "limit=-1"};
	char name[251];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		struct step step;
		struct query *query;
		struct query_run *run;
		struct query_context context = {.now_ms = NOW_MS};
		struct row *row;
		const char *type, *disposition;
		int64_t id = 0;

		step_begin(&step);
		row = row_new(step.arena, &schema_webhooks);
		assert_int_equal(query_parse_text(step.arena,
				     span_of(queries[i]), &query, &step.fault),
		    ERR_NONE);
		assert_int_equal(query_bind(step.arena, query, &schema_webhooks,
				     &context, QUERY_LIST, &run, &step.fault),
		    ERR_NONE);
		memset(name, 'n', sizeof name);
		do {
			snprintf(
			    name, sizeof name, "%0250lld", (long long)++id);
			row->values[WEBHOOK_ID] = value_int(id);
			row->values[WEBHOOK_NAME] = value_text(span_of(name));
		} while (query_take(run, row) && id < 1000000);
		assert_true(id < 800000);
		assert_int_equal(query_finish(run, false, false, &step.out,
				     &type, &disposition, &step.fault),
		    ERR_QUERY);
		assert_non_null(
		    strstr(step.fault.first->message, "ask for less"));
		step_end(&step);
	}
}

/* The best few of very many rows cost no more memory than the few. */
static void
the_best_are_few(void **state)
{
	struct step step;
	struct query *query;
	struct query_run *run;
	struct query_context context = {.now_ms = NOW_MS};
	struct row *row;
	const char *type, *disposition;
	char name[32];

	(void)state;
	step_begin(&step);
	row = row_new(step.arena, &schema_webhooks);
	assert_int_equal(
	    query_parse_text(step.arena, SPAN("sort=-name&limit=2&fields=name"),
		&query, &step.fault),
	    ERR_NONE);
	assert_int_equal(query_bind(step.arena, query, &schema_webhooks,
			     &context, QUERY_LIST, &run, &step.fault),
	    ERR_NONE);
	for (int i = 0; i < 300000; i++) {
		snprintf(name, sizeof name, "%08d", i);
		row->values[WEBHOOK_ID] = value_int(i);
		row->values[WEBHOOK_NAME] = value_text(span_of(name));
		assert_true(query_take(run, row));
	}
	assert_true(arena_used_bytes(step.arena) < 1 << 20);
	assert_int_equal(query_finish(run, false, false, &step.out, &type,
			     &disposition, &step.fault),
	    ERR_NONE);
	assert_string_equal(step.out.p,
	    "{\"data\":[{\"name\":\"00299999\"},{\"name\":\"00299998\"}]}");
	step_end(&step);
}

static int
start(void **state)
{
	(void)state;
	hooks = table_new(HOOKS);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	table_free(hooks);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(texts),
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(memory_is_bounded),
	    cmocka_unit_test(the_best_are_few),
	};

	return cmocka_run_group_tests(tests, start, end);
}
