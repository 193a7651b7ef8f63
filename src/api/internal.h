/* The dispatcher's side of the owner: POST /internal/lease and /internal/report
 * (owner.sock only, bodies of model/lease.h). A lease that finds nothing is
 * parked and looked at again when the queue says so or its time is over; a
 * hang-up ends the session.
 *
 * A report may carry the variables WEBHOOKS_SESSION (hex) and WEBHOOKS_WANT:
 * the session's parked lease then wants that many jobs. */
#ifndef API_INTERNAL_H
#define API_INTERNAL_H

#include "api/api.h"

/* api->queue and api->serve are set by then; sets api->internal. */
void internal_start(struct api *);
/* Something may be leased now: the queue's `ready` callback; ctx is struct
 * api *. Does nothing before internal_start. Any thread. */
void internal_ready(void *ctx);
/* The moment asked for by serve_wake_at has come. */
void internal_timer(struct api *);
/* Ends parked leases; before queue_free. */
void internal_stop(struct api *);

/* A connection of lease calls is closed (serve_options.closed). */
void internal_closed(struct api *, uint64_t connection);

/* The session's parked lease wants that many from now on. Any thread. */
void internal_want(struct api *, const uint8_t *session, uint32_t want);

enum err internal_lease(struct call *);
enum err internal_report(struct call *);

#endif
