/* The address reader against libcurl's own: whatever url_parse takes, libcurl
 * must read with the same host and port, and must not find a user in what
 * url_wire made of it. Texts are grown from good ones by reproducible noise
 * over the characters parsers fight about. */
#include "model_help.h"

#include <arpa/inet.h>

#include <curl/curl.h>

enum { ROUNDS = 300000, TEXT_MAX = 120 };

static const char *const seeds[] = {
    "http://example.com/",
    "https://user:pass@example.com:8443/a/b?c=d#e",
    "http://127.0.0.1:80/x",
    "http://[::1]:8080/?q",
    "https://[2001:db8::1.2.3.4]/",
    "http://a.b-c_d.example./%41?x=@y",
    "http://localhost",
    " http://h:1 ",
};

static const char *const pieces[] = {"@", ":", "/", "//", "?", "#", "[", "]",
    "\\", "%", "%40", "%2e", "%00", ".", "..", "-", "_", ",", ";", "&", "=",
    "*", "~", "!", "$", "'", "\"", "<", ">", "{", "}", "|", "^", "`", " ", "\t",
    "\n", "\r", "\x01", "\x7f", "\xc2\xa0", "\xc3\xbc", "\xe3\x80\x82",
    "\xef\xbc\x91", "\xf0\x9f\x98\x80", "0", "1", "9", "0x", "0x7f", "017",
    "127.1", "2130706433", "80", "443", "65535", "65536", "00080", "http",
    "https", "HTTP", "ftp", "localhost", "a", "Z", "::", "1.2.3.4",
    "fe80::1%eth0", "%25", "xn--", "+"};

static uint32_t
noise(uint64_t *seed, size_t below)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((*seed >> 33) % below);
}

/* Puts in, takes out or doubles a few pieces. */
static size_t
mutate(uint64_t *seed, char text[TEXT_MAX])
{
	const char *from = seeds[noise(seed, COUNT_OF(seeds))];
	size_t n = strlen(from);

	memcpy(text, from, n);
	for (uint32_t k = 1 + noise(seed, 4); k > 0; k--) {
		const char *piece = pieces[noise(seed, COUNT_OF(pieces))];
		size_t at = noise(seed, n + 1), len = strlen(piece);
		size_t cut = noise(seed, 3);

		if (cut > n - at)
			cut = n - at;
		if (n + len - cut >= TEXT_MAX)
			break;
		memmove(text + at + len, text + at + cut, n - at - cut);
		memcpy(text + at, piece, len);
		n += len - cut;
	}
	return n;
}

static bool
same_host(struct span ours, const char *theirs)
{
	struct in6_addr a, b;
	char text[64], *end;

	if (theirs[0] != '[')
		return span_iis(ours, theirs);
	if (ours.n >= sizeof(text))
		return false;
	memcpy(text, ours.p, ours.n);
	text[ours.n] = '\0';
	if (inet_pton(AF_INET6, text, &a) != 1)
		return false;
	strncpy(text, theirs + 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	end = strchr(text, ']');
	if (end == NULL)
		return false;
	*end = '\0';
	return inet_pton(AF_INET6, text, &b) == 1 &&
	       memcmp(&a, &b, sizeof(a)) == 0;
}

/* libcurl's reading of `text` is that of `url`. */
static bool
same_reading(CURLU *curl, const char *text, const struct url *url)
{
	char *host = NULL, *port = NULL, *scheme = NULL;
	bool same;

	if (curl_url_set(curl, CURLUPART_URL, text, 0) != CURLUE_OK)
		return false;
	same = curl_url_get(curl, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
	       curl_url_get(curl, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
	       curl_url_get(curl, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		   CURLUE_OK &&
	       same_host(url->host, host) && atoi(port) == url->port &&
	       span_iis(url->scheme, scheme);
	curl_free(host);
	curl_free(port);
	curl_free(scheme);
	return same;
}

static bool
has_user(CURLU *curl)
{
	char *user = NULL;
	bool has = curl_url_get(curl, CURLUPART_USER, &user, 0) == CURLUE_OK;

	curl_free(user);
	return has;
}

static void
test_against_libcurl(void **state)
{
	uint64_t seed = 20210124;
	size_t taken = 0;
	CURLU *curl = curl_url();

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct arena *arena;
		char text[TEXT_MAX];
		size_t n = mutate(&seed, text);
		struct url url;
		struct span wire;

		if (!url_parse(span_make(text, n), &url))
			continue;
		taken++;
		arena = arena_new();
		assert_true(url_wire(arena, span_make(text, n), &wire));
		if (!same_reading(curl, wire.p, &url) || has_user(curl))
			fail_msg("libcurl reads another host in %s (of %.*s)",
			    wire.p, (int)n, text);
		arena_free(arena);
	}
	curl_url_cleanup(curl);
	/* the noise must leave enough to be worth the name of a test */
	assert_true(taken > ROUNDS / 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_against_libcurl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
