/* export=csv (contract 7.10): RFC 4180 with LF, all text in quotes, objects
 * flattened with dots, columns in order of first appearance; rows of nothing
 * but nulls have no line. Two passes over the rows: the columns, then the
 * lines. */
#include "query/run.h"
#include "query/value_set.h"
#include "query/walk.h"

struct table {
	struct value_set columns;
	struct buf name;    /* path of the column at hand */
	struct span *cells; /* of one row, by column */
	struct buf text;
};

typedef void cell_visit(struct table *, struct span path, struct span value);

static void
add_column(struct table *table, struct span path, struct span value)
{
	bool added;

	(void)value;
	value_set_add(&table->columns, path, &added);
}

static void
set_cell(struct table *table, struct span path, struct span value)
{
	bool added;

	table->cells[value_set_add(&table->columns, path, &added)] = value;
}

/* Lists and empty objects are values; other objects are opened. */
static void
visit_members(struct table *table, struct span object, cell_visit *visit)
{
	struct walk walk = walk_start(object);
	size_t from = table->name.n;
	struct span name, value;

	while (walk_next(&walk, &name, &value)) {
		table->name.n = from;
		if (from > 0)
			buf_char(&table->name, '.');
		walk_put_text(&table->name, name);
		if (walk_is_object(value) && !walk_is_empty(value))
			visit_members(table, value, visit);
		else
			visit(table, buf_view(&table->name), value);
	}
	table->name.n = from;
}

static void
put_quoted(struct buf *out, struct span text)
{
	struct span part;

	buf_char(out, '"');
	for (bool first = true; span_next(&text, '"', &part); first = false) {
		if (!first)
			buf_text(out, "\"\"");
		buf_span(out, part);
	}
	buf_char(out, '"');
}

static void
put_cell(struct table *table, struct span value, struct buf *out)
{
	if (value.n == 0 || walk_is_null(value))
		return;
	if (walk_is_text(value)) {
		buf_clear(&table->text);
		walk_put_text(&table->text, value);
		put_quoted(out, buf_view(&table->text));
	} else if (walk_is_list(value) || walk_is_object(value)) {
		put_quoted(out, value);
	} else {
		walk_put_scalar(out, value);
	}
}

static void
put_row(struct table *table, struct span row, struct buf *out)
{
	bool some = false;

	for (size_t i = 0; i < table->columns.count; i++)
		table->cells[i] = SPAN_NONE;
	visit_members(table, row, set_cell);
	for (size_t i = 0; i < table->columns.count; i++)
		some |= table->cells[i].n > 0 && !walk_is_null(table->cells[i]);
	if (!some)
		return;
	buf_char(out, '\n');
	for (size_t i = 0; i < table->columns.count; i++) {
		if (i > 0)
			buf_char(out, ',');
		put_cell(table, table->cells[i], out);
	}
}

enum err
export_csv(struct rows *rows, struct buf *out)
{
	struct table table = {0};
	struct arena *arena = arena_new();
	struct rows_walk walk = rows_walk(rows);
	struct span row;

	value_set_init(&table.columns, arena);
	buf_init(&table.name, RUN_BYTES_MAX);
	buf_init(&table.text, RUN_BYTES_MAX);
	while (rows_next(&walk, &row))
		visit_members(&table, row, add_column);
	table.cells =
	    arena_array(arena, table.columns.count + 1, sizeof *table.cells);
	for (size_t i = 0; i < table.columns.count; i++) {
		if (i > 0)
			buf_char(out, ',');
		put_quoted(out, table.columns.keys[i]);
	}
	walk = rows_walk(rows);
	while (table.columns.count > 0 && rows_next(&walk, &row))
		put_row(&table, row, out);
	rows_walk_end(&walk);
	value_set_release(&table.columns);
	buf_release(&table.name);
	buf_release(&table.text);
	arena_free(arena);
	return ERR_NONE;
}
