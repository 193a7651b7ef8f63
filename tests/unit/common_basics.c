/* Errors, spans, memory, buffers, records, UTF-8, chance, digests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/digest.h"
#include "common/err.h"
#include "common/mem.h"
#include "common/pack.h"
#include "common/rand.h"
#include "common/utf8.h"

static void
errors(void **state)
{
	struct arena *a = arena_new();
	struct fault f = {.arena = a};

	(void)state;
	assert_int_equal(err_status(ERR_FORBIDDEN), 403);
	assert_int_equal(err_status(ERR_LOCKED), 500);
	assert_string_equal(err_code(ERR_ROUTE), "ROUTE_NOT_FOUND");
	assert_true(err_is_temporary(ERR_FULL));
	assert_false(err_is_temporary(ERR_PAYLOAD));
	assert_int_equal(
	    fault_add(&f, ERR_VALIDATION, ",\"field\":\"x\"", "\"%s\" no", "x"),
	    ERR_VALIDATION);
	assert_int_equal(fault_plain(&f, ERR_FORBIDDEN), ERR_FORBIDDEN);
	assert_int_equal(fault_plain(NULL, ERR_IO), ERR_IO);
	assert_int_equal(fault_add(NULL, ERR_IO, NULL, "%d", 1), ERR_IO);
	assert_string_equal(f.first->message, "\"x\" no");
	assert_string_equal(f.first->extra, ",\"field\":\"x\"");
	assert_ptr_equal(f.first->next, f.last);
	assert_string_equal(f.last->message, err_text(ERR_FORBIDDEN));
	assert_string_equal(f.last->extra, "");
	assert_null(f.last->next);
	arena_free(a);
}

static void
spans(void **state)
{
	struct span s = SPAN("Accept: x");

	(void)state;
	assert_true(span_eq(SPAN_NONE, SPAN("")));
	assert_false(span_eq(SPAN("a"), SPAN("b")));
	assert_true(span_ieq(SPAN("[a@Z"), SPAN("[A@z")));
	assert_false(span_ieq(SPAN("["), SPAN("{")));
	assert_true(span_iis(SPAN("BEARER"), "bearer"));
	assert_true(span_starts(s, "Accept") && !span_starts(s, "x"));
	assert_true(span_ends(s, ": x") && !span_ends(SPAN("x"), "xx"));
	assert_true(span_starts(SPAN_NONE, "") && span_ends(SPAN_NONE, ""));
	assert_int_equal(span_find(s, ':'), 6);
	assert_int_equal(span_find(SPAN_NONE, 'x'), -1);
	assert_true(span_cmp(SPAN("a"), SPAN("ab")) < 0);
	assert_true(span_cmp(SPAN("b"), SPAN("ab")) > 0);
	assert_true(span_cmp(SPAN("\x80"), SPAN("a")) > 0);
	assert_int_equal(span_cmp(SPAN_NONE, SPAN("")), 0);
	assert_true(span_is(span_trim(SPAN(" \t\n\v\f\r a b ")), "a b"));
	assert_int_equal(span_trim(SPAN("  ")).n, 0);
	assert_int_equal(span_from(s, 100).n, 0);
	assert_true(span_is(span_head(s, 2), "Ac"));
	assert_null(span_of(NULL).p);
	assert_int_equal(span_hash(SPAN("a")), 0xE40C292Cu);
}

static const struct {
	const char *text, *parts;
} split_cases[] = {
    {"", "[]"},
    {"a", "[a]"},
    {",", "[][]"},
    {"a,,b", "[a][][b]"},
    {"a,b,", "[a][b][]"},
};

static void
splitting(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof split_cases / sizeof *split_cases; i++) {
		struct span rest = span_of(split_cases[i].text), part;
		struct buf b;

		buf_init(&b, 100);
		while (span_next(&rest, ',', &part))
			buf_printf(&b, "[%.*s]", SPAN_FMT(part));
		assert_string_equal(b.p, split_cases[i].parts);
		assert_null(rest.p);
		buf_release(&b);
	}
}

static const struct {
	const char *text;
	bool good;
	int64_t value;
} i64_cases[] = {
    {"0", true, 0},
    {"-1", true, -1},
    {"007", true, 7},
    {"9223372036854775807", true, INT64_MAX},
    {"-9223372036854775808", true, INT64_MIN},
    {"9223372036854775808", false, 0},
    {"-9223372036854775809", false, 0},
    {"", false, 0},
    {"-", false, 0},
    {"+1", false, 0},
    {" 1", false, 0},
    {"1x", false, 0},
};

static void
integers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof i64_cases / sizeof *i64_cases; i++) {
		int64_t v = 0;

		assert_int_equal(span_i64(span_of(i64_cases[i].text), &v),
		    i64_cases[i].good);
		assert_int_equal(v, i64_cases[i].value);
	}
}

static void
arenas(void **state)
{
	struct arena *a = arena_new();
	char *kept[200];
	char *large;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		size_t n = i * 37 % 5000 + 1;

		kept[i] = arena_alloc(a, n);
		assert_int_equal((uintptr_t)kept[i] % 16, 0);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(kept[i][k], 0);
		memset(kept[i], (int)i, n);
	}
	for (size_t i = 0; i < 200; i++)
		assert_int_equal((unsigned char)kept[i][i * 37 % 5000], i);
	assert_true(arena_used_bytes(a) > 200 * 100);
	arena_reset(a);
	assert_int_equal(arena_used_bytes(a), 0);
	large = arena_bytes(a, 1 << 20);
	memset(large, 1, 1 << 20);
	assert_string_equal(arena_printf(a, "%s-%d", "x", 5), "x-5");
	assert_string_equal(arena_text(a, SPAN_NONE), "");
	assert_string_equal(arena_span(a, SPAN("abc")).p, "abc");
	arena_free(a);
	arena_free(NULL);
}

static void
buffers(void **state)
{
	struct buf b;
	size_t n;
	char *taken;

	(void)state;
	buf_init(&b, 10);
	assert_string_equal(buf_view(&b).p, "");
	buf_text(&b, "12345");
	buf_printf(&b, "%03d", 7);
	assert_string_equal(b.p, "12345007");
	buf_text(&b, "123");
	assert_true(b.over);
	buf_char(&b, 'x'); /* would fit, but comes too late */
	assert_int_equal(b.n, 8);
	assert_null(buf_room(&b, 0));
	buf_clear(&b);
	assert_false(b.over);
	buf_text(&b, "1234567890");
	assert_false(b.over);
	taken = buf_take(&b, &n);
	assert_int_equal(n, 10);
	assert_string_equal(taken, "1234567890");
	free(taken);
	assert_int_equal(b.n, 0);
	free(buf_take(&b, NULL));
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 5000; i++)
		buf_put(&b, "0123456789", 10);
	assert_int_equal(b.n, 50000);
	assert_int_equal(strlen(b.p), 50000);
	buf_release(&b);
}

