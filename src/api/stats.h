/* Counts and latencies of attempts by hour and by day, for each webhook and
 * for all together (product chapter 2). */
#ifndef API_STATS_H
#define API_STATS_H

#include "api/api.h"

enum { STATS_HOURS = 48, STATS_DAYS = 35, STATS_BUCKETS = 12 };
/* Upper bounds of the latency buckets; the last has none. */
extern const uint32_t stats_bounds_ms[STATS_BUCKETS - 1];

struct slot {
	int64_t period; /* hours or days since 1970; 0: unused */
	uint32_t delivered, failed;
	uint64_t sum_us;
	uint32_t max_us;
	uint32_t buckets[STATS_BUCKETS];
};
struct series {
	struct slot hours[STATS_HOURS], days[STATS_DAYS];
};

void stats_start(struct api *); /* sets api->stats */
/* One recorded attempt. Not in the committing thread. */
void stats_add(struct api *, const struct lease_report *);
/* Writes what changed, when it is time: after reports. */
void stats_keep(struct api *);
/* Writes what changed, now; before store_close. */
void stats_stop(struct api *);

/* A copy of what is known of a webhook. */
enum err stats_read(struct api *, int64_t webhook, struct series *);
enum err stats_read_all(struct api *, struct series *);
/* The webhook was deleted: inside a body. */
enum err stats_drop(struct txn *, struct arena *, int64_t webhook);

void slot_add(struct slot *, int64_t period, const struct lease_report *);
/* Milliseconds below which `share` (0..1) of the attempts ended: the bound of
 * its bucket, or the longest where that is less. */
double slot_percentile_ms(const struct slot *, double share);
void series_pack(const struct series *, struct buf *);
enum err series_unpack(struct span record, struct series *);

/* A reading body; `counts` is int64_t[DELIVERY_STATE_COUNT]. */
enum err stats_count_states(struct txn *, void *counts);

/* GET /webhooks/:id/stats, /webhooks/stats, /server/stats */
enum err stats_webhook(struct call *);
enum err stats_webhooks(struct call *);
enum err stats_server(struct call *);

#endif
