/* The queue's doors: start, rows added and removed, webhooks changed, what
 * is next. Leasing stands in lease.c, reports in report.c, the background in
 * slice.c, the memory and its drafts in memory.c.
 *
 * When the store fails in the middle of a body the group is aborted and the
 * memory's draft dropped with it; nothing here outlives the transaction. */
#include "queue/queue.h"

#include <stdlib.h>

#include "common/clock.h"
#include "model/check.h"
#include "queue/priv.h"

enum { ENDPOINT_NAME_BYTES_MAX = 320 }; /* host of 253, brackets, port */

struct queue_row
queue_row_of(const struct row *delivery)
{
	bool leased = span_is(delivery->values[DELIVERY_STATE].text,
	    delivery_state_name(DELIVERY_LEASED));
	int due = leased ? DELIVERY_LEASE_UNTIL : DELIVERY_NEXT_ATTEMPT_AT;

	return (struct queue_row){
	    .webhook = delivery->values[DELIVERY_WEBHOOK].i,
	    .due_ms = delivery->values[due].i,
	    .delivery = row_id(delivery),
	    .token = delivery->values[DELIVERY_LEASE].i,
	};
}

/* Where a webhook's calls go; an address that cannot be read is a place of
 * its own, so that its failing attempts block nobody. */
static struct endpoint *
endpoint_of(struct memory *m, const struct row *webhook)
{
	struct span text = webhook->values[WEBHOOK_URL].text;
	struct endpoint *e;
	struct buf name;
	struct url url;

	if (!url_parse(span_trim(text), &url))
		return memory_endpoint(m, span_head(text, 64));
	buf_init(&name, ENDPOINT_NAME_BYTES_MAX);
	buf_printf(&name, "%.*s:%d", SPAN_FMT(url.host), url.port);
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] >= 'A' && name.p[i] <= 'Z')
			name.p[i] = (char)(name.p[i] + ('a' - 'A'));
	e = memory_endpoint(m, buf_view(&name));
	buf_release(&name);
	return e;
}

