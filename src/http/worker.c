/* Worker threads: all wait in epoll_wait on the one set and take one event at
 * a time, so that no event waits behind another thread's request. A new
 * connection is looked at at once: web servers send right after connecting,
 * and one that is not kept then never enters the set. */
#include "http/serve_edge.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"

uint64_t
serve_tell_end(struct request *r)
{
	struct exchange *x = r->transport;

	if (!x->serve)
		return SERVE_NO_CONNECTION;
	x->conn->told = true;
	return conn_data(x->conn);
}

void
worker_close(struct serve *s, struct conn *c)
{
	if (c->pending)
		pending_remove(s, c);
	if (c->fd >= 0)
		close(c->fd);
	if (c->told && s->options.closed)
		s->options.closed(s->options.ctx, conn_data(c));
	pthread_mutex_lock(&s->lock);
	conn_free(&s->conns, c);
	pthread_mutex_unlock(&s->lock);
	atomic_fetch_sub(&s->open_now, 1);
}

static bool
conn_watch(struct serve *s, struct conn *c)
{
	if (!c->watched)
		c->watched = serve_watch(
		    s, c->fd, EPOLLIN | EPOLLRDHUP | EPOLLET, conn_data(c));
	return c->watched;
}

/* True when the connection is idle now and not ours; false when something
 * happened while it was busy. */
static bool
conn_rest(struct conn *c)
{
	if (conn_move(c, CONN_BUSY, CONN_IDLE))
		return true;
	conn_move(c, CONN_AGAIN, CONN_BUSY);
	return false;
}

static size_t
wire_read(void *of, char *p, size_t n)
{
	return fcgi_call_read(of, p, n);
}

static bool
wire_cut(void *of)
{
	return fcgi_call_cut(of);
}

static bool
wire_write(void *of, struct span bytes)
{
	return fcgi_call_write(of, bytes);
}

static struct wire
wire_of(struct exchange *x)
{
	return (struct wire){wire_read, wire_cut, wire_write, x->call};
}

static struct exchange *
exchange_take(struct worker *w, struct conn *c)
{
	struct exchange *x = w->spare ? w->spare : exchange_new();

	w->spare = NULL;
	x->serve = w->serve;
	x->conn = c;
	return x;
}

static void
exchange_give(struct worker *w, struct exchange *x)
{
	if (w->spare) {
		exchange_free(x);
		return;
	}
	exchange_reset(x);
	w->spare = x;
}

bool
worker_finish(struct worker *w, struct exchange *x, bool mute)
{
	struct conn *c = x->conn;
	struct wire wire = wire_of(x);
	enum fcgi_left left;
	bool keep;

	if (!c) { /* was refused at the end of the server */
		exchange_free(x);
		return false;
	}
	if (!mute)
		exchange_answer(x, &wire);
	left = fcgi_call_end(x->call);
	exchange_log(x);
	exchange_give(w, x);
	if (left == FCGI_LEFT_NOTHING)
		c->fd = -1;
	keep = left == FCGI_LEFT_KEEP && !mute &&
	       !atomic_load(&w->serve->stopping);
	c->parked = NULL;
	if (!keep)
		worker_close(w->serve, c);
	return keep;
}

/* A peer that does not take its answer holds no thread for ever. Receiving
 * needs none: only the lane waits for bytes, and the sweep cuts it. */
static void
set_send_timeout(int fd, int64_t ms)
{
	struct timeval tv = {
	    .tv_sec = (time_t)(ms / 1000),
	    .tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};

	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);
}

static void
receive(struct serve *s, struct exchange *x)
{
	struct conn *c = x->conn;
	struct wire wire = wire_of(x);
	bool own = c->door == DOOR_OWNER;
	struct exchange_rules rules = {
	    .base_path = s->options.base_path,
	    .body_max_bytes = own ? s->options.internal_body_max_bytes
				  : s->options.body_max_bytes,
	    .deadline_ms = s->options.request_deadline_ms,
	};

	exchange_receive(x, &wire, fcgi_call_params(x->call), c->door, &rules);
	x->req.serial = atomic_fetch_add(&s->serial, 1) + 1;
	atomic_fetch_add(&s->requests, 1);
	if (x->req.body_state == BODY_CUT)
		atomic_fetch_add(&s->cut, 1);
}

/* True: answer it now; false: it waits (connection and exchange are not the
 * caller's any more). */
static bool
worker_handle(struct worker *w, struct exchange *x)
{
	const struct serve_options *o = &w->serve->options;

	if (exchange_is_late(x)) {
		response_error(&x->res, ERR_DEADLINE);
		return true;
	}
	do {
		x->park = (struct parked){0};
		if (o->handler(o->ctx, &x->req, &x->res) != REPLY_PARKED) {
			assert(!x->park.asked);
			return true;
		}
		/* only a connection in the set tells of its hang-up */
		conn_watch(w->serve, x->conn);
		if (park_settle(w->serve, x))
			return false;
	} while (x->park.again);
	return true;
}

bool
worker_again(struct worker *w, struct exchange *x)
{
	x->conn->parked = NULL;
	return worker_handle(w, x) && worker_finish(w, x, false);
}

/* One request of a connection that holds one. True: the connection is still
 * the caller's. */
