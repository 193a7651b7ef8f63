/* Numbers and text of JSON values, from their bytes: json-c clamps integers
 * beyond 64 bits without a word, the bytes do not. */
#include "common/js.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/json.h"

/* A decimal as digits and a power of ten: 1.50e3 is 15 and 2. */
struct decimal {
	char digits[20];
	size_t count; /* significant digits, may be more than kept */
	size_t zeros; /* seen behind the last digit that is not 0 */
	int64_t exponent;
	bool negative;
};

enum { EXPONENT_MAX = 1000000 }; /* far beyond any double */

static void
decimal_digit(struct decimal *d, char c)
{
	if (c == '0') {
		d->zeros += d->count > 0;
		return;
	}
	for (; d->zeros; d->zeros--, d->count++)
		if (d->count < sizeof d->digits)
			d->digits[d->count] = '0';
	if (d->count < sizeof d->digits)
		d->digits[d->count] = c;
	d->count++;
}

static int64_t
exponent_value(struct span s)
{
	int64_t v;

	if (s.n && s.p[0] == '+')
		s = span_from(s, 1);
	if (span_i64(s, &v) && v > -EXPONENT_MAX && v < EXPONENT_MAX)
		return v;
	return s.p[0] == '-' ? -EXPONENT_MAX : EXPONENT_MAX;
}

static void
decimal_read(struct span raw, struct decimal *d)
{
	int64_t fraction = 0;
	bool point = false;

	*d = (struct decimal){0};
	for (size_t i = 0; i < raw.n; i++) {
		char c = raw.p[i];

		if (c == '-') {
			d->negative = true;
		} else if (c == '.') {
			point = true;
		} else if ((c | 0x20) == 'e') {
			d->exponent = exponent_value(span_from(raw, i + 1));
			break;
		} else {
			decimal_digit(d, c);
			fraction += point;
		}
	}
	d->exponent += (int64_t)d->zeros - fraction;
}

bool
js_is_i64(struct js v, int64_t *out)
{
	struct decimal d;
	char text[24];
	size_t n = 0;

	if (v.type != JS_NUMBER)
		return false;
	decimal_read(v.raw, &d);
	if (!d.count) {
		*out = 0;
		return true;
	}
	if (d.exponent < 0 || (int64_t)d.count + d.exponent > 19)
		return false;
	if (d.negative)
		text[n++] = '-';
	memcpy(text + n, d.digits, d.count);
	n += d.count;
	memset(text + n, '0', (size_t)d.exponent);
	return span_i64(span_make(text, n + (size_t)d.exponent), out);
}

double
js_f64(struct js v)
{
	/* js_parse sees to it that a byte follows which ends the number */
	return v.type == JS_NUMBER ? strtod(v.raw.p, NULL) : NAN;
}

static void
put_number(struct buf *b, struct js v)
{
	double d = js_f64(v);

	if (isinf(d))
		buf_text(b, d < 0 ? "-Infinity" : "Infinity");
	else
		json_put_f64(b, d);
}

void
js_put(struct buf *b, struct js v)
{
	struct js_iter it = js_iter(v);
	bool object = v.type == JS_OBJECT;
	const char *comma = "";
	struct span name;
	struct js inner;

	if (v.type == JS_STRING) {
		json_put_string(b, js_string(v));
	} else if (v.type == JS_NUMBER) {
		json_put_f64(b, js_f64(v));
	} else if (v.type == JS_LIST || object) {
		buf_char(b, object ? '{' : '[');
		for (; js_next(&it, &name, &inner); comma = ",") {
			buf_text(b, comma);
			if (object) {
				json_put_string(b, name);
				buf_char(b, ':');
			}
			js_put(b, inner);
		}
		buf_char(b, object ? '}' : ']');
	} else {
		buf_span(b, v.raw); /* true, false, null */
	}
}

struct span
js_as_text(struct arena *a, struct js v)
{
	struct span text;
	struct buf b;

	if (v.type == JS_STRING)
		return arena_span(a, js_string(v));
	/* a value never grows past six times its bytes ("\u007f" aside) nor a
	 * number past 25 */
	buf_init(&b, v.raw.n * 6 + 32);
	if (v.type == JS_NUMBER)
		put_number(&b, v);
	else
		js_put(&b, v);
	text = arena_span(a, buf_view(&b));
	buf_release(&b);
	return text;
}
