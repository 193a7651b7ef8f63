/* What carries a write to its calls: webhook definitions in memory, the queue
 * of due deliveries, attempts, secrets, repeated requests. */
#ifndef STORE_OUTBOX_H
#define STORE_OUTBOX_H

#include "model/row.h"
#include "store/store.h"

/* Webhook definitions, kept in memory by the store from the rows of
 * schema_webhooks: matching an event costs no read. Inside a body the view is
 * that of the group (earlier bodies' changes count). */
enum action { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_COUNT };
const char *action_name(enum action);
bool action_parse(struct span, enum action *);
/* Ids of the active webhooks for this event in order of id, in the arena. */
enum err hooks_match(struct txn *, struct arena *, enum action,
    struct span collection, int64_t **ids, size_t *count);
bool hooks_is_active(struct txn *, int64_t webhook);

/* Queue rows: key webhook | due | delivery. A lease moves the row to the end
 * of the lease, so that a lease that is never reported ends by itself. Rows of
 * a webhook with strict order all stand at QUEUE_IN_ORDER, hence by delivery
 * and before any others; when they are due only the delivery's row tells. */
#define QUEUE_IN_ORDER INT64_MIN
struct queue_row {
	int64_t webhook, due_ms, delivery;
	int64_t token; /* lease in force, 0: none */
};
enum err queue_put(struct txn *, const struct queue_row *);
enum err queue_del(struct txn *, const struct queue_row *);
/* First row of the webhook at or after `from` (NULL: of all); to walk on,
 * ask from the row found with its delivery plus one. */
enum err queue_next(struct txn *, int64_t webhook, const struct queue_row *from,
    struct queue_row *); /* ERR_NOT_FOUND */
/* First row of the first webhook with an id above `after`: walks the webhooks
 * that have rows without reading the rows between. */
enum err queue_next_webhook(struct txn *, int64_t after, struct queue_row *);

/* Attempts: the packed lease_report of each, by delivery and number. */
enum err attempt_put(
    struct txn *, int64_t delivery, uint32_t n, struct span packed);
enum err attempt_list(struct txn *, struct arena *, int64_t delivery,
    struct span **packed, size_t *count);
enum err attempt_drop(struct txn *, int64_t delivery);

/* Signing secrets of a webhook: an opaque record, sealed where the store has
 * a key (sealed.h). */
enum err secret_put(struct txn *, int64_t webhook, struct span);
enum err secret_get(
    struct txn *, struct arena *, int64_t webhook, struct span *);
enum err secret_drop(struct txn *, int64_t webhook);

/* Idempotency-Key: 32 bytes of key (digest over token, method, path, key) to
 * a record (digest of the body, the first answer), kept until expires_ms.
 * Expired ones are not found; they are removed a few at a time by puts. */
enum err idem_get(
    struct txn *, struct arena *, const uint8_t key[32], struct span *);
enum err idem_put(
    struct txn *, const uint8_t key[32], int64_t expires_ms, struct span);
/* Removes expired ones, at most *left, which it counts down; *next_ms becomes
 * the end of the next one, where that is earlier. */
enum err idem_sweep(struct txn *, int64_t now_ms, int *left, int64_t *next_ms);

/* Named counters and settings that live with the data (instance id ...). */
enum err meta_get(
    struct txn *, struct arena *, const char *name, struct span *);
enum err meta_put(struct txn *, const char *name, struct span);
enum err meta_del(struct txn *, const char *name); /* ERR_NOT_FOUND */

#endif
