/* Signing secrets as they are kept: rotation, records of both formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/pack.h"
#include "model/secret.h"
#include "model/sign.h"

static void
test_secret_record(void **state)
{
	struct arena *arena = arena_new();
	struct secret s = {0}, back;
	struct secret_pair live[SECRET_IN_FORCE_MAX];
	struct buf packed, out;

	(void)state;
	s.current = secret_make(arena);
	assert_int_equal(s.current.text.n, 6 + 44);
	secret_rotate(arena, &s, 1000, 500);
	buf_init(&packed, 1000);
	secret_pack(&s, &packed);
	assert_int_equal(ERR_NONE, secret_unpack(buf_view(&packed), &back));
	assert_int_equal(secret_in_force(&back, 1499, live), 2);
	assert_true(span_eq(live[0].text, s.current.text));
	assert_true(span_eq(live[1].text, s.previous.text));
	assert_true(span_eq(live[0].seed, s.current.seed));
	assert_true(span_eq(live[1].seed, s.previous.seed));
	assert_false(span_eq(live[0].text, live[1].text));
	assert_false(span_eq(live[0].seed, live[1].seed));
	assert_int_equal(secret_in_force(&back, 1500, live), 1);
	buf_init(&out, 200);
	assert_true(sign_v1(&out, back.current.text, SPAN("a"), 1, SPAN("")));
	for (size_t n = 0; n < packed.n; n++)
		assert_int_equal(ERR_DAMAGED,
		    secret_unpack(span_head(buf_view(&packed), n), &back));
	packed.p[0] = 9;
	assert_int_equal(ERR_FORMAT, secret_unpack(buf_view(&packed), &back));
	buf_release(&packed);
	buf_release(&out);
	arena_free(arena);
}

/* Records of the first format have no seeds: read, completed once. */
static void
test_secret_first_format(void **state)
{
	struct arena *arena = arena_new();
	struct secret old, back;
	struct span seed;
	struct buf packed;

	(void)state;
	buf_init(&packed, 1000);
	pack_u8(&packed, 1);
	pack_span(&packed, SPAN("whsec_YQ=="));
	pack_span(&packed, SPAN_NONE);
	pack_i64(&packed, 0);
	pack_i64(&packed, 7);
	assert_int_equal(ERR_NONE, secret_unpack(buf_view(&packed), &old));
	assert_true(span_is(old.current.text, "whsec_YQ=="));
	assert_int_equal(old.created_ms, 7);
	assert_int_equal(secret_public(arena, old.current.seed).n, 0);
	assert_true(secret_complete(arena, &old));
	seed = old.current.seed;
	assert_false(secret_complete(arena, &old));
	buf_clear(&packed);
	secret_pack(&old, &packed);
	assert_int_equal(ERR_NONE, secret_unpack(buf_view(&packed), &back));
	assert_true(span_eq(seed, back.current.seed));
	assert_int_equal(secret_public(arena, back.current.seed).n, 5 + 44);
	buf_release(&packed);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_secret_record),
	    cmocka_unit_test(test_secret_first_format),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
