/* Lease calls that wait, and the thread that serves them.
 *
 * A lease call is answered at once when something is due; else it is parked
 * in a list that the lending thread looks through whenever it is poked: by the
 * queue, the timer, a hang-up, a report that changes what is wanted. Only
 * that thread takes calls out of the list.
 *
 * A session lives as long as its lease call is parked, and between two calls
 * as long as the connection of the last one, for at most ABSENT_MS; then its
 * leases are freed. An owner that stops
 * answers parked calls with 503; the dispatcher comes back with its session
 * and its reports count, because the tokens stand in the rows. */
#include "api/internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "api/answer.h"
#include "api/lend.h"
#include "api/starter.h"
#include "common/clock.h"
#include "common/log.h"

enum { ABSENT_MS = 10000 };

/* A parked lease call. */
struct waiter {
	struct parked *parked;
	struct internal *in;
	struct lease_request request;
	uint64_t connection;
	int64_t until_mono_ms; /* INT64_MAX: none */
	bool gone, replaced;
	uint64_t tried; /* the poke it was last tried for */
	struct waiter *next;
};

/* A session between two calls. */
struct absent {
	uint8_t session[LEASE_SESSION_BYTES];
	uint64_t connection;
	int64_t until_mono_ms; /* INT64_MIN: the connection is closed */
	struct absent *next;
};

struct internal {
	struct api *api;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	atomic_bool stopping; /* looked at without the lock as well */
	uint64_t poked;
	struct waiter *waiters;
	struct absent *absents;
};

static void
poke(struct internal *in)
{
	pthread_mutex_lock(&in->lock);
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

static bool
same_session(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, LEASE_SESSION_BYTES) == 0;
}

/* With the lock held. */
static void
absent_note(struct internal *in, const uint8_t *session, uint64_t connection)
{
	struct absent *a = mem_alloc(sizeof(*a));

	memcpy(a->session, session, sizeof(a->session));
	a->connection = connection;
	a->until_mono_ms = clock_mono_ms() + ABSENT_MS;
	a->next = in->absents;
	in->absents = a;
}

static void
absent_clear(struct internal *in, const uint8_t *session)
{
	struct absent **p = &in->absents, *a;

	while ((a = *p))
		if (same_session(a->session, session)) {
			*p = a->next;
			free(a);
		} else {
			p = &a->next;
		}
}

/* Takes one that has been away for too long, or NULL. */
static struct absent *
absent_overdue(struct internal *in, int64_t mono_ms)
{
	for (struct absent **p = &in->absents; *p; p = &(*p)->next)
		if ((*p)->until_mono_ms <= mono_ms) {
			struct absent *a = *p;

			*p = a->next;
			return a;
		}
	return NULL;
}

static bool
may_lend(const struct internal *in, const struct waiter *w)
{
	return w->request.want > 0 && w->tried != in->poked &&
	       queue_next_due_ms(in->api->queue) <= clock_wall_ms();
}

/* The owner goes: sessions live on, to be told to the next one. */
static bool
is_leaving(const struct internal *in)
{
	return in->stopping || serve_is_ending(in->api->serve);
}

static bool
is_over(const struct internal *in, const struct waiter *w, int64_t mono_ms)
{
	return in->stopping || w->gone || w->replaced ||
	       w->until_mono_ms <= mono_ms;
}

/* What waits now may need another dispatcher. */
static void
session_end(struct internal *in, const uint8_t *session)
{
	queue_session_end(in->api->queue, session);
	starter_look(in->api);
}

/* The next call with something to do; taken out when it is over. A call that
 * just ran out of time leaves its session to the next one. */
static struct waiter *
pick(struct internal *in, int64_t mono_ms, bool *over, bool *gone)
{
	for (struct waiter **p = &in->waiters; *p; p = &(*p)->next) {
		struct waiter *w = *p;

		*over = is_over(in, w, mono_ms);
		*gone = w->gone && !w->replaced && !is_leaving(in);
		if (*over) {
			*p = w->next;
			if (!w->gone && !w->replaced)
				absent_note(
				    in, w->request.session, w->connection);
		} else if (!may_lend(in, w)) {
			continue;
		}
		w->tried = in->poked;
		return w;
	}
	return NULL;
}

static void
take_out(struct internal *in, const struct waiter *w)
{
	for (struct waiter **p = &in->waiters; *p; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			return;
		}
}

