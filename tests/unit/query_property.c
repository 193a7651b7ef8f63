/* Random queries over random rows, against a slow and obvious evaluator that
 * shares no code with the room: no plan, no heap, no sorted lists. */
#include "query_help.h"

#include <stdio.h>
#include <time.h>

#include "query/decimal.h"

enum { RUNS = 10000, ROWS = 40, NODES = 12, VALUES = 4, KEYS = 3 };

static unsigned seed;

static int
below(int n)
{
	return rand_r(&seed) % n;
}

/* Members of the collection `things`, and what they may be. */
enum kind { KIND_TEXT, KIND_NUMBER, KIND_BOOL, KIND_TIME };

static const struct thing_member {
	const char *name;
	enum kind kind;
} members[] = {{"id", KIND_NUMBER}, {"s", KIND_TEXT}, {"t", KIND_TEXT},
    {"n", KIND_NUMBER}, {"f", KIND_NUMBER}, {"b", KIND_BOOL},
    {"at", KIND_TIME}};
enum { MEMBERS = COUNT_OF(members) };

static const char things_definition[] =
    "{\"collection\":\"things\",\"fields\":["
    "{\"field\":\"id\",\"type\":\"integer\",\"schema\":{\"is_primary_key\":"
    "true}},{\"field\":\"s\",\"type\":\"string\"},"
    "{\"field\":\"t\",\"type\":\"csv\"},{\"field\":\"n\",\"type\":"
    "\"integer\"},{\"field\":\"f\",\"type\":\"float\"},"
    "{\"field\":\"b\",\"type\":\"boolean\"},"
    "{\"field\":\"at\",\"type\":\"timestamp\"}]}";

/* A value of either side: text, or a number (halves, 0 and 1, milliseconds).
 */
struct plain {
	bool null;
	double number;
	char text[8];
};

struct plain_row {
	struct plain at[MEMBERS];
};

static const char *const words[] = {
    "", "a", "ab", "B", "aB", "ba,a", "\xc3\xbc", "_", "b%"};

static struct plain
random_plain(enum kind kind, bool may_be_null)
{
	struct plain plain = {0};

	plain.null = may_be_null && below(5) == 0;
	if (kind == KIND_TEXT)
		snprintf(plain.text, sizeof plain.text, "%s",
		    words[below(COUNT_OF(words))]);
	else if (kind == KIND_BOOL)
		plain.number = below(2);
	else if (kind == KIND_TIME)
		plain.number = 86400000.0 * below(6);
	else
		plain.number = below(7) - 2;
	return plain;
}

static int
plain_cmp(enum kind kind, const struct plain *a, const struct plain *b)
{
	if (kind == KIND_TEXT)
		return strcmp(a->text, b->text);
	return (a->number > b->number) - (a->number < b->number);
}

/* JSON of a value; times as ISO days of January 1970. */
static void
put_plain(enum kind kind, const struct plain *plain, struct buf *out)
{
	if (plain->null)
		buf_text(out, "null");
	else if (kind == KIND_TEXT)
		buf_printf(out, "\"%s\"", plain->text);
	else if (kind == KIND_BOOL)
		buf_text(out, plain->number != 0 ? "true" : "false");
	else if (kind == KIND_TIME)
		buf_printf(out, "\"1970-01-%02d\"",
		    1 + (int)(plain->number / 86400000.0));
	else
		buf_printf(out, "%g", plain->number);
}

/* ---- a random condition, and what it means -------------------------------
 */

enum slow_op {
	EQ,
	LT,
	LTE,
	GT,
	GTE,
	IN,
	BETWEEN,
	CONTAINS,
	STARTS,
	ENDS,
	NIL,
	EMPTY,
	SLOW_OPS
};

static const struct {
	const char *name, *negated;
	unsigned kinds; /* bits of enum kind */
} slow_ops[] = {{"_eq", "_neq", 15}, {"_lt", NULL, 10}, {"_lte", NULL, 10},
    {"_gt", NULL, 10}, {"_gte", NULL, 10}, {"_in", "_nin", 11},
    {"_between", "_nbetween", 10}, {"_contains", "_ncontains", 1},
    {"_starts_with", "_nstarts_with", 1}, {"_ends_with", "_nends_with", 1},
    {"_null", "_nnull", 15}, {"_empty", "_nempty", 1}};

struct slow {
	bool leaf, any; /* else all or any of the children */
	struct slow *at[3];
	int count;
	int member;
	enum slow_op op;
	bool negated;
	struct plain values[VALUES];
};

