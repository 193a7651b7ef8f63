/* PostgreSQL divides numerics with a scale that it chooses from the size of
 * both (select_div_scale in its numeric.c): numbers are digits to the base of
 * 10,000; the quotient's weight is estimated from the first digits, and the
 * scale makes up sixteen decimal digits from there. */
#include "query/decimal.h"

enum { SIGNIFICANT_DIGITS = 16, BASE_DIGITS = 4, BASE = 10000 };

void
decimal_put(struct buf *out, __int128 value)
{
	char digits[44];
	size_t at = sizeof digits;
	unsigned __int128 rest =
	    value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;

	do
		digits[--at] = (char)('0' + (int)(rest % 10));
	while ((rest /= 10) > 0);
	if (value < 0)
		digits[--at] = '-';
	buf_put(out, digits + at, sizeof digits - at);
}

static void
first_digit(unsigned __int128 value, int *weight, int *digit)
{
	*weight = 0;
	while (value >= BASE) {
		value /= BASE;
		++*weight;
	}
	*digit = (int)value;
}

static int
quotient_scale(unsigned __int128 sum, unsigned __int128 count)
{
	int weight, digit, count_weight, count_digit, scale;

	first_digit(sum, &weight, &digit);
	first_digit(count, &count_weight, &count_digit);
	weight -= count_weight;
	if (digit <= count_digit)
		weight--;
	scale = SIGNIFICANT_DIGITS - weight * BASE_DIGITS;
	return scale > 0 ? scale : 0;
}

void
decimal_put_quotient(struct buf *out, __int128 sum, int64_t count)
{
	unsigned __int128 n = (unsigned __int128)count;
	unsigned __int128 rest =
	    sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
	int scale = quotient_scale(rest, n);
	unsigned __int128 whole = rest / n;
	char digits[64];
	int at;

	rest %= n;
	for (at = 0; at < scale; at++) {
		rest *= 10;
		digits[at] = (char)(rest / n);
		rest %= n;
	}
	if (rest * 2 >= n) { /* rounded half away from zero */
		for (at = scale; at > 0 && ++digits[at - 1] == 10; at--)
			digits[at - 1] = 0;
		whole += at == 0;
	}
	for (at = 0; at < scale; at++)
		digits[at] = (char)(digits[at] + '0');
	if (sum < 0)
		buf_char(out, '-');
	decimal_put(out, (__int128)whole);
	if (scale > 0) {
		buf_char(out, '.');
		buf_put(out, digits, (size_t)scale);
	}
}
