/* UTF-8 checking. The table of lead bytes (Unicode, table 3-7) narrows the
 * range of the second byte; that alone excludes overlong forms, surrogates
 * and codes past the end. */
#include "common/utf8.h"

#include <string.h>

/* The lead byte's row: bytes that follow, and bounds of the first of them. */
struct utf8_lead {
	uint8_t from, to, follow, low, high;
};

static const struct utf8_lead utf8_leads[] = {
    {0x00, 0x7F, 0, 0, 0},
    {0xC2, 0xDF, 1, 0x80, 0xBF},
    {0xE0, 0xE0, 2, 0xA0, 0xBF},
    {0xE1, 0xEC, 2, 0x80, 0xBF},
    {0xED, 0xED, 2, 0x80, 0x9F},
    {0xEE, 0xEF, 2, 0x80, 0xBF},
    {0xF0, 0xF0, 3, 0x90, 0xBF},
    {0xF1, 0xF3, 3, 0x80, 0xBF},
    {0xF4, 0xF4, 3, 0x80, 0x8F},
};

static const struct utf8_lead *
utf8_lead(uint8_t c)
{
	for (size_t i = 0; i < sizeof utf8_leads / sizeof *utf8_leads; i++)
		if (c >= utf8_leads[i].from && c <= utf8_leads[i].to)
			return &utf8_leads[i];
	return NULL;
}

size_t
utf8_step(struct span text, bool *good)
{
	const uint8_t *p = (const uint8_t *)text.p;
	const struct utf8_lead *lead;
	uint8_t low, high;

	*good = true;
	if (p[0] < 0x80)
		return 1;
	*good = false;
	lead = utf8_lead(p[0]);
	if (!lead)
		return 1;
	low = lead->low;
	high = lead->high;
	for (size_t i = 1; i <= lead->follow; i++) {
		if (i >= text.n || p[i] < low || p[i] > high)
			return i;
		low = 0x80;
		high = 0xBF;
	}
	*good = true;
	return (size_t)lead->follow + 1;
}

bool
utf8_is_valid(struct span text)
{
	bool good = true;

	while (good && text.n)
		text = span_from(text, utf8_step(text, &good));
	return good;
}

size_t
utf8_count(struct span text)
{
	size_t count = 0;
	bool good;

	for (; text.n; count++)
		text = span_from(text, utf8_step(text, &good));
	return count;
}

struct span
utf8_repair(struct arena *a, struct span text)
{
	char *out;
	size_t n = 0;

	if (utf8_is_valid(text))
		return text;
	out = arena_bytes(a, text.n * 3 + 1);
	while (text.n) {
		bool good;
		size_t step = utf8_step(text, &good);

		memcpy(
		    out + n, good ? text.p : UTF8_REPLACEMENT, good ? step : 3);
		n += good ? step : 3;
		text = span_from(text, step);
	}
	out[n] = '\0';
	return span_make(out, n);
}

size_t
utf8_encode(uint32_t code, char out[4])
{
	size_t follow = code < 0x80	 ? 0
			: code < 0x800	 ? 1
			: code < 0x10000 ? 2
					 : 3;
	static const uint8_t marks[] = {0, 0xC0, 0xE0, 0xF0};

	for (size_t i = follow; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3F));
		code >>= 6;
	}
	out[0] = (char)(marks[follow] | code);
	return follow + 1;
}
