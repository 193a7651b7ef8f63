/* The address guard, Retry-After and what is kept of an answer, by tables. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "delivery/exchange.h"
#include "delivery/guard.h"
#include "delivery/retry.h"
#include "model/phrase.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct guard *
make(const char *allow, const char *deny, bool private)
{
	struct conf conf = {.allow_addresses = allow,
	    .deny_addresses = deny,
	    .allow_private = private};
	struct guard *g = NULL;

	assert_int_equal(ERR_NONE, guard_new(&conf, &g, NULL));
	return g;
}

static void
set_address(struct sockaddr_storage *to, const char *text, int port)
{
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)to;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)(void *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
		four->sin_port = htons((uint16_t)port);
		return;
	}
	assert_int_equal(1, inet_pton(AF_INET6, text, &six->sin6_addr));
	six->sin6_family = AF_INET6;
	six->sin6_port = htons((uint16_t)port);
}

static bool
passes(const struct guard *g, const char *text, int port)
{
	struct sockaddr_storage to;
	bool by_address, by_text;

	set_address(&to, text, port);
	by_address = !guard_refuses(g, (struct sockaddr *)&to);
	by_text = !guard_refuses_text(g, span_of(text), port);
	assert_int_equal(by_address, by_text);
	return by_address;
}

static const char *const refused[] = {"0.0.0.0", "0.1.2.3", "10.0.0.1",
    "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1",
    "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
    "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
    "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1",
    "2002:a00:1::", "2002:c0a8:101::1", "fe80::1", "fec0::1", "fc00::1",
    "fdff::1", "ff02::1", "100::1", "2001::1", "2001:0:5ef5:79fd::1",
    "2001:10::1", "2001:1ff:ffff::1", "2001:db8::1", "3fff::1", "3fff:fff::1",
    "4000::1", "5f00::1", "8000::1", "1::1"};
static const char *const public[] = {"1.1.1.1", "8.8.8.8", "9.255.255.255",
    "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
    "169.253.255.255", "172.15.255.255", "172.32.0.1", "192.0.1.1",
    "192.167.255.255", "192.169.0.1", "198.17.255.255", "198.20.0.1",
    "223.255.255.255", "2606:4700::1111", "2001:200::1", "2001:4860:4860::8888",
    "2a00::1", "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
    "2002:808:808::1"};

static void
test_blocks(void **state)
{
	struct guard *g = make("", "", false);

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++)
		if (passes(g, refused[i], 80))
			fail_msg("%s passes", refused[i]);
	for (size_t i = 0; i < COUNT(public); i++)
		if (!passes(g, public[i], 80))
			fail_msg("%s is refused", public[i]);
	guard_free(g);
}

static void
test_lists(void **state)
{
	static const struct {
		const char *allow, *deny;
		bool private;
		const char *address;
		int port;
		bool passes;
	} rows[] = {
	    {"127.0.0.1:9000", "", false, "127.0.0.1", 9000, true},
	    {"127.0.0.1:9000", "", false, "127.0.0.1", 9001, false},
	    {"127.0.0.1:9000", "", false, "127.0.0.2", 9000, false},
	    {"127.0.0.1:9000", "", false, "::ffff:127.0.0.1", 9000, true},
	    {"10.0.0.0/8, 192.168.0.0/16", "", false, "192.168.9.9", 1, true},
	    {"10.0.0.0/8", "10.1.0.0/16", false, "10.1.2.3", 80, false},
	    {"10.0.0.0/8", "10.1.0.0/16", false, "10.2.2.3", 80, true},
	    {"", "8.8.8.0/24", false, "8.8.8.8", 80, false},
	    {"", "8.8.8.0/24", false, "8.8.9.8", 80, true},
	    {"", "8.8.8.0/24:53", false, "8.8.8.8", 80, true},
	    {"", "8.8.8.0/24", false, "64:ff9b::808:808", 80, false},
	    {"fd00::/8", "", false, "fd12::1", 80, true},
	    {"[fd00::/8]:443", "", false, "fd12::1", 80, false},
	    {"[fd00::/8]:443", "", false, "fd12::1", 443, true},
	    {"[::1]:443", "", false, "::1", 443, true},
	    {"0.0.0.0/0", "", false, "127.0.0.1", 1, true},
	    {"0.0.0.0/0", "", false, "::1", 1, false},
	    {"", "", true, "127.0.0.1", 1, true},
	    {"", "", true, "fe80::1", 1, true},
	    {"", "127.0.0.0/8", true, "127.0.0.1", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct guard *g =
		    make(rows[i].allow, rows[i].deny, rows[i].private);

		if (passes(g, rows[i].address, rows[i].port) != rows[i].passes)
			fail_msg(
			    "row %zu: %s:%d", i, rows[i].address, rows[i].port);
		guard_free(g);
	}
}

static void
test_bad_lists(void **state)
{
	static const char *const bad[] = {"x", "1.2.3", "1.2.3.4/33",
	    "1.2.3.4/-1", "1.2.3.4:0", "1.2.3.4:65536", "1.2.3.4:", "[::1",
	    "[::1]80", "::1/129", "1.2.3.4/8/8", "10.0.0.1,host"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct conf conf = {
		    .allow_addresses = bad[i], .deny_addresses = ""};
		struct guard *g = NULL;

		if (guard_new(&conf, &g, NULL) != ERR_CONFIG)
			fail_msg("%s is taken", bad[i]);
	}
}

static void
test_names_and_others(void **state)
{
	struct guard *g = make("", "", false);
	struct sockaddr unix_address = {.sa_family = AF_UNIX};
	struct sockaddr_storage to;
	char text[GUARD_TEXT_BYTES];

	(void)state;
	assert_null(guard_refuses_text(g, SPAN("localhost"), 80));
	assert_non_null(guard_refuses(g, &unix_address));
	set_address(&to, "127.0.0.1", 80);
	assert_string_equal(
	    "loopback address", guard_refuses(g, (struct sockaddr *)&to));
	guard_show((struct sockaddr *)&to, text);
	assert_string_equal(text, "127.0.0.1:80");
	set_address(&to, "2001:db8::1", 443);
	guard_show((struct sockaddr *)&to, text);
	assert_string_equal(text, "[2001:db8::1]:443");
	guard_free(g);
}

static void
test_retry_after(void **state)
{
	/* Sun, 06 Nov 1994 08:49:37 GMT */
	const int64_t then = 784111777000;
	static const struct {
		const char *value;
		int64_t before_ms, ms;
	} rows[] = {
	    {"120", 0, 120000},
	    {" 0 ", 0, 0},
	    {"1.5", 0, 2000},
	    {"1.0", 0, 1000},
	    {"99999999999", 0, 366LL * 86400000},
	    {"Sun, 06 Nov 1994 08:49:37 GMT", 60000, 60000},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", 60000, 60000},
	    {"Sun Nov  6 08:49:37 1994", 60000, 60000},
	    {"Sun, 06 Nov 1994 08:49:37 GMT", -5000, 0},
	    {"", 0, -1},
	    {"-1", 0, -1},
	    {"1.", 0, -1},
	    {".5", 0, -1},
	    {"soon", 0, -1},
	    {"12 13", 0, -1},
	    {"Sun, 06 Nov 1994 08:49:37 CET", 0, -1},
	    {"Sun, 32 Nov 1994 08:49:37 GMT", 0, -1},
	    {"Sun, 06 Foo 1994 08:49:37 GMT", 0, -1},
	    {"Sun, 06 Nov 1994 25:49:37 GMT", 0, -1},
	    {"Sun, 06 Nov 1994 08:49 GMT", 0, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t ms = retry_after_ms(
		    span_of(rows[i].value), then - rows[i].before_ms);

		if (ms != rows[i].ms)
			fail_msg(
			    "\"%s\" gives %lld", rows[i].value, (long long)ms);
	}
}