/* The call is out of the list; nobody else knows it but its on_gone. */
static void
finish(struct waiter *w, int status)
{
	struct parked *parked = w->parked;

	parked_response(parked)->status = status;
	serve_finish(parked);
}

static void
end_over(struct internal *in, struct waiter *w, bool gone)
{
	if (gone)
		session_end(in, w->request.session);
	finish(w, in->stopping ? 503 : 200);
}

/* `request` is a copy: what is wanted may be told anew meanwhile. */
static void
lend_to(
    struct internal *in, struct waiter *w, const struct lease_request *request)
{
	struct response *res = parked_response(w->parked);
	size_t count = 0;
	bool lost;
	enum err rc = lend(in->api, res->arena, request, &res->body, &count);

	if (!rc && count == 0)
		return;
	pthread_mutex_lock(&in->lock);
	take_out(in, w);
	lost = w->gone || w->replaced;
	if (!lost)
		absent_note(in, request->session,
		    rc ? SERVE_NO_CONNECTION : w->connection);
	pthread_mutex_unlock(&in->lock);
	/* Leases made after the hang-up was noticed, or for a call that was
	 * replaced meanwhile, reach nobody. */
	if (lost && !is_leaving(in))
		session_end(in, request->session);
	finish(w, rc ? 503 : 200);
}

/* When the clock will make something possible. */
static int64_t
next_moment(const struct internal *in)
{
	int64_t mono_ms = INT64_MAX, due_ms = INT64_MAX, moment_ms;

	for (const struct waiter *w = in->waiters; w; w = w->next) {
		if (w->until_mono_ms < mono_ms)
			mono_ms = w->until_mono_ms;
		if (w->request.want > 0)
			due_ms = queue_next_due_ms(in->api->queue);
	}
	for (const struct absent *a = in->absents; a; a = a->next)
		if (a->until_mono_ms < mono_ms)
			mono_ms = a->until_mono_ms;
	moment_ms = clock_wall_at(mono_ms);
	/* What is due and was tried in vain waits for a poke, not a moment. */
	return due_ms > clock_wall_ms() && due_ms < moment_ms ? due_ms
							      : moment_ms;
}

/* Everything that can be done now. With the lock held, let go meanwhile. */
static void
serve_all(struct internal *in)
{
	int64_t mono_ms = clock_mono_ms();
	struct absent *a;
	struct waiter *w;
	bool over, gone;

	while ((w = pick(in, mono_ms, &over, &gone))) {
		struct lease_request request = w->request;

		pthread_mutex_unlock(&in->lock);
		if (over)
			end_over(in, w, gone);
		else
			lend_to(in, w, &request);
		pthread_mutex_lock(&in->lock);
	}
	while ((a = absent_overdue(in, mono_ms))) {
		pthread_mutex_unlock(&in->lock);
		if (a->until_mono_ms > INT64_MIN)
			log_event(
			    LOG_WARNING, "session_absent", "ms=%d", ABSENT_MS);
		session_end(in, a->session);
		free(a);
		pthread_mutex_lock(&in->lock);
	}
}

/* The alarm is shared: it is never cleared here. */
static void
wake_at(const struct internal *in, int64_t wall_ms)
{
	if (wall_ms < INT64_MAX)
		serve_wake_at(in->api->serve, wall_ms);
}

static void *
lending_run(void *arg)
{
	struct internal *in = arg;
	uint64_t seen = 0;

	pthread_mutex_lock(&in->lock);
	for (;;) {
		while (seen != in->poked) {
			seen = in->poked;
			serve_all(in);
		}
		if (in->stopping && !in->waiters)
			break;
		wake_at(in, next_moment(in));
		if (seen == in->poked)
			pthread_cond_wait(&in->wake, &in->lock);
	}
	pthread_mutex_unlock(&in->lock);
	return NULL;
}

static void
on_gone(void *arg)
{
	struct waiter *w = arg;

	pthread_mutex_lock(&w->in->lock);
	w->gone = true;
	w->in->poked++;
	pthread_cond_signal(&w->in->wake);
	pthread_mutex_unlock(&w->in->lock);
}

/* One parked call for each session: an older one is a connection that was
 * lost without a word. */
static void
park(
    struct internal *in, struct call *call, const struct lease_request *request)
{
	struct waiter *w = arena_alloc(call->arena, sizeof(*w));

