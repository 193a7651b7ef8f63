/* The other end of serve.c: asks over one kept connection.
 *
 * What comes back is not trusted: every record must be of version 1 and of
 * our request, answers are bounded, and anything else ends the connection
 * (broken, no request is possible any more). The caller makes a new one. */
#include "http/fcgi_client.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "http/fcgi_record.h"

enum {
	REQUEST_ID = 1,
	HEADERS_MAX_BYTES = 64 << 10,
	REQUEST_MAX_BYTES = 16 << 20,
	READ_BYTES = 64 << 10,
	/* one record that is not whole yet */
	RECORD_MAX_BYTES = FCGI_HEADER_BYTES + FCGI_CONTENT_MAX + 255
};

struct fcgi_client {
	int fd;
	bool broken, asked, ended;
	bool left; /* every byte of the request was taken by the system */
	size_t body_max;
	struct buf out; /* the request, `sent` of it gone */
	size_t sent;
	struct buf in; /* records not yet taken apart, from `taken` on */
	size_t taken;
	struct buf text; /* CGI answer: headers and body */
};

enum err
fcgi_client_connect(
    int dirfd, const char *name, size_t body_max, struct fcgi_client **out)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int n = snprintf(
	    a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", dirfd, name);
	struct fcgi_client *c;
	int fd;

	if (n < 0 || (size_t)n >= sizeof a.sun_path)
		return ERR_IO;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ERR_IO;
	if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0) {
		close(fd);
		return ERR_UNAVAILABLE;
	}
	c = mem_alloc(sizeof *c);
	c->fd = fd;
	c->body_max = body_max;
	buf_init(&c->out, REQUEST_MAX_BYTES);
	buf_init(&c->in, RECORD_MAX_BYTES + READ_BYTES);
	buf_init(&c->text, body_max + HEADERS_MAX_BYTES);
	*out = c;
	return ERR_NONE;
}

void
fcgi_client_free(struct fcgi_client *c)
{
	if (!c)
		return;
	close(c->fd);
	buf_release(&c->out);
	buf_release(&c->in);
	buf_release(&c->text);
	free(c);
}

int
fcgi_client_fd(const struct fcgi_client *c)
{
	return c->fd;
}

short
fcgi_client_events(const struct fcgi_client *c)
{
	return c->sent < c->out.n ? POLLIN | POLLOUT : POLLIN;
}

bool
fcgi_client_begun(const struct fcgi_client *c)
{
	return c->text.n > 0;
}

static enum err
client_broken(struct fcgi_client *c)
{
	c->broken = true;
	return ERR_UNAVAILABLE;
}

bool
fcgi_client_sent(const struct fcgi_client *c)
{
	return c->left;
}

bool
fcgi_client_reusable(const struct fcgi_client *c)
{
	char byte;

	/* nothing may be there, not even the end */
	return !c->broken && !c->asked &&
	       recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       errno == EAGAIN;
}

void
fcgi_client_take(struct fcgi_client *c, struct buf *to)
{
	struct buf kept = *to;

	*to = c->text;
	c->text = kept;
	c->text.max_bytes = to->max_bytes;
	buf_clear(&c->text);
}

enum err
fcgi_client_send(
    struct fcgi_client *c, const char *const *params, struct span body)
{
	struct buf pairs;
	enum err rc;

	buf_init(&pairs, REQUEST_MAX_BYTES);
	for (; params[0]; params += 2)
		fcgi_put_pair(&pairs, span_of(params[0]), span_of(params[1]));
	if (pairs.over)
		rc = client_broken(c);
	else
		rc = fcgi_client_send_packed(c, buf_view(&pairs), body);
	buf_release(&pairs);
	return rc;
}

enum err
fcgi_client_send_packed(
    struct fcgi_client *c, struct span pairs, struct span body)
{
	if (c->broken || (c->asked && !c->ended))
		return client_broken(c);
	buf_clear(&c->out);
	buf_clear(&c->in);
	buf_clear(&c->text);
	c->sent = c->taken = 0;
	c->asked = true;
	c->ended = c->left = false;
	fcgi_put_begin(&c->out, REQUEST_ID, true);
	fcgi_put_stream(&c->out, FCGI_PARAMS, REQUEST_ID, pairs);
	fcgi_put_header(&c->out, FCGI_PARAMS, REQUEST_ID, 0);
	fcgi_put_stream(&c->out, FCGI_STDIN, REQUEST_ID, body);
	fcgi_put_header(&c->out, FCGI_STDIN, REQUEST_ID, 0);
	return c->out.over ? client_broken(c) : ERR_NONE;
}

static bool
client_write(struct fcgi_client *c)
{
	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		/* the answer may have come before the end of the request */
		if (n < 0 && errno == EPIPE) {
			c->sent = c->out.n;
			return true;
		}
		if (n <= 0)
			return false;
		c->sent += (size_t)n;
		c->left = c->sent == c->out.n;
	}
	return true;
}

