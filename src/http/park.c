/* Requests answered later: by serve_finish from any thread, by the peer's
 * hang-up, or by the end of the server.
 *
 * A parked exchange belongs to whoever calls serve_finish; the edge frees it
 * after that, and after on_gone has returned, whichever is later. So what
 * on_gone works on may lie in the request's arena. All marks are under the
 * serve's lock; on_gone is called without it. */
#include "http/serve_edge.h"

#include <assert.h>

static void
list_add(struct serve *s, struct parked *p)
{
	p->prev = NULL;
	p->next = s->parked_first;
	if (p->next)
		p->next->prev = p;
	s->parked_first = p;
	atomic_fetch_add(&s->parked_now, 1);
}

static void
list_remove(struct serve *s, struct parked *p)
{
	if (p->prev)
		p->prev->next = p->next;
	else
		s->parked_first = p->next;
	if (p->next)
		p->next->prev = p->prev;
	p->prev = p->next = NULL;
	atomic_fetch_sub(&s->parked_now, 1);
}

/* Under the lock: the exchange is to be answered, or freed, by a worker. */
static void
done_add(struct serve *s, struct parked *p)
{
	p->done_next = NULL;
	if (s->done_last)
		s->done_last->done_next = p;
	else
		s->done_first = p;
	s->done_last = p;
}

static struct parked *
done_take(struct serve *s)
{
	struct parked *p;

	pthread_mutex_lock(&s->lock);
	p = s->done_first;
	if (p) {
		s->done_first = p->done_next;
		if (!s->done_first)
			s->done_last = NULL;
		list_remove(s, p);
		if (p->exchange->conn)
			conn_move(p->exchange->conn, CONN_PARKED, CONN_BUSY);
	}
	pthread_mutex_unlock(&s->lock);
	return p;
}

struct parked *
serve_park(struct request *r, struct response *res, void (*on_gone)(void *arg),
    void *arg)
{
	struct exchange *x = r->transport;
	struct parked *p = &x->park;

	assert(!p->asked && res == &x->res);
	*p = (struct parked){
	    .exchange = x, .on_gone = on_gone, .arg = arg, .asked = true};
	if (!x->serve)
		return cgi_park(p);
	pthread_mutex_lock(&x->serve->lock);
	list_add(x->serve, p);
	pthread_mutex_unlock(&x->serve->lock);
	return p;
}

struct request *
parked_request(struct parked *p)
{
	return &p->exchange->req;
}

struct response *
parked_response(struct parked *p)
{
	return &p->exchange->res;
}

void
serve_park_soon(struct parked *p)
{
	p->soon = true;
}

static void
park_end(struct parked *p, bool again)
{
	struct serve *s = p->exchange->serve;
	bool post;

	if (!s) {
		p->again = again;
		cgi_finish(p);
		return;
	}
	pthread_mutex_lock(&s->lock);
	assert(!p->finished);
	p->finished = true;
	p->again = again;
	/* else the thread inside the handler or on_gone goes on with it */
	post = p->waiting && !p->gone_running;
	if (post)
		done_add(s, p);
	pthread_mutex_unlock(&s->lock);
	if (post)
		serve_post(s, SPECIAL_DONE);
}

void
serve_finish(struct parked *p)
{
	park_end(p, false);
}

void
serve_again(struct parked *p)
{
	park_end(p, true);
}

/* The owner of the response may be writing it at this moment: the refusal is
 * made beside it. */
static void
refuse(struct serve *s, struct exchange *x)
{
	struct arena *arena = arena_new();
	struct response res;
	struct span body;

	response_init(&res, arena);
	response_error(&res, x->park.soon && !method_is_safe(x->req.method)
				 ? ERR_UNKNOWN
				 : ERR_UNAVAILABLE);
	body = response_head(&x->req, &res, &x->head);
	if (fcgi_call_write(x->call, buf_view(&x->head)))
		fcgi_call_write(x->call, body);
	if (fcgi_call_end(x->call) == FCGI_LEFT_NOTHING)
		x->conn->fd = -1;
	worker_close(s, x->conn);
	response_release(&res);
	arena_free(arena);
}

/* Under the lock, which is let go meanwhile. Nobody else touches the exchange
 * while gone_running is set. */
static void
gone_run(struct serve *s, struct parked *p, bool refused)
{
	p->gone = p->gone_running = true;
	if (refused)
		conn_move(p->exchange->conn, CONN_PARKED, CONN_BUSY);
	pthread_mutex_unlock(&s->lock);
	if (refused)
		refuse(s, p->exchange);
	if (p->on_gone)
		p->on_gone(p->arg);
	pthread_mutex_lock(&s->lock);
	if (refused)
		p->exchange->conn = NULL;
	p->gone_running = false;
	if (!p->finished)
		return;
	done_add(s, p);
	serve_post(s, SPECIAL_DONE);
}

bool
park_settle(struct serve *s, struct exchange *x)
{
	struct parked *p = &x->park;
	struct conn *c = x->conn;

	assert(p->asked);
	pthread_mutex_lock(&s->lock);
	if (p->finished) {
		list_remove(s, p);
		pthread_mutex_unlock(&s->lock);
		return false;
	}
	p->waiting = true;
	c->parked = x;
	if (!conn_move(c, CONN_BUSY, CONN_PARKED))
		conn_move(c, CONN_AGAIN, CONN_PARKED);
	/* the hang-up may have come with the request, in one event */
	if (atomic_load(&s->ended) && !p->soon)
		gone_run(s, p, true);
	else if (conn_hung_up(c))
		gone_run(s, p, false);
	pthread_mutex_unlock(&s->lock);
	return true;
}

void
park_hangup(struct serve *s, struct conn *c, uint64_t data)
{
	struct parked *p;

	pthread_mutex_lock(&s->lock);
	if (conn_data(c) == data && conn_state(c) == CONN_PARKED) {
		p = &c->parked->park;
		if (!p->finished && !p->gone && conn_hung_up(c))
			gone_run(s, p, false);
	}
	pthread_mutex_unlock(&s->lock);
}

void
park_done(struct worker *w)
{
	struct parked *p;

	while ((p = done_take(w->serve))) {
		struct exchange *x = p->exchange;
		struct conn *c = x->conn;

		if (p->again && !p->gone ? worker_again(w, x)
					 : worker_finish(w, x, p->gone))
			worker_serve(w, c);
	}
}

bool
park_waits(struct serve *s)
{
	bool any = false;

	pthread_mutex_lock(&s->lock);
	for (const struct parked *p = s->parked_first; p && !any; p = p->next)
		any = p->waiting && (p->finished || !p->gone);
	pthread_mutex_unlock(&s->lock);
	return any;
}

void
park_stop(struct serve *s, bool soon_too)
{
	struct parked *p;

	pthread_mutex_lock(&s->lock);
	p = s->parked_first;
	while (p) {
		if (!p->waiting || p->finished || p->gone ||
		    (p->soon && !soon_too)) {
			p = p->next;
			continue;
		}
		gone_run(s, p, true);
		p = s->parked_first; /* the list may have changed */
	}
	pthread_mutex_unlock(&s->lock);
}

void
park_free(struct serve *s)
{
	struct parked *p;

	while ((p = s->parked_first)) {
		list_remove(s, p);
		exchange_free(p->exchange);
	}
	s->done_first = s->done_last = NULL;
}
