/* What the tests of room query share: the rows of the recordings, and a query
 * that goes in as text and comes out as the answer's text. */
#ifndef TESTS_UNIT_QUERY_HELP_H
#define TESTS_UNIT_QUERY_HELP_H

#include "model_help.h"
#include "query/query.h"

/* 2021-03-01T12:00:00Z */
#define NOW_MS INT64_C(1614600000000)

struct table {
	struct arena *arena;
	const struct schema *schema;
	struct row **rows;
	size_t count;
	int spool_dir; /* of queries, as in struct query_context */
	size_t memory_bytes;
};

static const char *const hook_rows[] = {
    "{\"name\":\"Alpha\",\"method\":\"POST\",\"url\":\"https://a.example.com/"
    "one\",\"status\":\"active\",\"data\":true,\"actions\":[\"create\"],"
    "\"collections\":[\"articles\"]}",
    "{\"name\":\"beta\",\"method\":\"GET\",\"url\":\"https://b.example.com/"
    "two\",\"status\":\"inactive\",\"data\":false,\"actions\":[\"create\","
    "\"update\"],\"collections\":[\"articles\",\"authors\"]}",
    "{\"name\":\"Gamma ray\",\"method\":\"POST\",\"url\":\"http://c.example."
    "com/three?x=1&y=2\",\"status\":\"active\",\"data\":false,\"actions\":["
    "\"update\",\"delete\"],\"collections\":[\"authors\"]}",
    "{\"name\":\"delta_100%\",\"method\":\"GET\",\"url\":\"https://d.example."
    "com/four\",\"status\":\"active\",\"data\":true,\"actions\":[\"delete\"],"
    "\"collections\":[\"articles\"]}",
    "{\"name\":\"Alphabet\",\"method\":\"POST\",\"url\":\"https://e.example."
    "com/five\",\"status\":\"inactive\",\"data\":true,\"actions\":["
    "\"create\",\"update\",\"delete\"],\"collections\":[\"articles\","
    "\"authors\",\"pages\"]}",
    "{\"name\":\"\xc3\x9cn\xc3\xaf"
    "code \xe2\x9c\x93\",\"method\":\"POST\",\"url\":\"https://f.example.com/"
    "six\",\"status\":\"active\",\"data\":true,\"actions\":[\"update\"],"
    "\"collections\":[\"pages\"]}"};

static const char *const article_rows[] = {
    "{\"title\":\"First\",\"body\":\"Hello world\",\"views\":10,\"rating\":"
    "4.5,\"featured\":true,\"tags\":[\"red\",\"green\"],\"extra\":{\"a\":1,"
    "\"b\":[1,2]},\"published_at\":\"2021-01-24T10:00:00Z\"}",
    "{\"title\":\"Second\",\"body\":null,\"views\":0,\"rating\":null,"
    "\"featured\":false,\"tags\":[],\"extra\":null,\"published_at\":null}",
    "{\"title\":\"third\",\"body\":\"Lorem ipsum\",\"views\":250,\"rating\":"
    "3.25,\"featured\":false,\"tags\":[\"blue\"],\"extra\":[1,2,3],"
    "\"published_at\":\"2021-02-23T23:59:59Z\"}",
    "{\"title\":\"Fourth\",\"body\":\"\",\"views\":-5,\"rating\":-0.5,"
    "\"featured\":true,\"tags\":[\"red\"],\"extra\":{},\"published_at\":"
    "\"2022-12-31T00:00:00.123Z\"}",
    "{\"title\":\"Fifth\",\"body\":\"Quotes \\\" and, commas\\nand lines\","
    "\"views\":10,\"rating\":4.5,\"featured\":false,\"tags\":null,\"extra\":"
    "\"{\\\"from\\\":\\\"text\\\"}\",\"published_at\":\"1999-06-01T12:30:15+"
    "02:00\"}"};

