/* The value of an operator, brought to the type of its member (contract 7.2).
 *
 * Words first: the texts true, false and null mean what they say, in both
 * spellings; texts that start with $NOW, $CURRENT_USER or $CURRENT_ROLE are
 * replaced. A value that cannot be used is refused. Free-form members keep
 * the value's own type; text of a query string, where all is text, stands
 * there for the number or boolean it spells as well. */
#include "query/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "query/dynamic.h"
#include "query/fold.h"

/* A value whose words were replaced. */
struct word {
	struct node node;
	bool is_time;
	int64_t wall_ms;
};

static struct word
plain_word(enum node_type type, bool b)
{
	struct word word;

	memset(&word, 0, sizeof word);
	word.node.type = type;
	word.node.b = b;
	return word;
}

static struct word
text_or_null(struct span text)
{
	struct word word = plain_word(text.n ? NODE_TEXT : NODE_NULL, false);

	word.node.text = text;
	return word;
}

static struct word
replace_words(const struct binder *b, const struct node *node)
{
	struct word word = plain_word(NODE_NULL, false);

	if (node->type != NODE_TEXT) {
		word.node = *node;
		return word;
	}
	if (span_is(node->text, "true") || span_is(node->text, "false"))
		return plain_word(NODE_BOOL, node->text.n == 4);
	if (span_is(node->text, "null") || span_is(node->text, "NULL"))
		return word;
	switch (dynamic_kind(node->text)) {
	case DYNAMIC_NOW:
		word.is_time =
		    dynamic_time(node->text, b->context->now_ms, &word.wall_ms);
		return word;
	case DYNAMIC_USER:
		return text_or_null(b->context->user);
	case DYNAMIC_ROLE:
		return text_or_null(b->context->role);
	case DYNAMIC_NULL:
		return word;
	case DYNAMIC_NONE:
		break;
	}
	word.node = *node;
	return word;
}

static struct span
iso_text(struct arena *arena, int64_t wall_ms)
{
	char iso[CLOCK_ISO_BYTES];

	clock_iso(wall_ms, iso);
	return arena_span(arena, span_of(iso));
}

/* No stored value is infinite; what is no number stands above all of them, as
 * PostgreSQL orders it. */
static struct value
any_number(double f)
{
	return (struct value){
	    .type = VALUE_FLOAT, .f = isnan(f) ? (double)INFINITY : f};
}

static bool
to_number(const struct word *word, enum field_type type, struct value *out)
{
	double f;
	bool whole = type == FIELD_INTEGER || type == FIELD_BIGINTEGER;

	if (word->is_time)
		return false;
	if (type == FIELD_BIGINTEGER && word->node.type >= NODE_NUMBER &&
	    word->node.type <= NODE_TEXT &&
	    span_i64(word->node.text, &out->i)) {
		*out = value_int(out->i);
		return true;
	}
	if (!node_number(&word->node, &f))
		f = NAN;
	*out = any_number(f);
	if (!whole)
		return true;
	if (isnan(f) || f != trunc(f) || f < -0x1p63 || f >= 0x1p63)
		return false;
	*out = value_int((int64_t)f);
	return type == FIELD_BIGINTEGER ||
	       (out->i >= INT32_MIN && out->i <= INT32_MAX);
}

/* PostgreSQL's words for booleans, also cut short where it is clear. */
static bool
to_boolean(const struct word *word, struct value *out)
{
	static const struct {
		const char *text;
		size_t least;
		bool b;
	} words[] = {{"true", 1, true}, {"yes", 1, true}, {"on", 2, true},
	    {"1", 1, true}, {"false", 1, false}, {"no", 1, false},
	    {"off", 2, false}, {"0", 1, false}};
	struct span text = span_trim(word->node.text);

	*out = value_bool(word->node.b);
	if (word->node.type == NODE_BOOL)
		return true;
	if (word->is_time || word->node.type == NODE_LIST ||
	    word->node.type == NODE_OBJECT)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct span full = span_of(words[i].text);

		if (text.n < words[i].least || text.n > full.n ||
		    !span_ieq(text, span_head(full, text.n)))
			continue;
		*out = value_bool(words[i].b);
		return true;
	}
	return false;
}

static bool
to_time(struct arena *arena, const struct word *word, enum field_type type,
    struct value *out)
{
	int64_t wall_ms = word->wall_ms;

	if (!word->is_time &&
	    (word->node.type != NODE_TEXT ||
		!clock_parse(span_trim(word->node.text), &wall_ms)))
		return false;
	*out = value_time(wall_ms);
	if (type == FIELD_DATE)
		*out = value_text(span_head(iso_text(arena, wall_ms), 10));
	return true;
}

static bool
is_uuid(struct span text)
{
	if (text.n != 36)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = (char)(text.p[i] | 0x20);
		bool hex = (text.p[i] >= '0' && text.p[i] <= '9') ||
			   (c >= 'a' && c <= 'f');

		if (dash ? text.p[i] != '-' : !hex)
			return false;
	}
	return true;
}

static struct value
to_text(struct arena *arena, const struct word *word)
{
	if (word->is_time)
		return value_text(iso_text(arena, word->wall_ms));
	return value_text(node_as_text(arena, &word->node));
}

static struct value
to_free(struct arena *arena, const struct word *word)
{
	struct value value;

	switch (word->node.type) {
	case NODE_BOOL:
		return value_bool(word->node.b);
	case NODE_NUMBER:
		if (span_i64(word->node.text, &value.i))
			return value_int(value.i);
		return any_number(word->node.f);
	case NODE_LIST:
	case NODE_OBJECT:
		return value_json(node_as_text(arena, &word->node));
	case NODE_NULL:
	case NODE_TEXT:
		break;
	}
	return to_text(arena, word);
}

