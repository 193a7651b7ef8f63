/* Where a token stands in a request (contract chapter 3). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/auth.h"
#include "api/body.h"
#include "api/metrics.h"

static const struct {
	const char *header, *query, *token;
} tokens[] = {
    {"Bearer abc", "", "abc"},
    {"bearer abc", "", "abc"},
    {"BEARER abc", "access_token=other", "abc"},
    {"Bearer", "", ""},
    {"Bearer ", "", ""},
    {"Bearer  abc", "", ""},
    {"Bearer abc ", "", ""},
    {"Bearer abc def", "", ""},
    {" Bearer abc", "", ""},
    {"abc", "", ""},
    {"Basic YWRtaW46YWRtaW4=", "", ""},
    {"Token abc", "", ""},
    {"Token abc", "access_token=q", "q"},
    {"", "fields=id&access_token=q", "q"},
    {"", "access_token=", ""},
    {"", "access_token=a%2Bb%20c+d", "a+b c d"},
    {"", "access_token=a%2", "a%2"},
    {"", "access_tokens=a", ""},
    {"", "x=access_token=a", ""},
};

static void
test_tokens(void **state)
{
	struct arena *arena = arena_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		struct span token = auth_token(
		    arena, span_of(tokens[i].header), span_of(tokens[i].query));

		if (!span_is(token, tokens[i].token))
			fail_msg("'%s' '%s' gave '%.*s'", tokens[i].header,
			    tokens[i].query, SPAN_FMT(token));
	}
	arena_free(arena);
}

static const struct {
	const char *type, *charset;
} types[] = {
    {"application/json", ""},
    {"application/json; charset=utf-8", "utf-8"},
    {"application/json;charset=\"UTF-8\"", "UTF-8"},
    {"application/json; a=b; Charset = latin1 ; c=d", "latin1"},
    {"charset=no", "no"},
    {"application/json; charset", ""},
};

static void
test_types(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct span value =
		    body_type_parameter(span_of(types[i].type), "charset");

		if (!span_is(value, types[i].charset))
			fail_msg(
			    "%s gave %.*s", types[i].type, SPAN_FMT(value));
	}
}

static const struct {
	const char *address, *list;
	bool in;
} addresses[] = {
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "10.0.0.0/8, 127.0.0.0/8", true},
    {"127.0.0.2", "127.0.0.1", false},
    {"::ffff:10.1.2.3", "10.0.0.0/8", true},
    {"11.1.2.3", "10.0.0.0/8", false},
    {"2001:db8::1", "2001:db8::/32", true},
    {"2001:db9::1", "2001:db8::/32", false},
    {"10.1.2.3", "", false},
    {"", "0.0.0.0/0", false},
    {"10.1.2.3", "0.0.0.0/0", true},
    {"10.1.2.3", "10.0.0.0/33", false},
    {"10.1.2.3", "nonsense", false},
};

static void
test_addresses(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		if (metrics_address_in(span_of(addresses[i].address),
			span_of(addresses[i].list)) != addresses[i].in)
			fail_msg("%s in %s", addresses[i].address,
			    addresses[i].list);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tokens),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
