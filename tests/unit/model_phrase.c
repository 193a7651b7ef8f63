/* Headers as they are stored: shorter, and the same again. */
#include "model_help.h"

#include "model/phrase.h"

enum { BYTES_MAX = 1 << 16 };

/* Where `there` is given it is what stands in between. */
static void
both_ways(const char *json, const char *there)
{
	struct buf shorter, back;

	buf_init(&shorter, BYTES_MAX);
	buf_init(&back, BYTES_MAX);
	phrase_shorten(&shorter, span_of(json));
	phrase_restore(&back, buf_view(&shorter));
	assert_true(span_is(buf_view(&back), json));
	assert_true(shorter.n <= back.n);
	if (there)
		assert_true(span_is(buf_view(&shorter), there));
	buf_release(&shorter);
	buf_release(&back);
}

static void
test_both_ways(void **state)
{
	(void)state;
	both_ways("[]", "[]");
	/* The bytes are on disk: none may change. */
	both_ways("[{\"name\":\"A\",\"value\":\"b\"},"
		  "{\"name\":\"Date\",\"value\":\"{\\\"},\"},"
		  "{\"name\":\"webhook-id\",\"value\":\"msg_1\"}]",
	    "[\x03"
	    "A\x02"
	    "b\x01\x09{\\\x01\x01\x05"
	    "1\"}]");
	both_ways("[{\"name\":\"Content-Type\",\"value\":\"application/json\"},"
		  "{\"name\":\"Accept\",\"value\":\"application/json, "
		  "text/plain, */*\"},{\"name\":\"User-Agent\",\"value\":"
		  "\"webhooks-fcgi/1\"},"
		  "{\"name\":\"Connection\",\"value\":\"keep-alive\"},"
		  "{\"name\":\"Connection\",\"value\":\"close\"}]",
	    "[\x04"
	    "1\x01\x0e\x0d"
	    "close\"}]");
	both_ways("{\"", "{\"");
	both_ways("\"}", "\"}");
	both_ways("\xc3\xa4{{\"\"},,", NULL);
}

/* What no program of ours wrote. */
static void
test_strange(void **state)
{
	struct buf back;

	(void)state;
	buf_init(&back, BYTES_MAX);
	phrase_restore(&back, SPAN("a\x1f\0b"));
	assert_true(span_is(buf_view(&back), "ab"));
	buf_release(&back);
	buf_init(&back, 4);
	phrase_restore(&back, SPAN("\x04\x04"));
	assert_true(back.over);
	buf_release(&back);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both_ways),
	    cmocka_unit_test(test_strange),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
