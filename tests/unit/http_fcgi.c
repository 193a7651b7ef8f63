/* FastCGI bytes: the walker's verdicts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "http/fcgi_record.h"
#include "http/fcgi_scan.h"

static void
put_pairs(struct buf *b, size_t count)
{
	struct buf p;

	buf_init(&p, 1 << 20);
	for (size_t i = 0; i < count; i++)
		fcgi_put_pair(&p, SPAN("N"), SPAN("v"));
	fcgi_put_stream(b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(b, FCGI_PARAMS, 1, 0);
	buf_release(&p);
}

static void
put_whole(struct buf *b, size_t body_bytes)
{
	char *body = calloc(1, body_bytes + 1);

	fcgi_put_begin(b, 1, true);
	put_pairs(b, 3);
	fcgi_put_stream(b, FCGI_STDIN, 1, span_make(body, body_bytes));
	fcgi_put_header(b, FCGI_STDIN, 1, 0);
	free(body);
}

/* Cut anywhere, a request is one that wants more, and asks for bytes it has
 * not seen; whole, it ends where it ends. */
static void
test_scan_cuts(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	put_whole(&b, 700);
	for (size_t n = 0; n < b.n; n++) {
		struct scan s = fcgi_scan(span_make(b.p, n));

		assert_int_equal(s.what, SCAN_MORE);
		assert_true(s.need > n && s.need <= b.n);
	}
	size_t whole = b.n;
	buf_text(&b, "the next one");
	struct scan s = fcgi_scan(buf_view(&b));
	assert_int_equal(s.what, SCAN_REQUEST);
	assert_int_equal(s.bytes, whole);
	assert_true(s.keep);
	buf_release(&b);
}

static void
test_scan_sizes(void **state)
{
	static const struct {
		size_t body_bytes, seen;
		enum scan_what want;
	} rows[] = {
	    {0, 1 << 20, SCAN_REQUEST},
	    {30000, 1 << 20, SCAN_REQUEST},
	    {30000, 20000, SCAN_MORE},
	    {60000, 1 << 20, SCAN_REQUEST},
	    {60000, SCAN_LARGE_BYTES, SCAN_LARGE},
	    {60000, SCAN_LARGE_BYTES - 1, SCAN_MORE},
	    /* the first record alone is larger than the window */
	    {300000, 200, SCAN_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 1 << 20);
		put_whole(&b, rows[i].body_bytes);
		size_t n = rows[i].seen < b.n ? rows[i].seen : b.n;
		assert_int_equal(
		    fcgi_scan(span_make(b.p, n)).what, rows[i].want);
		buf_release(&b);
	}
}

static void
test_scan_params(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum scan_what want;
	} rows[] = {
	    {"", 0, SCAN_REQUEST},
	    {"\1\1nv", 4, SCAN_REQUEST},
	    {"\1\0n", 3, SCAN_REQUEST},
	    {"\0\0", 2, SCAN_REQUEST},
	    {"\x80\0\0\1\1nv", 7, SCAN_REQUEST},
	    {"\1\x80\0\0\1nv", 7, SCAN_REQUEST},
	    {"\1", 1, SCAN_BAD},
	    {"\1\1n", 3, SCAN_BAD},
	    {"\1\x80\0\0", 4, SCAN_BAD},
	    {"\1\2nv", 4, SCAN_BAD},
	    {"\xff\xff\xff\xff\1nv", 7, SCAN_BAD},
	    {"\1\x80\1\0\1nv", 7, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 4096);
		fcgi_put_begin(&b, 1, false);
		/* a byte a record: lengths are cut everywhere */
		for (size_t k = 0; k < rows[i].n; k++)
			fcgi_put_stream(&b, FCGI_PARAMS, 1,
			    span_make(rows[i].bytes + k, 1));
		fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
		fcgi_put_header(&b, FCGI_STDIN, 1, 0);
		if (fcgi_scan(buf_view(&b)).what != rows[i].want)
			fail_msg("row %zu", i);
		buf_release(&b);
	}
}

