/* /deliveries: one row per event and webhook; sending again and cancelling. */
#ifndef API_DELIVERIES_H
#define API_DELIVERIES_H

#include "api/records.h"

extern const struct resource deliveries_resource;

enum err deliveries_one(struct call *);
enum err deliveries_redeliver_one(struct call *);
enum err deliveries_redeliver_many(struct call *);
enum err deliveries_cancel(struct call *);

/* One attempt as it is shown in `log` (product chapter 2, "Members"). */
void delivery_put_attempt(struct buf *, size_t n, struct span packed);

#endif
