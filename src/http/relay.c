/* The carrying thread and its letters.
 *
 * A letter is a parked request. It waits for a connection, then for its
 * answer; only the carrying thread touches it after it was handed over, but
 * for the mark `gone`. It lies in the request's arena, so it is taken off the
 * list before serve_finish.
 *
 * Time: a client waits at most for the request's deadline. The owner is told
 * an earlier moment, after which it begins nothing, so that "no answer" and
 * "never done" come apart only when the owner stops in the middle. Close to
 * the deadline the owner is asked for a sign of life; one that lives and is
 * busy with this request (a test call, a large export) gets more time. */
#include "http/relay.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "http/fcgi_record.h"
#include "http/relay_post.h"
#include "http/relay_wire.h"
#include "http/response_edge.h"

enum {
	ANSWER_SPARED_MS = 150, /* of the deadline, for our own answer */
	COMMIT_SPARED_MS = 500, /* for what has begun just before */
	SIGN_BEFORE_MS = 1500,	/* a sign of life is asked for so early */
	SIGN_GOOD_MS = 2000,	/* and counts so long */
	LONGEST_MS = 60000,	/* for an owner that lives */
	BACKOFF_FIRST_MS = 5,	/* design "One owner": 5 to 50 ms */
	BACKOFF_MOST_MS = 50,
	SOON_MS = 1, /* between two looks for one who is on his way */
	PAIRS_BYTES_MAX = 512 << 10
};

struct letter {
	struct relay *relay;
	struct parked *parked;
	struct fcgi_client *client; /* NULL: waits for one */
	int64_t began_ms, until_ms;
	int64_t again_ms; /* not to be sent before */
	bool gone;	  /* nobody waits for the answer; under the lock */
	struct letter *next;
};

struct relay {
	struct relay_options options;
	pthread_t thread;
	int wake_fd;
	pthread_mutex_t lock;
	struct letter *incoming; /* newest first */
	bool stopping;
	/* the carrying thread's */
	struct letter *letters;
	struct post post;
	struct buf pairs;
	bool absent; /* nobody listened */
	int64_t retry_ms, backoff_ms;
	enum relay_turn turn;
	struct pollfd *fds;
	size_t fds_max;
};

/* What became of a letter in one step. */
enum fate { FATE_WAITS, FATE_ANSWERED, FATE_AGAIN };

static void
wake(struct relay *r)
{
	(void)!eventfd_write(r->wake_fd, 1);
}

static void
on_gone(void *arg)
{
	struct letter *l = arg;

	pthread_mutex_lock(&l->relay->lock);
	l->gone = true;
	pthread_mutex_unlock(&l->relay->lock);
	wake(l->relay);
}

enum reply
relay_handle(struct relay *r, struct request *req, struct response *res)
{
	struct letter *l = arena_alloc(req->arena, sizeof *l);

	l->relay = r;
	l->began_ms = clock_mono_ms();
	l->until_ms = req->deadline_mono_ms - ANSWER_SPARED_MS;
	l->parked = serve_park(req, res, on_gone, l);
	serve_park_soon(l->parked);
	pthread_mutex_lock(&r->lock);
	l->next = r->incoming;
	r->incoming = l;
	pthread_mutex_unlock(&r->lock);
	wake(r);
	return REPLY_PARKED;
}

/* ---- one letter ---- */

static enum fate
letter_refuse(struct letter *l, enum err err)
{
	struct response *res = parked_response(l->parked);

	fcgi_client_free(l->client);
	l->client = NULL;
	response_error(res, err);
	/* then a repetition does no harm */
	if (err == ERR_UNKNOWN &&
	    parked_request(l->parked)->idempotency_key.n > 0)
		response_header(res, "Retry-After", "1");
	return FATE_ANSWERED;
}

static void
put_pair(struct buf *out, const char *name, const char *value)
{
	fcgi_put_pair(out, span_of(name), span_of(value));
}

/* The request's variables as they came, and what the owner cannot see. */
static void
pack_params(struct relay *r, const struct request *req)
{
	struct span name, value;
	char told[24];
	struct buf *out = &r->pairs;

	buf_clear(out);
	for (size_t i = 0; request_param_at(req, i, &name, &value); i++)
		if (!span_starts(name, "WEBHOOKS_"))
			fcgi_put_pair(out, name, value);
	snprintf(told, sizeof told, "%lld",
	    (long long)(req->deadline_mono_ms - ANSWER_SPARED_MS -
			COMMIT_SPARED_MS));
	put_pair(out, RELAY_DEADLINE_MS, told);
	if (req->body_state == BODY_TOO_LARGE)
		put_pair(out, RELAY_BODY, RELAY_BODY_TOO_LARGE);
	else if (req->body_state == BODY_CUT)
		put_pair(out, RELAY_BODY, RELAY_BODY_CUT);
	if (r->options.has_web)
		put_pair(out, RELAY_HAS_WEB, "yes");
}

