/* Scalars: plain, single quotes, double quotes, literal `|` or folded `>`.
 *
 * Plain where that reads back as the same text; quotes where it would not;
 * double quotes where something is not printable; a block where there are
 * line feeds, folded when a line is longer than there is room for. Lengths
 * are counted in UTF-16 units, as js-yaml counts. */
#include <string.h>

#include "query/export_yaml.h"

enum style { PLAIN, SINGLE, DOUBLE, LITERAL, FOLDED };

static uint32_t
next_char(struct span text, size_t *at)
{
	const unsigned char *p = (const unsigned char *)text.p + *at;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t cp = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	if (n > text.n - *at)
		n = 1;
	for (size_t i = 1; i < n; i++)
		cp = cp << 6 | (p[i] & 0x3fu);
	*at += n;
	return cp;
}

size_t
yaml_units(struct span text)
{
	size_t units = 0;

	for (size_t at = 0; at < text.n;)
		units += next_char(text, &at) >= 0x10000 ? 2 : 1;
	return units;
}

static bool
is_printable(uint32_t c)
{
	return (c >= 0x20 && c <= 0x7e) ||
	       (c >= 0xa1 && c <= 0xd7ff && c != 0x2028 && c != 0x2029) ||
	       (c >= 0xe000 && c <= 0xfffd && c != 0xfeff) ||
	       (c >= 0x10000 && c <= 0x10ffff);
}

static bool
is_blank(uint32_t c)
{
	return c == ' ' || c == '\t';
}

static bool
is_visible(uint32_t c)
{
	return is_printable(c) && !is_blank(c);
}

/* In the middle of a plain scalar: `#` needs something before it, `:`
 * something behind it. */
static bool
is_plain(uint32_t c, uint32_t previous)
{
	bool safe = is_printable(c);

	if (c == '#' || (previous == ':' && !is_visible(c)))
		safe = false;
	return safe || (c == '#' && is_visible(previous)) ||
	       (previous == ':' && is_visible(c));
}

static bool
is_plain_first(uint32_t c)
{
	return is_visible(c) &&
	       !(c < 0x80 && strchr("-?:,[]{}#&*!|=>'\"%@`", (int)c));
}

/* A line that can be folded: too long, and not indented. */
static bool
is_long_line(struct span line, size_t width)
{
	return line.n > 0 && line.p[0] != ' ' && yaml_units(line) > width;
}

static enum style
choose_style(struct span text, bool key, size_t width)
{
	struct span rest = text, line;
	char last = text.p[text.n - 1];
	uint32_t previous = 0;
	size_t at = 0;
	bool plain = is_plain_first(next_char(text, &at)) && last != ' ' &&
		     last != '\t' && last != ':';
	bool folded = false, broken = false;

	for (at = 0; at < text.n;) {
		uint32_t c = next_char(text, &at);

		if (c == '\n' && !key)
			broken = true;
		else if (!is_printable(c))
			return DOUBLE;
		plain = plain && is_plain(c, previous);
		previous = c;
	}
	while (!key && span_next(&rest, '\n', &line))
		folded |= is_long_line(line, width);
	if (folded)
		return FOLDED;
	if (broken)
		return LITERAL;
	return plain && !yaml_is_ambiguous(text) ? PLAIN : SINGLE;
}

static void
put_single(struct buf *out, struct span text)
{
	struct span part;

	buf_char(out, '\'');
	for (bool first = true; span_next(&text, '\'', &part); first = false) {
		if (!first)
			buf_text(out, "''");
		buf_span(out, part);
	}
	buf_char(out, '\'');
}

static const char *
escape_of(uint32_t c)
{
	static const struct {
		uint32_t c;
		const char *escape;
	} escapes[] = {{0, "\\0"}, {7, "\\a"}, {8, "\\b"}, {9, "\\t"},
	    {10, "\\n"}, {11, "\\v"}, {12, "\\f"}, {13, "\\r"}, {27, "\\e"},
	    {'"', "\\\""}, {'\\', "\\\\"}, {0x85, "\\N"}, {0xa0, "\\_"},
	    {0x2028, "\\L"}, {0x2029, "\\P"}};

	for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
		if (escapes[i].c == c)
			return escapes[i].escape;
	return NULL;
}

static void
put_double(struct buf *out, struct span text)
{
	buf_char(out, '"');
	for (size_t at = 0; at < text.n;) {
		size_t from = at;
		uint32_t c = next_char(text, &at);
		const char *escape = escape_of(c);

		if (escape)
			buf_text(out, escape);
		else if (is_printable(c))
			buf_put(out, text.p + from, at - from);
		else
			buf_printf(out, c <= 0xff ? "\\x%02X" : "\\u%04X", c);
	}
	buf_char(out, '"');
}