/* Whether some of its rows stand in the order it had before. */
static enum err
order_is_wrong(struct txn *txn, int64_t webhook, struct hook_rules *rules)
{
	struct queue_row by_due = {
	    .due_ms = QUEUE_IN_ORDER + 1, .delivery = INT64_MIN};
	struct queue_row row;
	enum err rc =
	    queue_next(txn, webhook, rules->ordered ? &by_due : NULL, &row);

	rules->sorting =
	    !rc && (rules->ordered || row.due_ms == QUEUE_IN_ORDER);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

static void
rules_limits(const struct row *options, struct hook_rules *rules)
{
	const struct value *v = options->values;

	rules->ordered = v[OPTION_ORDERED].b;
	if (rules->ordered)
		rules->most = 1;
	else if (v[OPTION_MAX_CONCURRENCY].type != VALUE_NULL)
		rules->most = v[OPTION_MAX_CONCURRENCY].i;
	if (v[OPTION_RATE_PER_SECOND].type != VALUE_NULL)
		rules->per_second = value_as_f64(v[OPTION_RATE_PER_SECOND]);
}

/* What of its options matters here. */
static enum err
load_options(struct queue *q, struct txn *txn, struct arena *arena,
    struct hook *h, struct hook_rules *rules)
{
	struct failing failing = {0};
	struct schedule schedule;
	struct row *options;
	enum err rc = record_get(txn, arena, &schema_options, h->id, &options);

	schedule_read(
	    rc ? SPAN_NONE : options->values[OPTION_SCHEDULE].text, &schedule);
	rules->first_ms = (int64_t)schedule.steps[0] * 1000;
	rules->patience_ms = schedule_longest_ms(&schedule);
	if (!rc && options->values[OPTION_FAILURES].type == VALUE_INT) {
		failing.count = options->values[OPTION_FAILURES].i;
		failing.since_ms = options->values[OPTION_FAILING_SINCE].i;
	}
	hook_set_failing(&q->mem, h, failing);
	rules->inactive_ms = 0;
	if (!rc && options->values[OPTION_INACTIVE_SINCE].type == VALUE_TIME)
		rules->inactive_ms = options->values[OPTION_INACTIVE_SINCE].i;
	if (!rc)
		rules_limits(options, rules);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

/* Brings the hook in line with the webhook's row as it is now. */
static enum err
hook_load(struct queue *q, struct txn *txn, struct hook *h)
{
	struct arena *arena = arena_new();
	struct hook_rules rules = h->rules;
	struct row *row;
	enum err rc;

	rules.active = rules.ordered = false;
	rules.per_second = 0;
	rules.most = 0;
	rules.start_ms = clock_wall_ms() - (clock_mono_ms() - q->start_mono_ms);
	rc = record_get(txn, arena, &schema_webhooks, h->id, &row);
	rules.deleted = rc == ERR_NOT_FOUND;
	if (!rc) {
		rules.endpoint = endpoint_of(&q->mem, row);
		rules.active =
		    span_is(row->values[WEBHOOK_STATUS].text, "active");
		rc = load_options(q, txn, arena, h, &rules);
	}
	if (!rc)
		rc = order_is_wrong(txn, h->id, &rules);
	if (!rc || rc == ERR_NOT_FOUND)
		hook_set(&q->mem, h, &rules);
	arena_free(arena);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
queue_hook(struct queue *q, struct txn *txn, int64_t webhook, struct hook **h)
{
	*h = memory_hook(&q->mem, webhook);
	if (*h)
		return ERR_NONE;
	*h = memory_hook_new(&q->mem, webhook);
	return hook_load(q, txn, *h);
}

/* A row without a delivery is due at once: the lease tidies it away. */
static enum err
order_due(struct txn *txn, const struct queue_row *row, int64_t *due_ms)
{
	struct arena *arena = arena_new();
	struct row *d;
	enum err rc =
	    record_get(txn, arena, &schema_deliveries, row->delivery, &d);

	*due_ms = rc ? INT64_MIN : queue_row_of(d).due_ms;
	arena_free(arena);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
queue_front(struct txn *txn, int64_t webhook, const struct queue_row *from,
    struct queue_row *row, int64_t *due_ms)
{
	enum err rc = queue_next(txn, webhook, from, row);

	if (rc)
		return rc;
	*due_ms = row->due_ms;
	return row->due_ms == QUEUE_IN_ORDER ? order_due(txn, row, due_ms)
					     : ERR_NONE;
}

enum err
queue_reread(struct queue *q, struct txn *txn, struct hook *h)
{
	struct queue_row row = {.delivery = 0};
	int64_t due_ms = HEAP_NEVER;
	enum err rc = queue_front(txn, h->id, NULL, &row, &due_ms);

	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	hook_set_front(&q->mem, h, due_ms, row.delivery);
	return ERR_NONE;
}

/* While the rows of a webhook are moved to its other order, the row may stand
 * in either place. */
enum err
queue_row_del(struct txn *txn, struct queue_row *row)
{
	int64_t due_ms = row->due_ms;
	enum err rc = queue_del(txn, row);

	if (rc != ERR_NOT_FOUND)
		return rc;
	row->due_ms = QUEUE_IN_ORDER;
	rc = queue_del(txn, row);
	if (rc == ERR_NOT_FOUND) {
		row->due_ms = due_ms;
		rc = ERR_NONE;
	}
	return rc;
}

/* Whether the row at due_ms may have been the first. */
static bool
was_first(const struct hook *h, const struct queue_row *row)
{
	return h->rules.ordered ? h->front == row->delivery
				: h->due_ms >= row->due_ms;
}

enum err
queue_move(struct queue *q, struct txn *txn, const struct row *delivery,
    int64_t due_ms)
{
	struct queue_row row = queue_row_of(delivery);
	struct hook *h;
	enum err rc = queue_row_del(txn, &row);
	bool first;

	if (rc)
		return rc;
	rc = queue_hook(q, txn, row.webhook, &h);
	if (rc)
		return rc;
	first = was_first(h, &row);
	rc = queue_add(q, txn, row.webhook, row.delivery, due_ms);
	/* In order it is the first still, and queue_add knows when it is due:
	 * its own row may not say so yet. */
	return !rc && first && !h->rules.ordered ? queue_reread(q, txn, h) : rc;
}

static void
delivery_state(struct row *delivery, enum delivery_state state)
{
	delivery->values[DELIVERY_STATE] =
	    value_text(span_of(delivery_state_name(state)));
}

void
delivery_again(struct row *delivery, int64_t due_ms)
{
	delivery_state(delivery, DELIVERY_PENDING);
	delivery->values[DELIVERY_NEXT_ATTEMPT_AT] = value_time(due_ms);
	delivery->values[DELIVERY_FINISHED_AT] = value_null();
	delivery->values[DELIVERY_DONE_AT] = value_null();
	delivery->values[DELIVERY_DEAD_AT] = value_null();
}

void
delivery_wait(struct row *delivery, int64_t due_ms)
{
	delivery_again(delivery, due_ms);
	delivery->values[DELIVERY_LEASE] = value_null();
	delivery->values[DELIVERY_LEASE_UNTIL] = value_null();
}

void
delivery_lease(struct row *delivery, int64_t token, int64_t until_ms)
{
	delivery_state(delivery, DELIVERY_LEASED);
	delivery->values[DELIVERY_LEASE] = value_int(token);
	delivery->values[DELIVERY_LEASE_UNTIL] = value_time(until_ms);
}

void
delivery_finish(struct row *delivery, enum delivery_state state, int64_t now_ms)
{
	bool dead = state == DELIVERY_DEAD;

	delivery_state(delivery, state);
	delivery->values[DELIVERY_NEXT_ATTEMPT_AT] = value_null();
	delivery->values[DELIVERY_FINISHED_AT] = value_time(now_ms);
	delivery->values[DELIVERY_DONE_AT] =
	    dead ? value_null() : value_time(now_ms);
	delivery->values[DELIVERY_DEAD_AT] =
	    dead ? value_time(now_ms) : value_null();
}

enum err
queue_add(struct queue *q, struct txn *txn, int64_t webhook, int64_t delivery,
    int64_t due_ms)
{
	struct queue_row row = {
	    .webhook = webhook, .due_ms = due_ms, .delivery = delivery};
	struct hook *h;
	enum err rc = queue_hook(q, txn, webhook, &h);

	if (rc)
		return rc;
	if (h->rules.ordered)
		row.due_ms = QUEUE_IN_ORDER;
	rc = queue_put(txn, &row);
	if (!rc)
		hook_add(&q->mem, h, due_ms, delivery);
	return rc;
}

enum err
queue_remove(struct queue *q, struct txn *txn, const struct row *delivery)
{
	struct queue_row row = queue_row_of(delivery);
	struct hook *h = memory_hook(&q->mem, row.webhook);
	enum err rc = queue_row_del(txn, &row);

	return !rc && h && was_first(h, &row) ? queue_reread(q, txn, h) : rc;
}

enum err
queue_webhook_changed(struct queue *q, struct txn *txn, int64_t webhook)
{
	struct hook *h = memory_hook(&q->mem, webhook);

	/* Without a hook there are no rows. */
	return h ? hook_load(q, txn, h) : ERR_NONE;
}

int64_t
queue_next_due_ms(struct queue *q)
{
	int64_t due_ms = memory_next_due_ms(&q->mem), end_ms = stray_end_ms(q);

	return due_ms < end_ms ? due_ms : end_ms;
}

void
queue_session_begin(struct queue *q, const uint8_t *id)
{
	(void)memory_session(&q->mem, id);
}

void
queue_session_end(struct queue *q, const uint8_t *id)
{
	struct session *s = memory_session_take(&q->mem, id);

	if (s)
		slice_release(q, s);
}

static void
on_keep(void *ctx)
{
	struct queue *q = ctx;

	pthread_mutex_lock(&q->mem.lock);
	q->kept.leased += q->draft.leased;
	q->kept.reported += q->draft.reported;
	q->kept.unknown_reports += q->draft.unknown_reports;
	q->kept.freed += q->draft.freed;
	q->kept.removed += q->draft.removed;
	q->kept.full |= q->draft.full;
	q->kept.offset_ms = q->draft.offset_ms;
	pthread_mutex_unlock(&q->mem.lock);
	q->draft = (struct tally){.offset_ms = q->draft.offset_ms};
	memory_keep(&q->mem);
}

static void
on_drop(void *ctx)
{
	struct queue *q = ctx;

	q->draft = (struct tally){.offset_ms = q->kept.offset_ms};
	memory_drop(&q->mem);
}

void
queue_tell(struct queue *q)
{
	pthread_mutex_lock(&q->telling);
	if (q->ready)
		q->ready(q->ctx);
	pthread_mutex_unlock(&q->telling);
}

void
queue_speak(struct queue *q, void (*ready)(void *ctx), void *ctx)
{
	pthread_mutex_lock(&q->telling);
	q->ready = ready;
	q->ctx = ctx;
	pthread_mutex_unlock(&q->telling);
}

void
queue_quiet(struct queue *q)
{
	pthread_mutex_lock(&q->telling);
	q->ready = NULL;
	pthread_mutex_unlock(&q->telling);
}

static void
on_flushed(void *ctx)
{
	struct queue *q = ctx;

	bool wake;

	slice_sweep(q);
	wake = keep_note(q);
	if (memory_woken(&q->mem) || wake)
		queue_tell(q);
}

static enum err
load_all(struct txn *txn, void *arg)
{
	struct queue *q = arg;
	struct queue_row row = {.webhook = INT64_MIN}; /* ids may be given */
	struct hook *h;
	size_t left = STRAY_ROWS_MOST;
	enum err rc;

	while (!(rc = queue_next_webhook(txn, row.webhook, &row))) {
		rc = queue_hook(q, txn, row.webhook, &h);
		if (rc)
			break;
		rc = queue_reread(q, txn, h);
		if (!rc)
			rc = stray_load(q, txn, h, &left);
		if (rc)
			break;
	}
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
queue_new(struct store *store, const struct conf *conf, struct queue **out)
{
	struct queue *q = mem_alloc(sizeof(*q));
	struct store_watch watch = {q, on_keep, on_drop, on_flushed};
	struct memory_limits limits = {
	    .flow = {conf->per_endpoint, conf->breaker_wait_ms},
	    .unproven = (conf->dispatch_transfers + 1) / 2,
	};
	enum err rc;

	q->store = store;
	q->conf = conf;
	pthread_mutex_init(&q->telling, NULL);
	memory_init(&q->mem, &limits);
	q->draft.offset_ms = q->kept.offset_ms = q->looked_ms =
	    clock_offset_ms();
	q->start_mono_ms = clock_mono_ms();
	rc = store_read(store, load_all, q);
	if (rc) {
		queue_free(q);
		return rc;
	}
	memory_keep(&q->mem);
	store_add_watch(store, &watch);
	slice_sweep(q);
	slice_far(q);
	*out = q;
	return ERR_NONE;
}

void
queue_free(struct queue *q)
{
	if (!q)
		return;
	memory_release(&q->mem);
	pthread_mutex_destroy(&q->telling);
	free(q);
}
