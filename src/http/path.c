/* The path of a request, cut and decoded once.
 *
 * REQUEST_URI is the only variable that every web server passes raw, so the
 * path is taken from it; PATH_INFO stands in where it is absent. A segment
 * whose escapes make no text stands as it was sent: no id and no collection
 * is called so (contract chapter 2: 403). A path that cannot be a route (dot
 * segments, doubled slash, bytes that are no UTF-8, too deep) gets bad_path
 * and is answered as an unknown route. */
#include "http/path.h"

#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* The first byte of `text` with its escape resolved, and how long it was
 * written; -1 when the escape is broken. */
static int
decoded_byte(struct span text, size_t *written)
{
	*written = 1;
	if (text.p[0] != '%')
		return (unsigned char)text.p[0];
	if (text.n < 3)
		return -1;
	int high = hex_digit(text.p[1]), low = hex_digit(text.p[2]);
	*written = 3;
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* Absolute form is passed through by Apache: "http://host/x" -> "/x". */
static struct span
cut_scheme(struct span uri)
{
	static const char *const schemes[] = {"http://", "https://"};

	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(schemes[i]);

		if (!span_ieq(span_head(uri, uri.n < n ? uri.n : n),
			span_of(schemes[i])))
			continue;
		struct span rest = span_from(uri, n);
		for (size_t at = 0; at < rest.n; at++)
			if (rest.p[at] == '/' || rest.p[at] == '?')
				return span_from(rest, at);
		return SPAN("/");
	}
	return uri;
}

/* Cuts a prefix that ends at a segment's end. `prefix` is decoded, the path
 * is not. */
static struct span
cut_prefix(struct span path, struct span prefix)
{
	struct span rest = path;
	size_t written;

	while (prefix.n > 0 && prefix.p[prefix.n - 1] == '/')
		prefix.n--;
	if (prefix.n == 0)
		return path;
	for (size_t i = 0; i < prefix.n; i++) {
		if (rest.n == 0 ||
		    decoded_byte(rest, &written) != (unsigned char)prefix.p[i])
			return path;
		rest = span_from(rest, written);
	}
	return rest.n == 0 || rest.p[0] == '/' ? rest : path;
}

/* Only a script's own name is cut: where a whole tree is mapped to the
 * program, SCRIPT_NAME is part of the route (Apache mod_proxy_fcgi). */
static bool
is_script(struct span name)
{
	return span_ends(name, ".fcgi") || span_ends(name, ".cgi");
}

/* Length of the UTF-8 sequence at the start, 0 when it is none (RFC 3629). */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	static const struct {
		unsigned char first, last;  /* of the leading byte */
		unsigned char second, upto; /* of the byte after it */
		size_t length;
	} rows[] = {
	    {0x01, 0x7f, 0x00, 0xff, 1},
	    {0xc2, 0xdf, 0x80, 0xbf, 2},
	    {0xe0, 0xe0, 0xa0, 0xbf, 3},
	    {0xe1, 0xec, 0x80, 0xbf, 3},
	    {0xed, 0xed, 0x80, 0x9f, 3},
	    {0xee, 0xef, 0x80, 0xbf, 3},
	    {0xf0, 0xf0, 0x90, 0xbf, 4},
	    {0xf1, 0xf3, 0x80, 0xbf, 4},
	    {0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (p[0] < rows[i].first || p[0] > rows[i].last)
			continue;
		if (n < rows[i].length)
			return 0;
		if (rows[i].length > 1 &&
		    (p[1] < rows[i].second || p[1] > rows[i].upto))
			return 0;
		for (size_t k = 2; k < rows[i].length; k++)
			if ((p[k] & 0xc0) != 0x80)
				return 0;
		return rows[i].length;
	}
	return 0; /* NUL as well */
}

static bool
is_text(struct span s)
{
	for (size_t at = 0, n; at < s.n; at += n) {
		n = utf8_length((const unsigned char *)s.p + at, s.n - at);
		if (n == 0)
			return false;
	}
	return true;
}

/* Into the arena; false when an escape is broken. */
static bool
unescape(struct arena *a, struct span raw, struct span *out)
{
	char *p = arena_bytes(a, raw.n + 1);
	size_t n = 0, written;

	for (; raw.n > 0; raw = span_from(raw, written)) {
		int c = decoded_byte(raw, &written);

		if (c < 0)
			return false;
		p[n++] = (char)c;
	}
	p[n] = '\0';
	*out = span_make(p, n);
	return true;
}

/* One segment; false when it cannot be one. */
static bool
segment_decode(struct arena *a, struct span raw, bool escaped, struct span *out)
{
	if (!escaped || !unescape(a, raw, out) || !is_text(*out))
		*out = arena_span(a, raw);
	return is_text(*out) && !span_is(*out, ".") && !span_is(*out, "..");
}

static void
segments_fill(struct request *r, struct span path, bool escaped)
{
	struct span part;

	r->bad_path = true;
	while (path.n > 0 && path.p[path.n - 1] == '/')
		path.n--;
	if (path.n > 0 && path.p[0] != '/')
		return;
	path = span_from(path, path.n > 0 ? 1 : 0);
	while (path.n > 0 && span_next(&path, '/', &part)) {
		if (part.n == 0 || r->segment_count == REQUEST_SEGMENTS_MAX)
			return;
		if (!segment_decode(r->arena, part, escaped,
			&r->segments[r->segment_count]))
			return;
		r->segment_count++;
	}
	r->bad_path = false;
}

void
path_fill(struct request *r, const struct path_source *from)
{
	bool escaped = from->request_uri.n > 0;
	struct span path = from->path_info;

	r->query = from->query_string;
	if (escaped) {
		path = cut_scheme(from->request_uri);
		ptrdiff_t mark = span_find(path, '?');
		/* lighttpd re-encodes brackets in QUERY_STRING */
		r->query = SPAN_NONE;
		if (mark >= 0) {
			r->query = span_from(path, (size_t)mark + 1);
			path = span_head(path, (size_t)mark);
		}
		if (is_script(from->script_name))
			path = cut_prefix(path, from->script_name);
	}
	path = cut_prefix(path, from->base_path);
	r->target = path.n > 0 ? path : SPAN("/");
	segments_fill(r, r->target, escaped);
}
