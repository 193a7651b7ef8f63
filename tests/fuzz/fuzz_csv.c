/* export=csv: every line has as many cells as the first, and a text comes
 * back out of its quotes as it went in. */
#include "fuzz_rows.h"

/* The next cell; *end tells that the line ended behind it. */
static void
read_cell(struct span *rest, struct buf *cell, bool *end)
{
	bool quoted = rest->n > 0 && rest->p[0] == '"';
	size_t at = quoted;

	buf_clear(cell);
	for (; at < rest->n; at++) {
		char c = rest->p[at];

		if (quoted && c == '"' && at + 1 < rest->n &&
		    rest->p[at + 1] == '"')
			at++;
		else if (quoted ? c == '"' : c == ',' || c == '\n')
			break;
		buf_char(cell, c);
	}
	if (quoted) {
		CHECK(at < rest->n && rest->p[at] == '"');
		at++;
	}
	CHECK(at == rest->n || rest->p[at] == ',' || rest->p[at] == '\n');
	*end = at == rest->n || rest->p[at] == '\n';
	*rest = at == rest->n ? SPAN_NONE : span_from(*rest, at + 1);
}

static void
check_lines(struct span csv, struct span text)
{
	size_t columns = 0, lines = 0;
	struct buf cell;

	buf_init(&cell, FUZZ_OUT_MAX);
	for (; csv.p; lines++) {
		bool end = false;
		size_t count = 0;

		for (; !end; count++) {
			read_cell(&csv, &cell, &end);
			if (text.p && lines == 1 && count == 0)
				CHECK(span_eq(buf_view(&cell), text));
		}
		if (lines == 0)
			columns = count;
		CHECK(count == columns);
	}
	buf_release(&cell);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span text, json = fuzz_rows(arena, data, size, &text);
	struct rows rows;
	struct buf out, mended;

	buf_init(&out, FUZZ_OUT_MAX);
	rows_of_json(&rows, json, FUZZ_OUT_MAX);
	buf_init(&mended, FUZZ_OUT_MAX);
	if (text.p) {
		struct walk walk = walk_start(json);
		struct span name, row, value;

		/* Bytes that are no UTF-8 were mended on the way in. */
		walk_next(&walk, &name, &row);
		walk = walk_start(row);
		walk_next(&walk, &name, &value);
		walk_put_text(&mended, value);
		text = mended.p ? buf_view(&mended) : span_make("", 0);
	}
	if (fuzz_is_rows(json)) {
		CHECK(export_csv(&rows, &out) == ERR_NONE);
		CHECK(!out.over);
		if (out.n > 0)
			check_lines(buf_view(&out), text);
	}
	buf_release(&mended);
	rows_release(&rows);
	buf_release(&out);
	arena_free(arena);
	return 0;
}