static const char *const note_rows[] = {"{\"n\":10,\"t\":\"ten\",\"l\":[1,2]}",
    "{\"n\":\"10\",\"t\":\"\"}", "{\"n\":9.5,\"b\":true,\"o\":{\"x\":1}}",
    "{\"n\":null,\"t\":\"Ten\"}",
    "{\"b\":\"true\",\"w\":\"2021-01-24T10:00:00Z\"}"};

static inline void
table_add(struct table *table, const char *body)
{
	struct step step;
	struct row *row = NULL;
	struct row **rows =
	    arena_array(table->arena, table->count + 1, sizeof(struct row *));
	struct fault fault = {.arena = table->arena};
	struct span clean, record;
	struct buf packed;

	step_begin(&step);
	assert_int_equal(
	    json_clean(step.arena, span_of(body), &clean, &fault), ERR_NONE);
	assert_int_equal(check_create(step.arena, table->schema,
			     step_js(&step, body), &row, &fault),
	    ERR_NONE);
	row->values[0] = value_int((int64_t)table->count + 1);
	buf_init(&packed, 1 << 20);
	row_pack(row, &packed);
	record = arena_span(table->arena, buf_view(&packed));
	buf_release(&packed);
	step_end(&step);
	for (size_t i = 0; i < table->count; i++)
		rows[i] = table->rows[i];
	row = row_new(table->arena, table->schema);
	assert_int_equal(
	    row_unpack(table->arena, table->schema, record, row), ERR_NONE);
	rows[table->count++] = row;
	table->rows = rows;
}

enum which_table { HOOKS, ARTICLES, NOTES };

static inline struct table *
table_new(enum which_table which)
{
	static const struct {
		const char *definition;
		const char *const *rows;
		size_t count;
	} tables[] = {{NULL, hook_rows, COUNT_OF(hook_rows)},
	    {articles_definition, article_rows, COUNT_OF(article_rows)},
	    {notes_definition, note_rows, COUNT_OF(note_rows)}};
	struct arena *arena = arena_new();
	struct table *table = arena_alloc(arena, sizeof *table);
	struct step step;

	table->arena = arena;
	table->schema = &schema_webhooks;
	if (tables[which].definition) {
		step_begin(&step);
		table->schema = schema_copy(
		    arena, step_schema(&step, tables[which].definition));
		step_end(&step);
	}
	for (size_t i = 0; i < tables[which].count; i++)
		table_add(table, tables[which].rows[i]);
	return table;
}

static inline void
table_free(struct table *table)
{
	arena_free(table->arena);
}

/* Whether the plan reads this row. */
static inline bool
is_planned(const struct query_plan *plan, const struct row *row)
{
	struct value value = row->values[plan->field];

	if (plan->by_value)
		return value.type != VALUE_NULL &&
		       value.i >= plan->from_value && value.i <= plan->to_value;
	for (size_t i = 0; i < plan->equal_count; i++)
		if (value_cmp(row->values[plan->equals[i].field],
			plan->equals[i].value) != 0)
			return false;
	return row_id(row) >= plan->from_id && row_id(row) <= plan->to_id;
}

static inline bool
comes_before(
    const struct query_plan *plan, const struct row *a, const struct row *b)
{
	int order = plan->by_value ? value_cmp(a->values[plan->field],
					 b->values[plan->field])
				   : 0;

	if (order == 0)
		order = row_id(a) < row_id(b) ? -1 : 1;
	return plan->descending ? order > 0 : order < 0;
}

/* The rows of the plan, in the order of the plan, as the store gives them. */
static inline size_t
planned_rows(
    const struct table *table, const struct query_plan *plan, struct row **rows)
{
	size_t n = 0;

	for (size_t i = 0; plan->by_ids && i < plan->id_count; i++)
		if (plan->ids[i] >= 1 && plan->ids[i] <= (int64_t)table->count)
			rows[n++] = table->rows[plan->ids[i] - 1];
	for (size_t i = 0; !plan->by_ids && i < table->count; i++) {
		size_t at = n;

		if (!is_planned(plan, table->rows[i]))
			continue;
		for (;
		     at > 0 && comes_before(plan, table->rows[i], rows[at - 1]);
		     at--)
			rows[at] = rows[at - 1];
		rows[at] = table->rows[i];
		n++;
	}
	return n;
}