static bool
record_take(
    struct fcgi_client *c, const struct fcgi_header *h, struct span content)
{
	if (h->version != FCGI_VERSION || h->id != REQUEST_ID || c->ended)
		return false;
	switch (h->type) {
	case FCGI_STDOUT:
		buf_span(&c->text, content);
		return !c->text.over;
	case FCGI_STDERR:
		return true;
	case FCGI_END:
		c->ended = true;
		return content.n == 8 && content.p[4] == FCGI_COMPLETE;
	default:
		return false;
	}
}

/* Takes apart what has come; keeps an unfinished record's beginning. */
static bool
records_take(struct fcgi_client *c)
{
	for (;;) {
		struct span rest = span_from(buf_view(&c->in), c->taken);

		if (rest.n < FCGI_HEADER_BYTES)
			break;
		struct fcgi_header h = fcgi_header_read(rest.p);
		size_t whole = FCGI_HEADER_BYTES + fcgi_header_rest(&h);

		if (rest.n < whole)
			break;
		if (!record_take(c, &h,
			span_head(span_from(rest, FCGI_HEADER_BYTES),
			    h.content_bytes)))
			return false;
		c->taken += whole;
	}
	memmove(c->in.p, c->in.p + c->taken, c->in.n - c->taken);
	c->in.n -= c->taken;
	c->taken = 0;
	return true;
}

/* 1: something came, 0: nothing yet, -1: the connection ended. */
static int
client_read(struct fcgi_client *c)
{
	char *p = buf_room(&c->in, READ_BYTES);
	ssize_t n;

	if (!p)
		return -1;
	do
		n = recv(c->fd, p, READ_BYTES, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -1;
	buf_added(&c->in, (size_t)n);
	return records_take(c) ? 1 : -1;
}

/* "Status: 403 Forbidden"; without one it is 200 (RFC 3875, 6.3.3). */
static int
status_of(struct span headers)
{
	struct span line;

	while (span_next(&headers, '\n', &line)) {
		struct span name = span_head(line, line.n < 7 ? line.n : 7);
		int64_t status;

		if (!span_iis(name, "Status:"))
			continue;
		line = span_trim(span_from(line, 7));
		if (line.n >= 3 && span_i64(span_head(line, 3), &status) &&
		    status >= 100)
			return (int)status;
		return 0;
	}
	return 200;
}

/* Parts the answer at its blank line; false when there is none. */
static bool
answer_read(const struct fcgi_client *c, struct fcgi_answer *a)
{
	struct span text = buf_view(&c->text);

	for (size_t at = 0; at < text.n; at++) {
		struct span rest = span_from(text, at);
		size_t blank = span_starts(rest, "\r\n\r\n") ? 4
			       : span_starts(rest, "\n\n")   ? 2
							     : 0;
		if (blank == 0)
			continue;
		a->headers = span_head(text, at + blank / 2);
		a->body = span_from(rest, blank);
		a->status = status_of(a->headers);
		return a->status > 0 && at <= HEADERS_MAX_BYTES &&
		       a->body.n <= c->body_max;
	}
	return false;
}

enum err
fcgi_client_step(struct fcgi_client *c, bool *done, struct fcgi_answer *a)
{
	int got;

	*done = false;
	if (c->broken || !c->asked)
		return client_broken(c);
	if (!client_write(c))
		return client_broken(c);
	do
		got = client_read(c);
	while (got > 0 && !c->ended);
	if (got < 0)
		return client_broken(c);
	if (!c->ended)
		return ERR_NONE;
	if (c->sent < c->out.n)
		c->broken = true; /* answered early: not to be used again */
	if (!answer_read(c, a))
		return client_broken(c);
	c->asked = false;
	*done = true;
	return ERR_NONE;
}

static enum err
client_wait(struct fcgi_client *c, int64_t until_mono_ms)
{
	struct pollfd p = {.fd = c->fd, .events = fcgi_client_events(c)};
	int64_t left = until_mono_ms - clock_mono_ms();

	if (left <= 0)
		return ERR_DEADLINE;
	poll(&p, 1, (int)left);
	return ERR_NONE;
}

enum err
fcgi_client_ask(struct fcgi_client *c, const char *method, const char *target,
    struct span body, int timeout_ms, struct fcgi_answer *a)
{
	int64_t until = clock_mono_ms() + timeout_ms;
	const char *query = strchr(target, '?');
	char length[24];
	const char *const params[] = {"REQUEST_METHOD", method, "REQUEST_URI",
	    target, "QUERY_STRING", query ? query + 1 : "", "SCRIPT_NAME", "",
	    "CONTENT_LENGTH", length, "CONTENT_TYPE",
	    body.n > 0 ? "application/json" : "", "SERVER_PROTOCOL", "HTTP/1.1",
	    "GATEWAY_INTERFACE", "CGI/1.1", NULL};
	bool done = false;
	enum err rc;

	snprintf(length, sizeof length, "%zu", body.n);
	rc = fcgi_client_send(c, params, body);
	while (rc == ERR_NONE) {
		rc = fcgi_client_step(c, &done, a);
		if (rc != ERR_NONE || done)
			break;
		rc = client_wait(c, until);
	}
	if (rc == ERR_DEADLINE)
		c->broken = true; /* its late answer must not be the next's */
	return rc;
}
