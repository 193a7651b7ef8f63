/* Numbers between text and double as ECMAScript defines them: Number::toString
 * for writing, StringToNumber for reading. The C library rounds correctly in
 * both directions; only the layout and the grammar are ours. */
#include "common/json.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The shortest decimal that reads back as v: digits d1 d2 ... and the
 * exponent of d1. */
struct shortest {
	char digits[20];
	int count, exponent;
};

/* The next larger decimal of as many digits, unless all are 9. */
static void
decimal_up(char *text)
{
	char *p = strchr(text, 'e') - 1;

	while (p > text && (*p == '9' || *p == '.')) {
		if (*p == '9')
			*p = '0';
		p--;
	}
	if (*p != '9')
		++*p;
}

/* Prints v with so many digits: does it read back as v? Below a power of two
 * doubles lie closer than above it, so the nearest decimal may belong to the
 * neighbour while the next one up is still v. */
static bool
shortest_try(double v, int digits, char text[40])
{
	snprintf(text, 40, "%.*e", digits - 1, v);
	if (strtod(text, NULL) != v && digits < DBL_DECIMAL_DIG)
		decimal_up(text);
	return strtod(text, NULL) == v;
}

static void
shortest_find(double v, struct shortest *s)
{
	char text[40];
	char *e;
	/* 15 digits survive a round trip through any normal double, so fewer
	 * show as zeros at the end; subnormal ones have to be tried. */
	int digits = v < DBL_MIN ? 1 : DBL_DIG;

	while (!shortest_try(v, digits, text) && digits < DBL_DECIMAL_DIG)
		digits++;
	e = strchr(text, 'e');
	s->exponent = (int)strtol(e + 1, NULL, 10);
	s->count = 0;
	for (const char *p = text; p < e; p++)
		if (*p != '.')
			s->digits[s->count++] = *p;
	while (s->count > 1 && s->digits[s->count - 1] == '0')
		s->count--;
}

static void
put_zeros(struct buf *b, int n)
{
	while (n-- > 0)
		buf_char(b, '0');
}

/* ECMAScript Number::toString: plain from 1e-6 to below 1e21. */
static void
put_shortest(struct buf *b, const struct shortest *s)
{
	int whole = s->exponent + 1; /* digits in front of the point */

	if (whole > 21 || whole < -5) {
		buf_char(b, s->digits[0]);
		if (s->count > 1) {
			buf_char(b, '.');
			buf_put(b, s->digits + 1, (size_t)s->count - 1);
		}
		buf_printf(b, "e%+d", s->exponent);
	} else if (whole <= 0) {
		buf_text(b, "0.");
		put_zeros(b, -whole);
		buf_put(b, s->digits, (size_t)s->count);
	} else if (s->count <= whole) {
		buf_put(b, s->digits, (size_t)s->count);
		put_zeros(b, whole - s->count);
	} else {
		buf_put(b, s->digits, (size_t)whole);
		buf_char(b, '.');
		buf_put(b, s->digits + whole, (size_t)(s->count - whole));
	}
}

void
json_put_f64(struct buf *b, double v)
{
	struct shortest s;

	if (!isfinite(v)) {
		buf_text(b, "null");
		return;
	}
	if (v == 0) { /* also -0 */
		buf_char(b, '0');
		return;
	}
	if (v < 0)
		buf_char(b, '-');
	shortest_find(fabs(v), &s);
	put_shortest(b, &s);
}

/* Length of the blank (ECMAScript WhiteSpace or LineTerminator) in front. */
static size_t
blank_front(struct span s)
{
	static const char *const blanks[] = {" ", "\t", "\n", "\v", "\f", "\r",
	    "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81",
	    "\xE2\x80\x82", "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85",
	    "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89",
	    "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
	    "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF"};

	for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
		if (span_starts(s, blanks[i]))
			return strlen(blanks[i]);
	return 0;
}

static struct span
trim_blanks(struct span s)
{
	size_t n, end = 0;

	while ((n = blank_front(s)) > 0)
		s = span_from(s, n);
	for (size_t at = 0; at < s.n; at += n ? n : 1) {
		n = blank_front(span_from(s, at));
		if (!n)
			end = at + 1;
	}
	return span_head(s, end);
}

/* Digits of the base off the front: how many. */
static size_t
take_digits(struct span *s, int base)
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	while (n < s->n && s->p[n] &&
	       memchr(digits, s->p[n] >= 'A' ? s->p[n] | 0x20 : s->p[n],
		   (size_t)base))
		n++;
	*s = span_from(*s, n);
	return n;
}

static bool
is_decimal(struct span s)
{
	size_t whole, fraction = 0;

	if (s.n && (s.p[0] == '+' || s.p[0] == '-'))
		s = span_from(s, 1);
	if (span_is(s, "Infinity"))
		return true;
	whole = take_digits(&s, 10);
	if (s.n && s.p[0] == '.') {
		s = span_from(s, 1);
		fraction = take_digits(&s, 10);
	}
	if (!whole && !fraction)
		return false;
	if (s.n && (s.p[0] | 0x20) == 'e') {
		s = span_from(s, 1);
		if (s.n && (s.p[0] == '+' || s.p[0] == '-'))
			s = span_from(s, 1);
		if (!take_digits(&s, 10))
			return false;
	}
	return s.n == 0;
}

static double
decimal_value(struct span s)
{
	char small[64];
	char *text = s.n < sizeof small ? small : malloc(s.n + 1);
	double v;

	if (!text)
		return NAN; /* a number of gigabytes is none */
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	v = strtod(text, NULL);
	if (text != small)
		free(text);
	return v;
}

/* 0x, 0o and 0b: no sign, no fraction. 0 when it is none of them. */
static int
prefix_base(struct span s)
{
	static const struct {
		const char *prefix;
		int base;
	} prefixes[] = {{"0x", 16}, {"0o", 8}, {"0b", 2}};

	for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
		if (span_iis(span_head(s, 2), prefixes[i].prefix))
			return prefixes[i].base;
	return 0;
}

/* Powers of two: exact below 2^53, above it off by the last bit at most. */
static double
based_value(struct span s, int base)
{
	double v = 0;

	for (size_t i = 0; i < s.n; i++) {
		int digit =
		    s.p[i] <= '9' ? s.p[i] - '0' : (s.p[i] | 0x20) - 'a' + 10;

		v = v * base + digit;
	}
	return v;
}

bool
json_js_number(struct span text, double *out)
{
	struct span s = trim_blanks(text);
	int base = prefix_base(s);

	if (!s.n) {
		*out = 0;
		return true;
	}
	if (base) {
		struct span digits = span_from(s, 2), rest = digits;

		if (!take_digits(&rest, base) || rest.n)
			return false;
		*out = based_value(digits, base);
		return true;
	}
	if (!is_decimal(s))
		return false;
	*out = decimal_value(s);
	return true;
}
