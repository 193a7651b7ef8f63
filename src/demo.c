/* webhooks-demo: a receiver on 127.0.0.1 for trying out and measuring.
 *
 *   webhooks-demo [--port N] [--secret-file FILE] [--count FILE]
 *                 [--status N] [--delay MS] [--retry-after SECONDS]
 *                 [--cut] [--endless]
 *
 * Verifies Standard Webhooks signatures, answers 204 (or as told) and prints
 * one line per delivery; with --count it appends the webhook-id of each to
 * FILE instead. One thread, epoll, kept connections. Port 0, the default,
 * takes a free one; the first line printed says which. The secret's file is
 * read again whenever a signature does not fit, so it may come later. A
 * request that is no HTTP/1.1 or over 2 MiB ends its connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/mem.h"
#include "model/sign.h"

enum {
	REQUEST_BYTES_MAX = 2 << 20,
	READ_BYTES = 64 << 10,
	EVENTS_MAX = 256,
	EXIT_USAGE = 64,
	EXIT_OS = 71
};

struct options {
	int port, status;
	int64_t delay_ms;
	const char *secret_file, *retry_after;
	bool cut, endless;
};

struct conn {
	int fd;
	bool waiting; /* a request whose answer is delayed */
	int64_t answer_at_ms;
	struct buf in, out;
	size_t sent;
	struct conn *next_waiting;
};

struct demo {
	struct options opt;
	int epoll_fd, listen_fd;
	FILE *count; /* NULL: print lines */
	char secret[256];
	struct conn *waiting, **waiting_end; /* oldest first: one delay */
};

struct message {
	struct span id, timestamp, signature, attempt, body;
	size_t bytes; /* of the whole request */
};

static volatile sig_atomic_t stopping;

static void
on_stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static void
secret_read(struct demo *d)
{
	FILE *f;

	if (!d->opt.secret_file)
		return;
	f = fopen(d->opt.secret_file, "re");
	if (!f)
		return;
	if (!fgets(d->secret, sizeof(d->secret), f))
		d->secret[0] = '\0';
	d->secret[strcspn(d->secret, "\r\n")] = '\0';
	fclose(f);
}

static void
header_line(struct message *m, struct span line, int64_t *length)
{
	ptrdiff_t colon = span_find(line, ':');
	struct span name, value;

	if (colon < 0)
		return;
	name = span_head(line, (size_t)colon);
	value = span_trim(span_from(line, (size_t)colon + 1));
	if (span_iis(name, "webhook-id"))
		m->id = value;
	else if (span_iis(name, "webhook-timestamp"))
		m->timestamp = value;
	else if (span_iis(name, "webhook-signature"))
		m->signature = value;
	else if (span_iis(name, "webhook-attempt"))
		m->attempt = value;
	else if (span_iis(name, "content-length"))
		span_i64(value, length);
}

/* 1: a whole request is there; 0: not yet; -1: not to be understood. */
static int
message_read(struct span in, struct message *m)
{
	const char *end = memmem(in.p, in.n, "\r\n\r\n", 4);
	int64_t length = 0;
	struct span head, line;

	*m = (struct message){0};
	if (!end)
		return in.n < REQUEST_BYTES_MAX ? 0 : -1;
	head = span_head(in, (size_t)(end - in.p));
	while (span_next(&head, '\n', &line))
		header_line(m, line, &length);
	if (length < 0 || length > REQUEST_BYTES_MAX)
		return -1;
	m->bytes = (size_t)(end - in.p) + 4 + (size_t)length;
	m->body = span_make(end + 4, (size_t)length);
	return in.n >= m->bytes;
}

static const char *
verdict(struct demo *d, const struct message *m)
{
	for (int round = 0; round < 2; round++) {
		if (d->secret[0]) {
			switch (sign_verify(m->signature, span_of(d->secret),
			    m->id, m->timestamp, m->body, clock_wall_ms())) {
			case SIGN_GOOD:
				return "yes";
			case SIGN_OLD:
				return "old";
			case SIGN_BAD:
				break;
			}
		}
		if (round == 0)
			secret_read(d);
	}
	return d->secret[0] ? "no" : "unknown";
}

