/* Settings. The table conf.def is the whole knowledge of keys; this file is
 * an engine over it: text to value by type, bounds, origins.
 *
 * inih cuts lines and sections; it tells no line numbers, so our reader
 * counts the lines it hands over, and the handler runs right after each.
 * Everything read is kept for the life of the process: it is read once. */
#include "common/conf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ini.h>

#include "common/block.h"
#include "common/buf.h"
#include "common/mem.h"
#include "common/span.h"

enum conf_type { BOOL, INT, MS, SECONDS, BYTES, TEXT, LIST, CHOICE };

static const struct conf_row {
	const char *section, *key;
	enum conf_type type;
	size_t offset;
	const char *fallback;
	int64_t min, max;
	const char *choices, *help;
} conf_rows[] = {
#define X(section, key, type, member, fallback, min, max, choices, help)       \
	{#section, #key, type, offsetof(struct conf, member), fallback, min,   \
	    max, choices, help},
#include "common/conf.def"
#undef X
};

enum { CONF_COUNT = sizeof conf_rows / sizeof *conf_rows };

/* The right member type for each kind of row, checked by the compiler. */
#define CHECK_BOOL(m) _Generic(((struct conf *)0)->m, bool : 1)
#define CHECK_INT(m) _Generic(((struct conf *)0)->m, int64_t : 1)
#define CHECK_MS(m) CHECK_INT(m)
#define CHECK_SECONDS(m) CHECK_INT(m)
#define CHECK_BYTES(m) CHECK_INT(m)
#define CHECK_TEXT(m) _Generic(((struct conf *)0)->m, const char * : 1)
#define CHECK_LIST(m) CHECK_TEXT(m)
#define CHECK_CHOICE(m) CHECK_TEXT(m)
#define X(section, key, type, member, ...)                                     \
	_Static_assert(CHECK_##type(member), #member " has the wrong type");
#include "common/conf.def"
#undef X

static const struct conf_unit {
	enum conf_type type;
	const char *suffix;
	int64_t factor;
} conf_units[] = {
    {INT, "", 1},
    {MS, "", 1000},
    {MS, "ms", 1},
    {MS, "s", 1000},
    {MS, "m", 60 * 1000},
    {MS, "h", 3600 * 1000},
    {MS, "d", 86400 * 1000},
    {SECONDS, "", 1},
    {SECONDS, "s", 1},
    {SECONDS, "m", 60},
    {SECONDS, "h", 3600},
    {SECONDS, "d", 86400},
    {BYTES, "", 1},
    {BYTES, "K", 1 << 10},
    {BYTES, "M", 1 << 20},
    {BYTES, "G", 1 << 30},
};

static void *
row_member(struct conf *c, const struct conf_row *row)
{
	return (char *)c + row->offset;
}

static const char *
parse_number(struct conf *c, const struct conf_row *row, struct span text)
{
	size_t digits = 0;
	int64_t value;

	while (digits < text.n && strchr("0123456789", text.p[digits]))
		digits++;
	if (!span_i64(span_head(text, digits), &value))
		return "is no number";
	for (size_t i = 0; i < sizeof conf_units / sizeof *conf_units; i++) {
		const struct conf_unit *u = &conf_units[i];

		if (u->type != row->type ||
		    !span_iis(span_from(text, digits), u->suffix))
			continue;
		if (__builtin_mul_overflow(value, u->factor, &value) ||
		    value < row->min || value > row->max)
			return "is out of range";
		*(int64_t *)row_member(c, row) = value;
		return NULL;
	}
	return "has an unknown unit";
}

static const char *
parse_bool(struct conf *c, const struct conf_row *row, struct span text)
{
	static const char *const words[] = {
	    "no", "yes", "false", "true", "off", "on", "0", "1"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (span_iis(text, words[i])) {
			*(bool *)row_member(c, row) = i % 2;
			return NULL;
		}
	return "is neither yes nor no";
}

static const char *
parse_text(struct conf *c, const struct conf_row *row, struct span text)
{
	if ((int64_t)text.n < row->min || (int64_t)text.n > row->max)
		return text.n ? "is too long" : "is empty";
	*(const char **)row_member(c, row) = arena_text(c->arena, text);
	return NULL;
}

static const char *
parse_choice(struct conf *c, const struct conf_row *row, struct span text)
{
	struct span rest = span_of(row->choices), word;

	while (span_next(&rest, '|', &word))
		if (span_eq(word, text))
			return parse_text(c, row, text);
	return "is none of the words it may be";
}

static const char *
parse_list(struct conf *c, const struct conf_row *row, struct span text)
{
	struct span rest = text, part;
	struct block block;
	int port;

	while (row->choices[0] && span_next(&rest, ',', &part)) {
		part = span_trim(part);
		if (part.n == 0)
			continue;
		if ((strcmp(row->choices, "block:port") == 0 &&
			!block_cut_port(&part, &port)) ||
		    !block_parse(part, &block))
			return "names what is no address or block";
	}
	return parse_text(c, row, text);
}

static const char *(*const conf_parsers[])(
    struct conf *, const struct conf_row *, struct span) = {
    [BOOL] = parse_bool,
    [INT] = parse_number,
    [MS] = parse_number,
    [SECONDS] = parse_number,
    [BYTES] = parse_number,
    [TEXT] = parse_text,
    [LIST] = parse_list,
    [CHOICE] = parse_choice,
};

static const char *
row_parse(struct conf *c, const struct conf_row *row, struct span text)
{
	return conf_parsers[row->type](c, row, text);
}

/* An indented line goes on with the value above: a list after a comma, a
 * text at once (inih lines are short, paths may be long). */
static const char *
row_append(struct conf *c, const struct conf_row *row, const char *text)
{
	const char *before = *(const char **)row_member(c, row);
	size_t n = strlen(before);
	const char *comma =
	    row->type == LIST && n && before[n - 1] != ',' ? "," : "";

	return row_parse(c, row,
	    span_of(arena_printf(c->arena, "%s%s%s", before, comma, text)));
}

static const struct conf_row *
row_find(struct span section, struct span key)
{
	for (size_t i = 0; i < CONF_COUNT; i++)
		if (span_is(section, conf_rows[i].section) &&
		    span_is(key, conf_rows[i].key))
			return &conf_rows[i];
	return NULL;
}

static bool
section_known(const char *section)
{
	for (size_t i = 0; i < CONF_COUNT; i++)
		if (strcmp(section, conf_rows[i].section) == 0)
			return true;
	return false;
}

static enum err
tell_wrong(struct fault *fault, const char *origin, const struct conf_row *row,
    const char *value, const char *wrong)
{
	if (row->type == CHOICE)
		return fault_add(fault, ERR_CONFIG, NULL,
		    "%s: %s.%s = %.60s: must be one of %s", origin,
		    row->section, row->key, value, row->choices);
	if (row->type == BOOL || (row->choices[0] && row->type == LIST))
		return fault_add(fault, ERR_CONFIG, NULL,
		    "%s: %s.%s = %.60s: %s", origin, row->section, row->key,
		    value, wrong);
	return fault_add(fault, ERR_CONFIG, NULL,
	    "%s: %s.%s = %.60s: %s (%lld to %lld%s)", origin, row->section,
	    row->key, value, wrong, (long long)row->min, (long long)row->max,
	    row->type == MS	   ? " ms"
	    : row->type == SECONDS ? " s"
				   : (row->type == INT ? "" : " bytes"));
}

/* What the reader and the handler share while a file is read. */
struct conf_reading {
	struct conf *conf;
	struct fault *fault;
	FILE *file;
	int line;
	bool indented;
	enum err err;
};

static char *
read_line(char *line, int size, void *user)
{
	struct conf_reading *r = user;

	if (r->err || !fgets(line, size, r->file))
		return NULL;
	r->line++;
	r->indented = line[0] == ' ' || line[0] == '\t';
	if (!strchr(line, '\n') && !feof(r->file))
		r->err = fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s:%d: the line is longer than %d bytes; it may go "
		    "on in indented lines",
		    r->conf->file, r->line, size - 2);
	return r->err ? NULL : line;
}

/* `cache = 5M` behind blanks is meant as a key, not as more of the value. */
static bool
looks_like_pair(const struct conf_row *row, const char *text)
{
	struct span rest = span_of(text), key;

	span_next(&rest, '=', &key);
	return rest.p && row_find(span_of(row->section), span_trim(key));
}

static enum err
take_value(
    struct conf_reading *r, const struct conf_row *row, const char *value)
{
	struct conf *c = r->conf;
	const char **origin = &c->origins[row - conf_rows];
	bool again = strcmp(*origin, "default") != 0;
	bool goes_on =
	    again && r->indented && (row->type == LIST || row->type == TEXT);
	char *here = arena_printf(c->arena, "%s:%d", c->file, r->line);
	const char *wrong;

	if (again && r->indented && (!goes_on || looks_like_pair(row, value)))
		return fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s: an indented line would go on with %s.%s", here,
		    row->section, row->key);
	if (again && !goes_on)
		return fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s: %s.%s was set before (%s)", here, row->section,
		    row->key, *origin);
	wrong = goes_on ? row_append(c, row, value)
			: row_parse(c, row, span_of(value));
	if (!wrong && !goes_on && row->type == TEXT && row->choices[0] &&
	    value[0] && value[0] != row->choices[0])
		wrong = "is no absolute path";
	if (wrong)
		return tell_wrong(r->fault, here, row, value, wrong);
	if (!again)
		*origin = here;
	return ERR_NONE;
}

