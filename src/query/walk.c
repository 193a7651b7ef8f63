/* See walk.h. */
#include "query/walk.h"

#include <string.h>

#include "common/json.h"

/* Length of the value that the text starts with. */
static size_t
value_length(struct span text)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (quoted) {
			if (c == '\\')
				i++;
			else if (c == '"')
				quoted = false;
			if (!quoted && depth == 0)
				return i + 1;
			continue;
		}
		if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			depth++;
		} else if (c == ']' || c == '}') {
			if (depth == 0)
				return i;
			if (--depth == 0)
				return i + 1;
		} else if (depth == 0 && (c == ',' || c == ':')) {
			return i;
		}
	}
	return text.n;
}

struct walk
walk_start(struct span value)
{
	struct walk walk = {SPAN_NONE, walk_is_object(value)};

	if (value.n > 2)
		walk.rest = span_make(value.p + 1, value.n - 2);
	return walk;
}

static struct span
cut(struct span *rest)
{
	size_t n = value_length(*rest);
	struct span value = span_head(*rest, n);

	/* With the comma or colon behind it. */
	*rest = span_from(*rest, n < rest->n ? n + 1 : n);
	return value;
}

bool
walk_next(struct walk *walk, struct span *name, struct span *value)
{
	*name = SPAN_NONE;
	if (walk->rest.n == 0)
		return false;
	if (walk->object)
		*name = cut(&walk->rest);
	*value = cut(&walk->rest);
	return true;
}

bool
walk_is_object(struct span value)
{
	return value.n > 0 && value.p[0] == '{';
}

bool
walk_is_list(struct span value)
{
	return value.n > 0 && value.p[0] == '[';
}

bool
walk_is_text(struct span value)
{
	return value.n > 0 && value.p[0] == '"';
}

bool
walk_is_null(struct span value)
{
	return span_is(value, "null");
}

bool
walk_is_number(struct span value)
{
	return value.n > 0 &&
	       (value.p[0] == '-' || (value.p[0] >= '0' && value.p[0] <= '9'));
}

bool
walk_is_exact(struct span value)
{
	int64_t i;

	return span_i64(value, &i) && i != 0;
}

bool
walk_is_empty(struct span value)
{
	return value.n == 2 && (walk_is_object(value) || walk_is_list(value));
}

static uint32_t
hex4(const char *p)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i];
		uint32_t digit = c <= '9' ? (uint32_t)(c - '0')
					  : (uint32_t)((c | 0x20) - 'a' + 10);

		value = value << 4 | digit;
	}
	return value;
}

static void
put_utf8(struct buf *out, uint32_t cp)
{
	char bytes[4];
	size_t n = 0;

	if (cp < 0x80) {
		bytes[n++] = (char)cp;
	} else if (cp < 0x800) {
		bytes[n++] = (char)(0xc0 | cp >> 6);
		bytes[n++] = (char)(0x80 | (cp & 0x3f));
	} else if (cp < 0x10000) {
		bytes[n++] = (char)(0xe0 | cp >> 12);
		bytes[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (cp & 0x3f));
	} else {
		bytes[n++] = (char)(0xf0 | cp >> 18);
		bytes[n++] = (char)(0x80 | (cp >> 12 & 0x3f));
		bytes[n++] = (char)(0x80 | (cp >> 6 & 0x3f));
		bytes[n++] = (char)(0x80 | (cp & 0x3f));
	}
	buf_put(out, bytes, n);
}

/* The escape at p (behind the backslash); returns its length. */
static size_t
put_escape(struct buf *out, const char *p, size_t n)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *known = strchr(from, p[0]);
	uint32_t cp;

	if (p[0] != 'u' || n < 5) {
		buf_char(out, known ? to[known - from] : p[0]);
		return 1;
	}
	cp = hex4(p + 1);
	if (cp >= 0xd800 && cp < 0xdc00 && n >= 11) {
		cp = 0x10000 + ((cp - 0xd800) << 10) + (hex4(p + 7) - 0xdc00);
		put_utf8(out, cp);
		return 11;
	}
	put_utf8(out, cp);
	return 5;
}

void
walk_put_text(struct buf *out, struct span value)
{
	struct span text = span_make(value.p + 1, value.n - 2);

	while (text.n > 0) {
		ptrdiff_t at = span_find(text, '\\');

		if (at < 0) {
			buf_span(out, text);
			return;
		}
		buf_span(out, span_head(text, (size_t)at));
		text = span_from(text, (size_t)at + 1);
		text = span_from(text, put_escape(out, text.p, text.n));
	}
}

void
walk_put_scalar(struct buf *out, struct span value)
{
	double f;

	if (walk_is_number(value) && !walk_is_exact(value) &&
	    json_js_number(value, &f))
		json_put_f64(out, f);
	else
		buf_span(out, value);
}
