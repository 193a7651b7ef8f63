/* FastCGI client over a Unix socket beside the data: what dispatcher, ctl
 * and relay use to ask the owner. One request at a time on a kept connection;
 * non-blocking, driven by the caller's own poll loop. */
#ifndef HTTP_FCGI_CLIENT_H
#define HTTP_FCGI_CLIENT_H

#include "common/buf.h"
#include "common/err.h"

struct fcgi_client;
struct fcgi_answer {
	int status;
	struct span headers; /* raw CGI header block */
	struct span body;    /* valid until the next request or free */
};

/* Connects through /proc/self/fd/<dirfd>/name (paths may be longer than 107
 * bytes). ERR_UNAVAILABLE: nobody listens. */
enum err fcgi_client_connect(
    int dirfd, const char *name, size_t body_max, struct fcgi_client **);
void fcgi_client_free(struct fcgi_client *);
int fcgi_client_fd(const struct fcgi_client *);
short fcgi_client_events(const struct fcgi_client *); /* POLLIN | POLLOUT */

/* Starts a request. params: name, value, name, value ... NULL. */
enum err fcgi_client_send(
    struct fcgi_client *, const char *const *params, struct span body);
/* The same with names and values packed already (fcgi_put_pair). */
enum err fcgi_client_send_packed(
    struct fcgi_client *, struct span pairs, struct span body);
/* Goes on after poll. *done with the answer; ERR_UNAVAILABLE when the
 * connection ended or what came is no answer: free the client then. */
enum err fcgi_client_step(
    struct fcgi_client *, bool *done, struct fcgi_answer *);
/* Bytes of the answer had come (it is not known to be undone). */
bool fcgi_client_begun(const struct fcgi_client *);
/* The whole request left this process: before that, the peer cannot have
 * done anything with it. */
bool fcgi_client_sent(const struct fcgi_client *);
/* After *done: the whole answer, headers first, in the place of what `to`
 * held; the answer's spans are gone then. */
void fcgi_client_take(struct fcgi_client *, struct buf *to);
/* May another request be sent? False after an early answer, or when the peer
 * closed meanwhile. */
bool fcgi_client_reusable(const struct fcgi_client *);
/* The whole of it, blocking with a time limit (ERR_DEADLINE; free the client
 * then); for ctl and tests. */
enum err fcgi_client_ask(struct fcgi_client *, const char *method,
    const char *target, struct span body, int timeout_ms, struct fcgi_answer *);

#endif
