/* Webhooks that are set inactive by what their receiver does: one that answers
 * 410, and one that failed for days without one success (product chapter 3).
 *
 * The failures of a webhook begin with the first failed attempt after the last
 * success (or after it became active). Once they began [dispatch]
 * disable_after ago and are at least FAILURES_LEAST, the next failed attempt
 * sets it inactive. Tests, and attempts that were our own to end, are neither.
 *
 * The beginning and the count stand in the webhook's options, so that they
 * outlive the process, and in the memory's hook, so that a success costs no
 * read. The count is written up to FAILURES_LEAST only. */
#include "common/clock.h"
#include "queue/priv.h"

enum {
	/* The attempts of one delivery by the default schedule: what is seldom
	 * called is not set inactive for a few failures far apart. */
	FAILURES_LEAST = 10,
	REASON_BYTES_MAX = 400
};

/* The stored options, or new ones of all defaults. */
static enum err
options_get(
    struct txn *txn, struct arena *arena, int64_t webhook, struct row **options)
{
	enum err rc = record_get(txn, arena, &schema_options, webhook, options);

	if (rc != ERR_NOT_FOUND)
		return rc;
	*options = row_new(arena, &schema_options);
	for (size_t i = 0; i < schema_options.count; i++)
		if (schema_options.fields[i].has_default)
			(*options)->values[i] = schema_options.fields[i].preset;
	(*options)->values[OPTION_ID] = value_int(webhook);
	return ERR_NONE;
}

static enum err
options_put(struct txn *txn, struct row *options)
{
	return options->version ? record_update(txn, options)
				: record_insert(txn, options);
}

enum err
webhook_disable(struct queue *q, struct txn *txn, struct arena *arena,
    int64_t webhook, struct span reason, int64_t now_ms)
{
	struct row *row, *options;
	enum err rc = record_get(txn, arena, &schema_webhooks, webhook, &row);

	if (rc)
		return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
	row->values[WEBHOOK_STATUS] = value_text(SPAN("inactive"));
	rc = record_update(txn, row);
	if (!rc)
		rc = options_get(txn, arena, webhook, &options);
	if (rc)
		return rc;
	options->values[OPTION_DISABLED_REASON] = value_text(reason);
	options->values[OPTION_INACTIVE_SINCE] = value_time(now_ms);
	options->values[OPTION_FAILING_SINCE] = value_null();
	options->values[OPTION_FAILURES] = value_null();
	rc = options_put(txn, options);
	return rc ? rc : queue_webhook_changed(q, txn, webhook);
}

static enum err
failing_store(struct queue *q, struct txn *txn, struct arena *arena,
    struct hook *h, struct failing f)
{
	struct row *options;
	enum err rc = options_get(txn, arena, h->id, &options);

	if (rc)
		return rc;
	options->values[OPTION_FAILING_SINCE] =
	    f.count ? value_time(f.since_ms) : value_null();
	options->values[OPTION_FAILURES] =
	    f.count ? value_int(f.count) : value_null();
	rc = options_put(txn, options);
	if (!rc)
		hook_set_failing(&q->mem, h, f);
	return rc;
}

static enum err
disable_failing(struct queue *q, struct txn *txn, struct arena *arena,
    const struct hook *h, struct span error, int64_t now_ms)
{
	char since[CLOCK_ISO_BYTES];
	struct buf reason;
	struct span text;

	clock_iso(h->failing.since_ms, since);
	buf_init(&reason, REASON_BYTES_MAX);
	buf_printf(&reason, "Every attempt failed since %s; the last one: %.*s",
	    since, SPAN_FMT(span_head(error, REASON_BYTES_MAX / 2)));
	text = arena_span(arena, buf_view(&reason));
	buf_release(&reason);
	return webhook_disable(q, txn, arena, h->id, text, now_ms);
}

enum err
failing_note(struct queue *q, struct txn *txn, struct arena *arena,
    const struct lease_report *r, const struct row *d, int64_t now_ms)
{
	int64_t most_ms = q->conf->disable_after_seconds * 1000;
	struct hook *h = memory_hook(&q->mem, d->values[DELIVERY_WEBHOOK].i);
	struct failing f;

	if (r->outcome == OUTCOME_ABORTED || d->values[DELIVERY_TEST].b || !h ||
	    !h->rules.active)
		return ERR_NONE;
	f = h->failing;
	if (r->outcome == OUTCOME_DELIVERED)
		return f.count ? failing_store(
				     q, txn, arena, h, (struct failing){0})
			       : ERR_NONE;
	if (f.count >= FAILURES_LEAST && f.since_ms <= now_ms)
		return most_ms > 0 && now_ms - f.since_ms >= most_ms
			   ? disable_failing(q, txn, arena, h, r->error, now_ms)
			   : ERR_NONE;
	/* A beginning that lies ahead tells that the clock was set back. */
	if (f.count == 0 || f.since_ms > now_ms)
		f.since_ms = now_ms;
	if (f.count < FAILURES_LEAST)
		f.count++;
	return failing_store(q, txn, arena, h, f);
}
