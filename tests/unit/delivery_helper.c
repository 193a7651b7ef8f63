/* See delivery_helper.h. */
#include "delivery_helper.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "model/phrase.h"

static bool
send_all(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return false;
		text += sent;
		n -= (size_t)sent;
	}
	return true;
}

/* Reads until head and body are there. */
static bool
read_request(struct receiver *r, int fd)
{
	size_t n = 0;

	for (;;) {
		char *end;
		const char *length;
		ssize_t got =
		    recv(fd, r->request + n, REQUEST_BYTES - 1 - n, 0);

		if (got <= 0)
			return false;
		n += (size_t)got;
		r->request[n] = '\0';
		end = strstr(r->request, "\r\n\r\n");
		if (!end)
			continue;
		length = strstr(r->request, "Content-Length: ");
		if (!length || strtoul(length + 16, NULL, 10) <=
				   (size_t)(r->request + n - end - 4)) {
			r->n = n;
			r->requests++;
			return true;
		}
	}
}

static void
play(struct receiver *r, int fd)
{
	struct linger hard = {1, 0};
	static char block[4096];

	while (read_request(r, fd)) {
		if (r->act == ACT_RESET)
			setsockopt(
			    fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		if (r->act == ACT_SILENT) {
			recv(fd, block, 1, 0);
			return;
		}
		if (r->text)
			send_all(fd, r->text, strlen(r->text));
		memset(block, 'x', sizeof(block));
		if (r->act == ACT_HEADERS)
			memcpy(block, "X: ", 3),
			    memcpy(block + 4094, "\r\n", 2);
		if (r->act == ACT_ENDLESS || r->act == ACT_HEADERS)
			while (send_all(fd, block, sizeof(block)))
				continue;
		if (r->act != ACT_ANSWER)
			return;
	}
}

static void *
receive(void *arg)
{
	struct receiver *r = arg;

	for (;;) {
		int fd = accept(r->fd, NULL, NULL);

		if (fd < 0)
			return NULL;
		r->connections++;
		play(r, fd);
		close(fd);
	}
}

void
receiver_open(struct receiver *r)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t size = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	r->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(0, bind(r->fd, (struct sockaddr *)&a, sizeof(a)));
	assert_int_equal(0, listen(r->fd, 16));
	assert_int_equal(0, getsockname(r->fd, (struct sockaddr *)&a, &size));
	r->port = ntohs(a.sin_port);
	assert_int_equal(0, pthread_create(&r->thread, NULL, receive, r));
}

void
receiver_close(struct receiver *r)
{
	shutdown(r->fd, SHUT_RDWR);
	close(r->fd);
	pthread_join(r->thread, NULL);
}
static void
copy(char *to, size_t size, struct span from)
{
	snprintf(to, size, "%.*s", SPAN_FMT(from));
}

static void
on_done(void *ctx, const struct lease_report *r)
{
	struct seen *s = ctx;
	struct buf headers;

	s->count++;
	s->outcome = r->outcome;
	s->status = r->status;
	s->retry_after_ms = r->retry_after_ms;
	s->truncated = r->response_truncated;
	s->body_bytes = r->response_body.n;
	s->total_us = r->total_us;
	copy(s->error, sizeof(s->error), r->error);
	copy(s->address, sizeof(s->address), r->address);
	buf_init(&headers, sizeof(s->request_headers));
	phrase_restore(&headers, r->request_headers);
	copy(
	    s->request_headers, sizeof(s->request_headers), buf_view(&headers));
	buf_release(&headers);
}
void
bench_open(struct bench *b, bool private)
{
	struct sender_options opt = {
	    .conf = &b->conf, .version = "1", .done = on_done, .ctx = &b->seen};

	b->conf = (struct conf){.allow_addresses = "",
	    .deny_addresses = "",
	    .allow_private = private,
	    .ca_file = "",
	    .connect_timeout_ms = 2000,
	    .request_timeout_ms = 15000};
	assert_int_equal(ERR_NONE, guard_new(&b->conf, &b->guard, NULL));
	opt.guard = b->guard;
	assert_int_equal(ERR_NONE, sender_new(&opt, &b->sender, NULL));
}

int
bench_setup(void **state)
{
	struct bench *b = mem_alloc(sizeof(*b));

	bench_open(b, true);
	*state = b;
	return 0;
}

int
bench_teardown(void **state)
{
	struct bench *b = *state;

	sender_free(b->sender);
	guard_free(b->guard);
	if (b->receiver.port)
		receiver_close(&b->receiver);
	free(b);
	return 0;
}

void
bench_start(struct bench *b, const struct lease_job *job)
{
	struct buf packed;

	buf_init(&packed, LEASE_MESSAGE_BYTES_MAX);
	lease_job_pack(job, &packed);
	assert_int_equal(ERR_NONE, sender_start(b->sender, buf_view(&packed)));
	buf_release(&packed);
}

void
bench_finish(struct bench *b)
{
	while (sender_in_flight(b->sender) > 0) {
		struct pollfd p = {
		    .fd = sender_fd(b->sender), .events = POLLIN};

		poll(&p, 1, (int)sender_wait_ms(b->sender));
		sender_step(b->sender);
	}
}

struct lease_job
job_to(struct bench *b, const char *method, bool with_data)
{
	static char url[100];

	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d/in?a=b#c", b->receiver.port);
	return (struct lease_job){.delivery = 7,
	    .token = 9,
	    .attempt = 1,
	    .message_id = SPAN("msg_x"),
	    .method = span_of(method),
	    .url = span_of(url),
	    .with_data = with_data,
	    .body = SPAN("{\"event\":1}"),
	    .secrets = {{.text = SPAN("whsec_YWJj")}},
	    .timeout_ms = 5000,
	    .verify_tls = true};
}

void
attempt(struct bench *b, const struct lease_job *job)
{
	int before = b->seen.count;

	bench_start(b, job);
	bench_finish(b);
	assert_int_equal(b->seen.count, before + 1);
}
