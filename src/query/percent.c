/* Percent-decoding, with a reading of UTF-8 that takes nothing malformed:
 * whatever comes out is well-formed text. */
#include "query/percent.h"

#include <string.h>

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Length of the well-formed UTF-8 sequence at p, 0 when it is none. */
static size_t
utf8_length(const unsigned char *p, size_t n)
{
	unsigned lead = p[0], least = 0x80, most = 0xbf;
	size_t need = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4 || n < need)
		return 0;
	if (lead == 0xe0)
		least = 0xa0;
	if (lead == 0xed)
		most = 0x9f;
	if (lead == 0xf0)
		least = 0x90;
	if (lead == 0xf4)
		most = 0x8f;
	if (p[1] < least || p[1] > most)
		return 0;
	for (size_t i = 2; i < need; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return need;
}

static bool
utf8_valid(struct span text)
{
	for (size_t i = 0; i < text.n;) {
		size_t n =
		    utf8_length((const unsigned char *)text.p + i, text.n - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

/* Bytes that are not UTF-8 become U+FFFD, one for each. */
static struct span
utf8_mend(struct arena *arena, struct span text)
{
	char *out;
	size_t n = 0;

	if (utf8_valid(text))
		return text;
	out = arena_bytes(arena, 3 * text.n + 1);
	for (size_t i = 0; i < text.n;) {
		size_t k =
		    utf8_length((const unsigned char *)text.p + i, text.n - i);

		memcpy(out + n, k ? text.p + i : "\xef\xbf\xbd", k ? k : 3);
		n += k ? k : 3;
		i += k ? k : 1;
	}
	return span_make(out, n);
}

struct span
percent_decode(struct arena *arena, struct span raw)
{
	char *out = arena_bytes(arena, raw.n + 1);
	char *plain;
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		int high = -1, low = -1;

		if (raw.p[i] == '%' && i + 2 < raw.n) {
			high = hex_digit(raw.p[i + 1]);
			low = hex_digit(raw.p[i + 2]);
		}
		if (raw.p[i] != '%') {
			out[n++] = raw.p[i] == '+' ? ' ' : raw.p[i];
		} else if (high < 0 || low < 0) {
			goto plain;
		} else {
			out[n++] = (char)(high * 16 + low);
			i += 2;
		}
	}
	if (utf8_valid(span_make(out, n)))
		return span_make(out, n);
plain:
	plain = arena_bytes(arena, raw.n + 1);
	for (size_t i = 0; i < raw.n; i++)
		plain[i] = raw.p[i] == '+' ? ' ' : raw.p[i];
	return utf8_mend(arena, span_make(plain, raw.n));
}
