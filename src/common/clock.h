/* The only readers of time. */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/err.h"
#include "common/span.h"

int64_t clock_wall_ms(void);	 /* since 1970, UTC; shifted in tests */
int64_t clock_mono_ms(void);	 /* for deadlines */
int64_t clock_mono_us(void);	 /* for measuring */
void clock_shift_ms(int64_t by); /* tests: moves the wall clock */

/* The wall clock may be set at any time, by the machine's administrator, its
 * time service or a suspension. What is a length of time is therefore measured
 * with clock_mono_ms; only moments that are stored are wall time. */
/* When the wall clock will show that moment, unless it is set. */
int64_t clock_wall_at(int64_t mono_ms); /* INT64_MAX: likewise */
/* Wall less monotonic: changes when the wall clock is set. */
int64_t clock_offset_ms(void);
/* Debugging ([debug] clock): from now on the wall clock is ahead by the number
 * of milliseconds in this file, 8 bytes in the machine's order, whatever it
 * becomes. "" is none. `path` must live on. Before there are threads.
 * ERR_CONFIG. */
enum err clock_follow(const char *path, struct fault *);
/* A descriptor that can be read after the wall clock was set; -1: none. */
int clock_watch(void);
void clock_watch_clear(int fd);

#define CLOCK_ISO_BYTES 32
/* 2021-01-24T10:00:00.000Z (contract chapter 10). */
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_BYTES]);
/* ISO 8601 text with or without zone (then UTC), date alone is midnight UTC
 * (contract 7.2); blank allowed for T; fraction of a second any length. */
bool clock_parse(struct span text, int64_t *wall_ms);

/* Civil UTC time, also before 1970. */
struct clock_civil {
	int64_t year;
	int month, day; /* from 1 */
	int hour, minute, second, ms;
	int weekday;  /* Sunday 0 */
	int iso_week; /* 1..53 */
};
void clock_split(int64_t wall_ms, struct clock_civil *);
int64_t clock_join(const struct clock_civil *); /* weekday, week ignored;
                                   months out of 1..12 are carried
                                   over, too far away is clamped */

#endif
