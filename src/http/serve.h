/* Serving: worker threads over one epoll set that owns listening sockets and
 * connections; libfcgi decodes one request that is known to be complete (or
 * large); idle kept connections hold no thread (notes/fcgi-curl.md ch. 1).
 *
 * serve_run -> handler(ctx, request, response) -> answer. The edge adds ETag,
 * 304, HEAD, Content-Length; the handler says status, type and body. */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "http/request.h"

enum reply {
	REPLY_DONE,
	REPLY_PARKED /* finished later by serve_finish; no thread waits */
};

struct serve;
struct serve_listen {
	int fd;
	enum door door;
};
struct serve_options {
	const struct serve_listen *listen;
	size_t listen_count;
	size_t workers;
	int64_t body_max_bytes;
	int64_t internal_body_max_bytes; /* DOOR_OWNER: 4 MiB */
	int64_t receive_timeout_ms;
	const char *base_path;
	int64_t request_deadline_ms; /* 5,000: handlers' store deadlines */
	enum reply (*handler)(void *ctx, struct request *, struct response *);
	/* The wall-clock moment asked for by serve_wake_at has come. */
	void (*timer)(void *ctx);
	/* The end has begun, nothing is accepted any more: once, by serve_run;
	 * may be NULL. */
	void (*ending)(void *ctx);
	/* A connection that serve_tell_end was asked about is closed, by
	 * whichever side; by a worker; may be NULL. */
	void (*closed)(void *ctx, uint64_t connection);
	void *ctx;
};

/* SIGTERM, SIGINT, SIGHUP, SIGUSR1 blocked, SIGPIPE ignored, for this thread
 * and those it starts: main calls it before it starts any. serve_new does it
 * too. */
void serve_block_signals(void);
enum err serve_new(const struct serve_options *, struct serve **);
/* Runs until SIGTERM, SIGINT (blocked in all threads, taken by signalfd) or
 * serve_stop. Then: no more accepts, parked calls are ended with 503, running
 * requests finished within 1 s. */
void serve_run(struct serve *);
/* One more listening socket, while it runs too; the caller's as the others.
 * ERR_IO: it cannot be watched, or there are SERVE_LISTEN_MAX. */
enum err serve_listen(struct serve *, int fd, enum door);
void serve_stop(struct serve *);
/* The end has begun: an on_gone from now on is the server's doing, not the
 * peer's. Any thread. */
bool serve_is_ending(const struct serve *);
void serve_free(struct serve *);
/* Any thread. Earliest wins; INT64_MAX clears. */
void serve_wake_at(struct serve *, int64_t wall_ms);

/* Parking: from inside the handler, before it returns REPLY_PARKED. The
 * request, its arena and the response stay alive until serve_finish.
 * on_gone is called, once at most and by a worker, when the peer hangs up
 * first or the server ends (then still call serve_finish, from inside it or
 * later). serve_finish may be called from any thread; the answer is written
 * by a worker. They may cross: on_gone never begins after serve_finish was
 * called, and one that is running keeps the request's arena alive, so put
 * `arg` there and look under your own lock who was first. */
struct parked;
struct parked *serve_park(
    struct request *, struct response *, void (*on_gone)(void *arg), void *arg);
struct request *parked_request(struct parked *);
struct response *parked_response(struct parked *);
void serve_finish(struct parked *);
/* Instead of serve_finish: the handler is called for it once more. */
void serve_again(struct parked *);
/* Before the handler returns: this call is answered soon by another process.
 * At the server's end it is waited for; refused after all, its outcome is
 * unknown. */
void serve_park_soon(struct parked *);

/* From inside the handler: options.closed is to tell when the request's
 * connection, which may outlive the request, is closed. Gives the number it
 * tells; SERVE_NO_CONNECTION: the answer is all there is. */
#define SERVE_NO_CONNECTION UINT64_MAX
uint64_t serve_tell_end(struct request *);

struct serve_counts {
	uint64_t accepted, requests, parked_now, open_now, timeouts, cut,
	    bad_records;
};
void serve_count(struct serve *, struct serve_counts *);

#endif