static void
records(void **state)
{
	struct unpack u;
	struct buf b;
	struct span whole;

	(void)state;
	buf_init(&b, 1000);
	pack_u8(&b, 200);
	pack_u32(&b, 0xDEADBEEF);
	pack_u64(&b, 1);
	pack_i64(&b, -2);
	pack_f64(&b, -0.5);
	pack_span(&b, SPAN("abc"));
	pack_span(&b, SPAN_NONE);
	assert_memory_equal(b.p, "\xC8\xDE\xAD\xBE\xEF", 5);
	whole = buf_view(&b);
	u = unpack_start(whole);
	assert_int_equal(unpack_u8(&u), 200);
	assert_int_equal(unpack_u32(&u), 0xDEADBEEF);
	assert_int_equal(unpack_u64(&u), 1);
	assert_int_equal(unpack_i64(&u), -2);
	assert_true(unpack_f64(&u) == -0.5);
	assert_true(span_is(unpack_span(&u), "abc"));
	assert_false(unpack_done(&u));
	assert_int_equal(unpack_span(&u).n, 0);
	assert_true(unpack_done(&u));
	assert_int_equal(unpack_u8(&u), 0);
	assert_true(u.bad);
	/* every cut shows */
	for (size_t n = 0; n < whole.n; n++) {
		u = unpack_start(span_head(whole, n));
		unpack_u8(&u);
		unpack_u32(&u);
		unpack_u64(&u);
		unpack_i64(&u);
		unpack_f64(&u);
		unpack_span(&u);
		unpack_span(&u);
		assert_false(unpack_done(&u));
	}
	buf_release(&b);
}

