/* Addresses of webhooks. The reader is strict where parsers are known to
 * differ (user parts with '@', odd spellings of IPv4, escapes in the host,
 * zone ids, backslashes), so that whatever it passes means the same host and
 * port to libcurl. It says nothing about where a host leads: the address
 * guard of the dispatcher does, on the address that is connected to. */
#include "model/check.h"

#include <arpa/inet.h>
#include <string.h>

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Cuts `rest` at the first of the characters; the part before it. */
static struct span
take_until(struct span *rest, const char *stops)
{
	struct span part = *rest;
	size_t n = 0;

	while (n < rest->n && strchr(stops, rest->p[n]) == NULL)
		n++;
	part.n = n;
	*rest = span_from(*rest, n);
	return part;
}

/* The empty text has none. */
static bool
all_digits(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!is_digit(text.p[i]))
			return false;
	return text.n > 0;
}

static bool
is_label(struct span label)
{
	if (label.n < 1)
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_alnum(label.p[i]) && label.p[i] != '-' &&
		    label.p[i] != '_')
			return false;
	return true;
}

/* How long a name and its labels may be (RFC 1035, 2.3.4) is left to the
 * resolver: the oracle takes longer ones (recording create-lengths).
 *
 * Hosts whose last label is a number are IPv4 addresses to many parsers, in
 * octal, hex or with parts left out: only the plain dotted form is taken. */
static bool
is_host_name(struct span host)
{
	struct span rest = host, label = SPAN_NONE;
	char text[INET_ADDRSTRLEN];
	struct in_addr address;

	if (host.n < 1)
		return false;
	if (span_ends(rest, "."))
		rest.n--;
	while (span_next(&rest, '.', &label))
		if (!is_label(label))
			return false;
	if (!all_digits(label) && !span_starts(label, "0x") &&
	    !span_starts(label, "0X"))
		return true;
	if (host.n >= sizeof(text))
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET, text, &address) == 1;
}

/* inet_pton takes neither zone ids nor IPv4 forms with parts left out. */
static bool
is_ipv6(struct span host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (host.n >= sizeof(text) || host.n == 0)
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

/* ":8080" or nothing. No leading zero, no port 0, no colon alone. */
static bool
parse_port(struct span text, int *port)
{
	int64_t n;

	if (text.n == 0)
		return true;
	if (text.n < 2 || text.n > 6 || text.p[0] != ':' || text.p[1] == '0' ||
	    !all_digits(span_from(text, 1)) ||
	    !span_i64(span_from(text, 1), &n) || n > 65535)
		return false;
	*port = (int)n;
	return true;
}

static bool
parse_host_port(struct span text, struct url *url)
{
	ptrdiff_t end;

	if (!span_starts(text, "[")) {
		url->host = take_until(&text, ":");
		return is_host_name(url->host) && parse_port(text, &url->port);
	}
	end = span_find(text, ']');
	if (end < 0)
		return false;
	url->host = span_head(span_from(text, 1), (size_t)end - 1);
	return is_ipv6(url->host) &&
	       parse_port(span_from(text, (size_t)end + 1), &url->port);
}

static bool
parse_authority(struct span text, struct url *url)
{
	ptrdiff_t at = span_find(text, '@');

	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == ' ')
			return false;
	/* A second '@' is where parsers part: which one ends the user? */
	if (at >= 0) {
		url->userinfo = span_head(text, (size_t)at);
		text = span_from(text, (size_t)at + 1);
		if (span_find(text, '@') >= 0)
			return false;
	}
	return parse_host_port(text, url);
}

bool
url_parse(struct span text, struct url *url)
{
	struct span rest = span_trim(text);

	*url = (struct url){0};
	for (size_t i = 0; i < rest.n; i++)
		if (is_control(rest.p[i]) || rest.p[i] == '\\')
			return false;
	url->scheme = take_until(&rest, ":");
	if (!span_starts(rest, "://"))
		return false;
	if (span_iis(url->scheme, "http"))
		url->port = 80;
	else if (span_iis(url->scheme, "https"))
		url->port = 443;
	else
		return false;
	rest = span_from(rest, 3);
	if (!parse_authority(take_until(&rest, "/?#"), url))
		return false;
	url->path_query = take_until(&rest, "#");
	return true;
}

static void
put_lower(struct span text, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++)
		buf_char(out, text.p[i] >= 'A' && text.p[i] <= 'Z'
				  ? (char)(text.p[i] - 'A' + 'a')
				  : text.p[i]);
}

/* The sets of the URL Standard (whatwg.org), "path" and "special-query". */
static void
put_escaped(struct span text, const char *escaped, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];

		if (c >= 0x80 || strchr(escaped, (char)c) != NULL)
			buf_printf(out, "%%%02X", c);
		else
			buf_char(out, (char)c);
	}
}

bool
url_wire(struct arena *arena, struct span text, struct span *out)
{
	struct url url;
	struct span query;
	struct buf wire;
	bool v6, https;

	if (!url_parse(text, &url))
		return false;
	v6 = span_find(url.host, ':') >= 0;
	https = span_iis(url.scheme, "https");
	/* Each byte becomes at most three; scheme, port and "/" fit 32. */
	buf_init(&wire, text.n * 3 + 32);
	buf_text(&wire, https ? "https://" : "http://");
	if (v6)
		buf_char(&wire, '[');
	put_lower(url.host, &wire);
	if (v6)
		buf_char(&wire, ']');
	if (url.port != (https ? 443 : 80))
		buf_printf(&wire, ":%d", url.port);
	query = url.path_query;
	if (!span_starts(query, "/"))
		buf_char(&wire, '/');
	put_escaped(take_until(&query, "?"), " \"<>`{}", &wire);
	put_escaped(query, " \"<>'", &wire);
	*out = arena_span(arena, buf_view(&wire));
	buf_release(&wire);
	return true;
}