static bool
worker_request(struct worker *w, struct conn *c, bool large)
{
	struct serve *s = w->serve;
	struct exchange *x;

	if (large && !lane_enter(s, c))
		return false;
	if (!large && c->pending)
		pending_remove(s, c);
	x = exchange_take(w, c);
	if (!fcgi_call_open(x->call, c->fd)) {
		c->fd = -1;
		if (large)
			lane_leave(s, c);
		exchange_give(w, x);
		worker_close(s, c);
		return false;
	}
	conn_unlook(c);
	if (large)
		lane_reading(s, c);
	receive(s, x);
	if (large)
		lane_leave(s, c);
	return worker_handle(w, x) && worker_finish(w, x, false);
}

void
worker_serve(struct worker *w, struct conn *c)
{
	struct serve *s = w->serve;
	enum look look;

	/* What reached us is answered even at the end. From here on the other
	 * end cannot send, so it knows that what is left was not read. */
	if (atomic_load(&s->ended) && c->door != DOOR_WEB)
		shutdown(c->fd, SHUT_RD);
	for (;;) {
		look = conn_look(w, c);
		if (look == LOOK_CLOSE ||
		    (look == LOOK_WAIT && atomic_load(&s->ended))) {
			worker_close(s, c);
			return;
		}
		if (look != LOOK_WAIT &&
		    !worker_request(w, c, look == LOOK_LARGE))
			return;
		if (!conn_watch(s, c)) {
			worker_close(s, c);
			return;
		}
		if (conn_rest(c))
			return;
	}
}

/* Internal doors are for the same user's programs (and root's). */
static bool
peer_allowed(int fd, enum door door)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	if (door == DOOR_WEB)
		return true;
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* True when there was one. */
static bool
worker_accept(struct worker *w, const struct serve_listen *l)
{
	struct serve *s = w->serve;
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	struct conn *c;

	if (fd < 0) {
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
		    errno == ENOBUFS)
			serve_listen_pause(s);
		return false;
	}
	if (!peer_allowed(fd, l->door)) {
		close(fd);
		return true;
	}
	pthread_mutex_lock(&s->lock);
	c = conn_open(&s->conns, fd, l->door);
	pthread_mutex_unlock(&s->lock);
	if (!c) {
		close(fd);
		serve_listen_pause(s);
		return false;
	}
	set_send_timeout(fd, s->options.receive_timeout_ms);
	atomic_fetch_add(&s->accepted, 1);
	atomic_fetch_add(&s->open_now, 1);
	worker_serve(w, c);
	return true;
}

static void
worker_posted(struct worker *w)
{
	struct conn *c;

	park_done(w);
	while ((c = lane_next(w->serve)))
		worker_serve(w, c);
}

static void
worker_special(struct worker *w, unsigned special)
{
	struct serve *s = w->serve;

	switch (special) {
	case SPECIAL_DONE:
		worker_posted(w);
		break;
	case SPECIAL_WAKE:
		serve_timer_run(s);
		break;
	case SPECIAL_SWEEP:
		pending_sweep(w);
		break;
	case SPECIAL_CLOCK:
		serve_clock_was_set(s);
		break;
	case SPECIAL_STOP:
		break;
	default:
		(void)worker_accept(w, &s->listen[special]);
	}
}

static void
worker_event(struct worker *w, uint64_t data)
{
	struct serve *s = w->serve;
	struct conn *c;
	unsigned special;
	bool parked;

	if (special_is(data, &special)) {
		worker_special(w, special);
		return;
	}
	c = conn_of(&s->conns, data);
	if (conn_take(c, data, &parked))
		worker_serve(w, c);
	else if (parked)
		park_hangup(s, c, data);
}

void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct serve *s = w->serve;
	struct epoll_event event;

	while (!atomic_load(&s->stopping)) {
		int n = epoll_wait(s->epoll_fd, &event, 1, -1);

		if (n > 0)
			worker_event(w, event.data.u64);
	}
	pthread_mutex_lock(&s->lock);
	s->working--;
	pthread_cond_signal(&s->left);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

void
worker_drain(struct worker *w, int64_t until_mono_ms)
{
	struct serve *s = w->serve;
	struct conn_table *t = &s->conns;

	/* A web server's socket lives on in other hands; nobody else will take
	 * what waits on ours. */
	for (size_t i = 0; i < atomic_load(&s->listen_count); i++)
		while (s->listen[i].door != DOOR_WEB &&
		       worker_accept(w, &s->listen[i]))
			continue;
	for (size_t i = 0; i < t->block_count * CONN_BLOCK; i++) {
		if (clock_mono_ms() >= until_mono_ms)
			break;
		struct conn *c = &t->blocks[i / CONN_BLOCK][i % CONN_BLOCK];

		if (conn_move(c, CONN_IDLE, CONN_BUSY))
			worker_serve(w, c);
	}
	worker_posted(w);
}

void
worker_await(struct worker *w, int64_t until_mono_ms)
{
	struct pollfd done = {
	    .fd = w->serve->special_fds[SPECIAL_DONE], .events = POLLIN};
	int64_t left;
	eventfd_t n;

	while (park_waits(w->serve) &&
	       (left = until_mono_ms - clock_mono_ms()) > 0) {
		if (poll(&done, 1, (int)left) > 0)
			eventfd_read(done.fd, &n);
		worker_posted(w);
	}
	park_stop(w->serve, true);
	worker_posted(w);
}

void
worker_release(struct worker *w)
{
	exchange_free(w->spare);
	free(w->window);
}
