/* Settings: what is read, what is refused and in which words; and that the
 * table, the sample file and the man page say the same.
 *
 * `common_conf sample` and `common_conf mdoc` print what the files must hold,
 * for whoever changes the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/conf.h"
#include "common/mem.h"

enum type { BOOL, INT, MS, SECONDS, BYTES, TEXT, LIST, CHOICE };

static const struct row {
	const char *section, *key;
	enum type type;
	const char *fallback;
	int64_t min, max;
	const char *choices, *help;
} rows[] = {
#define X(section, key, type, member, fallback, min, max, choices, help)       \
	{#section, #key, type, fallback, min, max, choices, help},
#include "common/conf.def"
#undef X
};

enum { ROWS = sizeof rows / sizeof *rows };

/* 1048576 as 1M, 600000 ms as 10m: the largest unit that is exact. */
static void
put_amount(struct buf *b, enum type type, int64_t v)
{
	static const struct {
		enum type type;
		int64_t factor;
		const char *suffix;
	} units[] = {
	    {MS, 86400000, "d"},
	    {MS, 3600000, "h"},
	    {MS, 60000, "m"},
	    {MS, 1000, "s"},
	    {MS, 1, "ms"},
	    {SECONDS, 86400, "d"},
	    {SECONDS, 3600, "h"},
	    {SECONDS, 60, "m"},
	    {BYTES, 1 << 30, "G"},
	    {BYTES, 1 << 20, "M"},
	    {BYTES, 1 << 10, "K"},
	    {INT, 1, ""},
	};
	size_t i = 0;

	while (units[i].type != type || v % units[i].factor)
		i++;
	buf_printf(
	    b, "%lld%s", (long long)(v / units[i].factor), units[i].suffix);
}

/* "1M to 64G.", "One of: no, after-write.", "Yes or no.", "A list." */
static void
put_range(struct buf *b, const struct row *row)
{
	struct span rest = span_of(row->choices), word;
	const char *comma = " ";

	if (row->type == LIST) {
		buf_text(b, "A list.");
	} else if (row->type == BOOL) {
		buf_text(b, "Yes or no.");
	} else if (row->type == CHOICE) {
		buf_text(b, "One of:");
		for (; span_next(&rest, '|', &word); comma = ", ")
			buf_printf(b, "%s%.*s", comma, SPAN_FMT(word));
		buf_char(b, '.');
	} else {
		put_amount(b, row->type, row->min);
		buf_text(b, " to ");
		put_amount(b, row->type, row->max);
		buf_char(b, '.');
	}
}

static void
put_sample(struct buf *b)
{
	const char *section = "";

	buf_text(b,
	    "# Settings of webhooks-fcgi: every key with its default. What "
	    "they mean in\n# full: webhooks.conf(5). What is in force and "
	    "from where: webhooks-ctl config.\n");
	for (size_t i = 0; i < ROWS; i++) {
		if (strcmp(section, rows[i].section) != 0)
			buf_printf(b, "\n[%s]\n", rows[i].section);
		section = rows[i].section;
		buf_printf(b, "\n# %s\n", rows[i].help);
		if (rows[i].type != TEXT) {
			buf_text(b, "# ");
			put_range(b, &rows[i]);
			buf_char(b, '\n');
		}
		buf_printf(b, "#%s =%s%s\n", rows[i].key,
		    *rows[i].fallback ? " " : "", rows[i].fallback);
	}
}

static void
put_mdoc(struct buf *b, const struct row *row)
{
	buf_printf(b, ".It Ic %s No = Ar %s\n%s\n", row->key,
	    *row->fallback ? row->fallback : "\\&", row->help);
	if (row->type != TEXT) {
		put_range(b, row);
		buf_char(b, '\n');
	}
}

static void
read_source(const char *name, struct buf *b)
{
	const char *top = conf_env("srcdir");
	char path[4096], piece[4096];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", top ? top : ".", name);
	f = fopen(path, "re");
	if (!f)
		fail_msg("%s cannot be opened", path);
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_put(b, piece, n);
	fclose(f);
}

static void
sample_agrees(void **state)
{
	struct buf have, want;

	(void)state;
	buf_init(&have, 1 << 20);
	buf_init(&want, 1 << 20);
	read_source("conf/webhooks.conf", &have);
	put_sample(&want);
	assert_string_equal(have.p, want.p);
	buf_release(&have);
	buf_release(&want);
}

