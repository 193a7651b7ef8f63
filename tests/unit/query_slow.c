/* See query_slow.h. */
#include "query_slow.h"

#include <stdio.h>
#include <string.h>

unsigned seed;

int
below(int n)
{
	return rand_r(&seed) % n;
}

const struct thing_member members[MEMBERS] = {{"id", KIND_NUMBER},
    {"s", KIND_TEXT}, {"t", KIND_TEXT}, {"n", KIND_NUMBER}, {"f", KIND_NUMBER},
    {"b", KIND_BOOL}, {"at", KIND_TIME}};

const char things_definition[] =
    "{\"collection\":\"things\",\"fields\":["
    "{\"field\":\"id\",\"type\":\"integer\",\"schema\":{\"is_primary_key\":"
    "true}},{\"field\":\"s\",\"type\":\"string\"},"
    "{\"field\":\"t\",\"type\":\"csv\"},{\"field\":\"n\",\"type\":"
    "\"integer\"},{\"field\":\"f\",\"type\":\"float\"},"
    "{\"field\":\"b\",\"type\":\"boolean\"},"
    "{\"field\":\"at\",\"type\":\"timestamp\"}]}";

static const char *const words[] = {
    "", "a", "ab", "B", "aB", "ba,a", "\xc3\xbc", "_", "b%"};

struct plain
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
void
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

static const struct {
	const char *name, *negated;
	unsigned kinds; /* bits of enum kind */
} slow_ops[] = {{"_eq", "_neq", 15}, {"_lt", NULL, 10}, {"_lte", NULL, 10},
    {"_gt", NULL, 10}, {"_gte", NULL, 10}, {"_in", "_nin", 11},
    {"_between", "_nbetween", 10}, {"_contains", "_ncontains", 1},
    {"_starts_with", "_nstarts_with", 1}, {"_ends_with", "_nends_with", 1},
    {"_null", "_nnull", 15}, {"_empty", "_nempty", 1}};

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

struct slow *
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

void
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

bool
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

int
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
