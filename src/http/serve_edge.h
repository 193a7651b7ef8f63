/* The serve's inside: what its files share. One mutex guards everything that
 * is not touched on the way of an ordinary request: the list of unfinished
 * requests, the lane of large ones, parked requests, free slots. */
#ifndef HTTP_SERVE_EDGE_H
#define HTTP_SERVE_EDGE_H

#include <pthread.h>
#include <stdatomic.h>

#include "http/conn.h"
#include "http/exchange.h"
#include "http/fcgi_scan.h"
#include "http/serve.h"

enum { SERVE_LISTEN_MAX = 8, ACCEPT_PAUSE_MS = 100 };

/* Descriptors of the epoll set that are no connection, told apart from
 * connections in the event's data by a slot number no connection has. */
enum special {
	SPECIAL_LISTEN,			 /* + index of the listener */
	SPECIAL_STOP = SERVE_LISTEN_MAX, /* never read: ends every worker's
	                                    loop */
	SPECIAL_DONE,			 /* parked requests to be answered */
	SPECIAL_WAKE,			 /* serve_wake_at */
	SPECIAL_SWEEP,			 /* unfinished requests */
	SPECIAL_CLOCK,			 /* the wall clock was set */
	SPECIAL_COUNT
};

struct serve {
	struct serve_options options;
	struct serve_listen listen[SERVE_LISTEN_MAX]; /* grows under the lock */
	atomic_size_t listen_count;
	int epoll_fd;
	int special_fds[SPECIAL_COUNT]; /* listeners are the caller's */
	int signal_fd;
	atomic_bool stopping;
	atomic_bool ended;

	pthread_mutex_t lock;
	struct conn_table conns;
	/* Unfinished requests, and the large ones among them. */
	struct conn *pending_first, *pending_last;
	struct conn *lane_first, *lane_last; /* waiting for a place */
	size_t lane_used, lane_max;
	struct parked *parked_first;
	struct parked *done_first, *done_last;
	int64_t wake_wall_ms; /* INT64_MAX: none */
	bool timer_running, timer_again;
	int64_t resume_mono_ms; /* accept again; 0: not paused */

	/* Workers still in their loop; each tells when it leaves. */
	pthread_cond_t left;
	size_t working, started;
	bool stuck; /* one hangs in a handler: nothing may be freed */

	atomic_uint_fast64_t accepted, requests, parked_now, open_now, timeouts,
	    cut, bad_records, serial;
};

struct worker {
	struct serve *serve;
	pthread_t thread;
	struct exchange *spare; /* the next request's */
	char *window;		/* SCAN_WINDOW_BYTES */
};

/* serve.c */
bool serve_watch(struct serve *, int fd, uint32_t events, uint64_t data);
void serve_post(struct serve *, enum special); /* to an eventfd */
void serve_timer_run(struct serve *);
void serve_clock_was_set(struct serve *);
void serve_unwatch(struct serve *, int fd);
void serve_listen_pause(struct serve *);  /* no descriptors left */
void serve_listen_resume(struct serve *); /* under the lock */
uint64_t special_data(unsigned special);
bool special_is(uint64_t data, unsigned *special);
/* Has the peer hung up, or closed its sending half? */
bool conn_hung_up(const struct conn *);

/* A request that comes in crumbs fills a Unix socket's buffer long before it
 * is large (each write is charged some 700 bytes): after so many looks it is
 * treated as large. */
enum { LOOKS_MAX = 64 };

/* look.c: what does this connection hold? Deals with everything that is not
 * a request by itself. The caller owns the connection. */
enum look {
	LOOK_REQUEST, /* whole: libfcgi will not wait */
	LOOK_LARGE,   /* parameters whole, body to be waited for */
	LOOK_WAIT,
	LOOK_CLOSE,
	LOOK_ASIDE /* (inside look.c) something else than a request */
};
enum look conn_look(struct worker *, struct conn *);

/* pending.c: the receive timeout and the lane of large requests. */
void pending_add(struct serve *, struct conn *);
void pending_remove(struct serve *, struct conn *);
void pending_sweep(struct worker *);
/* False: no place; the connection waits (not the caller's any more). */
bool lane_enter(struct serve *, struct conn *);
/* The body's reading begins and ends; between them the sweep may cut it. */
void lane_reading(struct serve *, struct conn *);
void lane_leave(struct serve *, struct conn *);
/* A waiting one that has a place now, made BUSY; or NULL. */
struct conn *lane_next(struct serve *);
/* Cuts bodies being read: the end has come. */
void lane_cut(struct serve *);

/* worker.c */
void *worker_main(void *);
/* Serves what idle connections hold and closes them: the end. */
void worker_drain(struct worker *, int64_t until_mono_ms);
/* The rest of the end: waits for answers that come soon. */
void worker_await(struct worker *, int64_t until_mono_ms);
void worker_release(struct worker *);
/* Works on a connection the caller owns, until it is idle, gone or parked. */
void worker_serve(struct worker *, struct conn *);
/* The end of an exchange: answers (unless `mute`) and gives the connection
 * back. True when it is kept; the caller owns it still. */
bool worker_finish(struct worker *, struct exchange *, bool mute);
/* The same, with the handler called (again) first. */
bool worker_again(struct worker *, struct exchange *);
void worker_close(struct serve *, struct conn *);

/* park.c */
/* After REPLY_PARKED: true when the exchange now waits (connection and
 * exchange are not the caller's any more), false: answer it at once. */
bool park_settle(struct serve *, struct exchange *);
void park_done(struct worker *); /* answers what is finished */
void park_hangup(struct serve *, struct conn *, uint64_t data);
/* 503 to all, or to those that are not answered soon. */
void park_stop(struct serve *, bool soon_too);
bool park_waits(struct serve *); /* any that is to be answered? */
void park_free(struct serve *);

#endif