static void
manual_agrees(void **state)
{
	struct buf page, want;
	size_t keys = 0;

	(void)state;
	buf_init(&page, 1 << 20);
	buf_init(&want, 1 << 16);
	read_source("conf/webhooks.conf.5", &page);
	for (size_t i = 0; i < ROWS; i++) {
		buf_clear(&want);
		put_mdoc(&want, &rows[i]);
		if (!strstr(page.p, want.p))
			fail_msg("webhooks.conf.5 lacks:\n%s", want.p);
	}
	for (const char *p = page.p; (p = strstr(p, "\n.It Ic ")); p++)
		keys++;
	assert_int_equal(keys, ROWS); /* none that is no more */
	buf_release(&page);
	buf_release(&want);
}

/* Loads `text` as a file; the words of the fault, or NULL. */
static const char *
load(struct arena *a, const char *text, struct conf *c)
{
	char path[] = "/tmp/common_conf.XXXXXX";
	struct fault fault = {.arena = a};
	int fd = mkstemp(path);
	const char *words = NULL;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	if (conf_load(path, NULL, c, &fault)) {
		assert_ptr_equal(
		    strstr(fault.first->message, path), fault.first->message);
		words = fault.first->message + strlen(path);
		assert_null(fault.first->next);
	}
	unlink(path);
	return words;
}

static const struct {
	const char *text, *words;
} refused_cases[] = {
    {"[nope]\nx = 1\n", ":2: unknown section [nope]"},
    {"[store]\n\nstate = 1\n", ":3: unknown key \"state\" in [store]"},
    {"x = 1\n", ":1: \"x\" stands before the first [section]"},
    {"[store]\nstate_dir\n", ":2: neither [section] nor key = value"},
    {"[server]\nworkers = 0\n",
	":2: server.workers = 0: is out of range (1 to 256)"},
    {"[server]\nworkers = four\n",
	":2: server.workers = four: is no number (1 to 256)"},
    {"[server]\nworkers = 4K\n",
	":2: server.workers = 4K: has an unknown unit (1 to 256)"},
    {"[server]\nworkers = -1\n",
	":2: server.workers = -1: is no number (1 to 256)"},
    {"[server]\nreceive_timeout = 99999999999999999d\n",
	":2: server.receive_timeout = 99999999999999999d: is out of range "
	"(100 to 600000 ms)"},
    {"[keep]\ndead = 5s\n",
	":2: keep.dead = 5s: is out of range (60 to 315360000 s)"},
    {"[store]\ncache = 1K\n",
	":2: store.cache = 1K: is out of range (1048576 to 68719476736 "
	"bytes)"},
    {"[store]\nstate_dir = data\n",
	":2: store.state_dir = data: is no absolute path (1 to 4000 bytes)"},
    {"[store]\nstate_dir =\n",
	":2: store.state_dir = : is empty (1 to 4000 bytes)"},
    {"[log]\nlevel = loud\n",
	":2: log.level = loud: must be one of error|warning|notice|trace"},
    {"[dispatch]\nallow_private = maybe\n",
	":2: dispatch.allow_private = maybe: is neither yes nor no"},
    {"[log]\nlevel = error\n level = trace\n",
	":3: an indented line would go on with log.level"},
    {"[store]\nstate_dir = /x\n  cache = 5M\n",
	":3: an indented line would go on with store.state_dir"},
};

static void
refusals(void **state)
{
	size_t count = sizeof refused_cases / sizeof *refused_cases;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct arena *a = arena_new();
		struct conf c;
		const char *words = load(a, refused_cases[i].text, &c);

		if (!words)
			fail_msg("taken: %s", refused_cases[i].text);
		assert_string_equal(words, refused_cases[i].words);
		conf_release(&c);
		arena_free(a);
	}
}

static void
given_twice(void **state)
{
	struct arena *a = arena_new();
	struct conf c;
	const char *words =
	    load(a, "[cors]\norigin = a\n[cors]\norigin = b\n", &c);

	(void)state;
	assert_non_null(words);
	assert_non_null(strstr(words, ":4: cors.origin was set before (/"));
	conf_release(&c);
	arena_free(a);
}

static void
line_too_long(void **state)
{
	struct arena *a = arena_new();
	char text[400];
	struct conf c;
	const char *words;

	(void)state;
	memset(text, 'x', sizeof text);
	memcpy(text, "[store]\nstate_dir = ", 20);
	text[sizeof text - 1] = '\0';
	words = load(a, text, &c);
	assert_non_null(words);
	assert_non_null(strstr(words, ":2: the line is longer than "));
	conf_release(&c);
	arena_free(a);
}

