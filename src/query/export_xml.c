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

static bool
is_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		unsigned char low = c | 0x20;
		bool starts = (low >= 'a' && low <= 'z') || c == '_' ||
			      c == ':' || c >= 0x80;
		bool follows = (c >= '0' && c <= '9') || c == '-' || c == '.';

		if (!starts && !(follows && i > 0))
			return false;
	}
	return name.n > 0;
}

static bool
is_forbidden(unsigned char c)
{
	return c < 0x20 && c != '\t' && c != '\n' && c != '\r';
}

static void
put_chars(struct xml *xml, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		bool ends_cdata = i >= 2 && text.p[i] == '>' &&
				  text.p[i - 1] == ']' && text.p[i - 2] == ']';

		if (is_forbidden((unsigned char)text.p[i]))
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

static void
put_children(struct xml *xml, struct span tag, struct span value, size_t level)
{
	struct walk walk = walk_start(value);
	struct span name, member;

	while (walk_next(&walk, &name, &member)) {
		struct span of = walk.object ? name : tag;

		if (walk_is_list(member))
			put_children(xml, of, member, level);
		else
			put_element(xml, of, member, level);
	}
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

enum err
export_xml(struct span json, struct buf *out, struct fault *fault)
{
	struct xml xml = {.out = out, .fault = fault};

	buf_init(&xml.name, RUN_BYTES_MAX);
	buf_init(&xml.text, RUN_BYTES_MAX);
	buf_text(out, "<?xml version='1.0'?>\n");
	put_open(&xml, SPAN("\"data\""), json, 0);
	buf_release(&xml.name);
	buf_release(&xml.text);
	if (xml.err && fault && !fault->first)
		fault_add(fault, ERR_QUERY, NULL,
		    "A text has control characters, which XML can't hold");
	return xml.err;
}
