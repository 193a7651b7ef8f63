/* The dispatcher's two connections to the owner: one holds the lease call,
 * the other carries reports. Both non-blocking, both come back by themselves
 * with a back-off when the owner is away. */
#ifndef DELIVERY_ASK_H
#define DELIVERY_ASK_H

#include <poll.h>

#include "http/fcgi_client.h"
#include "model/lease.h"

struct ask;

/* dir: the state directory; it need not be there yet. */
struct ask *ask_new(const char *dir);
void ask_free(struct ask *);

/* Keeps a report until the owner has answered for it. */
void ask_report(struct ask *, const struct lease_report *);
size_t ask_reports_waiting(const struct ask *);
/* The tokens among them; room for ask_reports_waiting of them. */
size_t ask_report_tokens(const struct ask *, int64_t *out);

/* For how long the owner could not be reached; -1: it can. */
int64_t ask_away_ms(const struct ask *);

/* What the lease call shall say when it is sent next. */
struct ask_lease {
	uint32_t want;
	int64_t wait_ms;
	const int64_t *holding;
	size_t holding_count;
};
/* True: no lease call is under way and one can be sent now. */
bool ask_may_lease(struct ask *);
void ask_lease(struct ask *, const struct ask_lease *);
/* How many jobs there is room for now; told with the next report. */
void ask_want(struct ask *, uint32_t want);

/* Reads what the owner answered. `jobs` is the answer to the lease call when
 * *answered; it is valid until the next ask_lease. Words for the log when
 * something went wrong, else NULL. */
const char *ask_step(struct ask *, bool *answered, struct span *jobs);
/* Sends the reports that wait, if their connection is free. */
void ask_flush(struct ask *);

/* Both connections, for poll(); returns how many. */
size_t ask_fds(const struct ask *, struct pollfd out[2]);
/* Milliseconds until the next try to connect; -1: none. */
int64_t ask_wait_ms(const struct ask *);

#endif
