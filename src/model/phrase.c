/* The phrases and their places. What is shortened is a fifth of what it was,
 * and with it the log, the pages and the message between the programs. */
#include "model/phrase.h"

#include <string.h>

#define NAMED(name) "{\"name\":\"" name "\",\"value\":\""

#define SENT_BY_ALL                                                            \
	NAMED("Content-Type")                                                  \
	"application/json\"}," NAMED("Accept") "application/json, "            \
					       "text/plain, */*\"}," NAMED(    \
						   "User-Agent") "webhooks-"   \
								 "fcgi/"

/* The place is the byte on disk: append, never reorder. */
/* clang-format off */
static const char *const phrases[] = {
	NULL, /* 0x00 */
	"\"},",
	"\",\"value\":\"",
	"{\"name\":\"",
	SENT_BY_ALL,
	NAMED("webhook-id") "msg_",
	NAMED("webhook-timestamp"),
	NAMED("webhook-signature") "v1,",
	NAMED("webhook-attempt"),
	NAMED("Date"),
	NAMED("Server"),
	NAMED("Content-Type"),
	NAMED("Content-Length"),
	NAMED("Connection"),
	NAMED("Connection") "keep-alive\"},",
	NAMED("date"),
	NAMED("server"),
	NAMED("content-type"),
	NAMED("content-length"),
	NAMED("X-Hub-Signature-256") "sha256=",
	NAMED("Authorization") "***\"},",
};
/* clang-format on */

enum { COUNT = sizeof(phrases) / sizeof(phrases[0]) };
_Static_assert(COUNT <= 0x20, "bytes that may stand in JSON text");

/* The longest the text begins with, and how long it is; 0: none. */
static unsigned char
find(struct span text, size_t *n)
{
	unsigned char found = 0;

	*n = 0;
	for (unsigned char i = 1; i < COUNT; i++)
		if (span_starts(text, phrases[i]) && strlen(phrases[i]) > *n) {
			found = i;
			*n = strlen(phrases[i]);
		}
	return found;
}

static bool
may_begin(char c)
{
	return c == '{' || c == '"';
}

void
phrase_shorten(struct buf *out, struct span json)
{
	size_t from = 0, at = 0, n;
	unsigned char code;

	while (at < json.n) {
		if (!may_begin(json.p[at]) ||
		    (code = find(span_from(json, at), &n)) == 0) {
			at++;
			continue;
		}
		buf_put(out, json.p + from, at - from);
		buf_char(out, (char)code);
		at += n;
		from = at;
	}
	buf_put(out, json.p + from, at - from);
}

void
phrase_restore(struct buf *out, struct span text)
{
	size_t from = 0;

	for (size_t at = 0; at < text.n; at++) {
		unsigned char code = (unsigned char)text.p[at];

		if (code >= 0x20)
			continue;
		buf_put(out, text.p + from, at - from);
		if (code > 0 && code < COUNT)
			buf_text(out, phrases[code]);
		from = at + 1;
	}
	buf_put(out, text.p + from, text.n - from);
}