static void
answer_headers(struct buf *out, struct exchange *x)
{
	struct buf shorter;

	buf_init(out, EXCHANGE_HEADERS_MAX_BYTES);
	buf_init(&shorter, EXCHANGE_HEADERS_MAX_BYTES);
	exchange_headers(&shorter, x);
	phrase_restore(out, buf_view(&shorter));
	buf_release(&shorter);
}

static void
test_answer_kept(void **state)
{
	struct exchange x;
	struct buf headers;

	(void)state;
	exchange_init(&x);
	assert_true(exchange_line(&x, SPAN("HTTP/1.1 100 Continue\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("X-Early: 1\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("HTTP/1.1 503 No\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("Retry-After: 7\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("Set-Cookie: sid=1\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("X-A: \"\xe9\"\r\n"), 0));
	assert_true(exchange_line(&x, SPAN("  Retry-After: 9\r\n"), 0));
	assert_false(x.head_complete);
	assert_true(exchange_line(&x, SPAN("\r\n"), 0));
	assert_true(x.head_complete);
	assert_int_equal(x.retry_after_ms, 7000);
	answer_headers(&headers, &x);
	assert_true(span_is(buf_view(&headers),
	    "[{\"name\":\"Retry-After\",\"value\":\"7\"},"
	    "{\"name\":\"Set-Cookie\",\"value\":\"***\"},"
	    "{\"name\":\"X-A\",\"value\":\"\\\"\xc3\xa9\\\"\"}]"));
	buf_release(&headers);
	exchange_release(&x);
}

static void
test_answer_limits(void **state)
{
	static char block[64 << 10];
	struct exchange x;
	struct buf headers;
	int n = 0;

	(void)state;
	memset(block, 'a', sizeof(block));
	exchange_init(&x);
	while (exchange_data(&x, span_make(block, 1000)))
		n++;
	assert_int_equal(n, (1 << 20) / 1000);
	assert_int_equal(x.body.n, EXCHANGE_BODY_KEPT_BYTES);
	assert_non_null(x.ended);
	assert_int_equal(x.outcome, OUTCOME_TOO_LARGE);
	exchange_clear(&x);
	assert_null(x.ended);
	memcpy(block, "X: ", 3);
	for (n = 0; exchange_line(&x, span_make(block, 1000), 0);)
		n++;
	assert_int_equal(n, EXCHANGE_HEADERS_MAX_BYTES / 1000);
	assert_true(x.headers.n <= EXCHANGE_HEADERS_KEPT_BYTES);
	answer_headers(&headers, &x);
	assert_true(span_ends(buf_view(&headers), "\"}]"));
	buf_release(&headers);
	exchange_clear(&x);
	for (n = 0; exchange_line(&x, SPAN("HTTP/1.1 100 C\r\n"), 0);)
		n++;
	assert_true(n <= EXCHANGE_INTERIM_MAX + 1);
	exchange_clear(&x);
	assert_false(exchange_line(&x, SPAN("HTTP/1.1 101 Now\r\n"), 0));
	assert_int_equal(x.outcome, OUTCOME_PROTOCOL);
	exchange_release(&x);
}

static void
test_success(void **state)
{
	static const struct {
		const char *list;
		int status;
		bool success;
	} rows[] = {{"", 200, true}, {"", 299, true}, {"", 300, false},
	    {"", 199, false}, {"", 410, false}, {"2xx,304", 304, true},
	    {"2xx, 304", 204, true}, {"2xx,304", 301, false},
	    {"200", 201, false}, {"4XX", 404, true}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(rows[i].success,
		    exchange_success(span_of(rows[i].list), rows[i].status));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_blocks),
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_bad_lists),
	    cmocka_unit_test(test_names_and_others),
	    cmocka_unit_test(test_retry_after),
	    cmocka_unit_test(test_answer_kept),
	    cmocka_unit_test(test_answer_limits),
	    cmocka_unit_test(test_success),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
