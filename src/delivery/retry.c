/* Reading Retry-After. What cannot be read counts as absent; amounts beyond a
 * year are cut to one (the schedule's own limit is far below). */
#include "delivery/retry.h"

#include "common/clock.h"

static const int64_t YEAR_MS = 366LL * 24 * 3600 * 1000;

static int64_t
bounded(int64_t ms)
{
	if (ms < 0)
		return 0;
	return ms < YEAR_MS ? ms : YEAR_MS;
}

static bool
digits(struct span text, int64_t *out)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0 && text.n <= 12 && span_i64(text, out);
}

/* "120", and "1.5" as some send it. */
static bool
seconds(struct span value, int64_t *ms)
{
	ptrdiff_t dot = span_find(value, '.');
	int64_t s, part = 0;

	if (dot < 0) {
		if (!digits(value, &s))
			return false;
	} else if (!digits(span_head(value, (size_t)dot), &s) ||
		   !digits(span_from(value, (size_t)dot + 1), &part)) {
		return false;
	}
	*ms = (s + (part > 0)) * 1000;
	return true;
}

static bool
month(struct span text, int *out)
{
	static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	for (int i = 0; i < 12; i++)
		if (span_is(text, names[i])) {
			*out = i + 1;
			return true;
		}
	return false;
}

static bool
small(struct span text, int64_t least, int64_t most, int *out)
{
	int64_t n;

	if (!digits(text, &n) || n < least || n > most)
		return false;
	*out = (int)n;
	return true;
}

/* "08:49:37" */
static bool
time_of_day(struct span text, struct clock_civil *c)
{
	struct span h, m;

	return span_next(&text, ':', &h) && span_next(&text, ':', &m) &&
	       text.p && small(h, 0, 23, &c->hour) &&
	       small(m, 0, 59, &c->minute) && small(text, 0, 60, &c->second);
}

static bool
year(struct span text, struct clock_civil *c, int64_t now_ms)
{
	struct clock_civil now;

	if (!digits(text, &c->year))
		return false;
	if (text.n != 2)
		return text.n == 4;
	/* RFC 850: two digits more than 50 years ahead mean the past. */
	clock_split(now_ms, &now);
	c->year += now.year - now.year % 100;
	if (c->year > now.year + 50)
		c->year -= 100;
	return true;
}

/* Parts at blanks; several blanks count as one. */
static size_t
split(struct span text, struct span *parts, size_t most)
{
	struct span part;
	size_t n = 0;

	while (n < most && span_next(&text, ' ', &part))
		if (part.n > 0)
			parts[n++] = part;
	return n;
}

/* Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT |
 * Sun Nov  6 08:49:37 1994 */
static bool
http_date(struct span value, int64_t now_ms, int64_t *wall_ms)
{
	struct clock_civil c = {0};
	struct span p[7], day, mon;
	size_t n = split(value, p, 7);
	bool ok;

	if (n == 6 && span_is(p[5], "GMT")) {
		ok = small(p[1], 1, 31, &c.day) && month(p[2], &c.month) &&
		     year(p[3], &c, now_ms) && time_of_day(p[4], &c);
	} else if (n == 4 && span_is(p[3], "GMT")) {
		ok = span_next(&p[1], '-', &day) &&
		     span_next(&p[1], '-', &mon) && p[1].p &&
		     small(day, 1, 31, &c.day) && month(mon, &c.month) &&
		     year(p[1], &c, now_ms) && time_of_day(p[2], &c);
	} else {
		ok = n == 5 && month(p[1], &c.month) &&
		     small(p[2], 1, 31, &c.day) && time_of_day(p[3], &c) &&
		     year(p[4], &c, now_ms);
	}
	if (ok)
		*wall_ms = clock_join(&c);
	return ok;
}

int64_t
retry_after_ms(struct span value, int64_t now_ms)
{
	int64_t ms;

	value = span_trim(value);
	if (seconds(value, &ms))
		return bounded(ms);
	if (http_date(value, now_ms, &ms))
		return bounded(ms - now_ms);
	return -1;
}
