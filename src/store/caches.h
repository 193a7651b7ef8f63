/* What the store keeps in memory over its tables. Write bodies change these
 * in place (the gate keeps readers out meanwhile) and each remembers what was
 * there before: _keep forgets that after a commit, _undo brings it back after
 * an abort. All within the gate. */
#ifndef STORE_CACHES_H
#define STORE_CACHES_H

#include "model/row.h"
#include "store/outbox.h"
#include "store/store.h"

/* Next id and number of rows of each collection; number 0 counts the
 * collections, those from COUNTER_STATES on the deliveries of each state. Those
 * from COUNTER_STRAYS on hold, by collection, the id of the last stray
 * (order.c). Changed ones are written once a group (counters_save). */
enum {
	COUNTER_COLLECTIONS = 0,
	COUNTER_STRAYS = SCHEMA_FIRST_USER - 40,
	COUNTER_STATES = SCHEMA_FIRST_USER - 20
};
struct counter;
struct counters {
	void *tree; /* by collection number */
	struct counter *touched;
};
enum err counters_load(struct txn *);
enum err counters_save(struct txn *);
void counters_keep(struct counters *);
void counters_undo(struct counters *);
void counters_free(struct counters *);
enum err counter_take(struct txn *, uint32_t no, size_t n, int64_t *first);
void counter_add_rows(struct txn *, uint32_t no, int by);
int64_t counter_rows(const struct counters *, uint32_t no);
void counter_set_rows(struct txn *, uint32_t no, int64_t rows);
bool counter_is_known(const struct counters *, uint32_t no);
void counter_forget(struct txn *, uint32_t no);

/* How far created_at follows the id, by collection (order.c). */
struct order {
	struct order_state {
		int64_t id, ms; /* the greatest there were */
		int64_t strays; /* last id out of order, or one behind it */
	} now, before;
};
enum { ORDERS_MAX = SCHEMA_DELIVERIES + 1 };
enum err orders_load(struct txn *);
void orders_keep(struct order *);
void orders_undo(struct order *);
/* A row that has its id and is not stored yet. */
void order_stamp(struct txn *, struct row *);

/* Definitions of users' collections. */
struct collection_change;
struct registry {
	void *by_name, *by_no;
	struct collection_change *changes;
};
enum err registry_load(struct txn *);
void registry_keep(struct registry *);
void registry_undo(struct registry *);
void registry_free(struct registry *);
/* Whether rows may be written: built in, or defined and not dropped. */
bool registry_has(const struct registry *, const struct schema *);

/* Numbers of dropped collections whose rows are still being removed. */
struct drops {
	uint32_t *nos;
	size_t count, kept, room;
	uint32_t finished; /* by the running slice, 0: none */
};
enum err drops_load(struct txn *);
void drops_add(struct drops *, uint32_t no);
void drops_keep(struct drops *);
void drops_undo(struct drops *);
void drops_free(struct drops *);

/* Webhooks by id and by collection. */
struct hook_change;
struct hooks {
	void *by_id, *by_collection;
	struct hook_change *changes;
};
enum err hooks_load(struct txn *);
void hooks_keep(struct hooks *);
void hooks_undo(struct hooks *);
void hooks_free(struct hooks *);
/* A row of schema_webhooks was written (or deleted: row NULL). */
void hooks_changed(struct hooks *, int64_t id, const struct row *);

#endif
