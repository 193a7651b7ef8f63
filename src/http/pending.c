/* Requests that have begun and are not whole: the receive timeout, and the
 * lane of large ones.
 *
 * While the list of them holds something a timer ticks and the whole list is
 * gone through; an idle server sleeps. Large requests are read by a waiting
 * thread, hence at most lane_max of them at a time; the others wait in the
 * lane's queue, still under their deadline. */
#include "http/serve_edge.h"

#include <sys/socket.h>
#include <sys/timerfd.h>

#include "common/clock.h"

enum {
	TICK_MS = 100,
	/* No new byte for so many ticks: the sender is slow, or its many small
	 * writes have filled the socket and it waits for us. */
	STALLED_TICKS = 5
};

/* Under the lock. */
static void
sweep_arm(struct serve *s)
{
	struct itimerspec t = {0};

	if (s->pending_first || s->resume_mono_ms > 0)
		t.it_value.tv_nsec = TICK_MS * 1000000L;
	timerfd_settime(s->special_fds[SPECIAL_SWEEP], 0, &t, NULL);
}

static void
list_append(struct serve *s, struct conn *c)
{
	c->prev = s->pending_last;
	c->next = NULL;
	if (c->prev)
		c->prev->next = c;
	else
		s->pending_first = c;
	s->pending_last = c;
	c->pending = true;
}

static void
list_unlink(struct serve *s, struct conn *c)
{
	if (c->prev)
		c->prev->next = c->next;
	else
		s->pending_first = c->next;
	if (c->next)
		c->next->prev = c->prev;
	else
		s->pending_last = c->prev;
	c->prev = c->next = NULL;
	c->pending = false;
}

void
pending_add(struct serve *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	c->deadline_mono_ms = clock_mono_ms() + s->options.receive_timeout_ms;
	list_append(s, c);
	if (s->pending_first == c)
		sweep_arm(s);
	pthread_mutex_unlock(&s->lock);
}

void
pending_remove(struct serve *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	list_unlink(s, c);
	if (!s->pending_first && s->resume_mono_ms == 0)
		sweep_arm(s);
	pthread_mutex_unlock(&s->lock);
}

static void
lane_unlink(struct serve *s, struct conn *c)
{
	struct conn **at = &s->lane_first, *before = NULL;

	for (; *at && *at != c; at = &(*at)->lane_next)
		before = *at;
	if (!*at)
		return;
	*at = c->lane_next;
	if (s->lane_last == c)
		s->lane_last = before;
	c->lane_next = NULL;
}

/* A request over its time: true when it is the caller's to close, false when
 * its reader has been cut short or somebody looks at it just now. */
static bool
sweep_late(struct serve *s, struct conn *c, int64_t now)
{
	if (conn_move(c, CONN_IDLE, CONN_BUSY))
		return true;
	if (conn_state(c) == CONN_LANE) {
		lane_unlink(s, c);
		return conn_move(c, CONN_LANE, CONN_BUSY);
	}
	if (c->reading) {
		/* its descriptor stays open until reading is false */
		atomic_fetch_add(&s->timeouts, 1);
		shutdown(c->fd, SHUT_RD);
		c->deadline_mono_ms = now + s->options.receive_timeout_ms;
	}
	return false;
}

/* A free place in the lane may be spent on one that stands still: true when
 * the caller is to serve it. */
static bool
sweep_stalled(struct serve *s, struct conn *c)
{
	if (s->lane_used >= s->lane_max || s->lane_first || !c->params ||
	    !conn_move(c, CONN_IDLE, CONN_BUSY))
		return false;
	c->looks = LOOKS_MAX;
	c->need = 0;
	return true;
}

/* Looks are counted by owners; a look more or less does not matter here. */
static bool
tick_is_last(struct conn *c)
{
	if (c->looks != c->looks_before) {
		c->looks_before = c->looks;
		c->ticks = 0;
	}
	return ++c->ticks >= STALLED_TICKS;
}

/* Unlinks the late and one stalled connection of the list. */
static struct conn *
sweep_list(struct serve *s, struct conn **stalled)
{
	struct conn *over = NULL, *next;
	int64_t now = clock_mono_ms();

	*stalled = NULL;
	for (struct conn *c = s->pending_first; c; c = next) {
		next = c->next;
		if (c->deadline_mono_ms <= now) {
			if (!sweep_late(s, c, now))
				continue;
			list_unlink(s, c);
			c->next = over;
			over = c;
		} else if (tick_is_last(c) && !*stalled &&
			   sweep_stalled(s, c)) {
			*stalled = c;
		}
	}
	return over;
}

void
pending_sweep(struct worker *w)
{
	struct serve *s = w->serve;
	struct conn *c, *over, *stalled;

	pthread_mutex_lock(&s->lock);
	over = sweep_list(s, &stalled);
	if (s->resume_mono_ms > 0 && s->resume_mono_ms <= clock_mono_ms())
		serve_listen_resume(s);
	sweep_arm(s);
	pthread_mutex_unlock(&s->lock);
	while ((c = over)) {
		over = c->next;
		c->next = NULL;
		atomic_fetch_add(&s->timeouts, 1);
		worker_close(s, c);
	}
	if (stalled)
		worker_serve(w, stalled);
}

void
serve_listen_pause(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < atomic_load(&s->listen_count); i++)
		serve_unwatch(s, s->listen[i].fd);
	s->resume_mono_ms = clock_mono_ms() + ACCEPT_PAUSE_MS;
	sweep_arm(s);
	pthread_mutex_unlock(&s->lock);
}

bool
lane_enter(struct serve *s, struct conn *c)
{
	bool entered = false;

	if (!c->pending)
		pending_add(s, c);
	pthread_mutex_lock(&s->lock);
	if (s->lane_used < s->lane_max) {
		s->lane_used++;
		entered = true;
	} else {
		if (s->lane_last)
			s->lane_last->lane_next = c;
		else
			s->lane_first = c;
		s->lane_last = c;
		if (!conn_move(c, CONN_BUSY, CONN_LANE))
			conn_move(c, CONN_AGAIN, CONN_LANE);
	}
	pthread_mutex_unlock(&s->lock);
	return entered;
}

void
lane_reading(struct serve *s, struct conn *c)
{
	pthread_mutex_lock(&s->lock);
	c->reading = !atomic_load(&s->ended);
	if (!c->reading)
		shutdown(c->fd, SHUT_RD);
	pthread_mutex_unlock(&s->lock);
}

void
lane_leave(struct serve *s, struct conn *c)
{
	bool more;

	pthread_mutex_lock(&s->lock);
	c->reading = false;
	s->lane_used--;
	more = s->lane_first != NULL;
	pthread_mutex_unlock(&s->lock);
	pending_remove(s, c);
	if (more)
		serve_post(s, SPECIAL_DONE);
}

struct conn *
lane_next(struct serve *s)
{
	struct conn *c = NULL;

	pthread_mutex_lock(&s->lock);
	if (s->lane_first && s->lane_used < s->lane_max) {
		c = s->lane_first;
		lane_unlink(s, c);
		conn_move(c, CONN_LANE, CONN_BUSY);
	}
	pthread_mutex_unlock(&s->lock);
	return c;
}

void
lane_cut(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	for (struct conn *c = s->pending_first; c; c = c->next)
		if (c->reading)
			shutdown(c->fd, SHUT_RD);
	pthread_mutex_unlock(&s->lock);
}
