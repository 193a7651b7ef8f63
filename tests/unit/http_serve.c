/* The serve against peers of every kind, over a Unix socket in a directory of
 * its own. One process: the serve runs in a thread of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/rand.h"
#include "http/fcgi_client.h"
#include "http/fcgi_record.h"
#include "http/listen.h"
#include "http/serve.h"

enum { WORKERS = 2, WAIT_MS = 10000, BODY_MAX = 1 << 20 };

struct house {
	char dir[64];
	int dirfd, listen_fd;
	struct serve *serve;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct parked *parked;
	int gone, timers;
	uint64_t told, closed; /* connections; 0: none */
	int told_fd;	       /* gets a byte when one is parked */
};

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

static void
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

static void
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

static void
house_start(struct house *h, int64_t receive_timeout_ms)
{
	house_open(h);
	house_serve_new(h, receive_timeout_ms);
	assert_int_equal(pthread_create(&h->thread, NULL, house_run, h), 0);
}

static void
house_shut(struct house *h)
{
	close(h->listen_fd);
	listen_unlink(h->dirfd, "s");
	close(h->dirfd);
	rmdir(h->dir);
}

static void
house_stop(struct house *h)
{
	serve_stop(h->serve);
	pthread_join(h->thread, NULL);
	serve_free(h->serve);
	house_shut(h);
}

static struct serve_counts
house_counts(struct house *h)
{
	struct serve_counts c;

	serve_count(h->serve, &c);
	return c;
}

/* Until the handler has parked one. */
static struct parked *
house_parked(struct house *h)
{
	pthread_mutex_lock(&h->lock);
	while (!h->parked)
		pthread_cond_wait(&h->changed, &h->lock);
	struct parked *p = h->parked;
	pthread_mutex_unlock(&h->lock);
	return p;
}

static struct fcgi_client *
client_new(struct house *h)
{
	struct fcgi_client *c;

	assert_int_equal(
	    fcgi_client_connect(h->dirfd, "s", 8 << 20, &c), ERR_NONE);
	return c;
}

static void
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
static void
house_serves(struct house *h)
{
	struct fcgi_client *c = client_new(h);

	client_expect(c, "GET", "/x?a=1", SPAN_NONE, "GET /x 0 0 a=1");
	fcgi_client_free(c);
}

static int
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

static void
raw_send(int fd, const struct buf *b)
{
	/* a peer that has closed is fine here */
	(void)!send(fd, b->p, b->n, MSG_NOSIGNAL);
}

/* True when the other side closed (with or without an answer before). */
static bool
raw_closed(int fd)
{
	char waste[4096];
	ssize_t n;

	do
		n = recv(fd, waste, sizeof waste, 0);
	while (n > 0);
	return n == 0 || errno == ECONNRESET;
}

static void
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

static void
put_request(struct buf *b, const char *length, struct span body, bool keep)
{
	fcgi_put_begin(b, 1, keep);
	put_params(b, length);
	fcgi_put_stream(b, FCGI_STDIN, 1, body);
	fcgi_put_header(b, FCGI_STDIN, 1, 0);
}