/* False: cannot be used. Null stays null, save for numbers, where it is 0. */
static bool
to_value(struct arena *arena, const struct operand *operand,
    const struct word *word, struct value *out)
{
	unsigned class = op_class(operand->type);

	*out = value_null();
	if (operand->func != FUNC_NONE)
		return to_number(word, FIELD_FLOAT, out) && isfinite(out->f);
	if (class == CLASS_NUMBER)
		return to_number(word, operand->type, out);
	if (word->node.type == NODE_NULL && !word->is_time)
		return true;
	if (class == CLASS_BOOLEAN)
		return to_boolean(word, out);
	if (class == CLASS_TIME)
		return to_time(arena, word, operand->type, out);
	if (class == CLASS_UUID) {
		*out = value_text(fold_copy(arena, word->node.text));
		return word->node.type == NODE_TEXT && is_uuid(out->text);
	}
	*out =
	    class == CLASS_FREE ? to_free(arena, word) : to_text(arena, word);
	return true;
}

/* The number or boolean that a query string's text spells. */
static bool
spelled(const struct node *node, const struct word *word, struct value *out)
{
	double f;
	int64_t i;

	if (node->type != NODE_TEXT || !node->loose)
		return false;
	if (word->node.type == NODE_BOOL) {
		*out = value_text(node->text);
		return true;
	}
	if (word->node.type != NODE_TEXT || node->text.n == 0)
		return false;
	if (span_i64(node->text, &i)) {
		*out = value_int(i);
		return true;
	}
	if (!json_js_number(node->text, &f) || !isfinite(f))
		return false;
	*out = value_f64(f);
	return true;
}

static enum err
unusable(const struct binder *b, const struct op_row *op,
    const struct operand *operand)
{
	return fault_add(b->fault, ERR_QUERY, NULL,
	    "The filter value for \"%s\" on \"%.*s\" can't be used there",
	    op->name, SPAN_FMT(operand->shown));
}

static int
list_cmp(const void *a, const void *b)
{
	return value_cmp(*(const struct value *)a, *(const struct value *)b);
}

static enum err
list_value(const struct binder *b, const struct op_row *op,
    const struct node *list, struct test *test)
{
	bool free = test->operand.type == FIELD_TYPE_COUNT;

	test->list =
	    arena_array(b->arena, 2 * list->count + 1, sizeof *test->list);
	for (const struct node *n = list->first; n; n = n->next) {
		struct word word = replace_words(b, n);
		struct value value;

		if (!to_value(b->arena, &test->operand, &word, &value))
			return unusable(b, op, &test->operand);
		if (value.type != VALUE_NULL)
			test->list[test->count++] = value;
		if (free && spelled(n, &word, &value))
			test->list[test->count++] = value;
	}
	qsort(test->list, test->count, sizeof *test->list, list_cmp);
	return ERR_NONE;
}

static enum err
pattern_value(const struct binder *b, const struct op_row *op,
    const struct node *node, struct test *test)
{
	struct word word = replace_words(b, node);
	bool folded = op->kind == TEST_LIKE_FOLDED;
	struct span text;

	/* Directus has no lower case of a number. */
	if (folded && node->type != NODE_TEXT)
		return unusable(b, op, &test->operand);
	text = node->type == NODE_TEXT && !word.is_time &&
		       dynamic_kind(node->text) == DYNAMIC_NONE
		   ? node->text
		   : to_text(b->arena, &word).text;
	if (folded)
		text = fold_copy(b->arena, text);
	test->like = like_new(b->arena, op->form, text);
	return test->like ? ERR_NONE : unusable(b, op, &test->operand);
}

/* _null: false means _nnull: true; null matches nothing (contract 7.2). */
static enum err
flag_value(const struct binder *b, const struct node *node, struct test *test)
{
	struct word word = replace_words(b, node);

	if (word.node.type == NODE_BOOL)
		test->negated ^= !word.node.b;
	else
		test->kind = TEST_NEVER;
	return ERR_NONE;
}

static enum err
one_value(const struct binder *b, const struct op_row *op,
    const struct node *node, const struct operand *operand, struct value out[2])
{
	struct word word = replace_words(b, node);

	if (!to_value(b->arena, operand, &word, &out[0]))
		return unusable(b, op, operand);
	out[1] = value_null();
	if (operand->type == FIELD_TYPE_COUNT && !operand->func &&
	    !spelled(node, &word, &out[1]))
		out[1] = value_null();
	return ERR_NONE;
}

enum err
filter_value(const struct binder *b, const struct op_row *op,
    const struct node *node, struct test *test)
{
	enum err err;

	switch (op->kind) {
	case TEST_IN:
		return list_value(b, op, node, test);
	case TEST_LIKE:
	case TEST_LIKE_FOLDED:
		return pattern_value(b, op, node, test);
	case TEST_NULL:
	case TEST_EMPTY:
		return flag_value(b, node, test);
	case TEST_BETWEEN:
		err =
		    one_value(b, op, node->first, &test->operand, test->value);
		if (err)
			return err;
		return one_value(
		    b, op, node->first->next, &test->operand, test->to);
	case TEST_EQUAL:
	case TEST_LESS:
	case TEST_LESS_EQUAL:
	case TEST_MORE:
	case TEST_MORE_EQUAL:
	case TEST_NEVER:
		break;
	}
	return one_value(b, op, node, &test->operand, test->value);
}
