/* Virtual scheduling (the generic cell rate algorithm): each one has a place
 * on the time line, an interval after the one before. */
#include "queue/pace.h"

enum { SECOND_US = 1000000, MS_US = 1000 };

void
pace_set(struct pace *p, double per_second)
{
	p->interval_us =
	    per_second > 0 ? (int64_t)((double)SECOND_US / per_second) : 0;
}

int64_t
pace_next_ms(const struct pace *p)
{
	if (p->interval_us == 0 || p->next_us <= PACE_SLACK_US)
		return INT64_MIN;
	return (p->next_us - PACE_SLACK_US + MS_US - 1) / MS_US;
}

void
pace_take(struct pace *p, int64_t now_ms)
{
	int64_t now_us = now_ms * MS_US;

	if (p->interval_us == 0)
		return;
	if (p->next_us < now_us)
		p->next_us = now_us;
	p->next_us += p->interval_us;
}

void
pace_start(struct pace *p, int64_t now_ms)
{
	int64_t wait_us =
	    p->interval_us < SECOND_US ? p->interval_us : SECOND_US;

	p->next_us = now_ms * MS_US + wait_us;
}

void
pace_shift(struct pace *p, int64_t by_ms)
{
	if (p->next_us > 0)
		p->next_us += by_ms * MS_US;
}
