/* Answers on the terminal: an aligned table, one row a line. Values come from
 * outside, so control characters are shown as '?' and cannot move the cursor
 * or forge a row. */
#include "ctl.h"

#include <stdio.h>
#include <sysexits.h>

#include "common/buf.h"
#include "common/js.h"
#include "common/json.h"
#include "common/utf8.h"

enum { COLUMNS_MAX = 16, CELL_MAX_BYTES = 1 << 20 };

struct table {
	const char *const *columns;
	size_t count;
	size_t width[COLUMNS_MAX];
};

static void
put_harmless(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		buf_char(b, (uint8_t)text.p[i] < ' ' || text.p[i] == 0x7F
				? '?'
				: text.p[i]);
}

/* A list as its elements between commas, null and absent as '-'. */
static struct span
cell_text(struct arena *a, struct js v)
{
	struct js_iter it = js_iter(v);
	const char *comma = "";
	struct js element;
	struct span text;
	struct buf b;

	buf_init(&b, CELL_MAX_BYTES);
	if (v.type == JS_NONE || v.type == JS_NULL)
		buf_char(&b, '-');
	else if (v.type != JS_LIST)
		put_harmless(&b, js_as_text(a, v));
	for (; v.type == JS_LIST && js_next(&it, NULL, &element); comma = ",") {
		buf_text(&b, comma);
		put_harmless(&b, js_as_text(a, element));
	}
	text = arena_span(a, buf_view(&b));
	buf_release(&b);
	return text;
}

static void
widen(struct table *t, size_t column, struct span text)
{
	size_t width = utf8_count(text);

	if (width > t->width[column])
		t->width[column] = width;
}

static void
print_cell(const struct table *t, size_t column, struct span text)
{
	bool last = column + 1 == t->count;
	size_t width = utf8_count(text);

	printf("%.*s", SPAN_FMT(text));
	if (last)
		putchar('\n');
	else
		printf("%*s", (int)(t->width[column] - width) + 2, "");
}

static void
measure_rows(struct table *t, struct arena *a, struct js rows)
{
	struct js_iter it = js_iter(rows);
	struct js row;

	for (size_t i = 0; i < t->count; i++)
		widen(t, i, span_of(t->columns[i]));
	while (js_next(&it, NULL, &row))
		for (size_t i = 0; i < t->count; i++)
			widen(
			    t, i, cell_text(a, js_member(row, t->columns[i])));
}

static void
print_rows(const struct table *t, struct arena *a, struct js rows)
{
	struct js_iter it = js_iter(rows);
	struct js row;

	for (size_t i = 0; i < t->count; i++)
		print_cell(t, i, span_of(t->columns[i]));
	while (js_next(&it, NULL, &row))
		for (size_t i = 0; i < t->count; i++)
			print_cell(
			    t, i, cell_text(a, js_member(row, t->columns[i])));
}

int
ctl_show(struct ctl *ctl, struct span answer, const char *const *columns)
{
	struct table t = {.columns = columns};
	struct js_doc *doc;
	struct js root, rows;
	struct span clean;

	if (ctl->value[OPT_JSON]) {
		printf("%.*s\n", SPAN_FMT(answer));
		return 0;
	}
	if (json_clean(ctl->arena, answer, &clean, NULL) ||
	    js_parse(clean, &doc, &root, NULL))
		return ctl_fail(EX_PROTOCOL, "the owner's answer is no JSON");
	while (columns[t.count])
		t.count++;
	rows = js_member(root, "data");
	measure_rows(&t, ctl->arena, rows);
	print_rows(&t, ctl->arena, rows);
	js_doc_free(doc);
	return 0;
}
