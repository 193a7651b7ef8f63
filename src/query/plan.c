/* Which rows to read (the store has all rows by id, and some fields by value).
 *
 * Only conditions that every row must meet count: the top level and its _and.
 * Conditions on the id narrow a range or name single ids; one on an indexed
 * field picks an index. The filter is applied to what is read all the same,
 * so a plan may be too wide but never too narrow. */
#include <stdlib.h>

#include "query/run.h"

enum { PLAN_IDS_MAX = 10000 };

static int64_t
max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static void
narrow(struct query_plan *plan, int64_t from, int64_t to)
{
	plan->from_id = max64(plan->from_id, from);
	plan->to_id = min64(plan->to_id, to);
}

static void
name_ids(const struct query_run *run, struct query_plan *plan,
    const struct test *test)
{
	int64_t *ids = arena_array(run->arena, test->count + 1, sizeof *ids);
	size_t n = 0;

	for (size_t i = 0; i < test->count; i++)
		if (n == 0 || ids[n - 1] != test->list[i].i)
			ids[n++] = test->list[i].i;
	if (plan->by_ids && plan->id_count <= n)
		return;
	plan->by_ids = true;
	plan->ids = ids;
	plan->id_count = n;
}

static void
plan_id(const struct query_run *run, struct query_plan *plan,
    const struct test *test)
{
	int64_t i = test->value[0].i;

	switch (test->kind) {
	case TEST_EQUAL:
		narrow(plan, i, i);
		break;
	case TEST_IN:
		if (test->count <= PLAN_IDS_MAX)
			name_ids(run, plan, test);
		break;
	case TEST_BETWEEN:
		narrow(plan, i, test->to[0].i);
		break;
	case TEST_LESS:
		narrow(plan, INT64_MIN, i - (i > INT64_MIN));
		break;
	case TEST_LESS_EQUAL:
		narrow(plan, INT64_MIN, i);
		break;
	case TEST_MORE:
		narrow(plan, i + (i < INT64_MAX), INT64_MAX);
		break;
	case TEST_MORE_EQUAL:
		narrow(plan, i, INT64_MAX);
		break;
	default:
		break;
	}
}

static void
plan_test(const struct query_run *run, struct query_plan *plan,
    const struct test *test)
{
	int field = test->operand.field;

	if (test->negated || test->operand.func || field < 0)
		return;
	if (field == 0) {
		plan_id(run, plan, test);
	} else if (test->kind == TEST_EQUAL && plan->field < 0 &&
		   run->schema->fields[field].indexed &&
		   test->value[0].type != VALUE_NULL &&
		   test->value[0].type != VALUE_FLOAT) {
		/* No index over floats: a filter's may be infinite. */
		plan->field = field;
		plan->equal = test->value[0];
	}
}

static void
plan_conditions(const struct query_run *run, struct query_plan *plan)
{
	const struct cond *cond = run->filter;

	if (cond->kind == COND_TEST)
		plan_test(run, plan, cond->test);
	if (cond->kind != COND_AND)
		return;
	for (const struct cond *c = cond->first; c; c = c->next)
		if (c->kind == COND_TEST)
			plan_test(run, plan, c->test);
}

/* Few ids beat an index; so does a single one. */
static void
choose(struct query_plan *plan)
{
	bool one = plan->from_id == plan->to_id;

	if (plan->from_id > plan->to_id ||
	    (plan->by_ids && plan->id_count == 0))
		plan->nothing = true;
	if (plan->by_ids || one)
		plan->field = -1;
	if (one)
		plan->by_ids = false;
}

/* Ids are read in the order given. */
static void
reverse(struct query_plan *plan)
{
	int64_t *ids = (int64_t *)plan->ids;

	for (size_t i = 0; i < plan->id_count / 2; i++) {
		int64_t other = ids[plan->id_count - 1 - i];

		ids[plan->id_count - 1 - i] = ids[i];
		ids[i] = other;
	}
}

static void
plan_end(const struct query_run *run, struct query_plan *plan)
{
	bool scan = run->counts || (run->tally && !tally_is_count(run->tally));

	plan->wants_total =
	    run_wants_meta(run, META_TOTAL_COUNT) ||
	    (run->from_total &&
		(run_wants_meta(run, META_FILTER_COUNT) ||
		    (run->tally && tally_is_count(run->tally))));
	plan->total_is_filter_count = run->from_total;
	if (run->limit == 0 && !run->counts)
		plan->nothing = true;
	if (run->tally && tally_is_count(run->tally) && run->from_total)
		plan->nothing = true;
	if (run->from_total && run->in_order && run->limit > 0 && !scan)
		plan->most = run->limit + run->skip;
}

void
query_plan(const struct query_run *run, struct query_plan *plan)
{
	bool descending;

	*plan = (struct query_plan){
	    .from_id = INT64_MIN, .to_id = INT64_MAX, .field = -1, .most = -1};
	plan_conditions(run, plan);
	choose(plan);
	if (run->in_order && sort_by_id(&run->sort, &descending))
		plan->descending = descending;
	if (plan->by_ids && plan->descending)
		reverse(plan);
	plan_end(run, plan);
}
