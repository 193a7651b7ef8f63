/* Writing JSON the way JavaScript's JSON.stringify does (contract 5.1). The
 * text handed in is valid UTF-8 already; nothing here can fail but the
 * buffer's own limit. */
#include "common/json.h"

#include <string.h>

static void
put_escape(struct buf *b, uint8_t c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		buf_printf(b, "\\%c", to[at - from]);
	else
		buf_printf(b, "\\u%04x", c);
}

void
json_put_string(struct buf *b, struct span text)
{
	size_t from = 0;

	buf_char(b, '"');
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		buf_put(b, text.p + from, i - from);
		put_escape(b, c);
		from = i + 1;
	}
	buf_span(b, span_from(text, from));
	buf_char(b, '"');
}

void
json_put_i64(struct buf *b, int64_t v)
{
	char digits[20]; /* of 2^63, with its sign */
	size_t at = sizeof(digits);
	uint64_t rest = v < 0 ? -(uint64_t)v : (uint64_t)v;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (v < 0)
		digits[--at] = '-';
	buf_put(b, digits + at, sizeof(digits) - at);
}

void
json_put_bool(struct buf *b, bool v)
{
	buf_text(b, v ? "true" : "false");
}

/* Length of the string at the front, quotes included. */
static size_t
string_length(struct span s)
{
	size_t n = 1;

	while (n < s.n && s.p[n] != '"')
		n += s.p[n] == '\\' ? 2 : 1;
	return n + 1;
}

void
json_put_line(struct buf *b, int depth)
{
	buf_char(b, '\n');
	while (depth-- > 0)
		buf_char(b, '\t');
}

/* One piece off the front, written with the layout that goes with it. */
static size_t
put_piece(struct buf *b, struct span s, int *depth)
{
	char c = s.p[0];
	size_t n = c == '"' ? string_length(s) : 1;
	bool opens = c == '{' || c == '[';

	if (opens && s.n > 1 && (s.p[1] == '}' || s.p[1] == ']')) {
		buf_put(b, s.p, 2);
		return 2;
	}
	if (c == '}' || c == ']')
		json_put_line(b, --*depth);
	buf_span(b, span_head(s, n));
	if (c == ':')
		buf_char(b, ' ');
	if (opens)
		++*depth;
	if (opens || c == ',')
		json_put_line(b, *depth);
	return n;
}

void
json_put_indented(struct buf *b, struct span clean, int depth)
{
	while (clean.n)
		clean = span_from(clean, put_piece(b, clean, &depth));
}
