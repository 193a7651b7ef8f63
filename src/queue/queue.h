/* What may be sent now: the owner's memory over the queue rows.
 *
 * A heap of webhooks by earliest due; per endpoint (host:port) what is in
 * flight; leases by session. Inactive webhooks are not in the heap. Inside
 * bodies only (queue_add, queue_lease, queue_report, ...) unless said; the
 * draft of a group is kept or dropped through a store_watch. */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "model/lease.h"
#include "store/outbox.h"

struct queue;
struct conf;

/* Reads the first row of each webhook. `ready` is called outside all locks
 * after a commit made something due, and when a lease or session ended. */
enum err queue_new(struct store *, const struct conf *,
    void (*ready)(void *ctx), void *ctx, struct queue **);
void queue_free(struct queue *);

/* A new or due-again delivery. Writes its queue row. */
enum err queue_add(struct queue *, struct txn *, int64_t webhook,
    int64_t delivery, int64_t due_ms);
/* The webhook was created, changed, (de)activated or deleted. */
void queue_webhook_changed(struct queue *, struct txn *, int64_t webhook);

/* Leases up to `want` jobs for the session; jobs and their bytes in the
 * arena. */
enum err queue_lease(struct queue *, struct txn *, struct arena *,
    const struct lease_request *, int64_t now_ms, struct lease_job **jobs,
    size_t *count);
/* Records one finished attempt: attempt record, new state, queue row. An
 * unknown token is dropped and counted. */
enum err queue_report(struct queue *, struct txn *, struct arena *,
    const struct lease_report *, int64_t now_ms);
/* The session's connection ended: its leases are free at once (a body that
 * the queue submits itself). Any thread. */
void queue_session_end(struct queue *, const uint8_t *session);
/* When the next lease could succeed: wall clock, INT64_MAX = nothing waits.
 * Any thread. */
int64_t queue_next_due_ms(struct queue *);
bool queue_has_session(struct queue *);   /* any dispatcher connected */

struct queue_counts {
	uint64_t leased, reported, unknown_reports, freed;
	int64_t waiting_webhooks, in_flight, sessions, oldest_due_ms;
};
void queue_count(struct queue *, struct queue_counts *);

#endif
