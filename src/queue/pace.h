/* A rate per second, kept by spacing: a bucket that holds as much as comes in
 * PACE_SLACK_US, so that a fast rate needs no waking for each single one, and
 * no second sees more than its rate and one hundredth. Pure. */
#ifndef QUEUE_PACE_H
#define QUEUE_PACE_H

#include <stdint.h>

enum { PACE_SLACK_US = 10000 };

struct pace {
	int64_t interval_us; /* 0: no limit */
	int64_t next_us;     /* wall clock: the next one's place */
};

void pace_set(struct pace *, double per_second); /* 0: no limit */
/* When the next one may go; INT64_MIN: at once. */
int64_t pace_next_ms(const struct pace *);
void pace_take(struct pace *, int64_t now_ms);
/* Not before the one after now_ms, but no longer than a second from it: what
 * went before a start is not known. */
void pace_start(struct pace *, int64_t now_ms);
/* The clock was set. */
void pace_shift(struct pace *, int64_t by_ms);

#endif
