/* Values: constructors and the one order over them.
 *
 * Numbers are ordered by amount whatever their type, exactly: a 64-bit whole
 * number and a double are never compared through a rounding conversion. */
#include "model/value.h"

#include <assert.h>
#include <math.h>

struct value
value_null(void)
{
	return (struct value){.type = VALUE_NULL};
}

struct value
value_bool(bool b)
{
	return (struct value){.type = VALUE_BOOL, .b = b};
}

struct value
value_int(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}

struct value
value_f64(double f)
{
	assert(isfinite(f));
	return (struct value){.type = VALUE_FLOAT, .f = f};
}

struct value
value_text(struct span text)
{
	return (struct value){.type = VALUE_TEXT, .text = text};
}

struct value
value_time(int64_t wall_ms)
{
	return (struct value){.type = VALUE_TIME, .i = wall_ms};
}

struct value
value_json(struct span text)
{
	return (struct value){.type = VALUE_JSON, .text = text};
}

/* null < bool < number < text < json; times are numbers of milliseconds. */
static int
kind(struct value v)
{
	static const int kinds[] = {
	    [VALUE_NULL] = 0,
	    [VALUE_BOOL] = 1,
	    [VALUE_INT] = 2,
	    [VALUE_FLOAT] = 2,
	    [VALUE_TIME] = 2,
	    [VALUE_NUMBER] = 2,
	    [VALUE_TEXT] = 3,
	    [VALUE_JSON] = 4,
	};

	return kinds[v.type];
}

static bool
is_whole(struct value v)
{
	return v.type == VALUE_INT || v.type == VALUE_TIME;
}

bool
value_is_number(struct value v)
{
	return kind(v) == 2;
}

double
value_as_f64(struct value v)
{
	assert(value_is_number(v));
	return is_whole(v) ? (double)v.i : v.f;
}

static int
sign(bool less, bool more)
{
	return (int)more - (int)less;
}

/* i against f without rounding i: doubles beyond 2^63 are out of its reach,
 * all others have a whole part that fits. */
static int
cmp_int_f64(int64_t i, double f)
{
	double whole;
	int64_t w;

	if (f >= 0x1p63)
		return -1;
	if (f < -0x1p63)
		return 1;
	whole = floor(f);
	w = (int64_t)whole;
	if (i != w)
		return sign(i<w, i> w);
	return f > whole ? -1 : 0;
}

static int
cmp_numbers(struct value a, struct value b)
{
	if (is_whole(a) && is_whole(b))
		return sign(a.i<b.i, a.i> b.i);
	if (is_whole(a))
		return cmp_int_f64(a.i, b.f);
	if (is_whole(b))
		return -cmp_int_f64(b.i, a.f);
	return sign(a.f<b.f, a.f> b.f);
}

int
value_cmp(struct value a, struct value b)
{
	int ka = kind(a), kb = kind(b);

	if (ka != kb)
		return sign(ka<kb, ka> kb);
	switch (ka) {
	case 0:
		return 0;
	case 1:
		return sign(!a.b && b.b, a.b && !b.b);
	case 2:
		return cmp_numbers(a, b);
	default:
		return span_cmp(a.text, b.text);
	}
}
