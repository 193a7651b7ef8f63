/* export=yaml (contract 7.10): block style, lists indented under their name.
 *
 * The layout is that of js-yaml, byte for byte, which libyaml's emitter cannot
 * be brought to (it never indents a list under its name). Scalars are in
 * yaml_text.c. */
#include <math.h>

#include "common/json.h"
#include "query/export_yaml.h"
#include "query/run.h"
#include "query/walk.h"

enum { YAML_KEY_MAX = 1024 /* longer ones are written with `?` */ };

struct yaml {
	struct buf *out;
	struct buf text, key;
};

static void put_node(
    struct yaml *, struct span value, size_t level, bool compact);

static void
new_line(struct yaml *yaml, size_t level)
{
	buf_char(yaml->out, '\n');
	for (size_t i = 0; i < level * YAML_INDENT; i++)
		buf_char(yaml->out, ' ');
}

static bool
is_block(struct span value)
{
	return (walk_is_list(value) || walk_is_object(value)) &&
	       !walk_is_empty(value);
}

static void
put_member(struct yaml *yaml, struct span name, struct span value, size_t level)
{
	bool explicit;

	buf_clear(&yaml->text);
	walk_put_text(&yaml->text, name);
	buf_clear(&yaml->key);
	yaml_put_text(&yaml->key, buf_view(&yaml->text), level + 1, true);
	explicit = yaml_units(buf_view(&yaml->key)) > YAML_KEY_MAX;
	if (explicit)
		buf_text(yaml->out, "? ");
	buf_span(yaml->out, buf_view(&yaml->key));
	if (explicit)
		new_line(yaml, level);
	buf_char(yaml->out, ':');
	if (!is_block(value) || explicit)
		buf_char(yaml->out, ' ');
	put_node(yaml, value, level + 1, explicit);
}

/* `compact`: the first entry stands on the line at hand. */
static void
put_block(struct yaml *yaml, struct span value, size_t level, bool compact)
{
	struct walk walk = walk_start(value);
	struct span name, member;

	for (bool first = true; walk_next(&walk, &name, &member);
	     first = false) {
		if (!compact || !first)
			new_line(yaml, level);
		if (walk.object) {
			put_member(yaml, name, member, level);
			continue;
		}
		buf_text(yaml->out, "- ");
		put_node(yaml, member, level + 1, true);
	}
}

/* YAML wants a dot in floats: 5e-7 becomes 5.e-7. */
static void
put_number(struct yaml *yaml, struct span value)
{
	struct span text;
	double f = 0;
	ptrdiff_t e;

	if (walk_is_exact(value)) {
		buf_span(yaml->out, value);
		return;
	}
	json_js_number(value, &f);
	if (f == 0 && signbit(f)) {
		buf_text(yaml->out, "-0.0");
		return;
	}
	buf_clear(&yaml->text);
	json_put_f64(&yaml->text, f);
	text = buf_view(&yaml->text);
	e = span_find(text, 'e');
	if (e < 0 || f == trunc(f) ||
	    span_find(span_head(text, (size_t)e), '.') >= 0) {
		buf_span(yaml->out, text);
		return;
	}
	buf_span(yaml->out, span_head(text, (size_t)e));
	buf_char(yaml->out, '.');
	buf_span(yaml->out, span_from(text, (size_t)e));
}

static void
put_node(struct yaml *yaml, struct span value, size_t level, bool compact)
{
	if (is_block(value)) {
		put_block(yaml, value, level, compact);
	} else if (walk_is_text(value)) {
		buf_clear(&yaml->text);
		walk_put_text(&yaml->text, value);
		yaml_put_text(yaml->out, buf_view(&yaml->text), level, false);
	} else if (walk_is_number(value)) {
		put_number(yaml, value);
	} else {
		buf_span(yaml->out, value);
	}
}

static void
put_list(struct yaml *yaml, struct rows *rows)
{
	struct rows_walk walk = rows_walk(rows);
	bool some = false;
	struct span row;

	for (; rows_next(&walk, &row); some = true) {
		if (some)
			new_line(yaml, 0);
		buf_text(yaml->out, "- ");
		put_node(yaml, row, 1, true);
	}
	if (!some)
		buf_text(yaml->out, "[]");
}

void
export_yaml(struct rows *rows, struct buf *out)
{
	struct yaml yaml = {.out = out};
	struct rows_walk walk = rows_walk(rows);
	struct span row;

	buf_init(&yaml.text, RUN_BYTES_MAX);
	buf_init(&yaml.key, RUN_BYTES_MAX);
	if (!rows->one)
		put_list(&yaml, rows);
	else if (rows_next(&walk, &row))
		put_node(&yaml, row, 0, true);
	rows_walk_end(&walk);
	buf_char(out, '\n');
	buf_release(&yaml.text);
	buf_release(&yaml.key);
}