/* Ids come from outside: only what an id may hold is printed. */
static void
tell(struct demo *d, const struct message *m)
{
	char id[80];
	size_t n = 0;

	for (size_t i = 0; i < m->id.n && n < sizeof(id) - 1; i++)
		if (m->id.p[i] > ' ' && m->id.p[i] < 0x7f)
			id[n++] = m->id.p[i];
	id[n] = '\0';
	if (d->count)
		fprintf(d->count, "%s\n", id);
	else
		printf("delivered id=%s verified=%s attempt=%.*s bytes=%zu\n",
		    id, verdict(d, m), SPAN_FMT(m->attempt), m->body.n);
}

static void
answer(const struct demo *d, struct conn *c)
{
	const struct options *o = &d->opt;

	buf_printf(&c->out, "HTTP/1.1 %d Answer\r\n", o->status);
	if (o->retry_after)
		buf_printf(&c->out, "Retry-After: %s\r\n", o->retry_after);
	if (o->endless)
		buf_text(&c->out, "Transfer-Encoding: chunked\r\n");
	else if (o->status != 204)
		buf_text(&c->out, "Content-Length: 0\r\n");
	buf_text(&c->out, "\r\n");
}

static void
conn_close(struct demo *d, struct conn *c)
{
	for (struct conn **p = &d->waiting; *p; p = &(*p)->next_waiting)
		if (*p == c) {
			*p = c->next_waiting;
			if (!*p)
				d->waiting_end = p;
			break;
		}
	close(c->fd);
	buf_release(&c->in);
	buf_release(&c->out);
	free(c);
}

static void
conn_arm(struct demo *d, struct conn *c, uint32_t events)
{
	struct epoll_event e = {.events = events, .data.ptr = c};

	epoll_ctl(d->epoll_fd, EPOLL_CTL_MOD, c->fd, &e);
}

/* False: the connection is over. */
static bool
conn_flush(struct demo *d, struct conn *c)
{
	static const char chunk[] = "400\r\n%01024d\r\n";

	while (c->sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
		    MSG_NOSIGNAL);

		if (n < 0 && errno == EAGAIN) {
			conn_arm(d, c, EPOLLIN | EPOLLOUT);
			return true;
		}
		if (n < 0)
			return false;
		c->sent += (size_t)n;
		if (c->sent == c->out.n && d->opt.endless) {
			buf_clear(&c->out);
			c->sent = 0;
			buf_printf(&c->out, chunk, 0);
		}
	}
	buf_clear(&c->out);
	c->sent = 0;
	conn_arm(d, c, EPOLLIN);
	return true;
}

static void
conn_delay(struct demo *d, struct conn *c)
{
	c->waiting = true;
	c->answer_at_ms = clock_mono_ms() + d->opt.delay_ms;
	c->next_waiting = NULL;
	*d->waiting_end = c;
	d->waiting_end = &c->next_waiting;
}

/* Works off the whole requests in the buffer. */
static bool
conn_serve(struct demo *d, struct conn *c)
{
	struct message m;
	size_t at = 0;
	int got = 0;

	while (!c->waiting && c->in.n > at) {
		got = message_read(span_from(buf_view(&c->in), at), &m);
		if (got <= 0)
			break;
		tell(d, &m);
		at += m.bytes;
		if (d->opt.cut)
			return false;
		if (d->opt.delay_ms > 0)
			conn_delay(d, c);
		else
			answer(d, c);
	}
	if (at > 0) {
		memmove(c->in.p, c->in.p + at, c->in.n - at);
		c->in.n -= at;
	}
	return got >= 0 && conn_flush(d, c);
}

static bool
conn_read(struct demo *d, struct conn *c)
{
	for (;;) {
		char *room = buf_room(&c->in, READ_BYTES);
		ssize_t n;

		if (!room)
			return false;
		n = recv(c->fd, room, READ_BYTES, 0);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0)
			return false;
		buf_added(&c->in, (size_t)n);
		if (!conn_serve(d, c))
			return false;
		if ((size_t)n < READ_BYTES)
			return true;
	}
}

static void
accept_all(struct demo *d)
{
	for (;;) {
		struct epoll_event e = {.events = EPOLLIN};
		struct conn *c;
		int one = 1;
		int fd = accept4(
		    d->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0)
			return;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		c = mem_alloc(sizeof(*c));
		c->fd = fd;
		buf_init(&c->in, REQUEST_BYTES_MAX + 2 * READ_BYTES);
		buf_init(&c->out, READ_BYTES);
		e.data.ptr = c;
		epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &e);
	}
}

