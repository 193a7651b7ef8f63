/* Looking at a connection without a thread waiting for it.
 *
 * The received bytes stay in the socket (MSG_PEEK) until a request is whole;
 * libfcgi takes them then without ever waiting. Management records and what
 * is left of given-up requests are dealt with here, so that libfcgi, which
 * would wait for the request behind them, never sees them. */
#include "http/serve_edge.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "http/fcgi_record.h"

bool
conn_hung_up(const struct conn *c)
{
	struct pollfd p = {.fd = c->fd, .events = POLLRDHUP};

	return poll(&p, 1, 0) > 0 && (p.revents & ~POLLIN);
}

static void
look_send(struct conn *c, struct buf *out)
{
	/* a few bytes to a peer that waits for them: they fit or it is gone */
	(void)!send(c->fd, out->p, out->n, MSG_DONTWAIT | MSG_NOSIGNAL);
	buf_release(out);
}

static void
put_value(struct buf *out, const char *name, size_t value)
{
	char text[24];
	int n = snprintf(text, sizeof text, "%zu", value);

	fcgi_put_pair(out, span_of(name), span_make(text, (size_t)n));
}

/* FastCGI 1.0, chapter 4: values we have for GET_VALUES (all of them, asked
 * for or not), "unknown" for the rest. */
static void
answer_management(struct serve *s, struct conn *c, uint8_t type)
{
	struct buf out, values;

	buf_init(&out, 1024);
	buf_init(&values, 512);
	if (type == FCGI_GET_VALUES) {
		put_value(&values, "FCGI_MAX_CONNS", s->conns.max);
		put_value(&values, "FCGI_MAX_REQS", s->conns.max);
		put_value(&values, "FCGI_MPXS_CONNS", 0);
		fcgi_put_stream(
		    &out, FCGI_GET_VALUES_RESULT, 0, buf_view(&values));
	} else {
		char unknown[8] = {(char)type};

		fcgi_put_stream(&out, FCGI_UNKNOWN_TYPE, 0,
		    span_make(unknown, sizeof unknown));
	}
	buf_release(&values);
	look_send(c, &out);
}

static void
answer_end(struct conn *c, uint16_t id, enum fcgi_end status)
{
	struct buf out;

	buf_init(&out, 64);
	fcgi_put_end(&out, id, status);
	look_send(c, &out);
}

/* Takes the bytes the walker named; they are there. */
static bool
look_take(struct worker *w, struct conn *c, size_t bytes)
{
	return recv(c->fd, w->window, bytes, MSG_DONTWAIT) == (ssize_t)bytes;
}

static enum look
look_more(struct serve *s, struct conn *c, const struct scan *scan)
{
	c->need = scan->need;
	c->params = scan->params;
	if (++c->looks > LOOKS_MAX && scan->params)
		return LOOK_LARGE;
	if (!c->pending)
		pending_add(s, c);
	return LOOK_WAIT;
}

static enum look
look_bad(struct serve *s)
{
	atomic_fetch_add(&s->bad_records, 1);
	return LOOK_CLOSE;
}

/* Something complete that is no request for us: true when the connection
 * may go on. */
static bool
look_aside(struct worker *w, struct conn *c, const struct scan *scan)
{
	if (!look_take(w, c, scan->bytes))
		return false;
	if (c->pending)
		pending_remove(w->serve, c);
	conn_unlook(c);
	switch (scan->what) {
	case SCAN_MANAGEMENT:
		answer_management(w->serve, c, scan->type);
		return true;
	case SCAN_ABORTED:
		answer_end(c, scan->id, FCGI_COMPLETE);
		return scan->keep;
	case SCAN_ROLE:
		answer_end(c, scan->id, FCGI_ROLE);
		return scan->keep;
	default:
		return true;
	}
}

/* Not enough has come for another look to say more. */
static bool
look_is_early(const struct conn *c)
{
	int there = 0;

	return c->need > 0 && c->looks < LOOKS_MAX &&
	       ioctl(c->fd, FIONREAD, &there) == 0 && there >= 0 &&
	       (size_t)there < c->need;
}

static enum look
look_once(struct worker *w, struct conn *c, struct scan *scan)
{
	ssize_t n =
	    recv(c->fd, w->window, SCAN_WINDOW_BYTES, MSG_PEEK | MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? LOOK_WAIT
							 : LOOK_CLOSE;
	if (n == 0)
		return LOOK_CLOSE;
	*scan = fcgi_scan(span_make(w->window, (size_t)n));
	switch (scan->what) {
	case SCAN_REQUEST:
		conn_unlook(c);
		return LOOK_REQUEST;
	case SCAN_LARGE:
		return LOOK_LARGE;
	case SCAN_MORE:
		return look_more(w->serve, c, scan);
	case SCAN_BAD:
		return look_bad(w->serve);
	default:
		return LOOK_ASIDE;
	}
}

enum look
conn_look(struct worker *w, struct conn *c)
{
	struct scan scan = {0};
	enum look look;

	if (look_is_early(c)) {
		c->looks++;
		return conn_hung_up(c) ? LOOK_CLOSE : LOOK_WAIT;
	}
	do
		look = look_once(w, c, &scan);
	while (look == LOOK_ASIDE && look_aside(w, c, &scan));
	if (look == LOOK_ASIDE)
		return LOOK_CLOSE;
	/* half a request and nobody to send the rest; what came between the
	 * two questions is seen by the second look */
	if (look == LOOK_WAIT && c->pending && conn_hung_up(c)) {
		look = look_once(w, c, &scan);
		if (look == LOOK_WAIT || look == LOOK_ASIDE)
			return LOOK_CLOSE;
	}
	return look;
}
