/* What an endpoint bears: how many deliveries may be under way to it (the
 * window), and whether any may at all (the breaker). Pure: the caller keeps
 * the struct, counts what is under way and brings the time.
 *
 * The window starts at FLOW_START, rises by one when a whole window went
 * through while it was in use, and halves on trouble, once for all that were
 * under way together (product chapter 3, "Fairness").
 *
 * The breaker opens when FLOW_TROUBLES in a row never reached the receiver.
 * After a while, longer each time, exactly one delivery is let through as a
 * probe; any answer closes the breaker again. */
#ifndef QUEUE_FLOW_H
#define QUEUE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "model/delivery.h"

enum {
	FLOW_START = 4,
	FLOW_TROUBLES = 5, /* a first window, and one more */
	FLOW_WAIT_DOUBLINGS = 6
};

/* What one attempt's end says about its endpoint. */
enum sign {
	SIGN_NONE,    /* nothing: our own doing */
	SIGN_SUCCESS, /* by the rule of the webhook */
	SIGN_ANSWER,  /* reached, and it did not complain of load */
	SIGN_PRESSED, /* reached; 429, 502, 503, 504 */
	SIGN_SILENT,  /* reached, no answer came */
	SIGN_TROUBLE  /* not reached: name, connection or TLS */
};
enum sign flow_sign(enum outcome, int status); /* status 0: no answer */

enum flow_state { FLOW_CLOSED, FLOW_OPEN, FLOW_PROBING, FLOW_STATES };
const char *flow_state_name(enum flow_state);

struct flow_limits {
	int64_t window;	 /* at most */
	int64_t wait_ms; /* open at first; then doubled, up to 64 times this */
};
struct flow {
	double window;
	enum flow_state state;
	bool proven;	  /* the last that was heard was an answer */
	int32_t troubles; /* one after the other */
	int32_t waits;	  /* how often it opened since it was reached */
	int64_t retry_ms; /* open: when the probe may go */
	int64_t taken;	  /* number of the latest delivery */
	int64_t taken_ms; /* when it went; 0: none did */
	int64_t fell;	  /* .taken when the window fell */
	int64_t probe;	  /* its number */
};

void flow_init(struct flow *, const struct flow_limits *);
/* The earliest moment for one more while so many are under way: INT64_MAX is
 * not before one of them ends. Where it is gone by, one may go at once; it is
 * then the moment the last one went, so that endpoints which are ordered by it
 * take turns. */
int64_t flow_next_ms(const struct flow *, int64_t in_flight);
/* One more goes; its number. */
int64_t flow_take(struct flow *, int64_t now_ms);
/* The end of delivery `number`, which still counts in in_flight. */
void flow_hear(struct flow *, const struct flow_limits *, enum sign,
    int64_t number, int64_t in_flight, int64_t now_ms);
/* It ended without a word: was it the probe, another one may go. */
void flow_lost(struct flow *, int64_t number);
/* The clock was set. */
void flow_shift(struct flow *, int64_t by_ms);

#endif
