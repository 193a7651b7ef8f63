/* Filling a lease: the heap says whose row may go next; its rows are taken as
 * long as it and its endpoint may. A row that is taken moves to the end of its
 * lease, so that a lease nobody reports ends by itself.
 *
 * Definition at attempt time: address, headers and secrets are read from the
 * webhook here, once per webhook and call. */
#include <stdlib.h>

#include "common/rand.h"
#include "model/secret.h"
#include "queue/priv.h"

enum {
	JOBS_MAX = 512,
	/* Each costs some reads that others wait for; more come with the next
	 * call, after those that became due meanwhile. */
	TARGETS_MAX = 16,
	TOKENS_DRAWN = 32,
	/* Bodies are at most 1 MiB: the last job still fits the message. */
	JOBS_BYTES_STOP = LEASE_MESSAGE_BYTES_MAX / 2
};

/* What all jobs of one webhook share. */
struct target {
	int64_t id;
	struct row *webhook; /* NULL: deleted */
	struct row *options; /* NULL: all defaults */
	struct secret_pair secrets[SECRET_IN_FORCE_MAX];
	uint32_t timeout_ms;
	struct target *next;
};

struct fill {
	struct queue *q;
	struct txn *txn;
	struct arena *arena;
	struct session *session;
	int64_t now_ms;
	struct queue_job *jobs;
	size_t count, want, bytes;
	struct target *targets;
	size_t target_count;
	struct row *event; /* the last one read */
	uint64_t tokens[TOKENS_DRAWN];
	size_t token_count; /* of those, not given yet */
};

static enum err
target_secrets(struct fill *f, struct target *t)
{
	struct secret secret;
	struct span record;
	enum err rc = secret_get(f->txn, f->arena, t->id, &record);

	if (rc)
		return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
	rc = secret_unpack(record, &secret);
	if (!rc)
		secret_in_force(&secret, f->now_ms, t->secrets);
	return rc;
}

static enum err
target_read(struct fill *f, struct target *t)
{
	enum err rc =
	    record_get(f->txn, f->arena, &schema_webhooks, t->id, &t->webhook);

	if (rc == ERR_NOT_FOUND) {
		t->webhook = NULL;
		return ERR_NONE;
	}
	if (!rc)
		rc = record_get(
		    f->txn, f->arena, &schema_options, t->id, &t->options);
	if (rc == ERR_NOT_FOUND) {
		t->options = NULL;
		rc = ERR_NONE;
	}
	t->timeout_ms = (uint32_t)f->q->conf->request_timeout_ms;
	if (t->options &&
	    t->options->values[OPTION_TIMEOUT_MS].type == VALUE_INT)
		t->timeout_ms =
		    (uint32_t)t->options->values[OPTION_TIMEOUT_MS].i;
	return rc ? rc : target_secrets(f, t);
}

static enum err
target_find(struct fill *f, int64_t id, struct target **out)
{
	struct target *t = f->targets;
	enum err rc;

	while (t && t->id != id)
		t = t->next;
	if (!t) {
		t = arena_alloc(f->arena, sizeof(*t));
		t->id = id;
		rc = target_read(f, t);
		if (rc)
			return rc;
		f->target_count++;
		t->next = f->targets;
		f->targets = t;
	}
	*out = t;
	return ERR_NONE;
}

static enum err
event_find(struct fill *f, int64_t id)
{
	if (f->event && row_id(f->event) == id)
		return ERR_NONE;
	return record_get(f->txn, f->arena, &schema_events, id, &f->event);
}

static bool
option_is(const struct target *t, int field)
{
	return t->options && t->options->values[field].b;
}

static struct span
option_text(const struct target *t, int field)
{
	return t->options ? t->options->values[field].text : SPAN_NONE;
}

static void
job_fill(struct fill *f, const struct target *t, const struct row *d,
    struct queue_job *out)
{
	struct lease_job *job = &out->job;

	job->delivery = row_id(d);
	job->webhook = t->id;
	job->message_id = d->values[DELIVERY_MESSAGE_ID].text;
	job->attempt = (uint32_t)d->values[DELIVERY_ATTEMPTS].i + 1;
	job->method = t->webhook->values[WEBHOOK_METHOD].text;
	job->url = t->webhook->values[WEBHOOK_URL].text;
	job->with_data = t->webhook->values[WEBHOOK_DATA].b;
	if (job->with_data)
		job->body = f->event->values[EVENT_BODY].text;
	job->ed25519 = option_is(t, OPTION_ED25519);
	for (size_t i = 0; i < SECRET_IN_FORCE_MAX; i++)
		job->secrets[i] =
		    (struct secret_pair){.text = t->secrets[i].text,
			.seed = job->ed25519 ? t->secrets[i].seed : SPAN_NONE};
	job->timeout_ms = t->timeout_ms;
	job->hub_signature = option_is(t, OPTION_HUB_SIGNATURE);
	job->cloudevents = option_is(t, OPTION_CLOUDEVENTS);
	job->verify_tls = !t->options || option_is(t, OPTION_VERIFY_TLS);
	job->test = d->values[DELIVERY_TEST].b;
	job->created_ms = d->values[DELIVERY_CREATED_AT].i;
	job->event_type = span_of(arena_printf(
	    f->arena, "items.%.*s", SPAN_FMT(d->values[DELIVERY_ACTION].text)));
	out->headers_json = option_text(t, OPTION_HEADERS);
	out->success_json = option_text(t, OPTION_SUCCESS);
}

