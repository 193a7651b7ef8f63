/* Random queries over random rows, against the slow evaluator of
 * query_slow.h. */
#include "query_slow.h"

#include <stdio.h>
#include <time.h>

#include "query/decimal.h"

enum { RUNS = 10000, ROWS = 40 };

static struct plain_row plain_rows[ROWS];

static struct table *
random_table(int count)
{
	struct arena *arena = arena_new();
	struct table *table = arena_alloc(arena, sizeof *table);
	struct schema *schema;
	struct step step;

	table->arena = arena;
	step_begin(&step);
	schema = schema_copy(arena, step_schema(&step, things_definition));
	step_end(&step);
	/* So that plans have a choice. */
	for (size_t i = 1; i < schema->count; i++)
		schema->fields[i].indexed = below(2);
	table->schema = schema;
	for (int i = 0; i < count; i++) {
		struct buf json;

		buf_init(&json, 4096);
		buf_char(&json, '{');
		for (int m = 1; m < MEMBERS; m++) {
			plain_rows[i].at[m] =
			    random_plain(members[m].kind, true);
			buf_printf(&json, "%s\"%s\":", m > 1 ? "," : "",
			    members[m].name);
			put_plain(members[m].kind, &plain_rows[i].at[m], &json);
		}
		buf_char(&json, '}');
		plain_rows[i].at[0] = (struct plain){.number = i + 1};
		table_add(table, json.p);
		buf_release(&json);
	}
	return table;
}

static void
put_order(const struct order *order, struct buf *out)
{
	buf_text(out, "\"sort\":[");
	for (int i = 0; i < order->count; i++)
		buf_printf(out, "%s\"%s%s\"", i ? "," : "",
		    order->down[i] ? "-" : "", members[order->member[i]].name);
	buf_text(out, "],");
}

/* The matching rows in order. */
static int
slow_rows(const struct slow *slow, const struct order *order, int count,
    const struct plain_row **out)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		int at = n;

		if (!slow_match(slow, &plain_rows[i]))
			continue;
		for (; at > 0 &&
		       slow_order(order, &plain_rows[i], out[at - 1]) < 0;
		     at--)
			out[at] = out[at - 1];
		out[at] = &plain_rows[i];
		n++;
	}
	return n;
}

static void
check_list(struct table *table, const struct slow *slow, unsigned start)
{
	const struct plain_row *rows[ROWS];
	struct order order = {.count = below(KEYS)};
	int limit = below(4) ? below(12) : -1, skip = below(3) ? 0 : below(9);
	struct buf query, want;
	struct step step;
	int n;

	buf_init(&query, 1 << 20);
	buf_init(&want, 1 << 20);
	for (int i = 0; i < order.count; i++) {
		order.member[i] = below(MEMBERS);
		order.down[i] = below(2);
	}
	/* Equal rows have no promised order: the id makes one. */
	order.member[order.count] = 0;
	order.down[order.count] = order.count > 0 && below(2);
	order.count++;
	n = slow_rows(slow, &order, (int)table->count, rows);
	buf_text(&query, "{\"fields\":[\"id\"],\"meta\":\"*\",");
	put_order(&order, &query);
	buf_printf(
	    &query, "\"limit\":%d,\"offset\":%d,\"filter\":", limit, skip);
	put_slow(slow, &query);
	buf_char(&query, '}');
	buf_text(&want, "{\"data\":[");
	for (int i = skip; i < n && (limit < 0 || i < skip + limit); i++)
		buf_printf(&want, "%s{\"id\":%g}", i > skip ? "," : "",
		    rows[i]->at[0].number);
	buf_printf(&want,
	    "],\"meta\":{\"total_count\":%zu,\"filter_count\":"
	    "%d}}",
	    table->count, n);
	step_begin(&step);
	if (strcmp(ask_js(&step, table, query.p), want.p) != 0)
		fail_msg("seed %u: %s\n  want %s\n  have %s", start, query.p,
		    want.p, step.out.p);
	step_end(&step);
	buf_release(&query);
	buf_release(&want);
}

