/* url_parse is the conservative one: what passes it, libcurl's own parser
 * takes, too, and sees the same host and port. A masked address tells no
 * password. */
#include <curl/curl.h>

#include "model/check.h"
#include "model/wire.h"

#include "fuzz.h"

static bool
same_host(const char *theirs, struct span ours)
{
	size_t n = strlen(theirs);

	if (n >= 2 && theirs[0] == '[')
		return span_ieq(span_make(theirs + 1, n - 2), ours);
	return span_ieq(span_make(theirs, n), ours);
}

static void
compare(struct arena *arena, struct span text, const struct url *url)
{
	CURLU *handle = curl_url();
	char *host = NULL, *port = NULL;
	struct span wire;

	CHECK(url_wire(arena, text, &wire));
	CHECK(curl_url_set(handle, CURLUPART_URL, arena_text(arena, wire), 0) ==
	      CURLUE_OK);
	CHECK(curl_url_get(handle, CURLUPART_HOST, &host, 0) == CURLUE_OK);
	CHECK(curl_url_get(handle, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
	      CURLUE_OK);
	/* libcurl writes odd IPv4 forms as plain ones: compared only where
	 * ours holds a letter that no number has. */
	if (url->host.n && strpbrk(arena_text(arena, url->host),
			       "ghijklmnopqrstuvwyzGHIJKLMNOPQRSTUVWYZ"))
		CHECK(same_host(host, url->host));
	CHECK(atoi(port) == url->port);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(handle);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_make(data, size);
	struct arena *arena = arena_new();
	struct url url;
	struct span wire;

	if (size <= 4096 && url_parse(text, &url)) {
		CHECK(url.host.n > 0);
		CHECK(url.port > 0 && url.port < 65536);
		compare(arena, text, &url);
		(void)wire_url_masked(arena, text);
	} else {
		CHECK(size > 4096 || !url_wire(arena, text, &wire));
		(void)wire_url_masked(arena, text);
	}
	arena_free(arena);
	return 0;
}
