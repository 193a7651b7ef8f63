/* What may be sent now: the owner's memory over the queue rows.
 *
 * A heap of webhooks by earliest due; per endpoint (host:port) what is under
 * way, its window and its breaker (flow.h); per webhook its rate, how many at
 * once, strict order; leases by session. The limits hold for all dispatchers
 * together. Webhooks that may not send are not in the heap. Inside bodies only
 * (queue_add, queue_lease, queue_report, ...) unless said; the draft of a group
 * is kept or dropped through a store_watch.
 *
 * One rule ties the rows together: a delivery that is pending or leased has
 * exactly one queue row, whose due_ms is its next_attempt_at (while leased: its
 * lease_until); with strict order it is QUEUE_IN_ORDER for all of them.
 * Whoever writes one writes the other. */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include "model/lease.h"
#include "model/row.h"
#include "queue/flow.h"
#include "store/outbox.h"

struct queue;
struct conf;

/* Reads the first row of each webhook; commits of its own may follow at once.
 * The queue is freed after store_close. */
enum err queue_new(struct store *, const struct conf *, struct queue **);
void queue_free(struct queue *);
/* From now on `ready` is called, outside all locks, by the committing thread,
 * after a commit made something due or a lease or session ended. What became
 * so before is not told. */
void queue_speak(struct queue *, void (*ready)(void *ctx), void *ctx);
/* `ready` is called no more, and is not running. Not by `ready` itself. */
void queue_quiet(struct queue *);

/* The first row of the webhook at or after `from` (NULL: of all), and when it
 * is due, which its key tells only without strict order. Any transaction. */
enum err queue_front(struct txn *, int64_t webhook,
    const struct queue_row *from, struct queue_row *, int64_t *due_ms);

/* When a delivery made at now_ms is due: its webhook's schedule begins with the
 * wait before the first attempt. */
enum err queue_first_due(struct queue *, struct txn *, int64_t webhook,
    int64_t now_ms, int64_t *due_ms);
/* A new or due-again delivery. Writes its queue row; the caller writes the
 * delivery row with state pending and next_attempt_at = due_ms. */
enum err queue_add(struct queue *, struct txn *, int64_t webhook,
    int64_t delivery, int64_t due_ms);
/* A delivery that waits no longer (cancelled by hand): its queue row goes.
 * `delivery` is the row of schema_deliveries as it is stored now; the caller
 * then writes its new state. A lease in force keeps its token in the row, so
 * that the attempt under way can still be recorded. */
enum err queue_remove(struct queue *, struct txn *, const struct row *delivery);
/* Sets the members that hang on the state (not written yet): ended, or to be
 * sent again. */
void delivery_finish(struct row *, enum delivery_state, int64_t now_ms);
void delivery_again(struct row *, int64_t due_ms);
/* The webhook was created, changed, (de)activated or deleted: called after
 * its row was written, in the same body. Rows of a deleted one are cancelled
 * in the background. */
enum err queue_webhook_changed(struct queue *, struct txn *, int64_t webhook);

/* One leased job. The options' JSON texts are not parsed in a body: the caller
 * fills job.headers and job.success from them before packing. */
struct queue_job {
	struct lease_job job;
	struct span headers_json; /* [{"header":..,"value":..}] or empty */
	struct span success_json; /* ["2xx",204] or empty */
};
/* Leases up to `want` jobs for the session; jobs and their bytes in the
 * arena. */
enum err queue_lease(struct queue *, struct txn *, struct arena *,
    const struct lease_request *, int64_t now_ms, struct queue_job **jobs,
    size_t *count);
/* Records one finished attempt: attempt record, new state, queue row. An
 * unknown token is dropped and counted. Tells in the report itself whether an
 * attempt was recorded, and of which webhook. */
enum err queue_report(struct queue *, struct txn *, struct arena *,
    struct lease_report *, int64_t now_ms);
/* Leases in force keep their length when the wall clock was set. Before a
 * lease. */
enum err queue_clock(struct queue *, struct txn *);
/* The same as a body of its own; what waits too long since then is due. By
 * one thread at a time, not the committing one. */
enum err queue_clock_look(struct queue *);
/* A dispatcher is there, though it may want nothing yet. Any thread. */
void queue_session_begin(struct queue *, const uint8_t *session);
/* It came back to another owner and still works on these. Any thread. */
void queue_session_holds(struct queue *, const uint8_t *session,
    const int64_t *tokens, size_t count);
/* The session's connection ended: its leases are free at once (a body that
 * the queue submits itself). Any thread. */
void queue_session_end(struct queue *, const uint8_t *session);
/* Removes what was kept long enough, in the background. Any thread. */
void queue_keep(struct queue *);
/* When that is wanted next: wall clock, INT64_MAX = nothing is kept, or it is
 * being done. `ready` is called when it becomes sooner. Any thread. */
int64_t queue_keep_at_ms(struct queue *);
/* When the next lease could succeed: wall clock, INT64_MAX = nothing waits.
 * Any thread. */
int64_t queue_next_due_ms(struct queue *);
bool queue_has_session(struct queue *); /* any dispatcher connected */

struct queue_counts {
	uint64_t leased, reported, unknown_reports, freed, removed;
	int64_t waiting_webhooks, in_flight, sessions, oldest_due_ms;
	int64_t held_webhooks;	  /* of the waiting: inactive */
	int64_t blocked_webhooks; /* ... and: the breaker is not closed */
	int64_t endpoints, endpoints_open, endpoints_probing;
	int64_t endpoints_unproven; /* no answer yet, or none lately */
	int64_t windows;	    /* what all of them bear at once */
};
void queue_count(struct queue *, struct queue_counts *);

/* The breaker of a webhook's endpoint; closed where nothing waits for the
 * webhook. Any thread. */
struct queue_receiver {
	enum flow_state breaker;
	int32_t troubles; /* not reached so often, one after the other */
	int64_t retry_ms; /* open: when the probe may go */
};
void queue_receiver(struct queue *, int64_t webhook, struct queue_receiver *);

#endif
