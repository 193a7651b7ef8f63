/* Addresses: what is taken with which host and port, what is refused, and
 * the form for the wire (product "Choices", contract 9.4). */
#include "model_help.h"

static const struct {
	const char *text, *host;
	int port;
	const char *wire;
} taken[] = {
    {"https://example.com", "example.com", 443, "https://example.com/"},
    {"http://example.com/", "example.com", 80, "http://example.com/"},
    {"HTTPS://Example.COM/A", "Example.COM", 443, "https://example.com/A"},
    {"https://example.com:443/x", "example.com", 443, "https://example.com/x"},
    {"http://example.com:443", "example.com", 443, "http://example.com:443/"},
    {"http://a:1/", "a", 1, "http://a:1/"},
    {"http://a:65535/", "a", 65535, "http://a:65535/"},
    {"  https://a.example/ ", "a.example", 443, "https://a.example/"},
    {"\thttp://a.example/\n", "a.example", 80, "http://a.example/"},
    {"https://u:p@a.example/x", "a.example", 443, "https://a.example/x"},
    {"https://u@a.example", "a.example", 443, "https://a.example/"},
    {"https://a.example?x=1#f", "a.example", 443, "https://a.example/?x=1"},
    {"https://a.example#f", "a.example", 443, "https://a.example/"},
    {"https://a.example/@b", "a.example", 443, "https://a.example/@b"},
    {"https://a.example/p q/\xc3\xbc?\xe2\x9c\x93=a b", "a.example", 443,
	"https://a.example/p%20q/%C3%BC?%E2%9C%93=a%20b"},
    {"https://a.example/%zz?'\"", "a.example", 443,
	"https://a.example/%zz?%27%22"},
    {"https://a.example/{x}|y", "a.example", 443,
	"https://a.example/%7Bx%7D|y"},
    {"http://my_host.local./", "my_host.local.", 80, "http://my_host.local./"},
    {"http://xn--mller-kva.de", "xn--mller-kva.de", 80,
	"http://xn--mller-kva.de/"},
    {"http://127.0.0.1:8080/x", "127.0.0.1", 8080, "http://127.0.0.1:8080/x"},
    {"http://[::1]:81/", "::1", 81, "http://[::1]:81/"},
    {"http://[::FFFF:1.2.3.4]", "::FFFF:1.2.3.4", 80,
	"http://[::ffff:1.2.3.4]/"},
    {"http://1a.2b", "1a.2b", 80, "http://1a.2b/"},
};

static const char *const refused[] = {
    "",
    " ",
    "x",
    "example.com",
    "//example.com/",
    "/path",
    "ftp://example.com/",
    "httpx://example.com/",
    "javascript:alert(1)",
    "mailto:a@b.example",
    "http:example.com",
    "http:/example.com",
    "http:///example.com/",
    "http://",
    "http:// /",
    "http://?x",
    "http://#x",
    "http://:80/",
    "http://@/",
    "http://u:p@/",
    "http://a b.example/",
    "http://a.example:/",
    "http://a.example:0/",
    "http://a.example:080/",
    "http://a.example:65536/",
    "http://a.example:123456/",
    "http://a.example:-1/",
    "http://a.example:8o/",
    "http://a.example:80:80/",
    "http://a@b@c.example/",
    "http://a.example\\@b.example/",
    "http://a.example/\\",
    "http://a.example/\nx",
    "http://a.exa\tmple/x",
    "http://a.example/\x7fx",
    "http://.example/",
    "http://a..b/",
    "http://./",
    "http://a%2eexample/",
    "http://a*b/",
    "http://a,b/",
    "http://m\xc3\xbcller.de/",
    "http://\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://256.0.0.1/",
    "http://1.2.3.4.5/",
    "http://a.0x/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[]/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[1.2.3.4]/",
    "http://::1/",
};

static void
test_taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(taken); i++) {
		struct step step;
		struct span text = span_of(taken[i].text), wire;
		struct url url;

		step_begin(&step);
		assert_true(url_parse(text, &url));
		assert_string_equal(
		    arena_text(step.arena, url.host), taken[i].host);
		assert_int_equal(url.port, taken[i].port);
		assert_true(url_wire(step.arena, text, &wire));
		assert_string_equal(wire.p, taken[i].wire);
		/* the wire form is its own wire form */
		assert_true(url_wire(step.arena, wire, &wire));
		assert_string_equal(wire.p, taken[i].wire);
		step_end(&step);
	}
}

static void
test_refused(void **state)
{
	struct url url;
	struct span wire;
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		if (url_parse(span_of(refused[i]), &url))
			fail_msg("taken: %s", refused[i]);
		assert_false(url_wire(arena, span_of(refused[i]), &wire));
	}
	arena_free(arena);
}

static void
test_parts(void **state)
{
	struct url url;

	(void)state;
	assert_true(
	    url_parse(SPAN(" https://us:er:pw@h.example:9/p?q#f "), &url));
	assert_true(span_is(url.scheme, "https"));
	assert_true(span_is(url.userinfo, "us:er:pw"));
	assert_true(span_is(url.path_query, "/p?q"));
	assert_true(url_parse(SPAN("http://h"), &url));
	assert_int_equal(url.userinfo.n, 0);
	assert_int_equal(url.path_query.n, 0);
}

/* Longer than DNS has names: that is the resolver's to judge. */
static void
test_host_lengths(void **state)
{
	char text[2048];
	struct url url;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://", 7);
	assert_true(url_parse(span_make(text, sizeof(text)), &url));
	assert_int_equal(url.host.n, sizeof(text) - 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_taken),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_parts),
	    cmocka_unit_test(test_host_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