/* inih's handler: 1 is good; the first error ends the reading. */
static int
take_pair(void *user, const char *section, const char *key, const char *value)
{
	struct conf_reading *r = user;
	const struct conf_row *row = row_find(span_of(section), span_of(key));

	if (r->err)
		return 0;
	if (row)
		r->err = take_value(r, row, value);
	else if (!*section)
		r->err = fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s:%d: \"%s\" stands before the first [section]",
		    r->conf->file, r->line, key);
	else if (!section_known(section))
		r->err = fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s:%d: unknown section [%s]", r->conf->file, r->line,
		    section);
	else
		r->err = fault_add(r->fault, ERR_CONFIG, NULL,
		    "%s:%d: unknown key \"%s\" in [%s]", r->conf->file, r->line,
		    key, section);
	return !r->err;
}

static enum err
read_file(struct conf *c, struct fault *fault)
{
	struct conf_reading r = {.conf = c, .fault = fault};
	int bad;

	r.file = fopen(c->file, "re");
	if (!r.file)
		return fault_add(fault, ERR_CONFIG, NULL, "%s: %s", c->file,
		    strerror(errno));
	bad = ini_parse_stream(read_line, &r, take_pair, &r);
	if (!r.err && ferror(r.file))
		r.err = fault_add(
		    fault, ERR_CONFIG, NULL, "%s: cannot be read", c->file);
	if (!r.err && bad)
		r.err = fault_add(fault, ERR_CONFIG, NULL,
		    "%s:%d: neither [section] nor key = value", c->file, bad);
	fclose(r.file);
	return r.err;
}

