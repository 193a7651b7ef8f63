/* One request as CGI (RFC 3875). The body is read to its end as under
 * FastCGI: Apache resets the client's connection when it is left unread.
 * stdin need not end behind the body, so CONTENT_LENGTH is obeyed. */
#include "http/cgi.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "common/mem.h"
#include "http/exchange.h"

extern char **environ;

struct cgi {
	pthread_mutex_t lock;
	pthread_cond_t finished;
	int64_t left; /* of CONTENT_LENGTH; -1: until the end */
	bool failed;
};

bool
cgi_is(void)
{
	return fcgi_is_cgi();
}

static size_t
stdin_read(void *of, char *p, size_t n)
{
	struct cgi *c = of;
	size_t got = 0;

	if (c->left >= 0 && (uint64_t)c->left < n)
		n = (size_t)c->left;
	while (got < n) {
		ssize_t some = read(STDIN_FILENO, p + got, n - got);

		if (some < 0 && errno == EINTR)
			continue;
		c->failed |= some < 0;
		if (some <= 0)
			break;
		got += (size_t)some;
	}
	if (c->left >= 0)
		c->left -= (int64_t)got;
	return got;
}

static bool
stdin_cut(void *of)
{
	return ((struct cgi *)of)->failed;
}

static bool
stdout_write(void *of, struct span bytes)
{
	(void)of;
	while (bytes.n > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes = span_from(bytes, (size_t)n);
	}
	return true;
}

struct parked *
cgi_park(struct parked *p)
{
	return p;
}

void
cgi_finish(struct parked *p)
{
	struct cgi *c = p->exchange->cgi;

	pthread_mutex_lock(&c->lock);
	p->finished = true;
	pthread_cond_signal(&c->finished);
	pthread_mutex_unlock(&c->lock);
}

/* True: the handler is to be called again. */
static bool
cgi_wait(struct cgi *c, struct parked *p)
{
	bool again;

	pthread_mutex_lock(&c->lock);
	while (!p->finished)
		pthread_cond_wait(&c->finished, &c->lock);
	again = p->again;
	*p = (struct parked){0};
	pthread_mutex_unlock(&c->lock);
	return again;
}

/* Empty and missing mean no body here: a web server that passes a chunked
 * one to CGI unsets the length and ends stdin. */
static int64_t
content_length(void)
{
	struct span name = SPAN("CONTENT_LENGTH=");
	int64_t n;

	for (char **e = environ; *e; e++)
		if (span_starts(span_of(*e), name.p) &&
		    span_i64(span_from(span_of(*e), name.n), &n) && n >= 0)
			return n;
	return -1;
}

enum err
cgi_serve(const struct serve_options *o)
{
	struct cgi c = {.lock = PTHREAD_MUTEX_INITIALIZER,
	    .finished = PTHREAD_COND_INITIALIZER,
	    .left = content_length()};
	struct wire wire = {stdin_read, stdin_cut, stdout_write, &c};
	struct exchange_rules rules = {
	    o->base_path, o->body_max_bytes, o->request_deadline_ms};
	struct exchange *x = exchange_new();
	enum err rc = ERR_NONE;

	x->cgi = &c;
	exchange_receive(x, &wire, environ, DOOR_WEB, &rules);
	while (o->handler(o->ctx, &x->req, &x->res) == REPLY_PARKED &&
	       cgi_wait(&c, &x->park))
		continue;
	if (!exchange_answer(x, &wire))
		rc = ERR_IO;
	exchange_log(x);
	exchange_free(x);
	return rc;
}
