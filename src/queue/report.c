/* What an attempt's end means: the attempt is recorded, the delivery gets its
 * new state, its queue row goes or moves to the next attempt. */
#include <stdlib.h>

#include "common/rand.h"
#include "queue/priv.h"

enum { LAST_ERROR_BYTES_MAX = 200, ATTEMPT_BYTES_MAX = 256 << 10 };

static enum err
schedule_get(
    struct txn *txn, struct arena *arena, int64_t webhook, struct schedule *s)
{
	struct row *options;
	enum err rc =
	    record_get(txn, arena, &schema_options, webhook, &options);

	schedule_read(
	    rc ? SPAN_NONE : options->values[OPTION_SCHEDULE].text, s);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

static enum err
decide(struct txn *txn, struct arena *arena, const struct lease_report *r,
    const struct row *d, int64_t now_ms, enum verdict *verdict, int64_t *due_ms)
{
	/* Sent again by hand, it has its whole schedule again. */
	struct attempt_result result = {
	    .attempt = (uint32_t)(d->values[DELIVERY_ATTEMPTS].i -
				  d->values[DELIVERY_EARLIER].i) +
		       1,
	    .outcome = r->outcome,
	    .status = r->status,
	    .retry_after_ms = r->retry_after_ms,
	};
	struct schedule s = {.count = 0};
	double jitter = 0;
	enum err rc = ERR_NONE;

	if (r->outcome != OUTCOME_DELIVERED) {
		jitter = (double)rand_below(1000) / 1000;
		rc =
		    schedule_get(txn, arena, d->values[DELIVERY_WEBHOOK].i, &s);
	}
	if (!rc)
		*verdict = next_attempt(
		    &result, now_ms, s.steps, s.count, jitter, due_ms);
	return rc;
}

/* The stored form: a report without delivery and token. */
static enum err
record_attempt(struct txn *txn, const struct lease_report *r, struct row *d)
{
	struct lease_report stored = *r;
	int64_t n = d->values[DELIVERY_ATTEMPTS].i + 1;
	struct buf packed;
	enum err rc;

	stored.delivery = stored.token = 0;
	stored.attempt = (uint32_t)n;
	buf_init(&packed, ATTEMPT_BYTES_MAX);
	lease_report_pack(&stored, &packed);
	rc = packed.over
		 ? ERR_NONE
		 : attempt_put(txn, row_id(d), (uint32_t)n, buf_view(&packed));
	buf_release(&packed);
	d->values[DELIVERY_ATTEMPTS] = value_int(n);
	d->values[DELIVERY_LAST_STATUS] =
	    r->status ? value_int(r->status) : value_null();
	d->values[DELIVERY_LAST_ERROR] =
	    r->outcome == OUTCOME_DELIVERED
		? value_null()
		: value_text(span_head(r->error, LAST_ERROR_BYTES_MAX));
	return rc;
}

/* The delivery is over: its queue row goes. */
static enum err
finish(struct queue *q, struct txn *txn, struct row *d,
    enum delivery_state state, int64_t now_ms)
{
	enum err rc = queue_remove(q, txn, d);

	d->values[DELIVERY_LEASE] = value_null();
	d->values[DELIVERY_LEASE_UNTIL] = value_null();
	delivery_finish(d, state, now_ms);
	return rc;
}

static enum err
settle(struct queue *q, struct txn *txn, struct arena *arena,
    const struct lease_report *r, struct row *d, int64_t now_ms)
{
	int64_t webhook = d->values[DELIVERY_WEBHOOK].i, due_ms = now_ms;
	const struct hook *h = memory_hook(&q->mem, webhook);
	enum verdict verdict = VERDICT_RETRY;
	enum err rc = decide(txn, arena, r, d, now_ms, &verdict, &due_ms);

	if (!rc && r->outcome != OUTCOME_ABORTED)
		rc = record_attempt(txn, r, d);
	if (!rc && verdict == VERDICT_GONE)
		rc = webhook_disable(q, txn, arena, webhook,
		    SPAN("The receiver answered 410 Gone."), now_ms);
	if (rc)
		return rc;
	if (verdict == VERDICT_DELIVERED)
		return finish(q, txn, d, DELIVERY_DELIVERED, now_ms);
	if (verdict != VERDICT_RETRY)
		return finish(q, txn, d, DELIVERY_DEAD, now_ms);
	if (!h || h->rules.deleted)
		return finish(q, txn, d, DELIVERY_CANCELLED, now_ms);
	rc = queue_move(q, txn, d, due_ms);
	delivery_wait(d, due_ms);
	return rc;
}

/* Cancelled while its attempt was under way: the attempt is told, and if it
 * went through, so is that. */
static enum err
settle_cancelled(struct txn *txn, const struct lease_report *r, struct row *d,
    int64_t now_ms)
{
	enum err rc = ERR_NONE;

	if (r->outcome != OUTCOME_ABORTED)
		rc = record_attempt(txn, r, d);
	if (r->outcome == OUTCOME_DELIVERED)
		delivery_finish(d, DELIVERY_DELIVERED, now_ms);
	d->values[DELIVERY_LEASE] = value_null();
	d->values[DELIVERY_LEASE_UNTIL] = value_null();
	return rc;
}

enum err
queue_report(struct queue *q, struct txn *txn, struct arena *arena,
    struct lease_report *r, int64_t now_ms)
{
	struct lease *lease = memory_lease(&q->mem, r->token);
	const struct row *before;
	struct row *d;
	enum err rc =
	    record_get(txn, arena, &schema_deliveries, r->delivery, &d);

	r->counted = false;
	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	if (rc || r->token == 0 || d->values[DELIVERY_LEASE].i != r->token) {
		q->draft.unknown_reports++;
		return ERR_NONE;
	}
	before = row_copy(arena, d);
	if (span_is(d->values[DELIVERY_STATE].text,
		delivery_state_name(DELIVERY_LEASED)))
		rc = settle(q, txn, arena, r, d, now_ms);
	else
		rc = settle_cancelled(txn, r, d, now_ms);
	if (!rc)
		rc = record_change(txn, before, d);
	if (!rc)
		rc = failing_note(q, txn, arena, r, d, now_ms);
	if (!rc && lease)
		memory_lease_end(
		    &q->mem, lease, flow_sign(r->outcome, r->status), now_ms);
	q->draft.reported++;
	q->draft.full |= keep_is_full(q, txn);
	r->counted = r->outcome != OUTCOME_ABORTED;
	r->webhook = d->values[DELIVERY_WEBHOOK].i;
	r->created_ms = d->values[DELIVERY_CREATED_AT].i;
	return rc;
}

enum err
queue_first_due(struct queue *q, struct txn *txn, int64_t webhook,
    int64_t now_ms, int64_t *due_ms)
{
	struct hook *h;
	enum err rc = queue_hook(q, txn, webhook, &h);

	if (!rc)
		*due_ms = now_ms + h->rules.first_ms;
	return rc;
}