/* Gives the run what its plan asks for, and no more. */
static inline void
feed(const struct table *table, struct query_run *run)
{
	struct row **rows;
	struct query_plan plan;
	size_t count;

	query_plan(run, &plan);
	if (plan.wants_total)
		query_run_total(run, (int64_t)table->count);
	if (plan.nothing)
		return;
	rows =
	    mem_array(table->count + plan.id_count + 1, sizeof(struct row *));
	count = planned_rows(table, &plan, rows);
	if (plan.most >= 0 && (int64_t)count > plan.most)
		count = (size_t)plan.most;
	/* Gives up soon, so that both ways are tried. */
	for (size_t i = 0; i < count && query_take(run, rows[i]); i++) {
		if (plan.give_up == 0 || i < 5)
			continue;
		query_give_up(run);
		free(rows);
		feed(table, run);
		return;
	}
	free(rows);
}

static inline enum err
finish_query(struct step *step, const struct table *table,
    const struct query *query, enum query_purpose purpose)
{
	struct query_context context = {.user = SPAN("u-1"),
	    .role = SPAN("r-1"),
	    .now_ms = NOW_MS,
	    .spool_dir = table->spool_dir,
	    .memory_bytes = table->memory_bytes};
	struct query_run *run = NULL;
	const char *type, *disposition;
	bool one = purpose == QUERY_ONE;
	enum err err = query_bind(step->arena, query, table->schema, &context,
	    purpose, &run, &step->fault);

	if (!err && (one || purpose == QUERY_WRITTEN))
		for (size_t i = 0; i < (one ? 1 : table->count); i++)
			query_take(run, table->rows[i]);
	else if (!err)
		feed(table, run);
	if (!err && one && query_shown(run) == 0) {
		query_release(run);
		return ERR_NOT_FOUND;
	}
	if (!err)
		err = query_finish(run, one, false, &step->out, &type,
		    &disposition, &step->fault);
	return err;
}

/* The answer, or "CODE message". Lives in the step's arena. */
static inline const char *
run_query(struct step *step, const struct table *table,
    const struct query *query, enum query_purpose purpose)
{
	enum err err = finish_query(step, table, query, purpose);

	if (err == ERR_NOT_FOUND)
		return "hidden";
	return err ? step_faults(step) : step_text(step);
}

static inline const char *
ask(struct step *step, const struct table *table, const char *text,
    enum query_purpose purpose)
{
	struct query *query;

	if (query_parse_text(step->arena, span_of(text), &query, &step->fault))
		return step_faults(step);
	return run_query(step, table, query, purpose);
}

/* As the body of a SEARCH. */
static inline const char *
ask_js(struct step *step, const struct table *table, const char *json)
{
	struct query *query;

	if (query_parse_js(
		step->arena, step_js(step, json), &query, &step->fault))
		return step_faults(step);
	return run_query(step, table, query, QUERY_LIST);
}

struct ask_case {
	const char *query, *answer;
};

static inline void
check_cases(enum which_table which, enum query_purpose purpose,
    const struct ask_case *cases, size_t count)
{
	struct table *table = table_new(which);

	for (size_t i = 0; i < count; i++) {
		struct step step;
		const char *answer;

		step_begin(&step);
		answer = ask(&step, table, cases[i].query, purpose);
		if (strcmp(answer, cases[i].answer) != 0)
			fail_msg("%s\n  want %s\n  have %s", cases[i].query,
			    cases[i].answer, answer);
		step_end(&step);
	}
	table_free(table);
}

#define BAD(words) "INVALID_QUERY " words

#endif
