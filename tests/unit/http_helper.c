/* See http_helper.h. */
#include "http_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "http/fcgi_record.h"
#include "http/listen.h"

static void
house_gone(void *arg)
{
	struct house *h = arg;

	pthread_mutex_lock(&h->lock);
	struct parked *p = h->parked;
	h->parked = NULL;
	h->gone++;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	if (p)
		serve_finish(p);
}

static enum reply
house_park(struct house *h, struct request *q, struct response *r)
{
	struct parked *p = serve_park(q, r, house_gone, h);

	pthread_mutex_lock(&h->lock);
	h->parked = p;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
	if (h->told_fd >= 0)
		assert_int_equal(write(h->told_fd, "p", 1), 1);
	return REPLY_PARKED;
}

/* Tells what it saw: "METHOD target body_state bytes query". */
static enum reply
house_handle(void *ctx, struct request *q, struct response *r)
{
	struct house *h = ctx;

	if (span_is(q->target, "/park"))
		return house_park(h, q, r);
	if (span_is(q->target, "/tell-end"))
		h->told = serve_tell_end(q) + 1;
	if (span_is(q->target, "/hang")) {
		assert_int_equal(write(h->told_fd, "h", 1), 1);
		for (;;)
			pause();
	}
	if (span_is(q->target, "/at-once")) {
		struct parked *p = serve_park(q, r, NULL, NULL);

		buf_text(&r->body, "at once");
		serve_finish(p);
		return REPLY_PARKED;
	}
	r->content_type = "text/plain";
	if (span_is(q->target, "/big")) {
		char *p = buf_room(&r->body, 5 << 20);

		memset(p, 'b', 5 << 20);
		buf_added(&r->body, 5 << 20);
		return REPLY_DONE;
	}
	buf_printf(&r->body, "%.*s %.*s %d %zu %.*s", SPAN_FMT(q->method_text),
	    SPAN_FMT(q->target), q->body_state, q->body.n, SPAN_FMT(q->query));
	return REPLY_DONE;
}

static void
house_timer(void *ctx)
{
	struct house *h = ctx;

	pthread_mutex_lock(&h->lock);
	h->timers++;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

static void
house_closed(void *ctx, uint64_t connection)
{
	struct house *h = ctx;

	pthread_mutex_lock(&h->lock);
	h->closed = connection + 1;
	pthread_cond_broadcast(&h->changed);
	pthread_mutex_unlock(&h->lock);
}

static void *
house_run(void *arg)
{
	serve_run(((struct house *)arg)->serve);
	return NULL;
}

void
house_open(struct house *h)
{
	memset(h, 0, sizeof *h);
	h->told_fd = -1;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->changed, NULL);
	strcpy(h->dir, "/tmp/http-serve-XXXXXX");
	assert_non_null(mkdtemp(h->dir));
	h->dirfd = open(h->dir, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(listen_unix(h->dirfd, "s", &h->listen_fd), ERR_NONE);
}

void
house_serve_new(struct house *h, int64_t receive_timeout_ms)
{
	struct serve_listen l = {h->listen_fd, DOOR_OWNER};
	struct serve_options o = {.listen = &l,
	    .listen_count = 1,
	    .workers = WORKERS,
	    .body_max_bytes = BODY_MAX,
	    .internal_body_max_bytes = BODY_MAX,
	    .receive_timeout_ms = receive_timeout_ms,
	    .base_path = "",
	    .handler = house_handle,
	    .timer = house_timer,
	    .closed = house_closed,
	    .ctx = h};
	assert_int_equal(serve_new(&o, &h->serve), ERR_NONE);
}

void
house_start(struct house *h, int64_t receive_timeout_ms)
{
	house_open(h);
	house_serve_new(h, receive_timeout_ms);
	assert_int_equal(pthread_create(&h->thread, NULL, house_run, h), 0);
}

void
house_shut(struct house *h)
{
	close(h->listen_fd);
	listen_unlink(h->dirfd, "s");
	close(h->dirfd);
	rmdir(h->dir);
}

void
house_stop(struct house *h)
{
	serve_stop(h->serve);
	pthread_join(h->thread, NULL);
	serve_free(h->serve);
	house_shut(h);
}

struct serve_counts
house_counts(struct house *h)
{
	struct serve_counts c;

	serve_count(h->serve, &c);
	return c;
}

/* Until the handler has parked one. */
struct parked *
house_parked(struct house *h)
{
	pthread_mutex_lock(&h->lock);
	while (!h->parked)
		pthread_cond_wait(&h->changed, &h->lock);
	struct parked *p = h->parked;
	pthread_mutex_unlock(&h->lock);
	return p;
}

struct fcgi_client *
client_new(struct house *h)
{
	struct fcgi_client *c;

	assert_int_equal(
	    fcgi_client_connect(h->dirfd, "s", 8 << 20, &c), ERR_NONE);
	return c;
}

void
client_expect(struct fcgi_client *c, const char *method, const char *target,
    struct span body, const char *want)
{
	struct fcgi_answer a;

	assert_int_equal(
	    fcgi_client_ask(c, method, target, body, WAIT_MS, &a), ERR_NONE);
	assert_int_equal(a.status, 200);
	if (!span_is(a.body, want))
		fail_msg("got '%.*s' want '%s'", SPAN_FMT(a.body), want);
}

/* A good request must come through, whatever else goes on. */
void
house_serves(struct house *h)
{
	struct fcgi_client *c = client_new(h);

	client_expect(c, "GET", "/x?a=1", SPAN_NONE, "GET /x 0 0 a=1");
	fcgi_client_free(c);
}

void *
ask_park(void *arg)
{
	struct asking *k = arg;
	struct fcgi_answer a;

	k->rc =
	    fcgi_client_ask(k->client, "GET", "/park", SPAN_NONE, WAIT_MS, &a);
	if (k->rc == ERR_NONE) {
		k->status = a.status;
		snprintf(k->body, sizeof k->body, "%.*s", SPAN_FMT(a.body));
	}
	return NULL;
}

int
raw_connect(struct house *h)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval tv = {.tv_sec = WAIT_MS / 1000};

	snprintf(a.sun_path, sizeof a.sun_path, "%s/s", h->dir);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
	return fd;
}

void
raw_send(int fd, const struct buf *b)
{
	/* a peer that has closed is fine here */
	(void)!send(fd, b->p, b->n, MSG_NOSIGNAL);
}

/* True when the other side closed (with or without an answer before). */
bool
raw_closed(int fd)
{
	char waste[4096];
	ssize_t n;

	do
		n = recv(fd, waste, sizeof waste, 0);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

void
put_params(struct buf *b, const char *length)
{
	struct buf p;

	buf_init(&p, 4096);
	fcgi_put_pair(&p, SPAN("REQUEST_METHOD"), SPAN("POST"));
	fcgi_put_pair(&p, SPAN("REQUEST_URI"), SPAN("/raw"));
	if (length)
		fcgi_put_pair(&p, SPAN("CONTENT_LENGTH"), span_of(length));
	fcgi_put_stream(b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(b, FCGI_PARAMS, 1, 0);
	buf_release(&p);
}

void
put_request(struct buf *b, const char *length, struct span body, bool keep)
{
	fcgi_put_begin(b, 1, keep);
	put_params(b, length);
	fcgi_put_stream(b, FCGI_STDIN, 1, body);
	fcgi_put_header(b, FCGI_STDIN, 1, 0);
}
