/* export=xml: refused with words, or well-formed: tags are names and close in
 * order, nothing stands bare that XML reads otherwise. */
#include "fuzz_rows.h"

enum { DEPTH_MAX = JSON_DEPTH_MAX + 2 };

struct reader {
	struct span rest;
	struct span open[DEPTH_MAX];
	size_t depth;
};

static void
read_entity(struct span rest)
{
	CHECK(span_starts(rest, "&amp;") || span_starts(rest, "&lt;") ||
	      span_starts(rest, "&gt;"));
}

static void
read_chars(struct reader *reader)
{
	size_t at = 0;

	for (; at < reader->rest.n && reader->rest.p[at] != '<'; at++) {
		unsigned char c = (unsigned char)reader->rest.p[at];

		CHECK(c >= 0x20 || c == '\t' || c == '\n' || c == '\r');
		CHECK(!span_starts(span_from(reader->rest, at), "]]>"));
		if (c == '&')
			read_entity(span_from(reader->rest, at));
	}
	reader->rest = span_from(reader->rest, at);
}

static void
read_tag(struct reader *reader)
{
	ptrdiff_t end = span_find(reader->rest, '>');
	struct span tag;

	CHECK(end > 1);
	tag = span_make(reader->rest.p + 1, (size_t)end - 1);
	reader->rest = span_from(reader->rest, (size_t)end + 1);
	for (size_t i = 0; i < tag.n; i++)
		CHECK(!strchr(" \t\n<&\"'=", tag.p[i]));
	if (tag.p[0] == '/') {
		CHECK(reader->depth > 0);
		CHECK(
		    span_eq(reader->open[--reader->depth], span_from(tag, 1)));
	} else if (!span_ends(tag, "/")) {
		CHECK(reader->depth < DEPTH_MAX);
		reader->open[reader->depth++] = tag;
	}
}

static void
check_xml(struct span xml)
{
	struct reader reader = {.depth = 0};

	CHECK(span_starts(xml, "<?xml version='1.0'?>\n<data"));
	reader.rest = span_from(xml, sizeof "<?xml version='1.0'?>\n" - 1);
	while (reader.rest.n > 0) {
		read_tag(&reader);
		if (reader.depth == 0)
			CHECK(reader.rest.n == 0);
		read_chars(&reader);
	}
	CHECK(reader.depth == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fault fault = {.arena = arena};
	struct span text, json = fuzz_rows(arena, data, size, &text);
	struct rows rows;
	struct buf out;

	buf_init(&out, FUZZ_OUT_MAX);
	rows_of_json(&rows, json, FUZZ_OUT_MAX);
	if (export_xml(&rows, &out, &fault) == ERR_NONE) {
		CHECK(!out.over);
		check_xml(buf_view(&out));
	} else {
		CHECK(fault.first != NULL);
	}
	rows_release(&rows);
	buf_release(&out);
	arena_free(arena);
	return 0;
}
