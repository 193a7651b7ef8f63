/* What goes on the wire: signatures by the published and computed vectors of
 * Standard Webhooks, headers and body by the table of contract 9.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/digest.h"
#include "common/mem.h"
#include "common/pack.h"
#include "model/secret.h"
#include "model/sign.h"
#include "model/wire.h"

#define BODY_C                                                                 \
	"{\"event\":\"items.create\",\"accountability\":{\"user\":null,"       \
	"\"role\":null},\"payload\":{\"title\":\"Z\xc3\xbcrich \xe2\x80\x93 "  \
	"\xe6\x9d\xb1\xe4\xba\xac \xe2\x9c\x93\"},\"key\":1,"                  \
	"\"collection\":\"articles\"}"

static const struct vector {
	const char *secret, *id;
	int64_t at_s;
	const char *body, *token;
} vectors[] = {
    {"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
	1614265330, "{\"test\": 2432232314}",
	"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
    {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", 1674087231,
	"{\"type\":\"contact.created\",\"timestamp\":"
	"\"2022-11-03T20:26:10.344522Z\",\"data\":{\"id\":"
	"\"1f81eb52-5198-4599-803e-771906343485\"}}",
	"v1,4PMU5Dl90B4kgwxDpwuMZ/cnZ5ztf+Y+kviYQD66rJg="},
    {"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3", "msg_00000000000000000000000001",
	1700000000, BODY_C, "v1,a9Qq4OqGzv4gBGxzihR07D5K8rEsPUlleO0nRTInysM="},
    {"whsec_////////////////////////////////////////////////////////////"
     "/////////////////////////w==",
	"msg_empty", 1700000001, "",
	"v1,iffI6N6bqq+UckUBq4zF48R0o8gdeHP8Q3Y7ywOmyqc="},
    {"whsec_cm90YXRlZC1rZXktcm90YXRlZC1rZXkh", "msg_00000000000000000000000001",
	1700000000, BODY_C, "v1,fdxdZ7cwxYWOzn0I5PgwFO3rf2nNrm/J5gw7BQ64LNA="},
};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		struct buf out;

		buf_init(&out, 200);
		assert_true(sign_v1(&out, span_of(v->secret), span_of(v->id),
		    v->at_s, span_of(v->body)));
		assert_string_equal(out.p, v->token);
		/* The prefix may be missing. */
		buf_clear(&out);
		assert_true(sign_v1(&out, span_of(v->secret + 6),
		    span_of(v->id), v->at_s, span_of(v->body)));
		assert_string_equal(out.p, v->token);
		buf_release(&out);
	}
}

/* The ed25519 key of vectors [0] and [1]: Svix's own example and the seed
 * 00..1f. `whsk_` is followed by seed and public key. */
static void
test_ed25519_vectors(void **state)
{
	static const struct {
		const char *both, *public, *token;
	} keys[] = {
	    {"6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0"
	     "dRqSKJp4AJ6p9lMicMFs6Kvg==",
		"whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFy"
		"mVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="},
	    {"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8DoQe/884Qvh1w3RjnS8"
	     "CZZ+TWMJulDV8d3IZkElUxuA==",
		"whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
		"v1a,9WMPN5fBW9vm1uGlvFzBO4lpdfFKN4AQCSr2vrWsFuOibXSOTWlcWrPR"
		"SWk+YpmD9fAwgYREKtLcYCyZrvXFBw=="},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		const struct vector *v = &vectors[i];
		struct buf key, out;
		struct span seed;

		buf_init(&key, 64);
		buf_init(&out, 200);
		assert_true(digest_unbase64(&key, span_of(keys[i].both)));
		seed = span_head(buf_view(&key), DIGEST_ED25519_KEY_BYTES);
		assert_string_equal(
		    secret_public(arena, seed).p, keys[i].public);
		sign_v1a(&out, seed, span_of(v->id), v->at_s, span_of(v->body));
		assert_string_equal(out.p, keys[i].token);
		buf_release(&out);
		buf_release(&key);
	}
	arena_free(arena);
}

static void
test_no_key(void **state)
{
	static const char *const bad[] = {"", "whsec_", "whsec_***", "whsec_A"};
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(
		    sign_v1(&out, span_of(bad[i]), SPAN("m"), 1, SPAN("b")));
	assert_int_equal(out.n, 0);
	buf_release(&out);
}

/* GitHub's published example. */
static void
test_hub(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 200);
	sign_hub(
	    &out, SPAN("It's a Secret to Everybody"), SPAN("Hello, World!"));
	assert_string_equal(out.p, "sha256=757107ea0eb2509fc211221cce984b8a"
				   "37570b6d7586c22c46f4379c8b043e17");
	buf_release(&out);
}

