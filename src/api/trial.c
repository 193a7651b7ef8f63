/* Test calls: the request is parked until its delivery has an attempt, or
 * for 10 s, or not at all when no dispatcher is connected.
 *
 * A list of parked calls under one lock. Whoever finds a call ended (its
 * attempt is there, its time is over, the peer is gone) takes it off the list
 * first and finishes it outside the lock, so each is finished once. The store
 * is read in the server's timer, never in the committing thread. Entries lie
 * in the arena of their request, which lives until it is finished. */
#include "api/trial.h"

#include <pthread.h>
#include <stdlib.h>

#include "common/clock.h"

#include "api/answer.h"
#include "api/deliveries.h"
#include "api/sample.h"
#include "api/webhooks.h"

/* Product chapter 2, `POST /webhooks/:id/test`. */
enum { TRIAL_WAIT_MS = 10000 };

struct waiting {
	struct trial *trial;
	struct parked *parked;
	int64_t delivery;
	int64_t until_mono_ms;
	struct waiting *next;
};

struct trial {
	pthread_mutex_t lock;
	struct api *api;
	struct waiting *first;
};

void
trial_start(struct api *api)
{
	struct trial *trial = mem_alloc(sizeof(*trial));

	pthread_mutex_init(&trial->lock, NULL);
	trial->api = api;
	api->trial = trial;
}

/* ---- answering ---- */

struct outcome_read {
	struct arena *arena;
	int64_t delivery;
	struct row *row;
	struct span *attempts;
	size_t count;
};

static enum err
read_outcome(struct txn *txn, void *arg)
{
	struct outcome_read *r = arg;
	enum err err;

	err =
	    record_get(txn, r->arena, &schema_deliveries, r->delivery, &r->row);
	if (err)
		return err;
	return attempt_list(
	    txn, r->arena, r->delivery, &r->attempts, &r->count);
}

/* 200 with the delivery and its attempt, 202 with the delivery alone. */
static void
put_outcome(struct response *res, const struct outcome_read *r)
{
	struct buf *out = &res->body;

	res->status = r->count ? 200 : 202;
	res->content_type = ANSWER_JSON;
	res->success_headers = true;
	buf_text(out, "{\"data\":{\"delivery\":");
	row_put_json(r->row, out);
	buf_text(out, ",\"attempt\":");
	if (r->count)
		delivery_put_attempt(out, r->count, r->attempts[r->count - 1]);
	else
		buf_text(out, "null");
	buf_text(out, "}}");
}

static void
finish(struct api *api, struct waiting *w)
{
	struct response *res = parked_response(w->parked);
	struct outcome_read r = {
	    .arena = res->arena,
	    .delivery = w->delivery,
	};

	if (store_read(api->store, read_outcome, &r) == ERR_NONE)
		put_outcome(res, &r);
	else
		res->status = 204;
	serve_finish(w->parked);
}

/* ---- the list ---- */

static bool
has_attempt(struct api *api, int64_t delivery)
{
	struct outcome_read r = {.arena = arena_new(), .delivery = delivery};
	bool ended;

	/* A delivery that cannot be read will not be waited for either. */
	ended =
	    store_read(api->store, read_outcome, &r) != ERR_NONE || r.count > 0;
	arena_free(r.arena);
	return ended;
}

/* Takes one ended call off the list; NULL: none has ended. */
static struct waiting *
take_ended(struct trial *trial, int64_t now_ms, int64_t *next_ms)
{
	struct waiting **at, *w = NULL;

	*next_ms = INT64_MAX;
	pthread_mutex_lock(&trial->lock);
	for (at = &trial->first; *at; at = &(*at)->next) {
		w = *at;
		if (w->until_mono_ms <= now_ms ||
		    has_attempt(trial->api, w->delivery))
			break;
		if (w->until_mono_ms < *next_ms)
			*next_ms = w->until_mono_ms;
		w = NULL;
	}
	if (w)
		*at = w->next;
	pthread_mutex_unlock(&trial->lock);
	return w;
}