static void
test_scan_many_params(void **state)
{
	static const struct {
		size_t count;
		enum scan_what want;
	} rows[] = {
	    {SCAN_PARAMS_MAX, SCAN_REQUEST},
	    {SCAN_PARAMS_MAX + 1, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, 1 << 20);
		fcgi_put_begin(&b, 1, false);
		put_pairs(&b, rows[i].count);
		fcgi_put_header(&b, FCGI_STDIN, 1, 0);
		assert_int_equal(fcgi_scan(buf_view(&b)).what, rows[i].want);
		buf_release(&b);
	}
}

/* Parameters that fill the window without an end. */
static void
test_scan_endless_params(void **state)
{
	struct buf b, value;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&value, 1 << 20);
	memset(buf_room(&value, 40000), 'v', 40000);
	buf_added(&value, 40000);
	fcgi_put_begin(&b, 1, false);
	for (int i = 0; i < 2; i++) {
		struct buf p;

		buf_init(&p, 1 << 20);
		fcgi_put_pair(&p, SPAN("N"), buf_view(&value));
		fcgi_put_stream(&b, FCGI_PARAMS, 1, buf_view(&p));
		buf_release(&p);
	}
	assert_int_equal(
	    fcgi_scan(span_make(b.p, SCAN_WINDOW_BYTES)).what, SCAN_BAD);
	buf_release(&value);
	buf_release(&b);
}

/* Records in an order, or of a kind, that no web server sends. */
static void
test_scan_orders(void **state)
{
	static const struct {
		const char *types; /* one byte a record, all of id 1 */
		enum scan_what want;
	} rows[] = {
	    {"\1\4\5", SCAN_REQUEST},
	    {"\1\2", SCAN_ABORTED},
	    {"\1\4\2", SCAN_ABORTED},
	    {"\5", SCAN_STRAY},
	    {"\2", SCAN_STRAY},
	    {"\4", SCAN_STRAY},
	    {"\1\1", SCAN_BAD},
	    {"\1\5", SCAN_BAD},
	    {"\1\4\4", SCAN_BAD},
	    {"\1\4\10", SCAN_BAD},
	    {"\1\6", SCAN_BAD},
	    {"\1\3", SCAN_BAD},
	    {"\1\11", SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 4096);
		for (const char *t = rows[i].types; *t; t++) {
			if (*t == FCGI_BEGIN)
				fcgi_put_begin(&b, 1, false);
			else
				fcgi_put_header(&b, (enum fcgi_type) * t, 1, 0);
		}
		if (fcgi_scan(buf_view(&b)).what != rows[i].want)
			fail_msg("row %zu", i);
		buf_release(&b);
	}
}

static void
test_scan_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum scan_what want;
	} rows[] = {
	    {"GET / HTTP/1.1\r\n", 16, SCAN_BAD},
	    {"\2", 1, SCAN_BAD},
	    {"\1\1\0\1\0\7\0\0\0\1\0\0\0\0\0", 15, SCAN_BAD},
	    {"\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0", 16, SCAN_BAD},
	    {"\1\11\0\0\0\0\0\0", 8, SCAN_MANAGEMENT},
	    /* an authorizer's request */
	    {"\1\1\0\1\0\10\0\0\0\2\0\0\0\0\0\0\1\4\0\1\0\0\0\0"
	     "\1\5\0\1\0\0\0\0",
		32, SCAN_ROLE},
	    /* another id in between */
	    {"\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\4\0\2\0\0\0\0", 24, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (fcgi_scan(span_make(rows[i].bytes, rows[i].n)).what !=
		    rows[i].want)
			fail_msg("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scan_cuts),
	    cmocka_unit_test(test_scan_sizes),
	    cmocka_unit_test(test_scan_params),
	    cmocka_unit_test(test_scan_many_params),
	    cmocka_unit_test(test_scan_endless_params),
	    cmocka_unit_test(test_scan_orders),
	    cmocka_unit_test(test_scan_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