static void
test_verify(void **state)
{
	const struct vector *v = &vectors[2];
	const char *both =
	    "v1a,xxxx v1,fdxdZ7cwxYWOzn0I5PgwFO3rf2nNrm/J5gw7BQ64LNA= "
	    "v1,a9Qq4OqGzv4gBGxzihR07D5K8rEsPUlleO0nRTInysM=";
	static const struct {
		int64_t off_s;
		enum sign_check check;
	} times[] = {{0, SIGN_GOOD}, {300, SIGN_GOOD}, {-300, SIGN_GOOD},
	    {301, SIGN_OLD}, {-301, SIGN_OLD}};

	(void)state;
	for (size_t i = 0; i < COUNT(times); i++)
		assert_int_equal(times[i].check,
		    sign_verify(span_of(both), span_of(v->secret),
			span_of(v->id), SPAN("1700000000"), span_of(v->body),
			(v->at_s + times[i].off_s) * 1000));
	assert_int_equal(
	    SIGN_BAD, sign_verify(span_of(both), span_of(vectors[0].secret),
			  span_of(v->id), SPAN("1700000000"), span_of(v->body),
			  v->at_s * 1000));
	assert_int_equal(SIGN_BAD,
	    sign_verify(span_of(both), span_of(v->secret), span_of(v->id),
		SPAN("1700000000"), SPAN("other"), v->at_s * 1000));
	assert_int_equal(SIGN_BAD,
	    sign_verify(span_of(both), span_of(v->secret), span_of(v->id),
		SPAN("x"), span_of(v->body), v->at_s * 1000));
}

static const char *
header(const struct wire *w, const char *name)
{
	static char text[2000];

	for (size_t i = 0; i < w->header_count; i++)
		if (span_iis(w->headers[i].name, name)) {
			snprintf(text, sizeof(text), "%.*s",
			    SPAN_FMT(w->headers[i].value));
			return text;
		}
	return NULL;
}

#define SEED_1 "0123456789abcdefghijklmnopqrstuv"
#define SEED_2 "vutsrqponmlkjihgfedcba9876543210"

static struct lease_job
sample(const char *method, bool with_data)
{
	return (struct lease_job){.method = span_of(method),
	    .url = SPAN("http://example.com/x"),
	    .message_id = SPAN("msg_00000000000000000000000001"),
	    .attempt = 3,
	    .with_data = with_data,
	    .body = SPAN(BODY_C),
	    .secrets = {
		{.text = SPAN("whsec_cm90YXRlZC1rZXktcm90YXRlZC1rZXkh")},
		{.text = SPAN("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")}}};
}

static void
test_table(void **state)
{
	static const struct {
		const char *method;
		bool data, has_body;
		const char *type;
	} rows[] = {
	    {"POST", true, true, "application/json"},
	    {"GET", true, true, "application/json"},
	    {"POST", false, true, "application/x-www-form-urlencoded"},
	    {"GET", false, false, NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lease_job job = sample(rows[i].method, rows[i].data);
		const char *type;
		struct wire w;

		assert_int_equal(ERR_NONE,
		    wire_build(arena, &job, 1700000000999, "1.0", &w));
		assert_int_equal(w.has_body, rows[i].has_body);
		assert_int_equal(w.body.n, rows[i].data ? job.body.n : 0);
		type = header(&w, "Content-Type");
		if (rows[i].type)
			assert_string_equal(type, rows[i].type);
		else
			assert_null(type);
		assert_string_equal(
		    header(&w, "Accept"), "application/json, text/plain, */*");
		assert_string_equal(
		    header(&w, "User-Agent"), "webhooks-fcgi/1.0");
		assert_string_equal(header(&w, "webhook-attempt"), "3");
		assert_string_equal(
		    header(&w, "webhook-timestamp"), "1700000000");
		assert_null(header(&w, "X-Hub-Signature-256"));
	}
	arena_free(arena);
}

/* After a rotation both sign, new first, one blank between. */
static void
test_rotation(void **state)
{
	struct arena *arena = arena_new();
	struct lease_job job = sample("POST", true);
	struct wire w;

	(void)state;
	assert_int_equal(
	    ERR_NONE, wire_build(arena, &job, 1700000000000, "1", &w));
	assert_string_equal(header(&w, "webhook-signature"),
	    "v1,fdxdZ7cwxYWOzn0I5PgwFO3rf2nNrm/J5gw7BQ64LNA= "
	    "v1,a9Qq4OqGzv4gBGxzihR07D5K8rEsPUlleO0nRTInysM=");
	arena_free(arena);
}

static size_t
tokens_of(const char *kind, struct span value)
{
	struct span token;
	size_t n = 0;

	while (span_next(&value, ' ', &token))
		n += (size_t)span_starts(token, kind);
	return n;
}

/* With the option v1a stands beside v1; where there is no seed yet it is left
 * out. */
static void
test_ed25519_header(void **state)
{
	static const struct {
		bool on;
		const char *seeds[2];
		size_t v1a;
	} rows[] = {{false, {SEED_1, SEED_2}, 0}, {true, {SEED_1, ""}, 1},
	    {true, {SEED_1, SEED_2}, 2}, {true, {"", ""}, 0}};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lease_job job = sample("POST", true);
		struct buf first;
		struct span value;
		struct wire w;

		job.ed25519 = rows[i].on;
		for (size_t k = 0; k < 2; k++)
			job.secrets[k].seed = span_of(rows[i].seeds[k]);
		assert_int_equal(
		    ERR_NONE, wire_build(arena, &job, 1700000000000, "1", &w));
		value = span_of(header(&w, "webhook-signature"));
		assert_true(span_starts(value, "v1,fdxdZ7cw"));
		assert_int_equal(tokens_of("v1,", value), 2);
		assert_int_equal(tokens_of("v1a,", value), rows[i].v1a);
		if (rows[i].v1a == 0)
			continue;
		buf_init(&first, 200);
		buf_char(&first, ' ');
		sign_v1a(&first, span_of(SEED_1), job.message_id, 1700000000,
		    job.body);
		assert_non_null(strstr(value.p, first.p));
		buf_release(&first);
	}
	arena_free(arena);
}