void
trial_timer(struct api *api)
{
	struct trial *trial = api->trial;
	struct waiting *w;
	int64_t next_ms;

	if (trial == NULL)
		return;
	while ((w = take_ended(trial, clock_mono_ms(), &next_ms)) != NULL)
		finish(api, w);
	if (next_ms != INT64_MAX)
		serve_wake_at(api->serve, clock_wall_at(next_ms));
}

void
trial_look(struct api *api)
{
	bool any;

	if (api->trial == NULL)
		return;
	pthread_mutex_lock(&api->trial->lock);
	any = api->trial->first != NULL;
	pthread_mutex_unlock(&api->trial->lock);
	if (any)
		serve_wake_at(api->serve, clock_wall_ms());
}

static bool
take_off(struct trial *trial, const struct waiting *w)
{
	struct waiting **at;
	bool listed;

	pthread_mutex_lock(&trial->lock);
	for (at = &trial->first; *at && *at != w;)
		at = &(*at)->next;
	listed = *at != NULL;
	if (listed)
		*at = w->next;
	pthread_mutex_unlock(&trial->lock);
	return listed;
}

/* The peer hung up, or the server ends. */
static void
on_gone(void *arg)
{
	struct waiting *w = arg;

	if (take_off(w->trial, w))
		serve_finish(w->parked);
}

void
trial_stop(struct api *api)
{
	if (api->trial == NULL)
		return;
	pthread_mutex_destroy(&api->trial->lock);
	free(api->trial);
	api->trial = NULL;
}

/* ---- the call ---- */

struct test_write {
	struct call *call;
	int64_t webhook;
	int64_t now_ms;
	struct emit emit;
	struct outcome_read read;
};

static enum err
load_webhook(struct txn *txn, void *arg)
{
	struct test_write *t = arg;

	return record_get(
	    txn, t->call->arena, &schema_webhooks, t->webhook, &t->read.row);
}

static enum err
test_body(struct txn *txn, void *arg)
{
	struct test_write *t = arg;
	struct arena *arena = t->call->arena;
	struct row *webhook;
	enum err err;

	err = record_get(txn, arena, &schema_webhooks, t->webhook, &webhook);
	if (!err)
		err =
		    emit(txn, t->call->api->queue, arena, t->now_ms, &t->emit);
	if (!err)
		err = record_get(txn, arena, &schema_deliveries,
		    t->emit.first_delivery, &t->read.row);
	return err;
}

static enum err
answer_made(struct call *call, void *arg)
{
	const struct test_write *t = arg;

	put_outcome(call->res, &t->read);
	return ERR_NONE;
}

static void
park(struct call *call, int64_t delivery)
{
	struct trial *trial = call->api->trial;
	struct waiting *w = arena_alloc(call->arena, sizeof(*w));

	answer_reset(call->res);
	w->trial = trial;
	w->delivery = delivery;
	w->until_mono_ms = clock_mono_ms() + TRIAL_WAIT_MS;
	answer_cors(call);
	call_parked(call);
	/* The lock is held while parking, so that nobody finishes the call
	 * before it stands in the list. */
	pthread_mutex_lock(&trial->lock);
	w->parked = serve_park(call->req, call->res, on_gone, w);
	w->next = trial->first;
	trial->first = w;
	pthread_mutex_unlock(&trial->lock);
	/* The attempt may have been recorded meanwhile. */
	serve_wake_at(trial->api->serve, clock_wall_ms());
}

enum err
trial_test(struct call *call)
{
	struct test_write t = {.call = call, .now_ms = clock_wall_ms()};
	enum err err;

	if ((err = webhooks_id(call, &t.webhook)) != ERR_NONE)
		return err;
	err = store_read(call->api->store, load_webhook, &t);
	if (!err)
		err = sample_event(call, t.read.row, &t.emit);
	if (err)
		return err;
	t.emit.only_webhook = &t.webhook;
	err = call_write(call, test_body, answer_made, &t);
	if (!err && call->req->idempotency_key.n == 0 &&
	    queue_has_session(call->api->queue))
		park(call, t.emit.first_delivery);
	return err;
}
