/* Texts that a YAML reader would take for something else: null, booleans,
 * numbers, times, and what older readers took for booleans and base-60
 * numbers. */
#include "query/export_yaml.h"

#include <string.h>

static bool
is_one_of(struct span text, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_is(text, words[i]))
			return true;
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span
without_sign(struct span text)
{
	if (text.n > 0 && (text.p[0] == '-' || text.p[0] == '+'))
		return span_from(text, 1);
	return text;
}

/* Number of characters at the start that are of the set. */
static size_t
run_of(struct span text, const char *set)
{
	size_t n = 0;

	while (n < text.n && text.p[n] && strchr(set, text.p[n]))
		n++;
	return n;
}

#define DIGITS "0123456789"

static bool
is_based(struct span text)
{
	static const struct {
		char sign;
		const char *digits;
	} bases[] = {
	    {'b', "01_"}, {'o', "01234567_"}, {'x', "0123456789abcdefABCDEF_"}};
	struct span digits = span_from(text, 2);

	for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
		if (text.p[1] != bases[i].sign)
			continue;
		return run_of(digits, bases[i].digits) == digits.n &&
		       run_of(digits, "_") < digits.n &&
		       digits.p[digits.n - 1] != '_';
	}
	return false;
}

static bool
is_integer(struct span text)
{
	text = without_sign(text);
	if (text.n == 0 || text.p[0] == '_' || text.p[text.n - 1] == '_')
		return false;
	if (text.n > 2 && text.p[0] == '0' && is_based(text))
		return true;
	return run_of(text, DIGITS "_") == text.n;
}

/* `e`, a sign, digits; or nothing. */
static bool
is_exponent(struct span text)
{
	if (text.n == 0)
		return true;
	if (text.p[0] != 'e' && text.p[0] != 'E')
		return false;
	text = without_sign(span_from(text, 1));
	return text.n > 0 && run_of(text, DIGITS) == text.n;
}

static bool
is_float(struct span text)
{
	static const char *const infinite[] = {".inf", ".Inf", ".INF"};
	static const char *const nans[] = {".nan", ".NaN", ".NAN"};
	struct span rest = without_sign(text);
	size_t n;

	if (is_one_of(rest, infinite, 3) || is_one_of(text, nans, 3))
		return true;
	if (text.n == 0 || text.p[text.n - 1] == '_')
		return false;
	if (text.p[0] == '.') {
		n = run_of(span_from(text, 1), DIGITS "_");
		return n > 0 && is_exponent(span_from(text, n + 1));
	}
	if (rest.n == 0 || !is_digit(rest.p[0]))
		return false;
	rest = span_from(rest, run_of(rest, DIGITS "_"));
	if (rest.n > 0 && rest.p[0] == '.')
		rest =
		    span_from(rest, 1 + run_of(span_from(rest, 1), DIGITS "_"));
	return is_exponent(rest);
}

/* Reads by a pattern: `d` a digit, `D` one or two, others themselves. */
static bool
take(struct span *text, const char *pattern)
{
	for (; *pattern; pattern++) {
		bool digit = *pattern == 'd' || *pattern == 'D';

		if (text->n == 0 ||
		    !(digit ? is_digit(text->p[0]) : text->p[0] == *pattern))
			return false;
		*text = span_from(*text, 1);
		if (*pattern == 'D' && text->n > 0 && is_digit(text->p[0]))
			*text = span_from(*text, 1);
	}
	return true;
}

static bool
is_zone(struct span text)
{
	text = span_from(text, run_of(text, " \t"));
	if (text.n == 0 || span_is(text, "Z"))
		return true;
	if (text.p[0] != '+' && text.p[0] != '-')
		return false;
	text = span_from(text, 1);
	if (!take(&text, "D"))
		return false;
	return text.n == 0 || (take(&text, ":dd") && text.n == 0);
}

static bool
is_time(struct span text)
{
	struct span rest = text;
	size_t blanks;

	if (take(&rest, "dddd-dd-dd") && rest.n == 0)
		return true;
	rest = text;
	if (!take(&rest, "dddd-D-D") || rest.n == 0)
		return false;
	blanks = run_of(rest, " \t");
	if (blanks == 0 && rest.p[0] != 'T' && rest.p[0] != 't')
		return false;
	rest = span_from(rest, blanks ? blanks : 1);
	if (!take(&rest, "D:dd:dd"))
		return false;
	if (rest.n > 0 && rest.p[0] == '.')
		rest = span_from(rest, 1 + run_of(span_from(rest, 1), DIGITS));
	/* Blanks alone are no zone. */
	if (rest.n > 0 && run_of(rest, " \t") == rest.n)
		return false;
	return is_zone(rest);
}

bool
yaml_is_ambiguous(struct span text)
{
	static const char *const words[] = {"~", "null", "Null", "NULL", "true",
	    "True", "TRUE", "false", "False", "FALSE", "<<"};

	return is_one_of(text, words, sizeof words / sizeof *words) ||
	       is_integer(text) || is_float(text) || is_time(text);
}

/* [-+] digits, then (: digits) at least once, then a fraction. */
static bool
is_base60(struct span text)
{
	size_t n, parts = 0;

	text = without_sign(text);
	n = run_of(text, DIGITS "_");
	if (n == 0)
		return false;
	text = span_from(text, n);
	while (text.n > 1 && text.p[0] == ':' &&
	       (n = run_of(span_from(text, 1), DIGITS "_")) > 0) {
		text = span_from(text, n + 1);
		parts++;
	}
	if (text.n > 0 && text.p[0] == '.')
		text =
		    span_from(text, 1 + run_of(span_from(text, 1), DIGITS "_"));
	return parts > 0 && text.n == 0;
}

bool
yaml_is_old(struct span text)
{
	static const char *const words[] = {"y", "Y", "yes", "Yes", "YES", "on",
	    "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"};

	return is_one_of(text, words, sizeof words / sizeof *words) ||
	       is_base60(text);
}