	w->in = in;
	w->request = *request;
	w->connection = serve_tell_end(call->req);
	w->until_mono_ms = INT64_MAX;
	if (request->wait_ms < INT64_MAX - clock_mono_ms())
		w->until_mono_ms = clock_mono_ms() + request->wait_ms;
	call_parked(call);
	/* on_gone may come at once, so the lock is held until it can find
	 * everything in place. */
	pthread_mutex_lock(&in->lock);
	for (struct waiter *old = in->waiters; old; old = old->next)
		if (same_session(old->request.session, request->session))
			old->replaced = true;
	absent_clear(in, request->session);
	w->parked = serve_park(call->req, call->res, on_gone, w);
	w->next = in->waiters;
	in->waiters = w;
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

/* What is due goes out in the calling thread. */
static enum err
lend_now(struct call *call, const struct lease_request *request, size_t *count)
{
	struct internal *in = call->api->internal;
	enum err rc;

	*count = 0;
	if (request->want == 0 ||
	    queue_next_due_ms(call->api->queue) > clock_wall_ms())
		return ERR_NONE;
	rc = lend(call->api, call->arena, request, &call->res->body, count);
	if (rc || *count == 0)
		return rc;
	pthread_mutex_lock(&in->lock);
	absent_clear(in, request->session);
	absent_note(in, request->session, serve_tell_end(call->req));
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
	return ERR_NONE;
}

/* Answered at once and empty: a dispatcher that has nothing in hand is about
 * to leave, and is not counted as one any more. */
static void
part(
    struct internal *in, struct call *call, const struct lease_request *request)
{
	pthread_mutex_lock(&in->lock);
	absent_clear(in, request->session);
	if (request->holding_count > 0)
		absent_note(in, request->session, serve_tell_end(call->req));
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
	if (request->holding_count == 0)
		session_end(in, request->session);
}

enum err
internal_lease(struct call *call)
{
	struct lease_request request;
	size_t count;
	enum err rc =
	    lease_request_unpack(call->arena, call->req->body, &request);

	if (rc || !call->api->internal)
		return fault_plain(
		    call->fault, rc ? ERR_PAYLOAD : ERR_UNAVAILABLE);
	queue_session_begin(call->api->queue, request.session);
	queue_session_holds(call->api->queue, request.session, request.holding,
	    request.holding_count);
	call->res->content_type = "application/octet-stream";
	call->res->no_etag = true;
	rc = lend_now(call, &request, &count);
	if (!rc && count == 0 && request.wait_ms > 0)
		park(call->api->internal, call, &request);
	else if (!rc && count == 0)
		part(call->api->internal, call, &request);
	return rc;
}

void
internal_closed(struct api *api, uint64_t connection)
{
	struct internal *in = api->internal;

	if (!in || is_leaving(in))
		return;
	pthread_mutex_lock(&in->lock);
	for (struct absent *a = in->absents; a; a = a->next)
		if (a->connection == connection)
			a->until_mono_ms = INT64_MIN;
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

void
internal_want(struct api *api, const uint8_t *session, uint32_t want)
{
	struct internal *in = api->internal;

	if (!in)
		return;
	pthread_mutex_lock(&in->lock);
	for (struct waiter *w = in->waiters; w; w = w->next)
		if (!w->replaced && same_session(w->request.session, session))
			w->request.want = want;
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
}

void
internal_ready(void *ctx)
{
	struct api *api = ctx;

	if (api->internal)
		poke(api->internal);
}

void
internal_timer(struct api *api)
{
	internal_ready(api);
}

void
internal_start(struct api *api)
{
	struct internal *in = mem_alloc(sizeof(*in));

	in->api = api;
	in->poked = 1;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->wake, NULL);
	api->internal = in;
	if (pthread_create(&in->thread, NULL, lending_run, in)) {
		log_event(LOG_ERROR, "thread", "what=lending");
		abort();
	}
}

void
internal_stop(struct api *api)
{
	struct internal *in = api->internal;
	struct absent *a;

	if (!in)
		return;
	pthread_mutex_lock(&in->lock);
	in->stopping = true;
	in->poked++;
	pthread_cond_signal(&in->wake);
	pthread_mutex_unlock(&in->lock);
	pthread_join(in->thread, NULL);
	while ((a = in->absents)) {
		in->absents = a->next;
		free(a);
	}
	pthread_mutex_destroy(&in->lock);
	pthread_cond_destroy(&in->wake);
	api->internal = NULL;
	free(in);
}