static void
letter_send(struct relay *r, struct letter *l)
{
	const struct request *req = parked_request(l->parked);

	if (post_take(&r->post, &l->client)) {
		l->client = NULL;
		r->absent = true;
		return;
	}
	r->backoff_ms = 0;
	pack_params(r, req);
	/* a failure shows at the first step */
	(void)fcgi_client_send_packed(
	    l->client, buf_view(&r->pairs), req->body);
}

/* The connection ended without an answer. */
static enum fate
letter_lost(struct letter *l, int64_t now_ms)
{
	bool sent = fcgi_client_sent(l->client);

	if (sent && !method_is_safe(parked_request(l->parked)->method))
		return letter_refuse(l, ERR_UNKNOWN);
	fcgi_client_free(l->client);
	l->client = NULL;
	l->again_ms = now_ms + BACKOFF_FIRST_MS;
	return FATE_WAITS;
}

static enum fate
letter_late(struct relay *r, struct letter *l, int64_t now_ms)
{
	bool safe = method_is_safe(parked_request(l->parked)->method);

	if (post_lives(&r->post, now_ms, SIGN_GOOD_MS) &&
	    now_ms - l->began_ms < LONGEST_MS) {
		l->until_ms = now_ms + SIGN_BEFORE_MS;
		return FATE_WAITS;
	}
	return letter_refuse(l, safe || !fcgi_client_sent(l->client)
				    ? ERR_UNAVAILABLE
				    : ERR_UNKNOWN);
}

static enum fate
letter_hear(struct relay *r, struct letter *l, int64_t now_ms)
{
	struct response *res = parked_response(l->parked);
	struct fcgi_answer answer;
	bool done = false;

	if (fcgi_client_step(l->client, &done, &answer))
		return letter_lost(l, now_ms);
	if (!done)
		return now_ms < l->until_ms ? FATE_WAITS
					    : letter_late(r, l, now_ms);
	res->status = answer.status;
	res->whole = true;
	fcgi_client_take(l->client, &res->body);
	post_give(&r->post, l->client);
	l->client = NULL;
	return FATE_ANSWERED;
}

static enum fate
letter_step(struct relay *r, struct letter *l, int64_t now_ms)
{
	if (!l->client) {
		if (r->turn == RELAY_OWN)
			return FATE_AGAIN;
		if (r->turn == RELAY_NEVER || now_ms >= l->until_ms)
			return letter_refuse(l, ERR_UNAVAILABLE);
		if (r->absent || now_ms < r->retry_ms || now_ms < l->again_ms)
			return FATE_WAITS;
		letter_send(r, l);
		if (!l->client)
			return FATE_WAITS;
	}
	return letter_hear(r, l, now_ms);
}

/* ---- the list ---- */

static bool
letter_is_gone(struct relay *r, const struct letter *l)
{
	bool gone;

	pthread_mutex_lock(&r->lock);
	gone = l->gone;
	pthread_mutex_unlock(&r->lock);
	return gone;
}

static void
step_all(struct relay *r, int64_t now_ms)
{
	struct letter **at = &r->letters, *l;

	while ((l = *at)) {
		enum fate fate = FATE_ANSWERED;

		if (letter_is_gone(r, l))
			fcgi_client_free(l->client);
		else
			fate = letter_step(r, l, now_ms);
		if (fate == FATE_WAITS) {
			at = &l->next;
			continue;
		}
		*at = l->next;
		if (fate == FATE_AGAIN)
			serve_again(l->parked);
		else
			serve_finish(l->parked);
	}
}

/* Nobody listened: our turn, or theirs and a pause. True: step again. */
static bool
take_turn(struct relay *r, int64_t now_ms)
{
	if (!r->absent)
		return false;
	r->absent = false;
	r->turn = r->options.turn(r->options.ctx);
	if (r->turn == RELAY_SOON) {
		r->retry_ms = now_ms + SOON_MS;
		return false;
	}
	if (r->turn != RELAY_WAIT)
		return true;
	r->backoff_ms = r->backoff_ms ? 2 * r->backoff_ms : BACKOFF_FIRST_MS;
	if (r->backoff_ms > r->options.pause_most_ms)
		r->backoff_ms = r->options.pause_most_ms;
	r->retry_ms = now_ms + r->backoff_ms;
	return false;
}

