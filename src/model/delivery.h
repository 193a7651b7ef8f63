/* The life of a delivery: states, schedule, what an outcome means. Pure. */
#ifndef MODEL_DELIVERY_H
#define MODEL_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/span.h"

enum delivery_state {
	DELIVERY_PENDING,
	DELIVERY_LEASED,
	DELIVERY_DELIVERED,
	DELIVERY_DEAD,
	DELIVERY_CANCELLED,
	DELIVERY_STATE_COUNT
};
const char *delivery_state_name(enum delivery_state);
bool delivery_state_parse(struct span, enum delivery_state *);

/* How an attempt ended (product chapter 2, deliveries, `outcome`). */
enum outcome {
	OUTCOME_DELIVERED,
	OUTCOME_ANSWER,
	OUTCOME_TIMEOUT,
	OUTCOME_DNS,
	OUTCOME_CONNECT,
	OUTCOME_TLS,
	OUTCOME_REFUSED_ADDRESS,
	OUTCOME_TOO_LARGE,
	OUTCOME_PROTOCOL,
	OUTCOME_ABORTED,
	OUTCOME_COUNT
};
const char *outcome_name(enum outcome);

/* Seconds after the attempt before, product chapter 3: 0, 5, 300, 1800, 7200,
 * 18000, 36000, 50400, 72000, 86400. */
extern const uint32_t schedule_default[];
extern const size_t schedule_default_count;

/* A webhook's own schedule, or the default one. */
enum { SCHEDULE_STEPS_MAX = 50 };
struct schedule {
	uint32_t steps[SCHEDULE_STEPS_MAX]; /* seconds */
	size_t count;
};
/* From the option as it is stored, a list of whole numbers; without one the
 * default. */
void schedule_read(struct span list, struct schedule *);
/* The longest wait next_attempt can give. */
int64_t schedule_longest_ms(const struct schedule *);

enum verdict { VERDICT_DELIVERED, VERDICT_RETRY, VERDICT_DEAD, VERDICT_GONE };
struct attempt_result {
	uint32_t attempt; /* 1 = the first that was made */
	enum outcome outcome;
	int status;		/* 0: no answer */
	int64_t retry_after_ms; /* from now; -1: none */
};
/* What is next, and when (*due_ms) for VERDICT_RETRY: the later of the
 * schedule with `jitter` (0..1, adds up to 10 %) and Retry-After, the latter
 * at most 10 h. GONE: status 410. ABORTED by the dispatcher's own stop costs
 * no attempt: due at once. */
enum verdict next_attempt(const struct attempt_result *, int64_t now_ms,
    const uint32_t *schedule, size_t schedule_count, double jitter,
    int64_t *due_ms);

#endif