static void
taken(void **state)
{
	struct arena *a = arena_new();
	struct conf c;

	(void)state;
	assert_null(load(a,
	    "; a comment\n# another\n"
	    "[store]\nstate_dir = /srv/a b\n   /c\ncache=128M\n"
	    "allow_network_fs = Yes\n"
	    "[dispatch]\nstart = after-write\nconnect_timeout = 1500ms\n"
	    "request_timeout = 1m ; inline\n"
	    "allow_addresses = 127.0.0.1/32:80\n  10.0.0.0/8,\n  ::1\n"
	    "[keep]\ndelivered = 1h\nrows = 100\n"
	    "[public]\nread =\n",
	    &c));
	assert_string_equal(c.state_dir, "/srv/a b/c");
	assert_int_equal(c.cache_bytes, 128 << 20);
	assert_true(c.allow_network_fs);
	assert_false(c.allow_private);
	assert_string_equal(c.dispatch_start, "after-write");
	assert_int_equal(c.connect_timeout_ms, 1500);
	assert_int_equal(c.request_timeout_ms, 60000);
	assert_string_equal(
	    c.allow_addresses, "127.0.0.1/32:80,10.0.0.0/8,::1");
	assert_int_equal(c.keep_delivered_seconds, 3600);
	assert_int_equal(c.keep_rows, 100);
	assert_int_equal(c.body_max_bytes, 1 << 20); /* contract 5.2 */
	assert_int_equal(c.max_batch, 10000);	     /* product chapter 2 */
	conf_release(&c);
	arena_free(a);
}

static void
finding(void **state)
{
	struct arena *a = arena_new();
	struct fault fault = {.arena = a};
	struct conf c;

	(void)state;
	unsetenv("WEBHOOKS_CONF");
	assert_int_equal(conf_load(NULL, "/nowhere/x", &c, &fault), ERR_NONE);
	assert_string_equal(c.file, "");
	conf_release(&c);
	assert_int_equal(conf_load("/nowhere/x", NULL, &c, &fault), ERR_CONFIG);
	assert_string_equal(
	    fault.first->message, "/nowhere/x: No such file or directory");
	conf_release(&c);
	setenv("WEBHOOKS_CONF", "/nowhere/y", 1);
	assert_int_equal(conf_load(NULL, "/nowhere/x", &c, &fault), ERR_CONFIG);
	assert_non_null(strstr(fault.last->message, "/nowhere/y"));
	conf_release(&c);
	assert_int_equal(conf_load("/dev/null", NULL, &c, &fault), ERR_NONE);
	conf_release(&c);
	unsetenv("WEBHOOKS_CONF");
	arena_free(a);
}

static void
setting_and_printing(void **state)
{
	struct arena *a = arena_new();
	struct fault fault = {.arena = a};
	struct conf c;
	struct buf b;

	(void)state;
	assert_null(load(a, "[server]\nworkers = 9\n", &c));
	assert_int_equal(
	    conf_set(&c, "store.state_dir", "/s", "command line", &fault),
	    ERR_NONE);
	assert_int_equal(
	    conf_set(&c, "store.nope", "", "--x", &fault), ERR_CONFIG);
	assert_string_equal(
	    fault.last->message, "--x: unknown setting store.nope");
	assert_int_equal(
	    conf_set(&c, "log.level", "", "--x", &fault), ERR_CONFIG);
	buf_init(&b, 1 << 16);
	conf_print(&c, &b);
	assert_non_null(strstr(b.p, "store.state_dir = /s (command line)\n"));
	assert_non_null(strstr(b.p, "server.workers = 9 (/tmp/common_conf."));
	assert_non_null(strstr(b.p, ":2)\n"));
	assert_non_null(strstr(b.p, "log.level = notice (default)\n"));
	buf_release(&b);
	conf_release(&c);
	arena_free(a);
}

static int
print_files(const char *which)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	if (strcmp(which, "sample") == 0)
		put_sample(&b);
	for (size_t i = 0; strcmp(which, "mdoc") == 0 && i < ROWS; i++)
		put_mdoc(&b, &rows[i]);
	fputs(buf_view(&b).p, stdout);
	buf_release(&b);
	return 0;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sample_agrees),
	    cmocka_unit_test(manual_agrees),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(given_twice),
	    cmocka_unit_test(line_too_long),
	    cmocka_unit_test(taken),
	    cmocka_unit_test(finding),
	    cmocka_unit_test(setting_and_printing),
	};

	if (argc > 1)
		return print_files(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