static void
set_defaults(struct conf *c)
{
	*c = (struct conf){.file = "", .arena = arena_new()};
	c->origins = arena_array(c->arena, CONF_COUNT, sizeof *c->origins);
	for (size_t i = 0; i < CONF_COUNT; i++) {
		if (row_parse(c, &conf_rows[i], span_of(conf_rows[i].fallback)))
			abort(); /* conf.def contradicts itself */
		c->origins[i] = "default";
	}
}

enum err
conf_load(const char *option, const char *fallback, struct conf *c,
    struct fault *fault)
{
	const char *asked = option ? option : conf_env("WEBHOOKS_CONF");
	FILE *there;

	set_defaults(c);
	if (!asked || !*asked) {
		there = fallback ? fopen(fallback, "re") : NULL;
		if (!there)
			return ERR_NONE;
		fclose(there);
		asked = fallback;
	}
	c->file = arena_strdup(c->arena, asked);
	return read_file(c, fault);
}

void
conf_release(struct conf *c)
{
	arena_free(c->arena);
	*c = (struct conf){0};
}

enum err
conf_set(struct conf *c, const char *name, const char *value,
    const char *origin, struct fault *fault)
{
	struct span key = span_of(name), section;
	const struct conf_row *row;
	const char *wrong;

	span_next(&key, '.', &section);
	row = row_find(section, key);
	if (!row)
		return fault_add(fault, ERR_CONFIG, NULL,
		    "%s: unknown setting %s", origin, name);
	wrong = row_parse(c, row, span_of(value));
	if (wrong)
		return tell_wrong(fault, origin, row, value, wrong);
	c->origins[row - conf_rows] = arena_strdup(c->arena, origin);
	return ERR_NONE;
}

static void
print_value(const struct conf *c, const struct conf_row *row, struct buf *out)
{
	const char *member = (const char *)c + row->offset;

	switch (row->type) {
	case BOOL:
		buf_text(out, *(const bool *)member ? "yes" : "no");
		break;
	case TEXT:
	case LIST:
	case CHOICE:
		buf_text(out, *(const char *const *)member);
		break;
	case INT:
	case MS:
	case SECONDS:
	case BYTES:
		buf_printf(out, "%lld%s", (long long)*(const int64_t *)member,
		    row->type == MS	   ? "ms"
		    : row->type == SECONDS ? "s"
					   : "");
		break;
	}
}

void
conf_print(const struct conf *c, struct buf *out)
{
	for (size_t i = 0; i < CONF_COUNT; i++) {
		const struct conf_row *row = &conf_rows[i];

		buf_printf(out, "%s.%s = ", row->section, row->key);
		print_value(c, row, out);
		buf_printf(out, " (%s)\n", c->origins[i]);
	}
}

const char *
conf_env(const char *name)
{
	return getenv(name);
}
