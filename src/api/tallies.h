/* What /metrics tells of attempts: how they ended and how long they took,
 * counted since the process started. Any thread. */
#ifndef API_TALLIES_H
#define API_TALLIES_H

#include <stdatomic.h>

#include "common/buf.h"
#include "model/lease.h"

enum { TIMES_BOUNDS = 14 };

/* Attempts up to each bound, and above the last. */
struct times {
	_Atomic uint64_t counts[TIMES_BOUNDS + 1], sum_us;
};

struct tallies {
	_Atomic uint64_t outcomes[OUTCOME_COUNT];
	struct times request;	 /* the whole of each attempt */
	struct times first_byte; /* from the event to the receiver's first
	                            byte of the first attempt */
};

void tallies_add(struct tallies *, const struct lease_report *);
void tallies_put(struct tallies *, struct buf *); /* Prometheus text */

#endif
