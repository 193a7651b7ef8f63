/* The wall clock was set: by a time service, an administrator, a machine that
 * slept. What is a length of time keeps its length, what is a moment stays:
 *
 *   a lease in force ends as much later or earlier as the clock was moved, so
 *     that a jump forward sends nothing twice and one back holds nothing;
 *   a breaker's wait and a rate's next place are lengths as well;
 *   a retry is due at the moment it was given, so a jump forward makes it due;
 *   after a jump back what waits longer than its webhook's schedule can ever
 *     ask for is due at once (slice_far), and so it is at each start, for a
 *     clock that was set while no owner ran. */
#include "common/clock.h"
#include "queue/priv.h"

/* Slewing moves the offset as well, by far less at a time. */
enum { CLOCK_JUMP_MS = 500 };

/* What the clock was moved by. */
static int64_t
clock_jump_ms(int64_t offset_ms)
{
	int64_t by = clock_offset_ms() - offset_ms;

	return by > -CLOCK_JUMP_MS && by < CLOCK_JUMP_MS ? 0 : by;
}

/* The row and the delivery go with the lease. */
static enum err
lease_move(struct queue *q, struct txn *txn, struct arena *arena,
    struct lease *l, int64_t until_ms)
{
	struct queue_row row;
	struct row *d;
	enum err rc =
	    record_get(txn, arena, &schema_deliveries, l->delivery, &d);

	if (!rc && d->values[DELIVERY_LEASE].i == l->token &&
	    span_is(d->values[DELIVERY_STATE].text,
		delivery_state_name(DELIVERY_LEASED))) {
		row = queue_row_of(d);
		rc = queue_row_del(txn, &row);
		if (row.due_ms != QUEUE_IN_ORDER)
			row.due_ms = until_ms;
		if (!rc)
			rc = queue_put(txn, &row);
		delivery_lease(d, l->token, until_ms);
		if (!rc)
			rc = record_update(txn, d);
	}
	if (!rc || rc == ERR_NOT_FOUND)
		memory_lease_move(&q->mem, l, until_ms);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
queue_clock(struct queue *q, struct txn *txn)
{
	int64_t by = clock_jump_ms(q->draft.offset_ms);
	struct memory *m = &q->mem;
	struct lease *l;
	struct hook *h;
	size_t at = 0;
	enum err rc = ERR_NONE;

	if (by == 0)
		return ERR_NONE;
	while (!rc && (l = map_next(&m->by_token, &at)))
		rc = lease_move(q, txn, txn_arena(txn), l, l->node.key + by);
	memory_shift(m, by);
	for (at = 0; !rc && (h = map_next(&m->hooks, &at));)
		if (h->due_ms != HEAP_NEVER)
			rc = queue_reread(q, txn, h);
	q->draft.offset_ms += by;
	return rc;
}

static enum err
clock_body(struct txn *txn, void *arg)
{
	return queue_clock(arg, txn);
}

enum err
queue_clock_look(struct queue *q)
{
	int64_t by = clock_jump_ms(q->looked_ms);
	enum err rc;

	if (by == 0)
		return ERR_NONE;
	rc = store_write(q->store, clock_body, q, 0);
	if (rc)
		return rc;
	q->looked_ms += by;
	slice_far(q);
	return ERR_NONE;
}
