/* Time: read here only, so that tests can move it; and the civil calendar
 * (proleptic Gregorian, UTC, no leap seconds), as JavaScript's Date counts.
 *
 * A clock that is followed lies in a file of 8 bytes, mapped for good: all
 * threads of all programs that follow it see a jump at the same moment, and
 * reading it costs no call.
 *
 * The calendar works on 400-year eras that begin on 1 March, so that the
 * leap day is the last day of its year and of its era. */
#include "common/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	ERA_DAYS = 146097,
	EPOCH_DAYS = 719468 /* from 0000-03-01 to 1970-01-01 */
};

static _Atomic int64_t clock_shift;
static const _Atomic int64_t *clock_followed = &clock_shift;
static const char *clock_path; /* NULL: the machine's own clock */

static int64_t
clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t
clock_wall_ms(void)
{
	return clock_us(CLOCK_REALTIME) / 1000 + atomic_load(clock_followed);
}

int64_t
clock_mono_ms(void)
{
	return clock_us(CLOCK_MONOTONIC) / 1000;
}

int64_t
clock_mono_us(void)
{
	return clock_us(CLOCK_MONOTONIC);
}

int64_t
clock_wall_at(int64_t mono_ms)
{
	return mono_ms == INT64_MAX
		   ? INT64_MAX
		   : clock_wall_ms() + (mono_ms - clock_mono_ms());
}

int64_t
clock_offset_ms(void)
{
	return clock_wall_ms() - clock_mono_ms();
}

void
clock_shift_ms(int64_t by)
{
	atomic_fetch_add(&clock_shift, by);
}

enum err
clock_follow(const char *path, struct fault *fault)
{
	void *map = MAP_FAILED;
	struct stat st;
	int fd;

	if (!*path)
		return ERR_NONE;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &st) == 0 &&
	    st.st_size == (off_t)sizeof(clock_shift))
		map = mmap(
		    NULL, sizeof(clock_shift), PROT_READ, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (map == MAP_FAILED)
		return fault_add(fault, ERR_CONFIG, NULL,
		    "cannot follow the clock in %s: %s", path,
		    fd < 0 ? strerror(errno) : "it must hold 8 bytes");
	clock_followed = map;
	clock_path = path;
	return ERR_NONE;
}