/* Drawn for several leases together: a draw is a call of the kernel. */
static int64_t
token_new(struct fill *f)
{
	int64_t token;

	do {
		if (f->token_count == 0) {
			rand_bytes(f->tokens, sizeof(f->tokens));
			f->token_count = TOKENS_DRAWN;
		}
		token = (int64_t)(f->tokens[--f->token_count] >> 1);
	} while (token == 0);
	return token;
}

/* The row and the delivery become the session's until the lease ends. */
static enum err
take(struct fill *f, const struct target *t, const struct queue_row *row,
    struct row *d)
{
	struct queue_job *out = &f->jobs[f->count];
	struct memory *m = &f->q->mem;
	struct lease *old = row->token ? memory_lease(m, row->token) : NULL;
	struct hook *h = memory_hook(m, t->id);
	const struct row *before = row_copy(f->arena, d);
	struct queue_row leased = *row;
	enum err rc;

	job_fill(f, t, d, out);
	leased.token = out->job.token = token_new(f);
	out->job.until_ms = f->now_ms + t->timeout_ms + QUEUE_LEASE_SLACK_MS;
	if (row->due_ms != QUEUE_IN_ORDER)
		leased.due_ms = out->job.until_ms;
	delivery_lease(d, leased.token, out->job.until_ms);
	rc = queue_del(f->txn, row);
	if (!rc)
		rc = queue_put(f->txn, &leased);
	if (!rc)
		rc = record_change(f->txn, before, d);
	if (rc)
		return rc;
	if (old)
		memory_lease_end(m, old, SIGN_NONE, f->now_ms);
	memory_lease_new(m, f->session, h, leased.token, row->delivery,
	    f->now_ms, out->job.until_ms);
	hook_spend(m, h, f->now_ms);
	f->bytes += out->job.body.n + out->headers_json.n;
	f->count++;
	f->q->draft.leased++;
	return ERR_NONE;
}

static bool
waits(const struct row *d)
{
	struct span state = d->values[DELIVERY_STATE].text;

	return span_is(state, delivery_state_name(DELIVERY_PENDING)) ||
	       span_is(state, delivery_state_name(DELIVERY_LEASED));
}

/* One due row: leased, or tidied away when nothing waits behind it. */
static enum err
visit(struct fill *f, const struct target *t, const struct queue_row *row)
{
	struct row *d;
	enum err rc =
	    record_get(f->txn, f->arena, &schema_deliveries, row->delivery, &d);

	if (!rc && waits(d))
		rc = event_find(f, d->values[DELIVERY_EVENT].i);
	else if (!rc)
		rc = ERR_NOT_FOUND;
	if (rc == ERR_NOT_FOUND)
		return queue_del(f->txn, row);
	return rc ? rc : take(f, t, row, d);
}

/* Rows of one hook until it, its endpoint, the message or the request has
 * enough; then the hook's next row is known again. */
static enum err
drain_hook(struct fill *f, struct hook *h)
{
	struct memory *m = &f->q->mem;
	struct queue_row row;
	struct target *t;
	int64_t due_ms;
	enum err rc = target_find(f, h->id, &t);

	if (rc)
		return rc;
	if (!t->webhook)
		return queue_webhook_changed(f->q, f->txn, h->id);
	while (!(rc = queue_front(f->txn, h->id, NULL, &row, &due_ms))) {
		hook_set_front(m, h, due_ms, row.delivery);
		if (!hook_may(m, h, f->now_ms) || f->count == f->want ||
		    f->bytes > JOBS_BYTES_STOP)
			return ERR_NONE;
		rc = visit(f, t, &row);
		if (rc)
			return rc;
	}
	hook_set_front(m, h, HEAP_NEVER, 0);
	return rc == ERR_NOT_FOUND ? ERR_NONE : rc;
}

enum err
queue_lease(struct queue *q, struct txn *txn, struct arena *arena,
    const struct lease_request *request, int64_t now_ms,
    struct queue_job **jobs, size_t *count)
{
	struct fill f = {.q = q, .txn = txn, .arena = arena, .now_ms = now_ms};
	struct hook *h;
	enum err rc = ERR_NONE;

	f.want = request->want < JOBS_MAX ? request->want : JOBS_MAX;
	f.session = memory_session(&q->mem, request->session);
	f.jobs = arena_array(arena, f.want, sizeof(*f.jobs));
	memory_expire(&q->mem, now_ms);
	rc = stray_end(q, txn, arena, now_ms);
	while (!rc && f.count < f.want && f.bytes <= JOBS_BYTES_STOP &&
	       f.target_count < TARGETS_MAX &&
	       (h = memory_next(&q->mem, now_ms)))
		rc = drain_hook(&f, h);
	*jobs = f.jobs;
	*count = f.count;
	return rc;
}
