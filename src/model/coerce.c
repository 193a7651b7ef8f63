/* What a JSON value becomes in a field of a type: one small function for each
 * type, picked from a table. The rules are those of contract 5.1, which are
 * PostgreSQL's for numbers, booleans and lengths and JavaScript's for lists
 * and texts. Where the oracle stumbled the value is refused. */
#include "model/coerce.h"

#include <math.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"

typedef enum err coercion(
    struct arena *, const struct field *, struct js, struct value *);

/* Cuts to max_chars code points when only blanks stand behind them, as
 * PostgreSQL does for varchar(n). Input is UTF-8 by json_clean. */
static enum err
fit_chars(struct span *text, uint32_t max_chars)
{
	size_t at = 0, chars = 0;

	if (max_chars == 0 || text->n <= max_chars)
		return ERR_NONE;
	for (; at < text->n; at++) {
		if (((unsigned char)text->p[at] & 0xc0) == 0x80)
			continue;
		if (chars++ == max_chars)
			break;
	}
	for (size_t i = at; i < text->n; i++)
		if (text->p[i] != ' ')
			return ERR_TOO_LONG;
	*text = span_head(*text, at);
	return ERR_NONE;
}

static enum err
coerce_text(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	struct span text = js_as_text(arena, js);
	enum err err = fit_chars(&text, field->max_chars);

	*out = value_text(text);
	return err;
}

/* A list as JavaScript's join: null is nothing, a list within is joined in
 * turn, an object is its famous name. Depth is bounded by the JSON reader. */
static void
join_list(struct arena *arena, struct js list, struct buf *out)
{
	struct js_iter it = js_iter(list);
	struct span none;
	struct js element;
	bool first = true;

	while (js_next(&it, &none, &element)) {
		if (!first)
			buf_char(out, ',');
		first = false;
		switch (element.type) {
		case JS_NULL:
			break;
		case JS_LIST:
			join_list(arena, element, out);
			break;
		case JS_OBJECT:
			buf_span(out, SPAN("[object Object]"));
			break;
		default:
			buf_span(out, js_as_text(arena, element));
		}
	}
}

static enum err
coerce_csv(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	struct span text;
	struct buf joined;
	enum err err;

	if (js.type != JS_LIST)
		return coerce_text(arena, field, js, out);
	/* No list can grow more: "{}" becomes 15 characters, 1e20 becomes 21,
	 * and those are the widest cases. */
	buf_init(&joined, js.raw.n * 16 + 16);
	join_list(arena, js, &joined);
	text = arena_span(arena, buf_view(&joined));
	buf_release(&joined);
	err = fit_chars(&text, field->max_chars);
	*out = value_text(text);
	return err;
}

/* Decimal digits with a sign, blanks round them, as PostgreSQL reads whole
 * numbers from text. */
static enum err
whole_from_text(struct span text, int64_t *out)
{
	struct span digits = span_trim(text);

	if (span_starts(digits, "+"))
		digits = span_from(digits, 1);
	else if (span_i64(digits, out))
		return ERR_NONE;
	else if (span_starts(digits, "-"))
		digits = span_from(digits, 1);
	if (digits.n == 0)
		return ERR_PAYLOAD;
	for (size_t i = 0; i < digits.n; i++)
		if (digits.p[i] < '0' || digits.p[i] > '9')
			return ERR_PAYLOAD;
	return span_i64(digits, out) ? ERR_NONE : ERR_RANGE;
}

static enum err
whole_from_js(struct js js, int64_t *out)
{
	double f;

	if (js.type == JS_STRING)
		return whole_from_text(js_string(js), out);
	if (js.type != JS_NUMBER)
		return ERR_PAYLOAD;
	if (js_is_i64(js, out))
		return ERR_NONE;
	f = js_f64(js);
	return f == floor(f) && fabs(f) >= 0x1p53 ? ERR_RANGE : ERR_PAYLOAD;
}

static enum err
coerce_whole(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	int64_t i = 0;
	enum err err = whole_from_js(js, &i);

	(void)arena;
	if (err != ERR_NONE)
		return err;
	if (field->type == FIELD_INTEGER && (i < INT32_MIN || i > INT32_MAX))
		return ERR_RANGE;
	*out = value_int(i);
	return ERR_NONE;
}

/* Text as JavaScript reads numbers, but the empty one is none. */
static enum err
coerce_float(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	struct span text;
	double f;

	(void)arena;
	(void)field;
	if (js.type == JS_NUMBER) {
		f = js_f64(js);
	} else if (js.type == JS_STRING) {
		text = span_trim(js_string(js));
		if (text.n == 0 || !json_js_number(text, &f))
			return ERR_PAYLOAD;
	} else {
		return ERR_PAYLOAD;
	}
	if (!isfinite(f))
		return ERR_RANGE;
	*out = value_f64(f);
	return ERR_NONE;
}

/* The words PostgreSQL knows, in any letter case and cut short at will. */
static const struct {
	const char *word;
	size_t least; /* letters needed to be clear */
	bool b;
} bool_words[] = {
    {"true", 1, true},
    {"false", 1, false},
    {"yes", 1, true},
    {"no", 1, false},
    {"on", 2, true},
    {"off", 2, false},
    {"1", 1, true},
    {"0", 1, false},
};