static void
test_keeps_connection(void **state)
{
	struct house h;
	struct fcgi_client *c;

	(void)state;
	house_start(&h, WAIT_MS);
	c = client_new(&h);
	for (int i = 0; i < 50; i++)
		client_expect(c, "GET", "/a%20b", SPAN_NONE, "GET /a%20b 0 0 ");
	client_expect(c, "POST", "/p?q=[]", SPAN("{}"), "POST /p 1 2 q=[]");
	client_expect(c, "GET", "/at-once", SPAN_NONE, "at once");
	client_expect(c, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
	assert_int_equal(house_counts(&h).accepted, 1);
	assert_int_equal(house_counts(&h).requests, 53);
	fcgi_client_free(c);
	house_stop(&h);
}

/* Kept and silent connections, many more than workers: nobody starves. */
static void
test_idle_kept(void **state)
{
	enum { IDLE = 40 };
	struct fcgi_client *idle[IDLE];
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	for (int i = 0; i < IDLE; i++) {
		idle[i] = client_new(&h);
		if (i % 2)
			client_expect(
			    idle[i], "GET", "/k", SPAN_NONE, "GET /k 0 0 ");
	}
	for (int i = 0; i < IDLE; i++)
		client_expect(
		    idle[i], "GET", "/again", SPAN_NONE, "GET /again 0 0 ");
	for (int i = 0; i < IDLE; i++)
		fcgi_client_free(idle[i]);
	house_stop(&h);
}

/* Half-sent requests, small and large, do not stop a good one, and are
 * closed when their time is over. */
static void
test_half_sent(void **state)
{
	enum { HALF = 100 };
	static char body[40000];
	int fds[HALF];
	struct house h;
	struct buf b;

	(void)state;
	house_start(&h, 300);
	buf_init(&b, 1 << 20);
	put_request(&b, "40000", span_make(body, sizeof body), false);
	for (size_t i = 0; i < HALF; i++) {
		struct buf part = b;
		/* from a single byte to all but the last one */
		part.n = i == 0 ? 1 : b.n * i / HALF;
		fds[i] = raw_connect(&h);
		raw_send(fds[i], &part);
	}
	house_serves(&h);
	for (size_t i = 0; i < HALF; i++) {
		if (!raw_closed(fds[i]))
			fail_msg("%zu of %d stays", i, HALF);
		close(fds[i]);
	}
	house_serves(&h);
	assert_int_equal(house_counts(&h).timeouts, HALF);
	buf_release(&b);
	house_stop(&h);
}

/* A request whose sender is gone is forgotten at once. */
static void
test_half_sent_gone(void **state)
{
	struct house h;
	struct buf b;
	int fd;

	(void)state;
	house_start(&h, WAIT_MS);
	buf_init(&b, 4096);
	put_request(&b, "2", SPAN("{}"), false);
	fd = raw_connect(&h);
	b.n -= 3;
	raw_send(fd, &b);
	shutdown(fd, SHUT_WR);
	assert_true(raw_closed(fd));
	close(fd);
	buf_release(&b);
	house_stop(&h);
}

/* Byte by byte it is a request all the same. */
static void
test_crumbs(void **state)
{
	struct house h;
	struct buf b;
	char answer[512];
	ssize_t n;
	int fd;

	(void)state;
	house_start(&h, WAIT_MS);
	buf_init(&b, 4096);
	put_request(&b, "300", span_make((char[300]){0}, 300), false);
	fd = raw_connect(&h);
	for (size_t i = 0; i < b.n; i++) {
		struct buf one = {.p = b.p + i, .n = 1};

		raw_send(fd, &one);
	}
	n = recv(fd, answer, sizeof answer, MSG_WAITALL);
	assert_true(n > 0);
	assert_non_null(memmem(answer, (size_t)n, "POST /raw 1 300 ", 16));
	close(fd);
	buf_release(&b);
	house_stop(&h);
}

static void
test_body_sizes(void **state)
{
	static const struct {
		size_t bytes;
		const char *want;
	} rows[] = {
	    {0, "POST /b 0 0 "},
	    {1, "POST /b 1 1 "},
	    {8192, "POST /b 1 8192 "},
	    {32768, "POST /b 1 32768 "},
	    {65535, "POST /b 1 65535 "},
	    {300000, "POST /b 1 300000 "},
	    {BODY_MAX, "POST /b 1 1048576 "},
	    {BODY_MAX + 1, "POST /b 2 0 "},
	    {5 << 20, "POST /b 2 0 "},
	    {2, "POST /b 1 2 "},
	};
	char *bytes = calloc(1, 5 << 20);
	struct fcgi_client *c;
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	c = client_new(&h);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		client_expect(c, "POST", "/b", span_make(bytes, rows[i].bytes),
		    rows[i].want);
	fcgi_client_free(c);
	free(bytes);
	house_stop(&h);
}

/* CONTENT_LENGTH and the bytes that came: body states by the length told. */
static void
test_body_cut(void **state)
{
	static const struct {
		const char *length, *want;
	} rows[] = {
	    {"6", "POST /raw 1 6 "},
	    {"7", "POST /raw 3 0 "},
	    {"5", "POST /raw 3 0 "},
	    {"", "POST /raw 1 6 "},
	    {NULL, "POST /raw 1 6 "},
	    {"-6", "POST /raw 1 6 "},
	    {"six", "POST /raw 1 6 "},
	};
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		int fd = raw_connect(&h);
		char answer[512];
		struct buf b;

		buf_init(&b, 4096);
		put_request(&b, rows[i].length, SPAN("sixsix"), false);
		raw_send(fd, &b);
		ssize_t n = recv(fd, answer, sizeof answer, MSG_WAITALL);
		assert_true(n > 0);
		if (!memmem(
			answer, (size_t)n, rows[i].want, strlen(rows[i].want)))
			fail_msg("length %s", rows[i].length);
		close(fd);
		buf_release(&b);
	}
	house_stop(&h);
}