/* Groups by b, over n: false, true, null, those that are there. */
static void
check_groups(struct table *table, const struct slow *slow, unsigned start)
{
	const struct plain_row *rows[ROWS];
	struct order order = {.count = 0};
	int n = slow_rows(slow, &order, (int)table->count, rows);
	struct buf query, want;
	struct step step;
	bool first = true;

	buf_init(&query, 1 << 20);
	buf_init(&want, 1 << 20);
	buf_text(&query, "{\"groupBy\":[\"b\"],\"aggregate\":{\"count\":[\"*\""
			 "],\"sum\":[\"n\"],\"min\":[\"n\"],\"max\":[\"s\"]},"
			 "\"filter\":");
	put_slow(slow, &query);
	buf_char(&query, '}');
	buf_text(&want, "{\"data\":[");
	for (int b = 0; b < 3; b++) {
		int count = 0, numbers = 0, sum = 0, least = 99;
		const char *most = NULL;

		for (int i = 0; i < n; i++) {
			const struct plain *at = rows[i]->at;

			if ((at[5].null ? 2 : (int)at[5].number) != b)
				continue;
			count++;
			if (!at[1].null &&
			    (!most || strcmp(at[1].text, most) > 0))
				most = at[1].text;
			if (at[3].null)
				continue;
			numbers++;
			sum += (int)at[3].number;
			if (at[3].number < least)
				least = (int)at[3].number;
		}
		if (!count)
			continue;
		buf_printf(&want, "%s{\"b\":%s,\"count\":\"%d\",",
		    first ? "" : ",",
		    b == 2   ? "null"
		    : b == 1 ? "true"
			     : "false",
		    count);
		if (numbers)
			buf_printf(&want,
			    "\"sum\":{\"n\":\"%d\"},\"min\":{\"n\":"
			    "%d},",
			    sum, least);
		else
			buf_text(&want, "\"sum\":{\"n\":null},\"min\":{\"n\":"
					"null},");
		if (most)
			buf_printf(&want, "\"max\":{\"s\":\"%s\"}}", most);
		else
			buf_text(&want, "\"max\":{\"s\":null}}");
		first = false;
	}
	buf_text(&want, "]}");
	step_begin(&step);
	if (strcmp(ask_js(&step, table, query.p), want.p) != 0)
		fail_msg("seed %u: %s\n  want %s\n  have %s", start, query.p,
		    want.p, step.out.p);
	step_end(&step);
	buf_release(&query);
	buf_release(&want);
}

static void
random_queries(void **state)
{
	struct table *table = NULL;
	unsigned start;

	(void)state;
	start = seed;
	printf("# seed %u\n", start);
	for (int i = 0; i < RUNS; i++) {
		struct arena *arena = arena_new();
		struct slow *slow = random_slow(arena, 3);

		if (i % 20 == 0) {
			if (table)
				table_free(table);
			table = random_table(below(ROWS));
		}
		/* Much of it goes through spools. */
		table->memory_bytes = below(2) ? 0 : 1 + (size_t)below(3000);
		check_list(table, slow, start);
		check_groups(table, slow, start);
		arena_free(arena);
	}
	table_free(table);
}

/* Averages with PostgreSQL's digits, as `select avg(x)` shows them there. */
static void
quotients(void **state)
{
	static const struct {
		int64_t sum, count;
		const char *text;
	} cases[] = {
	    {21, 6, "3.5000000000000000"},
	    {265, 5, "53.0000000000000000"},
	    {10, 1, "10.0000000000000000"},
	    {1, 2, "0.50000000000000000000"},
	    {1, 3, "0.33333333333333333333"},
	    {-1, 3, "-0.33333333333333333333"},
	    {2, 3, "0.66666666666666666667"},
	    {0, 5, "0.00000000000000000000"},
	    {123456, 2, "61728.000000000000"},
	    {10000, 3, "3333.3333333333333333"},
	    {20000, 3, "6666.6666666666666667"},
	    {99999, 100000, "0.99999000000000000000"},
	    {1, 1000000, "0.000001000000000000000000"},
	    {INT64_MAX, 1, "9223372036854775807"},
	    {INT64_MIN, 1, "-9223372036854775808"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct buf out;

		buf_init(&out, 1000);
		decimal_put_quotient(&out, cases[i].sum, cases[i].count);
		assert_string_equal(out.p, cases[i].text);
		buf_release(&out);
	}
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_queries),
	    cmocka_unit_test(quotients),
	};

	/* A seed that failed can be given again. */
	seed = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10)
			: (unsigned)time(NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
