/* export=xml (contract 7.10): rows are <data> in <data>, four blanks a level,
 * a list repeats its tag, lists in lists are opened. What XML 1.0 cannot hold
 * is refused: names that are none, control characters. */
#include "common/json.h"
#include "query/run.h"
#include "query/walk.h"

enum { XML_INDENT = 4 };

struct xml {
	struct buf *out;
	struct buf name, text;
	struct fault *fault;
	enum err err;
};

static void
new_line(struct xml *xml, size_t level)
{
	buf_char(xml->out, '\n');
	for (size_t i = 0; i < level * XML_INDENT; i++)
		buf_char(xml->out, ' ');
}

/* The character at *at, which moves behind it. The text is UTF-8. */
static uint32_t
next_char(struct span text, size_t *at)
{
	const unsigned char *p = (const unsigned char *)text.p + *at;
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	uint32_t c = n == 1 ? p[0] : p[0] & (0xffu >> (n + 1));

	for (size_t i = 1; i < n && *at + i < text.n; i++)
		c = c << 6 | (p[i] & 0x3fu);
	*at += n;
	return c;
}

/* NameStartChar, then what only follows: XML 1.0, fifth edition, 2.3. */
static bool
is_name_char(uint32_t c, bool first)
{
	static const struct {
		uint32_t from, to;
		bool follows;
	} ranges[] = {{'a', 'z', false}, {'A', 'Z', false}, {'_', '_', false},
	    {':', ':', false}, {0xc0, 0xd6, false}, {0xd8, 0xf6, false},
	    {0xf8, 0x2ff, false}, {0x370, 0x37d, false}, {0x37f, 0x1fff, false},
	    {0x200c, 0x200d, false}, {0x2070, 0x218f, false},
	    {0x2c00, 0x2fef, false}, {0x3001, 0xd7ff, false},
	    {0xf900, 0xfdcf, false}, {0xfdf0, 0xfffd, false},
	    {0x10000, 0xeffff, false}, {'0', '9', true}, {'-', '.', true},
	    {0xb7, 0xb7, true}, {0x300, 0x36f, true}, {0x203f, 0x2040, true}};

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return !(first && ranges[i].follows);
	return false;
}

static bool
is_name(struct span name)
{
	for (size_t at = 0; at < name.n;) {
		bool first = at == 0;

		if (!is_name_char(next_char(name, &at), first))
			return false;
	}
	return name.n > 0;
}

/* Control characters, and the two that are no characters. */
static bool
is_forbidden(struct span text, size_t at)
{
	unsigned char c = (unsigned char)text.p[at];

	if (c == 0xef) {
		uint32_t cp = next_char(text, &at);

		return cp == 0xfffe || cp == 0xffff;
	}
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

static void
put_chars(struct xml *xml, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		bool ends_cdata = i >= 2 && text.p[i] == '>' &&
				  text.p[i - 1] == ']' && text.p[i - 2] == ']';

		if (is_forbidden(text, i))
			xml->err = ERR_QUERY;
		if (text.p[i] == '&')
			buf_text(xml->out, "&amp;");
		else if (text.p[i] == '<')
			buf_text(xml->out, "&lt;");
		else if (ends_cdata)
			buf_text(xml->out, "&gt;");
		else
			buf_char(xml->out, text.p[i]);
	}
}

/* Whether a member leaves anything inside its parent. */
static bool
leaves_any(struct span value)
{
	struct walk walk = walk_start(value);
	struct span name, element;

	if (!walk_is_list(value))
		return true;
	while (walk_next(&walk, &name, &element))
		if (leaves_any(element))
			return true;
	return false;
}

static bool
has_content(struct span value)
{
	struct walk walk = walk_start(value);
	struct span name, member;

	if (!walk_is_object(value) && !walk_is_list(value))
		return !span_is(value, "\"\"");
	while (walk_next(&walk, &name, &member))
		if (leaves_any(member))
			return true;
	return false;
}

static void put_element(
    struct xml *, struct span tag, struct span value, size_t level);

/* A list repeats its tag. */
static void
put_child(struct xml *xml, struct span tag, struct span value, size_t level)
{
	struct walk walk = walk_start(value);
	struct span name, member;

	if (!walk_is_list(value)) {
		put_element(xml, tag, value, level);
		return;
	}
	while (walk_next(&walk, &name, &member))
		put_child(xml, tag, member, level);
}

static void
put_children(struct xml *xml, struct span tag, struct span value, size_t level)
{
	struct walk walk = walk_start(value);
	struct span name, member;

	while (walk_next(&walk, &name, &member))
		put_child(xml, walk.object ? name : tag, member, level);
}

static void
put_tag(struct xml *xml, struct span tag)
{
	buf_clear(&xml->name);
	walk_put_text(&xml->name, tag);
	if (!is_name(buf_view(&xml->name)) && !xml->err)
		xml->err = fault_add(xml->fault, ERR_QUERY, NULL,
		    "\"%.*s\" can't be the name of an XML element",
		    SPAN_FMT(buf_view(&xml->name)));
	buf_span(xml->out, buf_view(&xml->name));
}

static void
put_content(struct xml *xml, struct span tag, struct span value, size_t level)
{
	if (walk_is_object(value) || walk_is_list(value)) {
		put_children(xml, tag, value, level + 1);
		new_line(xml, level);
	} else if (walk_is_text(value)) {
		buf_clear(&xml->text);
		walk_put_text(&xml->text, value);
		put_chars(xml, buf_view(&xml->text));
	} else {
		walk_put_scalar(xml->out, value);
	}
}

static void
put_open(struct xml *xml, struct span tag, struct span value, size_t level)
{
	buf_char(xml->out, '<');
	put_tag(xml, tag);
	if (!has_content(value)) {
		buf_text(xml->out, "/>");
		return;
	}
	buf_char(xml->out, '>');
	put_content(xml, tag, value, level);
	buf_text(xml->out, "</");
	put_tag(xml, tag);
	buf_char(xml->out, '>');
}

static void
put_element(struct xml *xml, struct span tag, struct span value, size_t level)
{
	new_line(xml, level);
	put_open(xml, tag, value, level);
}

static void
put_list(struct xml *xml, struct rows *rows)
{
	struct rows_walk walk = rows_walk(rows);
	struct span row;
	bool some = false;

	while (!some && rows_next(&walk, &row))
		some = leaves_any(row);
	rows_walk_end(&walk);
	if (!some) {
		buf_text(xml->out, "<data/>");
		return;
	}
	buf_text(xml->out, "<data>");
	walk = rows_walk(rows);
	while (rows_next(&walk, &row))
		put_child(xml, SPAN("\"data\""), row, 1);
	buf_text(xml->out, "\n</data>");
}

enum err
export_xml(struct rows *rows, struct buf *out, struct fault *fault)
{
	struct xml xml = {.out = out, .fault = fault};
	struct rows_walk walk = rows_walk(rows);
	struct span row;

	buf_init(&xml.name, RUN_BYTES_MAX);
	buf_init(&xml.text, RUN_BYTES_MAX);
	buf_text(out, "<?xml version='1.0'?>\n");
	if (!rows->one)
		put_list(&xml, rows);
	else if (rows_next(&walk, &row))
		put_open(&xml, SPAN("\"data\""), row, 0);
	rows_walk_end(&walk);
	buf_release(&xml.name);
	buf_release(&xml.text);
	if (xml.err && fault && !fault->first)
		fault_add(fault, ERR_QUERY, NULL,
		    "A text has characters that XML can't hold");
	return xml.err;
}
