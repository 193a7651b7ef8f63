/* Which rows to read (the store has all rows by id, and some fields by value).
 *
 * Only conditions that every row must meet count: the top level and its _and.
 * Conditions on the id narrow a range or name single ids; those on indexed
 * fields pick their indexes, and so may the order asked for. Where both do, and
 * the order is one that ids follow, the indexes are walked in order of id; else
 * the one of the order is walked first, but not for long. The filter is applied
 * to what is read all the same, so a plan may be too wide but never too narrow.
 */
#include "query/run.h"

enum {
	PLAN_IDS_MAX = 10000,
	/* A walk in order of one index finds what another is asked for soon, or
	 * it is rare; then its own index is short. */
	GAMBLE_ROWS = 1000,
	GAMBLE_ROWS_FOR_ONE = 20,
	GAMBLE_SHOWN_MAX = 10000
};

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

struct range {
	int64_t from, to;
};

static void
narrow(struct range *range, int64_t from, int64_t to)
{
	range->from = max64(range->from, from);
	range->to = min64(range->to, to);
}

/* What a test on whole numbers or times leaves. */
static void
narrow_by(struct range *range, const struct test *test)
{
	int64_t i = test->value[0].i;

	switch (test->kind) {
	case TEST_EQUAL:
		narrow(range, i, i);
		break;
	case TEST_BETWEEN:
		narrow(range, i, test->to[0].i);
		break;
	case TEST_LESS:
		narrow(range, INT64_MIN, i - (i > INT64_MIN));
		break;
	case TEST_LESS_EQUAL:
		narrow(range, INT64_MIN, i);
		break;
	case TEST_MORE:
		narrow(range, i + (i < INT64_MAX), INT64_MAX);
		break;
	case TEST_MORE_EQUAL:
		narrow(range, i, INT64_MAX);
		break;
	default:
		break;
	}
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
	struct range range = {plan->from_id, plan->to_id};

	if (test->kind == TEST_IN && test->count <= PLAN_IDS_MAX)
		name_ids(run, plan, test);
	narrow_by(&range, test);
	plan->from_id = range.from;
	plan->to_id = range.to;
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
	} else if (test->kind == TEST_EQUAL &&
		   plan->equal_count < ROW_EQUALS_MAX &&
		   run->schema->fields[field].indexed &&
		   test->value[0].type != VALUE_NULL &&
		   test->value[0].type != VALUE_FLOAT) {
		/* No index over floats: a filter's may be infinite. */
		plan->equals[plan->equal_count++] =
		    (struct row_equal){field, test->value[0]};
	}
}

/* The next test that every row must pass; NULL gives the first. */
static const struct cond *
next_test(const struct query_run *run, const struct cond *cond)
{
	if (run->filter->kind == COND_TEST)
		return cond ? NULL : run->filter;
	if (run->filter->kind != COND_AND)
		return NULL;
	cond = cond ? cond->next : run->filter->first;
	while (cond && cond->kind != COND_TEST)
		cond = cond->next;
	return cond;
}

static void
plan_conditions(const struct query_run *run, struct query_plan *plan)
{
	const struct cond *cond = NULL;

	while ((cond = next_test(run, cond)) != NULL)
		plan_test(run, plan, cond->test);
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
		plan->equal_count = 0;
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
	if (run->in_order && run->limit > 0 && !scan)
		plan->page_rows = run->limit + run->skip;
}

/* Values of the field lie in this range; false: it may be null, too. */
static bool
value_range(const struct query_run *run, int field, struct range *range)
{
	bool never_null = !run->schema->fields[field].nullable;
	const struct cond *cond = NULL;

	*range = (struct range){INT64_MIN, INT64_MAX};
	while ((cond = next_test(run, cond)) != NULL) {
		const struct test *test = cond->test;
		struct range before = *range;

		if (test->operand.field != field || test->operand.func ||
		    test->negated || test->value[0].type == VALUE_NULL)
			continue;
		narrow_by(range, test);
		never_null |=
		    range->from != before.from || range->to != before.to;
	}
	return never_null;
}

/* The store can give rows in order of an indexed whole number or time. Equal
 * ones then come in order of id, in the same direction. */
static bool
sort_by_value(const struct query_run *run)
{
	const struct sort_key *keys = run->sort.at;
	int field = run->sort.count > 0 ? keys[0].operand.field : -1;
	struct range range;

	if (field <= 0 || keys[0].operand.func ||
	    !run->schema->fields[field].indexed)
		return false;
	if (keys[0].operand.type != FIELD_TIMESTAMP &&
	    keys[0].operand.type != FIELD_INTEGER &&
	    keys[0].operand.type != FIELD_BIGINTEGER)
		return false;
	if (run->sort.count > 1 &&
	    (keys[1].operand.field != 0 || keys[1].operand.func ||
		keys[1].descending != keys[0].descending))
		return false;
	return value_range(run, field, &range);
}

static void
start(const struct query_run *run, struct query_plan *plan)
{
	*plan = (struct query_plan){.from_id = INT64_MIN,
	    .to_id = INT64_MAX,
	    .from_value = INT64_MIN,
	    .to_value = INT64_MAX,
	    .most = -1};
	plan_conditions(run, plan);
	choose(plan);
}

/* Equal rows stand in the same order, whichever index is read. */
static void
break_ties(struct query_run *run)
{
	struct sort_keys *keys = &run->sort;

	if (keys->count > 1)
		return;
	keys->at[1] =
	    (struct sort_key){.operand = {.type = run->schema->fields[0].type,
				  .member = run->schema->fields[0].name,
				  .shown = run->schema->fields[0].name},
		.descending = keys->at[0].descending};
	keys->count = 2;
}

bool
plan_in_order(struct query_run *run)
{
	bool listed = run->purpose == QUERY_LIST || run->purpose == QUERY_PICK;
	struct query_plan plan;
	bool descending;

	if (sort_by_id(&run->sort, &descending))
		return !descending || listed;
	start(run, &plan);
	if (!listed || plan.by_ids || plan.from_id == plan.to_id ||
	    !sort_by_value(run))
		return false;
	if (plan.equal_count == 0)
		return true;
	run->follows =
	    run->schema->fields[run->sort.at[0].operand.field].follows_id;
	if (run->follows) {
		break_ties(run);
		return true;
	}
	if (run->purpose != QUERY_LIST || run->limit <= 0 ||
	    run->limit > GAMBLE_SHOWN_MAX || run->skip > GAMBLE_SHOWN_MAX ||
	    run_wants_meta(run, META_FILTER_COUNT))
		return false;
	run->gambles = true;
	break_ties(run);
	return true;
}

static void
plan_order(const struct query_run *run, struct query_plan *plan)
{
	const struct sort_key *key = run->sort.at;
	struct range range;
	bool descending;

	if (!run->in_order)
		return;
	if (!sort_by_id(&run->sort, &descending)) {
		plan->follows = run->follows;
		plan->by_value = !run->follows;
		if (plan->by_value)
			plan->equal_count = 0;
		plan->field = key->operand.field;
		value_range(run, plan->field, &range);
		plan->from_value = range.from;
		plan->to_value = range.to;
		plan->nothing |= range.from > range.to;
		descending = key->descending;
	}
	plan->descending = descending;
	if (plan->by_ids && descending)
		reverse(plan);
	if (run->gambles)
		plan->give_up = GAMBLE_ROWS +
				GAMBLE_ROWS_FOR_ONE * (run->limit + run->skip);
}

void
query_plan(const struct query_run *run, struct query_plan *plan)
{
	start(run, plan);
	if (!run->tally)
		plan_order(run, plan);
	plan_end(run, plan);
}
