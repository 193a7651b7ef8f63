/* $NOW and its relatives. Any text that starts with one of the words is taken
 * for it ($NOWHERE is now). Amounts are whole: a fraction is cut off. */
#include "query/dynamic.h"

#include "common/clock.h"

enum unit_kind { UNIT_MS, UNIT_MONTH };

struct unit {
	const char *word;
	enum unit_kind kind;
	int64_t factor;
};

#define SECOND_MS 1000
#define MINUTE_MS (60 * SECOND_MS)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS INT64_C(86400000)

static const struct unit units[] = {{"milliseconds", UNIT_MS, 1},
    {"millisecond", UNIT_MS, 1}, {"msecs", UNIT_MS, 1}, {"msec", UNIT_MS, 1},
    {"ms", UNIT_MS, 1}, {"seconds", UNIT_MS, SECOND_MS},
    {"second", UNIT_MS, SECOND_MS}, {"secs", UNIT_MS, SECOND_MS},
    {"sec", UNIT_MS, SECOND_MS}, {"s", UNIT_MS, SECOND_MS},
    {"minutes", UNIT_MS, MINUTE_MS}, {"minute", UNIT_MS, MINUTE_MS},
    {"mins", UNIT_MS, MINUTE_MS}, {"min", UNIT_MS, MINUTE_MS},
    {"m", UNIT_MS, MINUTE_MS}, {"hours", UNIT_MS, HOUR_MS},
    {"hour", UNIT_MS, HOUR_MS}, {"hrs", UNIT_MS, HOUR_MS},
    {"hr", UNIT_MS, HOUR_MS}, {"h", UNIT_MS, HOUR_MS},
    {"days", UNIT_MS, DAY_MS}, {"day", UNIT_MS, DAY_MS}, {"d", UNIT_MS, DAY_MS},
    {"", UNIT_MS, DAY_MS}, {"weeks", UNIT_MS, 7 * DAY_MS},
    {"week", UNIT_MS, 7 * DAY_MS}, {"wks", UNIT_MS, 7 * DAY_MS},
    {"wk", UNIT_MS, 7 * DAY_MS}, {"w", UNIT_MS, 7 * DAY_MS},
    {"months", UNIT_MONTH, 1}, {"month", UNIT_MONTH, 1},
    {"mths", UNIT_MONTH, 1}, {"mth", UNIT_MONTH, 1}, {"mo", UNIT_MONTH, 1},
    {"years", UNIT_MONTH, 12}, {"year", UNIT_MONTH, 12},
    {"yrs", UNIT_MONTH, 12}, {"yr", UNIT_MONTH, 12}, {"y", UNIT_MONTH, 12}};

/* JavaScript's Date knows 100,000,000 days to either side of 1970. */
#define TIME_MS_MAX INT64_C(8640000000000000)

enum dynamic
dynamic_kind(struct span text)
{
	if (span_starts(text, "$NOW"))
		return DYNAMIC_NOW;
	if (span_is(text, "$CURRENT_USER"))
		return DYNAMIC_USER;
	if (span_is(text, "$CURRENT_ROLE"))
		return DYNAMIC_ROLE;
	if (span_starts(text, "$CURRENT_USER") ||
	    span_starts(text, "$CURRENT_ROLE"))
		return DYNAMIC_NULL;
	return DYNAMIC_NONE;
}

/* Digits, a point and digits among them; *whole is the part before it. */
static bool
read_amount(struct span *text, int64_t *whole)
{
	size_t i = 0, digits = 0;
	bool point = false;

	*whole = 0;
	for (; i < text->n; i++) {
		char c = text->p[i];

		if (c == '.' && !point) {
			point = true;
			digits = 0;
		} else if (c >= '0' && c <= '9') {
			digits++;
			if (!point && *whole <= TIME_MS_MAX)
				*whole = *whole * 10 + (c - '0');
		} else {
			break;
		}
	}
	*text = span_from(*text, i);
	return digits > 0 && *whole <= TIME_MS_MAX;
}

static int
month_days(int64_t year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* The same day of another month, or that month's last. */
static int64_t
add_months(int64_t wall_ms, int64_t months)
{
	struct clock_civil civil;
	int64_t month;

	clock_split(wall_ms, &civil);
	month = civil.month - 1 + months;
	civil.year += month / 12;
	month %= 12;
	if (month < 0) {
		month += 12;
		civil.year--;
	}
	civil.month = (int)month + 1;
	if (civil.day > month_days(civil.year, civil.month))
		civil.day = month_days(civil.year, civil.month);
	return clock_join(&civil);
}

static bool
shift(struct span amount, int64_t now_ms, int64_t *wall_ms)
{
	const struct unit *unit = NULL;
	bool minus = span_starts(amount, "-");
	int64_t whole;

	if (minus || span_starts(amount, "+"))
		amount = span_from(amount, 1);
	if (!read_amount(&amount, &whole))
		return false;
	while (amount.n > 0 && amount.p[0] == ' ')
		amount = span_from(amount, 1);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (span_iis(amount, units[i].word))
			unit = &units[i];
	if (!unit || whole > 2 * TIME_MS_MAX / unit->factor)
		return false;
	whole *= minus ? -unit->factor : unit->factor;
	/* 3,300,000 months are all that the range of times holds. */
	if (unit->kind == UNIT_MONTH && (whole > 3300000 || whole < -3300000))
		return false;
	*wall_ms = unit->kind == UNIT_MONTH ? add_months(now_ms, whole)
					    : now_ms + whole;
	return *wall_ms >= -TIME_MS_MAX && *wall_ms <= TIME_MS_MAX;
}

bool
dynamic_time(struct span text, int64_t now_ms, int64_t *wall_ms)
{
	ptrdiff_t open = span_find(text, '(');
	ptrdiff_t close;
	struct span amount;

	*wall_ms = now_ms;
	if (open < 0)
		return true;
	amount = span_from(text, (size_t)open + 1);
	close = span_find(amount, ')');
	if (close <= 0)
		return true;
	return shift(
	    span_trim(span_head(amount, (size_t)close)), now_ms, wall_ms);
}