static void
ask_for_sign(struct relay *r, int64_t now_ms)
{
	post_ping_step(&r->post, now_ms);
	if (post_lives(&r->post, now_ms, SIGN_BEFORE_MS / 2))
		return;
	for (const struct letter *l = r->letters; l; l = l->next)
		if (l->client && l->until_ms - now_ms < SIGN_BEFORE_MS) {
			post_ping(&r->post, now_ms);
			post_ping_step(&r->post, now_ms);
			return;
		}
}

static void
sooner(int64_t *moment_ms, int64_t other_ms)
{
	if (other_ms < *moment_ms)
		*moment_ms = other_ms;
}

/* When time alone changes something. */
static int64_t
next_moment(const struct relay *r)
{
	int64_t moment = INT64_MAX;

	for (const struct letter *l = r->letters; l; l = l->next) {
		sooner(&moment, l->until_ms);
		if (l->client)
			sooner(&moment, l->until_ms - SIGN_BEFORE_MS + 1);
		else
			sooner(&moment, l->again_ms > r->retry_ms
					    ? l->again_ms
					    : r->retry_ms);
	}
	if (r->post.ping)
		sooner(&moment, r->post.ping_until_ms);
	return moment;
}

static void
watch(struct relay *r, size_t *n, const struct fcgi_client *c)
{
	if (*n == r->fds_max) {
		r->fds_max = r->fds_max ? 2 * r->fds_max : 64;
		r->fds = mem_grow(r->fds, r->fds_max, sizeof *r->fds);
	}
	r->fds[(*n)++] = (struct pollfd){
	    .fd = fcgi_client_fd(c), .events = fcgi_client_events(c)};
}

static void
wait_all(struct relay *r, int64_t now_ms)
{
	int64_t left = next_moment(r) - now_ms;
	eventfd_t n_woken;
	size_t n = 1;

	if (r->fds_max == 0) {
		r->fds_max = 64;
		r->fds = mem_array(r->fds_max, sizeof *r->fds);
	}
	r->fds[0] = (struct pollfd){.fd = r->wake_fd, .events = POLLIN};
	for (const struct letter *l = r->letters; l; l = l->next)
		if (l->client)
			watch(r, &n, l->client);
	if (r->post.ping)
		watch(r, &n, r->post.ping);
	if (left < 0)
		left = 0;
	if (poll(r->fds, n, left > LONGEST_MS ? -1 : (int)left) > 0 &&
	    r->fds[0].revents)
		(void)!eventfd_read(r->wake_fd, &n_woken);
}

/* In the order they came. False: the end. */
static bool
take_incoming(struct relay *r)
{
	struct letter *l, *taken, **end = &r->letters;
	struct letter *first = NULL;
	bool stopping;

	pthread_mutex_lock(&r->lock);
	taken = r->incoming;
	r->incoming = NULL;
	stopping = r->stopping;
	pthread_mutex_unlock(&r->lock);
	while ((l = taken)) {
		taken = l->next;
		l->next = first;
		first = l;
	}
	while (*end)
		end = &(*end)->next;
	*end = first;
	return !stopping;
}

static void *
carry(void *arg)
{
	struct relay *r = arg;

	while (take_incoming(r)) {
		int64_t now_ms = clock_mono_ms();

		step_all(r, now_ms);
		if (take_turn(r, now_ms))
			continue;
		ask_for_sign(r, now_ms);
		wait_all(r, clock_mono_ms());
	}
	return NULL;
}

struct relay *
relay_new(const struct relay_options *options)
{
	struct relay *r = mem_alloc(sizeof *r);

	r->options = *options;
	if (r->options.pause_most_ms == 0)
		r->options.pause_most_ms = BACKOFF_MOST_MS;
	pthread_mutex_init(&r->lock, NULL);
	post_init(&r->post, options->state_dir);
	buf_init(&r->pairs, PAIRS_BYTES_MAX);
	r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->wake_fd >= 0 && pthread_create(&r->thread, NULL, carry, r) == 0)
		return r;
	if (r->wake_fd >= 0)
		close(r->wake_fd);
	pthread_mutex_destroy(&r->lock);
	free(r);
	return NULL;
}

void
relay_free(struct relay *r)
{
	if (!r)
		return;
	pthread_mutex_lock(&r->lock);
	r->stopping = true;
	pthread_mutex_unlock(&r->lock);
	wake(r);
	pthread_join(r->thread, NULL);
	for (struct letter *l = r->letters; l; l = l->next)
		fcgi_client_free(l->client);
	post_release(&r->post);
	buf_release(&r->pairs);
	free(r->fds);
	close(r->wake_fd);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
