/* Spans: pure functions over borrowed bytes. An empty span may have a NULL
 * pointer, so nothing here hands one to memcmp or memchr. */
#include "common/span.h"

#include <string.h>

struct span
span_of(const char *text)
{
	return text ? (struct span){text, strlen(text)} : SPAN_NONE;
}

struct span
span_make(const void *p, size_t n)
{
	return (struct span){p, n};
}

bool
span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
span_is(struct span a, const char *text)
{
	return span_eq(a, span_of(text));
}

static char
span_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
span_ieq(struct span a, struct span b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (span_lower(a.p[i]) != span_lower(b.p[i]))
			return false;
	return true;
}

bool
span_iis(struct span a, const char *text)
{
	return span_ieq(a, span_of(text));
}

bool
span_starts(struct span a, const char *text)
{
	size_t n = strlen(text);

	return a.n >= n && span_eq(span_head(a, n), span_make(text, n));
}

bool
span_ends(struct span a, const char *text)
{
	size_t n = strlen(text);

	return a.n >= n && span_eq(span_from(a, a.n - n), span_make(text, n));
}

int
span_cmp(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

static bool
span_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct span
span_trim(struct span a)
{
	while (a.n && span_blank(a.p[0]))
		a = span_from(a, 1);
	while (a.n && span_blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

struct span
span_from(struct span a, size_t at)
{
	if (at > a.n)
		at = a.n;
	if (at == 0)
		return a; /* NULL + 0 is undefined in C */
	return (struct span){a.p + at, a.n - at};
}

struct span
span_head(struct span a, size_t n)
{
	return (struct span){a.p, n < a.n ? n : a.n};
}

ptrdiff_t
span_find(struct span a, char c)
{
	const char *at = a.n ? memchr(a.p, c, a.n) : NULL;

	return at ? at - a.p : -1;
}

bool
span_next(struct span *rest, char sep, struct span *part)
{
	ptrdiff_t at;

	if (!rest->p)
		return false;
	at = span_find(*rest, sep);
	if (at < 0) {
		*part = *rest;
		*rest = SPAN_NONE;
	} else {
		*part = span_head(*rest, (size_t)at);
		*rest = span_from(*rest, (size_t)at + 1);
	}
	return true;
}

bool
span_i64(struct span a, int64_t *out)
{
	bool negative = a.n && a.p[0] == '-';
	int64_t value = 0; /* kept negative: reaches further down than up */

	a = span_from(a, negative);
	if (!a.n)
		return false;
	for (size_t i = 0; i < a.n; i++) {
		if (a.p[i] < '0' || a.p[i] > '9')
			return false;
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_sub_overflow(value, a.p[i] - '0', &value))
			return false;
	}
	if (!negative && __builtin_sub_overflow(0, value, &value))
		return false;
	*out = value;
	return true;
}

uint32_t
span_hash(struct span a)
{
	uint32_t hash = 2166136261u; /* FNV-1a offset basis and prime */

	for (size_t i = 0; i < a.n; i++)
		hash = (hash ^ (uint8_t)a.p[i]) * 16777619u;
	return hash;
}