static const struct {
	const char *text;
	bool good;
	size_t count;
	const char *repaired;
} utf8_cases[] = {
    {"", true, 0, ""},
    {"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", true, 4,
	"a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
    {"\xF4\x8F\xBF\xBF", true, 1, "\xF4\x8F\xBF\xBF"},
    {"\x80", false, 1, UTF8_REPLACEMENT},
    {"\xC1\x81", false, 2, UTF8_REPLACEMENT UTF8_REPLACEMENT},
    {"\xE0\x80\x80", false, 3,
	UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT},
    {"a\xE2\x82z", false, 3, "a" UTF8_REPLACEMENT "z"},
    {"\xF0\x9F\x98", false, 1, UTF8_REPLACEMENT},
    {"\xED\xBF\xBF", false, 3,
	UTF8_REPLACEMENT UTF8_REPLACEMENT UTF8_REPLACEMENT},
    {"\xF5\x80", false, 2, UTF8_REPLACEMENT UTF8_REPLACEMENT},
};

static void
utf8(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof utf8_cases / sizeof *utf8_cases; i++) {
		struct span s = span_of(utf8_cases[i].text);

		assert_int_equal(utf8_is_valid(s), utf8_cases[i].good);
		assert_int_equal(utf8_count(s), utf8_cases[i].count);
		assert_true(span_is(utf8_repair(a, s), utf8_cases[i].repaired));
	}
	for (uint32_t code = 1; code < 0x110000; code += 97) {
		char out[4];
		bool good;

		if (code >= 0xD800 && code <= 0xDFFF)
			continue;
		assert_int_equal(
		    utf8_step(span_make(out, utf8_encode(code, out)), &good),
		    utf8_encode(code, out));
		assert_true(good);
	}
	arena_free(a);
}

static void
chance(void **state)
{
	char name[41], uuid[37], again[37];
	int seen[7] = {0};

	(void)state;
	for (int i = 0; i < 2000; i++)
		seen[rand_below(7)]++;
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 100, 600);
	assert_int_equal(rand_below(1), 0);
	rand_name(name, 40);
	assert_int_equal(strlen(name), 40);
	assert_int_equal(strspn(name, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
				      "abcdefghijkmnpqrstuvwxyz"),
	    40);
	rand_uuid(uuid);
	rand_uuid(again);
	assert_int_equal(strlen(uuid), 36);
	assert_int_equal(uuid[14], '4');
	assert_non_null(strchr("89ab", uuid[19]));
	assert_string_not_equal(uuid, again);
}

static void
hashes(void **state)
{
	/* FIPS 180-2 "abc"; RFC 4231 test case 2 */
	static const char sha[] = "ba7816bf8f01cfea414140de5dae2223"
				  "b00361a396177a9cb410ff61f20015ad";
	static const char mac[] = "5bdcc146bf60754e6a042426089575c7"
				  "5a003f089d2739839dec58b964ec3843";
	static const struct span parts[] = {
	    {"what do ya ", 11}, {NULL, 0}, {"want for nothing?", 17}};
	uint8_t out[DIGEST_BYTES], other[DIGEST_BYTES];
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	digest_sha256(SPAN("abc"), out);
	digest_hex(&b, span_make(out, sizeof out));
	assert_string_equal(b.p, sha);
	buf_clear(&b);
	digest_hmac_sha256(SPAN("Jefe"), parts, 3, other);
	digest_hex(&b, span_make(other, sizeof other));
	assert_string_equal(b.p, mac);
	assert_false(digest_equal(out, other, sizeof out));
	assert_true(digest_equal(out, out, sizeof out));
	digest_hmac_sha256(SPAN_NONE, NULL, 0, out); /* an empty key works */
	buf_release(&b);
}

static const struct {
	const char *plain, *coded;
} base64_cases[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xFF\xBF", "+/+/"},
    {NULL, "Zg"},
    {NULL, "Zg="},
    {NULL, "Zh=="},
    {NULL, "Zm9="},
    {NULL, "===="},
    {NULL, "Zg==Zg=="},
    {NULL, "Zm9v\n"},
    {NULL, "Zm-_"},
    {NULL, "Z=g="},
};

static void
base64(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof base64_cases / sizeof *base64_cases;
	     i++) {
		const char *plain = base64_cases[i].plain;
		struct buf b;

		buf_init(&b, 100);
		assert_int_equal(
		    digest_unbase64(&b, span_of(base64_cases[i].coded)),
		    plain != NULL);
		if (plain) {
			assert_true(span_is(buf_view(&b), plain));
			buf_clear(&b);
			digest_base64(&b, span_of(plain));
			assert_true(
			    span_is(buf_view(&b), base64_cases[i].coded));
		}
		buf_release(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(errors),
	    cmocka_unit_test(spans),
	    cmocka_unit_test(splitting),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(arenas),
	    cmocka_unit_test(buffers),
	    cmocka_unit_test(records),
	    cmocka_unit_test(utf8),
	    cmocka_unit_test(chance),
	    cmocka_unit_test(hashes),
	    cmocka_unit_test(base64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