static void
test_addresses(void **state)
{
	static const struct {
		const char *given, *sent, *basic;
	} rows[] = {
	    {"http://example.com", "http://example.com/", NULL},
	    {" https://example.com/a?b=c#d ", "https://example.com/a?b=c",
		NULL},
	    {"http://example.com:81?x", "http://example.com:81/?x", NULL},
	    {"http://u:p%40@example.com/", "http://example.com/",
		"Basic dTpwJTQw"},
	    {"HTTPS://Example.com:443/", "https://example.com/", NULL},
	    {"http://u@example.com/", "http://example.com/", "Basic dTo="},
	    {"http://[2001:db8::1]/\xc3\xbc", "http://[2001:db8::1]/%C3%BC",
		NULL},
	    {"http://example.com/a b", "http://example.com/a%20b", NULL},
	};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct lease_job job = sample("POST", true);
		struct wire w;

		job.url = span_of(rows[i].given);
		assert_int_equal(ERR_NONE, wire_build(arena, &job, 1, "1", &w));
		assert_string_equal(w.url.p, rows[i].sent);
		if (rows[i].basic)
			assert_string_equal(
			    header(&w, "Authorization"), rows[i].basic);
		else
			assert_null(header(&w, "Authorization"));
	}
	arena_free(arena);
}

static void
test_unusable(void **state)
{
	static const char *const bad[] = {
	    "", "example.com", "ftp://x/", "http://", "/relative"};
	struct arena *arena = arena_new();
	struct lease_job job = sample("PUT", true);
	struct wire w;

	(void)state;
	assert_int_equal(ERR_PAYLOAD, wire_build(arena, &job, 1, "1", &w));
	for (size_t i = 0; i < COUNT(bad); i++) {
		job = sample("POST", true);
		job.url = span_of(bad[i]);
		assert_int_equal(
		    ERR_PAYLOAD, wire_build(arena, &job, 1, "1", &w));
	}
	arena_free(arena);
}

/* A webhook's own header replaces ours; what it must not set is left out. */
static void
test_custom(void **state)
{
	struct lease_header custom[] = {
	    {SPAN("X-Key"), SPAN("k")},
	    {SPAN("user-agent"), SPAN("mine")},
	    {SPAN("Host"), SPAN("evil")},
	    {SPAN("X-Bad"), SPAN("a\r\nInjected: 1")},
	    {SPAN("webhook-id"), SPAN("forged")},
	    {SPAN("Bad Name"), SPAN("x")},
	};
	struct arena *arena = arena_new();
	struct lease_job job = sample("POST", true);
	struct wire w;

	(void)state;
	job.headers = custom;
	job.header_count = COUNT(custom);
	job.hub_signature = true;
	assert_int_equal(ERR_NONE, wire_build(arena, &job, 1, "1", &w));
	assert_string_equal(header(&w, "X-Key"), "k");
	assert_string_equal(header(&w, "User-Agent"), "mine");
	assert_string_equal(
	    header(&w, "webhook-id"), "msg_00000000000000000000000001");
	assert_null(header(&w, "Host"));
	assert_null(header(&w, "X-Bad"));
	assert_null(header(&w, "Bad Name"));
	assert_int_equal(
	    strncmp(header(&w, "X-Hub-Signature-256"), "sha256=", 7), 0);
	arena_free(arena);
}

static void
test_secrets_shown(void **state)
{
	static const struct {
		const char *name;
		bool secret;
	} rows[] = {{"Authorization", true}, {"X-Api-Key", true},
	    {"X-Auth-Token", true}, {"Set-Cookie", true}, {"Accept", false},
	    {"webhook-id", false}, {"webhook-signature", false}};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(rows[i].secret,
		    wire_header_is_secret(span_of(rows[i].name)));
	assert_true(span_is(wire_url_masked(arena, SPAN("https://u:p@h/x")),
	    "https://***@h/x"));
	assert_true(span_is(
	    wire_url_masked(arena, SPAN("https://h/x")), "https://h/x"));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vectors),
	    cmocka_unit_test(test_ed25519_vectors),
	    cmocka_unit_test(test_no_key),
	    cmocka_unit_test(test_hub),
	    cmocka_unit_test(test_verify),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_rotation),
	    cmocka_unit_test(test_ed25519_header),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_unusable),
	    cmocka_unit_test(test_custom),
	    cmocka_unit_test(test_secrets_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