static int
answer_delayed(struct demo *d)
{
	int64_t now = clock_mono_ms();

	while (d->waiting && d->waiting->answer_at_ms <= now) {
		struct conn *c = d->waiting;

		d->waiting = c->next_waiting;
		if (!d->waiting)
			d->waiting_end = &d->waiting;
		c->next_waiting = NULL;
		c->waiting = false;
		answer(d, c);
		if (!conn_flush(d, c) || !conn_serve(d, c))
			conn_close(d, c);
	}
	return d->waiting ? (int)(d->waiting->answer_at_ms - now) : -1;
}

static bool
conn_step(struct demo *d, struct conn *c, uint32_t events)
{
	if ((events & EPOLLOUT) && !conn_flush(d, c))
		return false;
	return !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)) || conn_read(d, c);
}

static void
run(struct demo *d)
{
	struct epoll_event events[EVENTS_MAX];

	while (!stopping) {
		int timeout = answer_delayed(d), n;

		fflush(d->count ? d->count : stdout);
		n = epoll_wait(d->epoll_fd, events, EVENTS_MAX, timeout);
		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (!c)
				accept_all(d);
			else if (!conn_step(d, c, events[i].events))
				conn_close(d, c);
		}
	}
}

static int
listen_on(struct demo *d)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	struct epoll_event e = {.events = EPOLLIN};
	socklen_t size = sizeof(a);
	int one = 1;

	a.sin_port = htons((uint16_t)d->opt.port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	d->listen_fd =
	    socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(d->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(d->listen_fd, (struct sockaddr *)&a, sizeof(a)) ||
	    listen(d->listen_fd, 1024) ||
	    getsockname(d->listen_fd, (struct sockaddr *)&a, &size)) {
		perror("webhooks-demo: cannot listen");
		return EXIT_OS;
	}
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, d->listen_fd, &e);
	printf("listening on 127.0.0.1:%d\n", ntohs(a.sin_port));
	return 0;
}

static int
usage(void)
{
	fputs("usage: webhooks-demo [--port N] [--secret-file FILE] "
	      "[--count FILE]\n"
	      "  [--status N] [--delay MS] [--retry-after SECONDS] [--cut] "
	      "[--endless]\n",
	    stderr);
	return EXIT_USAGE;
}

static bool
number_option(const char *text, int64_t least, int64_t most, int64_t *out)
{
	return span_i64(span_of(text), out) && *out >= least && *out <= most;
}

static int
read_options(int argc, char **argv, struct demo *d)
{
	static const struct option table[] = {{"port", 1, NULL, 'p'},
	    {"secret-file", 1, NULL, 's'}, {"count", 1, NULL, 'c'},
	    {"status", 1, NULL, 'a'}, {"delay", 1, NULL, 'd'},
	    {"retry-after", 1, NULL, 'r'}, {"cut", 0, NULL, 'x'},
	    {"endless", 0, NULL, 'e'}, {NULL, 0, NULL, 0}};
	struct options *o = &d->opt;
	int64_t n = 0;
	bool ok = true;
	int c;

	while (ok && (c = getopt_long(argc, argv, "", table, NULL)) != -1) {
		if (c == 'p' && (ok = number_option(optarg, 0, 65535, &n)))
			o->port = (int)n;
		else if (c == 'a' && (ok = number_option(optarg, 200, 599, &n)))
			o->status = (int)n;
		else if (c == 'd')
			ok = number_option(optarg, 0, 600000, &o->delay_ms);
		else if (c == 's')
			o->secret_file = optarg;
		else if (c == 'r')
			o->retry_after = optarg;
		else if (c == 'x' || c == 'e')
			*(c == 'x' ? &o->cut : &o->endless) = true;
		else if (c == 'c')
			ok = (d->count = fopen(optarg, "ae")) != NULL;
		else if (c == '?')
			ok = false;
	}
	return ok && optind == argc ? 0 : usage();
}

int
main(int argc, char **argv)
{
	struct demo d = {.opt = {.status = 204}};
	struct sigaction stop = {.sa_handler = on_stop};
	int rc;

	d.waiting_end = &d.waiting;
	rc = read_options(argc, argv, &d);
	if (rc)
		return rc;
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	secret_read(&d);
	rc = listen_on(&d);
	if (rc)
		return rc;
	run(&d);
	return 0;
}
