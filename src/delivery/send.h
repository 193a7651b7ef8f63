/* Sending: many transfers at once over libcurl, driven from outside. The only
 * door to libcurl. What is asked of it, and why, stands in send.c. */
#ifndef DELIVERY_SEND_H
#define DELIVERY_SEND_H

#include "common/conf.h"
#include "delivery/guard.h"
#include "model/lease.h"

struct sender;
struct sender_options {
	const struct conf *conf;
	const struct guard *guard;
	const char *version;
	/* One attempt is over. The report's spans live until this returns. */
	void (*done)(void *ctx, const struct lease_report *);
	void *ctx;
};

enum err sender_new(
    const struct sender_options *, struct sender **, struct fault *);
void sender_free(struct sender *); /* transfers vanish unreported */

/* Takes one attempt to be begun by sender_step; `packed` is the job as
 * lease_job_pack made it. One that cannot be sent at all is reported. */
enum err sender_start(struct sender *, struct span packed);
/* Does what can be done now; calls `done`. */
void sender_step(struct sender *);
int sender_fd(const struct sender *); /* readable: sender_step has work */
/* Milliseconds until sender_step has work anyway; -1: none. */
int64_t sender_wait_ms(const struct sender *);
size_t sender_in_flight(const struct sender *);
/* Ends all transfers with OUTCOME_ABORTED. */
void sender_abort(struct sender *);
/* Tokens of what is in flight; room for sender_in_flight of them. */
size_t sender_tokens(const struct sender *, int64_t *out);

#endif