/* A timer nobody waits for, only told when the clock is set. */
static void
watch_arm(int fd)
{
	const struct itimerspec never = {.it_value = {.tv_sec = INT32_MAX}};

	(void)timerfd_settime(
	    fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

int
clock_watch(void)
{
	int fd;

	if (clock_path) {
		fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
		if (fd >= 0)
			(void)inotify_add_watch(fd, clock_path, IN_MODIFY);
		return fd;
	}
	fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (fd >= 0)
		watch_arm(fd);
	return fd;
}

void
clock_watch_clear(int fd)
{
	char events[4096];

	while (read(fd, events, sizeof(events)) > 0)
		continue;
	if (!clock_path)
		watch_arm(fd);
}

/* Division towards minus infinity. */
static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t
days_from_civil(int64_t year, int month, int day)
{
	int64_t era, year_of_era, day_of_year;

	year -= month < 3;
	era = floor_div(year, 400);
	year_of_era = year - era * 400;
	/* March 0 ... February 11; (153 m + 2) / 5 counts 31 30 31 30 31 ... */
	day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
	return era * ERA_DAYS + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

static void
civil_from_days(int64_t days, struct clock_civil *c)
{
	int64_t era, day_of_era, year_of_era, day_of_year, month;

	days += EPOCH_DAYS;
	era = floor_div(days, ERA_DAYS);
	day_of_era = days - era * ERA_DAYS;
	year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			  day_of_era / 146096) /
		      365;
	day_of_year = day_of_era -
		      (year_of_era * 365 + year_of_era / 4 - year_of_era / 100);
	month = (5 * day_of_year + 2) / 153;
	c->day = (int)(day_of_year - (153 * month + 2) / 5) + 1;
	c->month = (int)(month < 10 ? month + 3 : month - 9);
	c->year = era * 400 + year_of_era + (c->month < 3);
}

/* ISO 8601: weeks begin on Monday; week 1 holds the year's first Thursday. */
static int
iso_week(int64_t days, int weekday)
{
	struct clock_civil thursday;
	int64_t at = days - (weekday + 6) % 7 + 3;

	civil_from_days(at, &thursday);
	return (int)(at - days_from_civil(thursday.year, 1, 1)) / 7 + 1;
}

void
clock_split(int64_t wall_ms, struct clock_civil *c)
{
	int64_t days = floor_div(wall_ms, DAY_MS);
	int rest = (int)((wall_ms % DAY_MS + DAY_MS) % DAY_MS);

	civil_from_days(days, c);
	c->hour = rest / 3600000;
	c->minute = rest / 60000 % 60;
	c->second = rest / 1000 % 60;
	c->ms = rest % 1000;
	c->weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);
	c->iso_week = iso_week(days, c->weekday);
}

int64_t
clock_join(const struct clock_civil *c)
{
	int64_t years = floor_div((int64_t)c->month - 1, 12);
	int month = (int)(c->month - 1 - years * 12) + 1;
	int64_t days = days_from_civil(c->year + years, month, 1) + c->day - 1;

	int64_t rest = (int64_t)c->hour * 3600000 + (int64_t)c->minute * 60000 +
		       (int64_t)c->second * 1000 + c->ms;
	int64_t at;

	/* far out of any use: stay at the end of time */
	if (__builtin_mul_overflow(days, DAY_MS, &at) ||
	    __builtin_add_overflow(at, rest, &at))
		return days < 0 ? INT64_MIN : INT64_MAX;
	return at;
}

void
clock_iso(int64_t wall_ms, char out[CLOCK_ISO_BYTES])
{
	struct clock_civil c;
	int year_digits = 4;
	const char *sign = "";
	uint64_t year;

	clock_split(wall_ms, &c);
	year = c.year < 0 ? (uint64_t)-c.year : (uint64_t)c.year;
	if (c.year < 0 || c.year > 9999) { /* as Date.toISOString */
		sign = c.year < 0 ? "-" : "+";
		year_digits = 6;
	}
	snprintf(out, CLOCK_ISO_BYTES,
	    "%s%0*llu-%02u-%02uT%02u:%02u:%02u.%03uZ", sign, year_digits,
	    (unsigned long long)year % 1000000000u, (unsigned)c.month % 100u,
	    (unsigned)c.day % 100u, (unsigned)c.hour % 100u,
	    (unsigned)c.minute % 100u, (unsigned)c.second % 100u,
	    (unsigned)c.ms % 1000u);
}

/* Exactly `digits` digits off the front, at most `most`. */
static bool
take_number(struct span *s, int digits, int least, int most, int *out)
{
	int value = 0;

	if (s->n < (size_t)digits)
		return false;
	for (int i = 0; i < digits; i++) {
		if (s->p[i] < '0' || s->p[i] > '9')
			return false;
		value = value * 10 + (s->p[i] - '0');
	}
	*s = span_from(*s, (size_t)digits);
	*out = value;
	return value >= least && value <= most;
}

static bool
take_char(struct span *s, const char *any)
{
	for (; *any; any++)
		if (s->n && s->p[0] == *any) {
			*s = span_from(*s, 1);
			return true;
		}
	return false;
}

static bool
take_date(struct span *s, struct clock_civil *c)
{
	static const int month_days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, most;

	if (!take_number(s, 4, 0, 9999, &year) || !take_char(s, "-") ||
	    !take_number(s, 2, 1, 12, &c->month) || !take_char(s, "-") ||
	    !take_number(s, 2, 1, 31, &c->day))
		return false;
	c->year = year;
	most = month_days[c->month - 1];
	if (c->month == 2 &&
	    ((year % 4 == 0 && year % 100 != 0) || year % 400 == 0))
		most++;
	return c->day <= most;
}

/* Digits after the point: three count, the rest is only checked. */
static bool
take_fraction(struct span *s, struct clock_civil *c)
{
	int digit, scale = 100;

	if (!take_number(s, 1, 0, 9, &digit))
		return false;
	do {
		c->ms += digit * scale;
		scale /= 10;
	} while (s->n && s->p[0] >= '0' && s->p[0] <= '9' &&
		 take_number(s, 1, 0, 9, &digit));
	return true;
}

static bool
take_time(struct span *s, struct clock_civil *c)
{
	if (!take_number(s, 2, 0, 24, &c->hour) || !take_char(s, ":") ||
	    !take_number(s, 2, 0, 59, &c->minute))
		return false;
	if (take_char(s, ":")) {
		if (!take_number(s, 2, 0, 59, &c->second))
			return false;
		if (take_char(s, ".") && !take_fraction(s, c))
			return false;
	}
	/* 24:00 is the end of the day, and nothing comes after it */
	return c->hour < 24 || (!c->minute && !c->second && !c->ms);
}

/* Z, +hh, +hhmm, +hh:mm or nothing at all. */
static bool
take_zone(struct span *s, int *minutes)
{
	bool west;
	int hour, minute = 0;

	*minutes = 0;
	if (!s->n || take_char(s, "Zz"))
		return true;
	west = s->p[0] == '-';
	if (!take_char(s, "+-") || !take_number(s, 2, 0, 23, &hour))
		return false;
	if (s->n) {
		take_char(s, ":");
		if (!take_number(s, 2, 0, 59, &minute))
			return false;
	}
	*minutes = (hour * 60 + minute) * (west ? -1 : 1);
	return true;
}

bool
clock_parse(struct span text, int64_t *wall_ms)
{
	struct clock_civil c = {0};
	int zone = 0;

	if (!take_date(&text, &c))
		return false;
	if (text.n && (!take_char(&text, "Tt ") || !take_time(&text, &c) ||
			  !take_zone(&text, &zone) || text.n))
		return false;
	*wall_ms = clock_join(&c) - (int64_t)zone * 60000;
	return true;
}