/* Texts without signs of patterns, and not empty: those are refused. */
static struct plain
random_operand(enum kind kind)
{
	struct plain plain = random_plain(kind, false);

	while (
	    kind == KIND_TEXT && (!plain.text[0] || strpbrk(plain.text, "%_,")))
		plain = random_plain(kind, false);
	return plain;
}

static struct slow *
random_slow(struct arena *arena, int depth)
{
	struct slow *slow = arena_alloc(arena, sizeof *slow);
	enum kind kind;

	if (depth > 0 && below(3) > 0) {
		slow->any = below(2);
		slow->count = 1 + below(3);
		for (int i = 0; i < slow->count; i++)
			slow->at[i] = random_slow(arena, depth - 1);
		return slow;
	}
	slow->leaf = true;
	slow->member = below(MEMBERS);
	kind = members[slow->member].kind;
	do
		slow->op = (enum slow_op)below(SLOW_OPS);
	while (!(slow_ops[slow->op].kinds >> kind & 1));
	slow->negated = slow_ops[slow->op].negated && below(2);
	slow->count = slow->op == IN	    ? 1 + below(VALUES)
		      : slow->op == BETWEEN ? 2
					    : 1;
	for (int i = 0; i < slow->count; i++)
		slow->values[i] = random_operand(kind);
	return slow;
}

static void
put_slow(const struct slow *slow, struct buf *out)
{
	enum kind kind = members[slow->member].kind;
	bool list = slow->op == IN || slow->op == BETWEEN;

	if (!slow->leaf) {
		buf_printf(out, "{\"%s\":[", slow->any ? "_or" : "_and");
		for (int i = 0; i < slow->count; i++) {
			if (i)
				buf_char(out, ',');
			put_slow(slow->at[i], out);
		}
		buf_text(out, "]}");
		return;
	}
	buf_printf(out, "{\"%s\":{\"%s\":%s", members[slow->member].name,
	    slow->negated ? slow_ops[slow->op].negated
			  : slow_ops[slow->op].name,
	    list ? "[" : "");
	for (int i = 0; i < slow->count; i++) {
		if (i)
			buf_char(out, ',');
		if (slow->op == NIL || slow->op == EMPTY)
			buf_text(out, "true");
		else
			put_plain(kind, &slow->values[i], out);
	}
	buf_printf(out, "%s}}", list ? "]" : "");
}

static bool
slow_like(enum slow_op op, const char *text, const char *part)
{
	size_t n = strlen(text), k = strlen(part);

	if (op == STARTS)
		return strncmp(text, part, k) == 0;
	if (op == ENDS)
		return n >= k && strcmp(text + n - k, part) == 0;
	return strstr(text, part) != NULL;
}

static bool
slow_test(const struct slow *slow, const struct plain *have)
{
	enum kind kind = members[slow->member].kind;
	int order = plain_cmp(kind, have, &slow->values[0]);
	bool found = false;

	switch (slow->op) {
	case EQ:
		return order == 0;
	case LT:
		return order < 0;
	case LTE:
		return order <= 0;
	case GT:
		return order > 0;
	case GTE:
		return order >= 0;
	case IN:
		for (int i = 0; i < slow->count; i++)
			found |= plain_cmp(kind, have, &slow->values[i]) == 0;
		return found;
	case BETWEEN:
		return order >= 0 &&
		       plain_cmp(kind, have, &slow->values[1]) <= 0;
	case CONTAINS:
	case STARTS:
	case ENDS:
		return slow_like(slow->op, have->text, slow->values[0].text);
	case EMPTY:
		return have->text[0] == '\0';
	case NIL:
	case SLOW_OPS:
		break;
	}
	return false;
}

static bool
slow_match(const struct slow *slow, const struct plain_row *row)
{
	const struct plain *have = &row->at[slow->member];

	if (!slow->leaf) {
		for (int i = 0; i < slow->count; i++)
			if (slow_match(slow->at[i], row) == slow->any)
				return slow->any;
		return !slow->any;
	}
	if (have->null)
		return (slow->op == NIL || slow->op == EMPTY) && !slow->negated;
	return slow_test(slow, have) != slow->negated;
}

/* ---- order, page, answer ------------------------------------------------ */

struct order {
	int member[KEYS];
	bool down[KEYS];
	int count;
};

static int
slow_order(const struct order *order, const struct plain_row *a,
    const struct plain_row *b)
{
	for (int i = 0; i < order->count; i++) {
		int m = order->member[i];
		const struct plain *x = &a->at[m], *y = &b->at[m];
		int sign = x->null || y->null
			       ? x->null - y->null
			       : plain_cmp(members[m].kind, x, y);

		if (sign)
			return order->down[i] ? -sign : sign;
	}
	return plain_cmp(KIND_NUMBER, &a->at[0], &b->at[0]);
}

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