/* `|` or `>`, an indent sign where the text starts with blanks, and how its
 * end is to be read. */
static void
put_header(struct buf *out, char sign, struct span text)
{
	size_t feeds = 0;

	while (feeds < text.n && text.p[feeds] == '\n')
		feeds++;
	buf_char(out, sign);
	if (feeds < text.n && text.p[feeds] == ' ')
		buf_char(out, '0' + YAML_INDENT);
	if (text.p[text.n - 1] != '\n')
		buf_char(out, '-');
	else if (text.n == 1 || text.p[text.n - 2] == '\n')
		buf_char(out, '+');
	buf_char(out, '\n');
}

static void
put_indented(struct buf *out, struct span text, size_t indent)
{
	struct span line;

	if (text.n > 0 && text.p[text.n - 1] == '\n')
		text.n--;
	for (bool first = true; span_next(&text, '\n', &line); first = false) {
		if (!first)
			buf_char(out, '\n');
		for (size_t i = 0; line.n > 0 && i < indent; i++)
			buf_char(out, ' ');
		buf_span(out, line);
	}
}

/* A place in a line, in bytes and in units. */
struct place {
	size_t at, units;
};

/* Breaks a line at blanks: the longest part that fits, or the shortest that
 * does not. */
static void
fold_line(struct buf *out, struct span line, size_t width)
{
	struct place start = {0, 0}, curr = {0, 0}, here = {0, 0};

	while (here.at < line.n && line.p[0] != ' ') {
		if (line.p[here.at] == ' ' && here.at + 1 < line.n &&
		    line.p[here.at + 1] != ' ') {
			if (here.units - start.units > width) {
				struct place end =
				    curr.at > start.at ? curr : here;

				buf_put(
				    out, line.p + start.at, end.at - start.at);
				buf_char(out, '\n');
				start =
				    (struct place){end.at + 1, end.units + 1};
			}
			curr = here;
		}
		here.units += next_char(line, &here.at) >= 0x10000 ? 2 : 1;
	}
	if (here.units - start.units > width && curr.at > start.at) {
		buf_put(out, line.p + start.at, curr.at - start.at);
		buf_char(out, '\n');
		start.at = curr.at + 1;
	}
	buf_put(out, line.p + start.at, line.n - start.at);
}

/* A line feed between two lines that are not indented is doubled, for a
 * single one would be read as a blank. */
static void
put_folded(struct buf *out, struct span text, size_t width)
{
	bool indented = text.p[0] == '\n' || text.p[0] == ' ';
	ptrdiff_t feed = span_find(text, '\n');
	struct span line = span_head(text, feed < 0 ? text.n : (size_t)feed);

	fold_line(out, line, width);
	text = span_from(text, line.n);
	while (text.n > 0) {
		size_t feeds = 0;
		bool blank;

		while (feeds < text.n && text.p[feeds] == '\n')
			feeds++;
		buf_span(out, span_head(text, feeds));
		text = span_from(text, feeds);
		feed = span_find(text, '\n');
		line = span_head(text, feed < 0 ? text.n : (size_t)feed);
		blank = line.n > 0 && line.p[0] == ' ';
		if (!indented && !blank && line.n > 0)
			buf_char(out, '\n');
		fold_line(out, line, width);
		text = span_from(text, line.n);
		indented = blank;
	}
}

static void
put_block(struct buf *out, enum style style, struct span text, size_t indent,
    size_t width)
{
	struct buf folded;

	put_header(out, style == FOLDED ? '>' : '|', text);
	if (style == LITERAL) {
		put_indented(out, text, indent);
		return;
	}
	buf_init(&folded, out->max_bytes);
	put_folded(&folded, text, width);
	put_indented(out, buf_view(&folded), indent);
	out->over |= folded.over;
	buf_release(&folded);
}

void
yaml_put_text(struct buf *out, struct span text, size_t level, bool key)
{
	size_t indent = YAML_INDENT * (level > 1 ? level : 1);
	size_t width = indent + YAML_WIDTH_LEAST < YAML_WIDTH
			   ? YAML_WIDTH - indent
			   : YAML_WIDTH_LEAST;
	enum style style;

	if (text.n == 0) {
		buf_text(out, "''");
		return;
	}
	style = yaml_is_old(text) ? SINGLE : choose_style(text, key, width);
	switch (style) {
	case PLAIN:
		buf_span(out, text);
		break;
	case SINGLE:
		put_single(out, text);
		break;
	case DOUBLE:
		put_double(out, text);
		break;
	case LITERAL:
	case FOLDED:
		put_block(out, style, text, indent, width);
		break;
	}
}