static void
test_answers_large(void **state)
{
	struct fcgi_client *c;
	struct fcgi_answer a;
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	c = client_new(&h);
	assert_int_equal(
	    fcgi_client_ask(c, "GET", "/big", SPAN_NONE, WAIT_MS, &a),
	    ERR_NONE);
	assert_int_equal(a.body.n, 5 << 20);
	fcgi_client_free(c);
	/* larger than the client takes */
	assert_int_equal(fcgi_client_connect(h.dirfd, "s", 1000, &c), ERR_NONE);
	assert_int_equal(
	    fcgi_client_ask(c, "GET", "/big", SPAN_NONE, WAIT_MS, &a),
	    ERR_UNAVAILABLE);
	assert_true(fcgi_client_begun(c));
	fcgi_client_free(c);
	/* one that hangs up in the middle of its answer */
	int fd = raw_connect(&h);
	struct buf b;

	buf_init(&b, 4096);
	fcgi_put_begin(&b, 1, false);
	struct buf p;
	buf_init(&p, 256);
	fcgi_put_pair(&p, SPAN("REQUEST_URI"), SPAN("/big"));
	fcgi_put_stream(&b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
	fcgi_put_header(&b, FCGI_STDIN, 1, 0);
	raw_send(fd, &b);
	close(fd);
	buf_release(&p);
	buf_release(&b);
	house_serves(&h);
	house_stop(&h);
}

/* Records with id 0 are answered, leftovers of given-up requests passed
 * over, other roles refused, without losing the connection. */
static void
test_management(void **state)
{
	struct house h;
	struct buf b;
	char got[512];
	int fd;

	(void)state;
	house_start(&h, WAIT_MS);
	fd = raw_connect(&h);
	buf_init(&b, 4096);
	struct buf p;
	buf_init(&p, 256);
	fcgi_put_pair(&p, SPAN("FCGI_MPXS_CONNS"), SPAN(""));
	fcgi_put_stream(&b, FCGI_GET_VALUES, 0, buf_view(&p));
	raw_send(fd, &b);
	ssize_t n = recv(fd, got, sizeof got, 0);
	assert_true(n > 8);
	assert_int_equal(got[1], FCGI_GET_VALUES_RESULT);
	assert_non_null(memmem(got, (size_t)n, "FCGI_MPXS_CONNS0", 16));
	buf_clear(&b);
	fcgi_put_header(&b, (enum fcgi_type)77, 0, 0);
	raw_send(fd, &b);
	assert_int_equal(recv(fd, got, 16, MSG_WAITALL), 16);
	assert_int_equal(got[1], FCGI_UNKNOWN_TYPE);
	assert_int_equal(got[8], 77);
	/* ABORT of nothing, then an aborted request, then a good one */
	buf_clear(&b);
	fcgi_put_header(&b, FCGI_ABORT, 9, 0);
	fcgi_put_begin(&b, 2, true);
	fcgi_put_header(&b, FCGI_ABORT, 2, 0);
	put_request(&b, "2", SPAN("{}"), false);
	raw_send(fd, &b);
	assert_int_equal(recv(fd, got, 16, MSG_WAITALL), 16);
	assert_int_equal(got[1], FCGI_END);
	n = recv(fd, got, sizeof got, MSG_WAITALL);
	assert_non_null(memmem(got, (size_t)n, "POST /raw 1 2 ", 14));
	close(fd);
	/* an authorizer is not what we are */
	fd = raw_connect(&h);
	buf_clear(&b);
	put_request(&b, "0", SPAN_NONE, false);
	b.p[9] = 2;
	raw_send(fd, &b);
	assert_int_equal(recv(fd, got, 16, MSG_WAITALL), 16);
	assert_int_equal(got[12], FCGI_ROLE);
	assert_true(raw_closed(fd));
	close(fd);
	buf_release(&p);
	buf_release(&b);
	house_stop(&h);
}

/* Random bytes, and good requests with one byte changed: the server neither
 * falls nor hangs. */
static void
test_random(void **state)
{
	struct house h;
	struct buf b;

	(void)state;
	house_start(&h, 100);
	buf_init(&b, 1 << 20);
	for (int round = 0; round < 400; round++) {
		int fd = raw_connect(&h);

		buf_clear(&b);
		if (round % 2) {
			size_t n = rand_below(3000) + 1;
			rand_bytes(buf_room(&b, n), n);
			buf_added(&b, n);
			if (round % 4 == 1)
				b.p[0] = 1;
		} else {
			put_request(&b, "6", SPAN("sixsix"), round % 4);
			b.p[rand_below(b.n)] = (char)rand_u64();
		}
		raw_send(fd, &b);
		if (round % 8 == 0)
			shutdown(fd, SHUT_WR);
		close(fd);
		if (round % 50 == 0)
			house_serves(&h);
	}
	house_serves(&h);
	buf_release(&b);
	house_stop(&h);
}

/* Lengths that would make libfcgi abort never reach it. */
static void
test_huge_lengths(void **state)
{
	static const char pairs[] = "\xff\xff\xff\xf0\xff\xff\xff\xf0xx";
	struct house h;
	struct buf b;
	int fd;

	(void)state;
	house_start(&h, WAIT_MS);
	buf_init(&b, 4096);
	fcgi_put_begin(&b, 1, false);
	fcgi_put_stream(&b, FCGI_PARAMS, 1, span_make(pairs, sizeof pairs - 1));
	fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
	fcgi_put_header(&b, FCGI_STDIN, 1, 0);
	fd = raw_connect(&h);
	raw_send(fd, &b);
	assert_true(raw_closed(fd));
	close(fd);
	house_serves(&h);
	assert_int_equal(house_counts(&h).bad_records, 1);
	buf_release(&b);
	house_stop(&h);
}

struct asking {
	struct house *house;
	struct fcgi_client *client;
	enum err rc;
	int status;
	char body[64];
};

static void *
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

static void
test_park(void **state)
{
	struct house h;
	struct asking k = {.house = &h};
	pthread_t t;

	(void)state;
	house_start(&h, WAIT_MS);
	k.client = client_new(&h);
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, ask_park, &k);
		struct parked *p = house_parked(&h);
		assert_int_equal(house_counts(&h).parked_now, 1);
		/* no thread waits: all workers are free */
		for (int k2 = 0; k2 < WORKERS + 1; k2++)
			house_serves(&h);
		assert_true(span_is(parked_request(p)->target, "/park"));
		buf_text(&parked_response(p)->body, "later");
		pthread_mutex_lock(&h.lock);
		h.parked = NULL;
		pthread_mutex_unlock(&h.lock);
		serve_finish(p);
		pthread_join(t, NULL);
		assert_int_equal(k.rc, ERR_NONE);
		assert_string_equal(k.body, "later");
	}
	client_expect(k.client, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
	assert_int_equal(h.gone, 0);
	assert_int_equal(house_counts(&h).parked_now, 0);
	fcgi_client_free(k.client);
	house_stop(&h);
}