static bool
bool_from_text(struct span text, bool *b)
{
	size_t count = sizeof(bool_words) / sizeof(bool_words[0]);

	text = span_trim(text);
	for (size_t i = 0; i < count; i++) {
		struct span word = span_of(bool_words[i].word);

		if (text.n < bool_words[i].least || text.n > word.n ||
		    !span_ieq(text, span_head(word, text.n)))
			continue;
		*b = bool_words[i].b;
		return true;
	}
	return false;
}

static enum err
coerce_bool(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	int64_t i;
	bool b;

	(void)arena;
	(void)field;
	if (js.type == JS_BOOL)
		b = js_bool(js);
	else if (js.type == JS_NUMBER && js_is_i64(js, &i) &&
		 (i == 0 || i == 1))
		b = i == 1;
	else if (js.type != JS_STRING || !bool_from_text(js_string(js), &b))
		return ERR_PAYLOAD;
	*out = value_bool(b);
	return ERR_NONE;
}

/* A string in a json member is JSON text (contract 10, items-create), any
 * other value stands for itself. */
static enum err
coerce_json(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	struct span text = js.raw;

	(void)field;
	if (js.type == JS_STRING &&
	    json_clean(arena, js_string(js), &text, NULL) != ERR_NONE)
		return ERR_PAYLOAD;
	*out = span_is(text, "null") ? value_null() : value_json(text);
	return ERR_NONE;
}

/* ISO text only: numbers of seconds or milliseconds were an accident in the
 * oracle (recording items-create). */
static enum err
coerce_time(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	int64_t wall_ms;

	(void)arena;
	(void)field;
	if (js.type != JS_STRING || !clock_parse(js_string(js), &wall_ms))
		return ERR_PAYLOAD;
	*out = value_time(wall_ms);
	return ERR_NONE;
}

/* A time gives the day it falls on in UTC. */
static enum err
coerce_date(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	struct clock_civil at;
	int64_t wall_ms;

	(void)field;
	if (js.type != JS_STRING || !clock_parse(js_string(js), &wall_ms))
		return ERR_PAYLOAD;
	clock_split(wall_ms, &at);
	if (at.year < 0 || at.year > 9999)
		return ERR_PAYLOAD;
	*out = value_text(span_of(arena_printf(
	    arena, "%04d-%02d-%02d", (int)at.year, at.month, at.day)));
	return ERR_NONE;
}

static enum err
coerce_uuid(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	struct span text;
	char *copy;

	(void)field;
	if (js.type != JS_STRING)
		return ERR_PAYLOAD;
	text = span_trim(js_string(js));
	if (text.n != sizeof(form) - 1)
		return ERR_PAYLOAD;
	copy = arena_text(arena, text);
	for (size_t i = 0; i < text.n; i++) {
		char c = copy[i];

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (c == '\0' || (form[i] == '-') != (c == '-') ||
		    strchr("-0123456789abcdef", c) == NULL)
			return ERR_PAYLOAD;
		copy[i] = c;
	}
	*out = value_text(span_make(copy, text.n));
	return ERR_NONE;
}

static const struct {
	coercion *run;
	const char *wanted;
} coercions[FIELD_TYPE_COUNT] = {
    [FIELD_INTEGER] = {coerce_whole, "a whole number"},
    [FIELD_BIGINTEGER] = {coerce_whole, "a whole number"},
    [FIELD_FLOAT] = {coerce_float, "a number"},
    [FIELD_STRING] = {coerce_text, "a text"},
    [FIELD_TEXT] = {coerce_text, "a text"},
    [FIELD_BOOLEAN] = {coerce_bool, "true or false"},
    [FIELD_CSV] = {coerce_csv, "a list"},
    [FIELD_JSON] = {coerce_json, "JSON"},
    [FIELD_TIMESTAMP] = {coerce_time, "a time such as 2021-01-24T10:00:00Z"},
    [FIELD_DATE] = {coerce_date, "a date such as 2021-01-24"},
    [FIELD_UUID] = {coerce_uuid, "a UUID"},
};

enum err
coerce(struct arena *arena, const struct field *field, struct js js,
    struct value *out)
{
	*out = value_null();
	if (js.type == JS_NULL)
		return ERR_NONE;
	return coercions[field->type].run(arena, field, js, out);
}

const char *
coerce_wanted(enum field_type type)
{
	return coercions[type].wanted;
}

/* Only a whole number written in its one plain form may become an integer:
 * all others are kept as they were written. */
static struct value
free_number(struct js js)
{
	struct value v = {.type = VALUE_NUMBER, .text = js.raw};
	bool plain = js.raw.p[0] != '-' || js.raw.p[1] != '0';
	int64_t i;

	if (plain && span_i64(js.raw, &i))
		return value_int(i);
	v.f = js_f64(js);
	return v;
}

struct value
coerce_free(struct js js)
{
	switch (js.type) {
	case JS_BOOL:
		return value_bool(js_bool(js));
	case JS_NUMBER:
		return free_number(js);
	case JS_STRING:
		return value_text(js_string(js));
	case JS_LIST:
	case JS_OBJECT:
		return value_json(js.raw);
	default:
		return value_null();
	}
}
