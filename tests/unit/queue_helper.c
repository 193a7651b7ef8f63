/* See queue_helper.h. */
#include "queue_helper.h"

#include <semaphore.h>
#include <stdlib.h>

#include "model/secret.h"

static void
on_ready(void *ctx)
{
	struct bench *b = ctx;

	b->ready++;
}

void
open_queue(struct bench *b)
{
	assert_int_equal(
	    ERR_NONE, queue_new(b->place->store, &b->conf, &b->queue));
	queue_speak(b->queue, on_ready, b);
}

int
bench_setup(void **state)
{
	struct bench *b = mem_alloc(sizeof(*b));

	if (place_setup((void **)&b->place))
		return -1;
	b->conf.per_endpoint = WINDOW;
	b->conf.dispatch_transfers = 2 * UNPROVEN;
	b->conf.breaker_wait_ms = BREAKER_MS;
	b->conf.request_timeout_ms = TIMEOUT_MS;
	open_queue(b);
	*state = b;
	return 0;
}

int
bench_teardown(void **state)
{
	struct bench *b = *state;
	struct place *place = b->place;
	int rc = place_teardown((void **)&place);

	queue_free(b->queue);
	free(b);
	return rc;
}

void
restart(struct bench *b)
{
	store_close(b->place->store);
	queue_free(b->queue);
	assert_int_equal(ERR_NONE, place_try_open(b->place));
	open_queue(b);
}

static enum err
hook_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct secret secret = {.current = {.text = SPAN("whsec_YWJj")}};
	struct buf packed;
	enum err rc = record_insert(txn, s->row);

	buf_init(&packed, 500);
	secret_pack(&secret, &packed);
	if (!rc)
		rc = secret_put(txn, row_id(s->row), buf_view(&packed));
	buf_release(&packed);
	s->id = row_id(s->row);
	return rc ? rc : queue_webhook_changed(s->b->queue, txn, s->id);
}

int64_t
hook(struct bench *b, const char *url)
{
	struct step s = {.b = b};

	s.row = webhook_row(b->place->arena, "active", "create", "articles");
	s.row->values[WEBHOOK_URL] = value_text(span_of(url));
	must_write(b->place, hook_body, &s);
	return s.id;
}

static enum err
hook_status_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = record_get(
	    txn, s->b->place->arena, &schema_webhooks, s->id, &s->row);

	if (rc)
		return rc;
	s->row->values[WEBHOOK_STATUS] =
	    value_text(span_of(s->fail ? "inactive" : "active"));
	rc = record_update(txn, s->row);
	return rc ? rc : queue_webhook_changed(s->b->queue, txn, s->id);
}

void
set_active(struct bench *b, int64_t id, bool active)
{
	struct step s = {.b = b, .id = id, .fail = !active};

	must_write(b->place, hook_status_body, &s);
}

enum err
nothing_body(struct txn *txn, void *arg)
{
	(void)txn;
	(void)arg;
	return ERR_NONE;
}

static enum err
emit_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct arena *arena = s->b->place->arena;
	struct row *event = row_new(arena, &schema_events);
	struct row *d = row_new(arena, &schema_deliveries);
	enum err rc;

	event->values[EVENT_BODY] = value_text(SPAN("{\"event\":1}"));
	event->values[EVENT_CREATED_AT] = value_time(s->due_ms);
	rc = record_insert(txn, event);
	d->values[DELIVERY_MESSAGE_ID] = value_text(SPAN("msg_x"));
	d->values[DELIVERY_EVENT] = value_int(row_id(event));
	d->values[DELIVERY_WEBHOOK] = value_int(s->webhook);
	d->values[DELIVERY_ACTION] = value_text(SPAN("create"));
	d->values[DELIVERY_STATE] = value_text(SPAN("pending"));
	d->values[DELIVERY_ATTEMPTS] = value_int(0);
	d->values[DELIVERY_CREATED_AT] = value_time(s->due_ms);
	d->values[DELIVERY_NEXT_ATTEMPT_AT] = value_time(s->due_ms);
	if (!rc)
		rc = record_insert(txn, d);
	s->id = row_id(d);
	return rc ? rc
		  : queue_add(s->b->queue, txn, s->webhook, s->id, s->due_ms);
}

int64_t
emit(struct bench *b, int64_t webhook, int64_t due_ms)
{
	struct step s = {.b = b, .webhook = webhook, .due_ms = due_ms};

	must_write(b->place, emit_body, &s);
	return s.id;
}

