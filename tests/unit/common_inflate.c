/* Unpacking request bodies: both wrappers, bombs, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "common/inflate.h"

enum { GZIP = 31, ZLIB = 15, RAW = -15 };

/* Packs n bytes 'x'. */
static struct span
pack(struct arena *a, int window, size_t n)
{
	size_t room = n + 1000;
	char *plain = arena_bytes(a, n + 1), *packed = arena_bytes(a, room);
	z_stream z = {0};

	memset(plain, 'x', n);
	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window, 8, 0), Z_OK);
	z.next_in = (Bytef *)plain;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)packed;
	z.avail_out = (uInt)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return span_make(packed, room - z.avail_out);
}

static const struct {
	int window;
	bool gzip;
	size_t bytes, max_bytes;
	enum err err;
} inflate_cases[] = {
    {GZIP, true, 5, 100, ERR_NONE},
    {ZLIB, false, 5, 100, ERR_NONE},
    {RAW, false, 5, 100, ERR_NONE},
    {GZIP, true, 0, 100, ERR_NONE},
    {GZIP, true, 100, 100, ERR_NONE},
    {GZIP, true, 101, 100, ERR_TOO_LONG},
    {GZIP, true, 100000, 100000, ERR_NONE},
    {ZLIB, false, 16384, 16384, ERR_NONE},
    {RAW, false, 50000000, 1 << 20, ERR_TOO_LONG},
    {ZLIB, true, 5, 100, ERR_PAYLOAD},
    {GZIP, false, 5, 100, ERR_PAYLOAD},
};

static void
unpacking(void **state)
{
	size_t count = sizeof inflate_cases / sizeof *inflate_cases;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct arena *a = arena_new();
		size_t n = inflate_cases[i].bytes;
		struct span out;

		assert_int_equal(
		    inflate_body(a, pack(a, inflate_cases[i].window, n),
			inflate_cases[i].gzip, inflate_cases[i].max_bytes,
			&out),
		    inflate_cases[i].err);
		if (inflate_cases[i].err) {
			assert_null(out.p);
		} else {
			assert_int_equal(out.n, n);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(out.p[k], 'x');
		}
		arena_free(a);
	}
}

static void
damage(void **state)
{
	struct arena *a = arena_new();
	struct span whole = pack(a, GZIP, 1000), out;
	char *longer = arena_bytes(a, whole.n + 1);

	(void)state;
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(
		    inflate_body(a, span_head(whole, n), true, 5000, &out),
		    ERR_PAYLOAD);
	memcpy(longer, whole.p, whole.n);
	longer[whole.n] = 'x';
	assert_int_equal(
	    inflate_body(a, span_make(longer, whole.n + 1), true, 5000, &out),
	    ERR_PAYLOAD);
	longer[whole.n / 2] ^= 1;
	assert_int_equal(
	    inflate_body(a, span_make(longer, whole.n), true, 5000, &out),
	    ERR_PAYLOAD);
	assert_int_equal(
	    inflate_body(a, SPAN("hello"), false, 5000, &out), ERR_PAYLOAD);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(unpacking),
	    cmocka_unit_test(damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
