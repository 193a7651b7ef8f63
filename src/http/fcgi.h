/* The door to libfcgi: decoding one request from a connection that is known
 * to hold one, encoding its answer. libfcgi accepts and closes nothing. */
#ifndef HTTP_FCGI_H
#define HTTP_FCGI_H

#include "common/span.h"

struct fcgi_call;

/* Once per process, with the signals blocked. */
void fcgi_start(void);
/* True when fd 0 is no listening socket; ask before anything touches it. */
bool fcgi_is_cgi(void);

struct fcgi_call *fcgi_call_new(void);
void fcgi_call_free(struct fcgi_call *);

/* Reads BEGIN and the parameters. False: broken, and fd has been closed. */
bool fcgi_call_open(struct fcgi_call *, int fd);
/* "NAME=value" strings, ended by NULL; valid until fcgi_call_end. */
char *const *fcgi_call_params(const struct fcgi_call *);
/* Body bytes; fewer than n at its end only. */
size_t fcgi_call_read(struct fcgi_call *, char *p, size_t n);
/* After the end: the body did not come whole. */
bool fcgi_call_cut(const struct fcgi_call *);
bool fcgi_call_write(struct fcgi_call *, struct span);

enum fcgi_left { FCGI_LEFT_KEEP, FCGI_LEFT_CLOSE, FCGI_LEFT_NOTHING };
/* Flushes and forgets the request. What is left to do with fd: keep it,
 * close it, or nothing because libfcgi closed it after an error. */
enum fcgi_left fcgi_call_end(struct fcgi_call *);

#endif
