/* See http_owner.h. */
#include "http_owner.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "http/fcgi_record.h"
#include "http/fcgi_scan.h"
#include "http/listen.h"
#include "http/relay_wire.h"

static const char answer[] = "Status: 418 Teapot\r\nContent-Type: text/odd\r\n"
			     "Set-Thing: 1\r\nSet-Thing: 2\r\nETag: W/\"own\""
			     "\r\nContent-Length: 4\r\n\r\nbody";

static void
owner_answer(struct owner_conn *c, size_t bytes)
{
	struct buf out;

	buf_init(&out, 4096);
	fcgi_put_stream(&out, FCGI_STDOUT, 1, span_make(answer, bytes));
	if (bytes == sizeof answer - 1) {
		fcgi_put_header(&out, FCGI_STDOUT, 1, 0);
		fcgi_put_end(&out, 1, FCGI_COMPLETE);
	}
	assert_int_equal(write(c->fd, out.p, out.n), (ssize_t)out.n);
	buf_release(&out);
}

static void
owner_close(struct owner_conn *c)
{
	close(c->fd);
	c->fd = -1;
	c->answer_ms = 0;
}

static void
owner_request(struct owner *o, struct owner_conn *c, size_t bytes)
{
	struct span text = span_head(buf_view(&c->in), bytes);
	bool ping = memmem(text.p, text.n, "/server/ping", 12) != NULL;
	int n = ping ? 0 : atomic_fetch_add(&o->requests, 1);
	enum act act = ping ? ANSWER : o->script[n < SCRIPT_MAX ? n : 0];

	if (ping) {
		atomic_fetch_add(&o->pings, 1);
		if (!atomic_load(&o->lives))
			act = SILENT;
	} else {
		pthread_mutex_lock(&o->lock);
		buf_clear(&o->last);
		buf_span(&o->last, text);
		pthread_mutex_unlock(&o->lock);
	}
	buf_clear(&c->in);
	if (act == ANSWER)
		owner_answer(c, sizeof answer - 1);
	else if (act == HALF)
		owner_answer(c, sizeof answer / 2);
	else if (act == LATER || act == SLOWLY)
		c->answer_ms =
		    clock_mono_ms() + (act == LATER ? LATER_MS : SLOWLY_MS);
	if (act == CLOSE || act == HALF)
		owner_close(c);
}

static void
owner_read(struct owner *o, struct owner_conn *c)
{
	char *p = buf_room(&c->in, 65536);
	ssize_t n = recv(c->fd, p, 65536, MSG_DONTWAIT);
	struct scan scan;

	if (n <= 0) {
		owner_close(c);
		return;
	}
	buf_added(&c->in, (size_t)n);
	scan = fcgi_scan(buf_view(&c->in));
	if (scan.what == SCAN_REQUEST)
		owner_request(o, c, scan.bytes);
}

static void
owner_accept(struct owner *o)
{
	int fd = accept4(o->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	for (size_t i = 0; fd >= 0 && i < CONNS_MAX; i++)
		if (o->conns[i].fd < 0) {
			o->conns[i].fd = fd;
			buf_clear(&o->conns[i].in);
			atomic_fetch_add(&o->accepted, 1);
			return;
		}
}

static void *
owner_run(void *arg)
{
	struct owner *o = arg;
	struct pollfd fds[CONNS_MAX + 2];

	for (;;) {
		fds[0] = (struct pollfd){o->stop[0], POLLIN, 0};
		fds[1] = (struct pollfd){o->listen_fd, POLLIN, 0};
		for (size_t i = 0; i < CONNS_MAX; i++)
			fds[i + 2] = (struct pollfd){o->conns[i].fd, POLLIN, 0};
		poll(fds, CONNS_MAX + 2, 20);
		if (fds[0].revents)
			return NULL;
		if (fds[1].revents)
			owner_accept(o);
		for (size_t i = 0; i < CONNS_MAX; i++) {
			struct owner_conn *c = &o->conns[i];

			if (c->fd >= 0 && fds[i + 2].revents)
				owner_read(o, c);
			if (c->answer_ms && c->answer_ms <= clock_mono_ms()) {
				c->answer_ms = 0;
				owner_answer(c, sizeof answer - 1);
			}
		}
	}
}

void
owner_start(struct owner *o, int dirfd, const enum act *script, size_t n)
{
	o->dirfd = dirfd;
	memcpy(o->script, script, n * sizeof *script);
	pthread_mutex_init(&o->lock, NULL);
	buf_init(&o->last, 1 << 20);
	for (size_t i = 0; i < CONNS_MAX; i++) {
		o->conns[i].fd = -1;
		buf_init(&o->conns[i].in, 1 << 20);
	}
	assert_int_equal(pipe(o->stop), 0);
	assert_int_equal(
	    listen_unix(o->dirfd, RELAY_SOCKET, &o->listen_fd), ERR_NONE);
	assert_int_equal(pthread_create(&o->thread, NULL, owner_run, o), 0);
	o->runs = true;
}

void
owner_stop(struct owner *o)
{
	if (!o->runs)
		return;
	o->runs = false;
	assert_int_equal(write(o->stop[1], "s", 1), 1);
	pthread_join(o->thread, NULL);
	listen_unlink(o->dirfd, RELAY_SOCKET);
	close(o->listen_fd);
	for (size_t i = 0; i < CONNS_MAX; i++) {
		if (o->conns[i].fd >= 0)
			owner_close(&o->conns[i]);
		buf_release(&o->conns[i].in);
	}
	buf_release(&o->last);
	close(o->stop[0]);
	close(o->stop[1]);
}

bool
owner_saw(struct owner *o, const char *text)
{
	bool there;

	pthread_mutex_lock(&o->lock);
	there = memmem(o->last.p, o->last.n, text, strlen(text));
	pthread_mutex_unlock(&o->lock);
	return there;
}