enum err
lease_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = queue_lease(s->b->queue, txn, s->b->place->arena,
	    &s->request, s->now_ms, &s->jobs, &s->count);

	return rc ? rc : s->fail ? ERR_PAYLOAD : ERR_NONE;
}

struct step
lease(struct bench *b, uint8_t session, uint32_t want, int64_t now_ms)
{
	struct step s = {.b = b, .now_ms = now_ms};

	memset(s.request.session, session, sizeof(s.request.session));
	s.request.want = want;
	must_write(b->place, lease_body, &s);
	return s;
}

enum err
report_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	enum err rc = queue_report(
	    s->b->queue, txn, s->b->place->arena, &s->report, s->now_ms);

	return rc ? rc : s->fail ? ERR_PAYLOAD : ERR_NONE;
}

void
report(struct bench *b, const struct lease_job *job, enum outcome outcome,
    int status, int64_t now_ms)
{
	struct step s = {.b = b, .now_ms = now_ms};

	s.report = (struct lease_report){.delivery = job->delivery,
	    .token = job->token,
	    .attempt = job->attempt,
	    .outcome = outcome,
	    .status = status,
	    .retry_after_ms = -1,
	    .error = SPAN("words")};
	must_write(b->place, report_body, &s);
}

enum err
look_body(struct txn *txn, void *arg)
{
	struct step *s = arg;

	return record_get(
	    txn, s->b->place->arena, &schema_deliveries, s->id, &s->row);
}

struct row *
look(struct bench *b, int64_t delivery)
{
	struct step s = {.b = b, .id = delivery};

	must_read(b->place, look_body, &s);
	return s.row;
}

void
expect_state(struct bench *b, int64_t delivery, const char *state)
{
	struct row *d = look(b, delivery);

	assert_true(span_is(d->values[DELIVERY_STATE].text, state));
}

struct queue_counts
counts(struct bench *b)
{
	struct queue_counts c;

	queue_count(b->queue, &c);
	return c;
}

uint8_t *
session_id(uint8_t byte)
{
	static uint8_t id[LEASE_SESSION_BYTES];

	memset(id, byte, sizeof(id));
	return id;
}

enum err
remove_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	enum err rc = look_body(txn, s);

	if (!rc)
		rc = queue_remove(s->b->queue, txn, s->row);
	s->row->values[DELIVERY_STATE] = value_text(SPAN("cancelled"));
	s->row->values[DELIVERY_NEXT_ATTEMPT_AT] = value_null();
	return rc ? rc : record_update(txn, s->row);
}

enum err
option_body(struct txn *txn, void *arg)
{
	struct step *s = arg;
	struct arena *arena = s->b->place->arena;
	enum err rc =
	    record_get(txn, arena, &schema_options, s->webhook, &s->row);

	if (rc == ERR_NOT_FOUND) {
		s->row = row_new(arena, &schema_options);
		s->row->values[OPTION_ID] = value_int(s->webhook);
		s->row->values[OPTION_ORDERED] = value_bool(false);
		rc = record_insert(txn, s->row);
	}
	s->row->values[s->field] = s->value;
	if (!rc)
		rc = record_update(txn, s->row);
	if (!rc && !s->fail)
		rc = queue_webhook_changed(s->b->queue, txn, s->webhook);
	return rc;
}

void
set_option(struct bench *b, int64_t webhook, int field, struct value value)
{
	struct step s = {
	    .b = b, .webhook = webhook, .field = field, .value = value};

	must_write(b->place, option_body, &s);
}

/* Runs behind a slice of each background work. */
struct behind {
	struct store_job job;
	sem_t done;
};

static void
behind_done(struct store_job *job, enum err rc)
{
	struct behind *behind = (struct behind *)job;

	assert_int_equal(rc, ERR_NONE);
	sem_post(&behind->done);
}

void
settle_down(struct bench *b)
{
	struct behind behind;

	sem_init(&behind.done, 0, 0);
	behind.job = (struct store_job){
	    .body = nothing_body, .done = behind_done, .background = true};
	for (int i = 0; i < 50; i++) {
		must_write(b->place, nothing_body, NULL);
		store_submit(b->place->store, &behind.job);
		while (sem_wait(&behind.done) < 0)
			continue;
	}
	sem_destroy(&behind.done);
}