static void
test_park_hangup(void **state)
{
	struct house h;
	struct buf b, p;

	(void)state;
	house_start(&h, WAIT_MS);
	buf_init(&b, 4096);
	buf_init(&p, 256);
	fcgi_put_begin(&b, 1, true);
	fcgi_put_pair(&p, SPAN("REQUEST_URI"), SPAN("/park"));
	fcgi_put_stream(&b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
	fcgi_put_header(&b, FCGI_STDIN, 1, 0);
	for (int i = 0; i < 20; i++) {
		int fd = raw_connect(&h);

		raw_send(fd, &b);
		if (i % 2)
			house_parked(&h);
		close(fd); /* for even i perhaps before the parking */
		pthread_mutex_lock(&h.lock);
		while (h.gone <= i)
			pthread_cond_wait(&h.changed, &h.lock);
		pthread_mutex_unlock(&h.lock);
	}
	house_serves(&h);
	buf_release(&p);
	buf_release(&b);
	house_stop(&h);
}

/* The end of a connection that rests between two requests is told where it
 * was asked for, and only there. */
static void
test_tell_end(void **state)
{
	struct fcgi_client *other, *one;
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	for (int i = 0; i < 3; i++) {
		h.closed = 0;
		other = client_new(&h);
		one = client_new(&h);
		client_expect(other, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		client_expect(
		    one, "GET", "/tell-end", SPAN_NONE, "GET /tell-end 0 0 ");
		client_expect(one, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		fcgi_client_free(other);
		other = client_new(&h);
		client_expect(other, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		pthread_mutex_lock(&h.lock);
		assert_int_equal(h.closed, 0);
		pthread_mutex_unlock(&h.lock);
		fcgi_client_free(one);
		pthread_mutex_lock(&h.lock);
		while (h.closed == 0)
			pthread_cond_wait(&h.changed, &h.lock);
		assert_int_equal(h.closed, h.told);
		pthread_mutex_unlock(&h.lock);
		fcgi_client_free(other);
	}
	house_stop(&h);
}

static void
test_wake(void **state)
{
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	serve_wake_at(h.serve, clock_wall_ms() + 3600000);
	serve_wake_at(h.serve, INT64_MAX);
	serve_wake_at(h.serve, clock_wall_ms() + 3600000);
	serve_wake_at(h.serve, clock_wall_ms() - 1);
	pthread_mutex_lock(&h.lock);
	while (h.timers == 0)
		pthread_cond_wait(&h.changed, &h.lock);
	assert_int_equal(h.timers, 1);
	pthread_mutex_unlock(&h.lock);
	serve_wake_at(h.serve, clock_wall_ms() + 20);
	pthread_mutex_lock(&h.lock);
	while (h.timers == 1)
		pthread_cond_wait(&h.changed, &h.lock);
	pthread_mutex_unlock(&h.lock);
	house_stop(&h);
}

/* SIGTERM: a parked request is told 503, the rest is closed, in time. */
static void
test_sigterm(void **state)
{
	struct house h;
	struct asking k = {.house = &h};
	struct fcgi_client *idle;
	pthread_t t;
	int ready[2], status;
	char c = 0;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	house_open(&h);
	pid_t child = fork();
	if (child == 0) {
		/* made here: a signalfd tells of its maker's signals */
		house_serve_new(&h, WAIT_MS);
		h.told_fd = ready[1];
		serve_run(h.serve);
		_exit(h.gone == 1 ? 7 : 1);
	}
	assert_true(child > 0);
	idle = client_new(&h);
	client_expect(idle, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
	k.client = client_new(&h);
	pthread_create(&t, NULL, ask_park, &k);
	assert_int_equal(read(ready[0], &c, 1), 1);
	int64_t from = clock_mono_ms();
	kill(child, SIGTERM);
	pthread_join(t, NULL);
	assert_int_equal(k.rc, ERR_NONE);
	assert_int_equal(k.status, 503);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_true(clock_mono_ms() - from < 2000);
	fcgi_client_free(idle);
	fcgi_client_free(k.client);
	close(ready[0]);
	close(ready[1]);
	house_shut(&h);
}

/* A handler that hangs does not keep the process from leaving. */
static void
test_stop_late(void **state)
{
	struct house h;
	struct fcgi_client *c;
	int ready[2], status;
	char byte;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	house_open(&h);
	pid_t child = fork();
	if (child == 0) {
		house_serve_new(&h, WAIT_MS);
		h.told_fd = ready[1];
		serve_run(h.serve);
		serve_free(h.serve);
		_exit(7);
	}
	assert_true(child > 0);
	c = client_new(&h);
	const char *const params[] = {"REQUEST_URI", "/hang", NULL};
	assert_int_equal(fcgi_client_send(c, params, SPAN_NONE), ERR_NONE);
	bool done;
	struct fcgi_answer a;
	assert_int_equal(fcgi_client_step(c, &done, &a), ERR_NONE);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	int64_t from = clock_mono_ms();
	kill(child, SIGTERM);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_true(clock_mono_ms() - from < 3000);
	fcgi_client_free(c);
	close(ready[0]);
	close(ready[1]);
	house_shut(&h);
}

/* The internal doors are for the same user and root, whatever the modes. */
static void
test_strangers(void **state)
{
	struct house h;
	int status;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can play a stranger */
	house_start(&h, WAIT_MS);
	assert_int_equal(fchmod(h.dirfd, 0755), 0);
	assert_int_equal(fchmodat(h.dirfd, "s", 0666, 0), 0);
	pid_t child = fork();
	if (child == 0) {
		struct buf b;
		char got[64];

		if (setgid(65534) || setuid(65534))
			_exit(1);
		int fd = raw_connect(&h);
		buf_init(&b, 4096);
		put_request(&b, "0", SPAN_NONE, false);
		raw_send(fd, &b);
		_exit(recv(fd, got, sizeof got, 0) > 0 ? 2 : 7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(house_counts(&h).accepted, 0);
	house_serves(&h);
	house_stop(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keeps_connection),
	    cmocka_unit_test(test_idle_kept),
	    cmocka_unit_test(test_half_sent),
	    cmocka_unit_test(test_half_sent_gone),
	    cmocka_unit_test(test_crumbs),
	    cmocka_unit_test(test_body_sizes),
	    cmocka_unit_test(test_body_cut),
	    cmocka_unit_test(test_answers_large),
	    cmocka_unit_test(test_management),
	    cmocka_unit_test(test_random),
	    cmocka_unit_test(test_huge_lengths),
	    cmocka_unit_test(test_park),
	    cmocka_unit_test(test_park_hangup),
	    cmocka_unit_test(test_tell_end),
	    cmocka_unit_test(test_wake),
	    cmocka_unit_test(test_sigterm),
	    cmocka_unit_test(test_stop_late),
	    cmocka_unit_test(test_strangers),
	};

	serve_block_signals();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
