/* The FastCGI client against owners that misbehave: the peer is the test, over
 * a socket in a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/fcgi_client.h"
#include "http/fcgi_record.h"
#include "http/fcgi_scan.h"
#include "http/listen.h"

struct owner {
	char dir[64];
	int dirfd, listen_fd, fd;
	struct fcgi_client *client;
};

static void
owner_open(struct owner *o, size_t body_max)
{
	strcpy(o->dir, "/tmp/http-fcgi-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	o->dirfd = open(o->dir, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(listen_unix(o->dirfd, "s", &o->listen_fd), ERR_NONE);
	assert_int_equal(
	    fcgi_client_connect(o->dirfd, "s", body_max, &o->client), ERR_NONE);
	o->fd = accept4(o->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	assert_true(o->fd >= 0);
}

static void
owner_close(struct owner *o)
{
	fcgi_client_free(o->client);
	if (o->fd >= 0)
		close(o->fd);
	close(o->listen_fd);
	listen_unlink(o->dirfd, "s");
	close(o->dirfd);
	rmdir(o->dir);
}

static void
owner_send(struct owner *o, const struct buf *b)
{
	assert_int_equal(send(o->fd, b->p, b->n, 0), b->n);
}

/* Sends a request and takes its bytes on the other side. */
static struct span
owner_request(struct owner *o, char *got, size_t size)
{
	const char *const params[] = {"REQUEST_METHOD", "GET", NULL};
	bool done;
	struct fcgi_answer a;

	assert_int_equal(
	    fcgi_client_send(o->client, params, SPAN("body")), ERR_NONE);
	assert_true(fcgi_client_events(o->client) & POLLOUT);
	assert_int_equal(fcgi_client_step(o->client, &done, &a), ERR_NONE);
	assert_false(done);
	assert_false(fcgi_client_events(o->client) & POLLOUT);
	ssize_t n = recv(o->fd, got, size, 0);
	assert_true(n > 0);
	return span_make(got, (size_t)n);
}

static void
put_answer(struct buf *b, const char *text)
{
	fcgi_put_stream(b, FCGI_STDOUT, 1, span_of(text));
	fcgi_put_header(b, FCGI_STDOUT, 1, 0);
	fcgi_put_end(b, 1, FCGI_COMPLETE);
}

/* What the client sends is what the walker takes; answers arrive in crumbs. */
static void
test_client_crumbs(void **state)
{
	struct owner o;
	struct fcgi_answer a = {0};
	struct buf b;
	char got[4096];
	bool done = false;

	(void)state;
	owner_open(&o, 1000);
	for (int round = 0; round < 2; round++) {
		struct scan s = fcgi_scan(owner_request(&o, got, sizeof got));

		assert_int_equal(s.what, SCAN_REQUEST);
		assert_true(s.keep);
		buf_init(&b, 4096);
		fcgi_put_stream(&b, FCGI_STDERR, 1, SPAN("words"));
		put_answer(&b, "Status: 404 Not Found\r\nX: 1\r\n\r\nbody");
		for (size_t i = 0; i < b.n; i++) {
			struct buf one = {.p = b.p + i, .n = 1};

			owner_send(&o, &one);
			assert_int_equal(
			    fcgi_client_step(o.client, &done, &a), ERR_NONE);
			assert_int_equal(done, i + 1 == b.n);
		}
		assert_int_equal(a.status, 404);
		assert_true(span_is(a.body, "body"));
		assert_true(span_starts(a.headers, "Status: 404"));
		buf_release(&b);
	}
	owner_close(&o);
}

static void
test_client_answers(void **state)
{
	static const struct {
		const char *text;
		int status; /* 0: refused */
		const char *body;
	} rows[] = {
	    {"Status: 200 OK\r\n\r\nx", 200, "x"},
	    {"status:503\n\nx", 503, "x"},
	    {"Content-Type: text/plain\r\n\r\n", 200, ""},
	    {"X: 1\r\nStatus: 204 No Content\r\n\r\n", 204, ""},
	    {"Status: abc\r\n\r\n", 0, NULL},
	    {"Status: 20\r\n\r\n", 0, NULL},
	    {"no end of headers", 0, NULL},
	    {"", 0, NULL},
	    {"\r\n\r\n12345678901234567890", 200, "12345678901234567890"},
	    {"\r\n\r\n123456789012345678901", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct owner o;
		struct fcgi_answer a;
		struct buf b;
		char got[4096];
		bool done;

		owner_open(&o, 20);
		owner_request(&o, got, sizeof got);
		buf_init(&b, 4096);
		put_answer(&b, rows[i].text);
		owner_send(&o, &b);
		enum err rc = fcgi_client_step(o.client, &done, &a);
		if (rows[i].status) {
			assert_int_equal(rc, ERR_NONE);
			assert_true(done);
			assert_int_equal(a.status, rows[i].status);
			assert_true(span_is(a.body, rows[i].body));
		} else {
			assert_int_equal(rc, ERR_UNAVAILABLE);
			assert_false(done);
		}
		buf_release(&b);
		owner_close(&o);
	}
}

static void
bad_version(struct buf *b)
{
	put_answer(b, "\r\n\r\n");
	b->p[0] = 2;
}

static void
bad_id(struct buf *b)
{
	put_answer(b, "\r\n\r\n");
	b->p[3] = 2;
}

static void
bad_type(struct buf *b)
{
	put_answer(b, "\r\n\r\n");
	b->p[1] = FCGI_PARAMS;
}

static void
bad_end(struct buf *b)
{
	fcgi_put_end(b, 1, FCGI_OVERLOADED);
}

static void
bad_end_size(struct buf *b)
{
	fcgi_put_header(b, FCGI_END, 1, 0);
}

static void
bad_flood(struct buf *b)
{
	for (int i = 0; i < 3; i++) {
		struct buf part;

		buf_init(&part, 65536);
		memset(buf_room(&part, 60000), 'x', 60000);
		buf_added(&part, 60000);
		fcgi_put_stream(b, FCGI_STDOUT, 1, buf_view(&part));
		buf_release(&part);
	}
}

static void
test_client_refuses(void **state)
{
	static void (*const makers[])(struct buf *) = {
	    bad_version, bad_id, bad_type, bad_end, bad_end_size, bad_flood};

	(void)state;
	for (size_t i = 0; i < sizeof makers / sizeof makers[0]; i++) {
		const char *const params[] = {NULL};
		struct owner o;
		struct fcgi_answer a;
		struct buf b;
		char got[4096];
		bool done;

		owner_open(&o, 1000);
		owner_request(&o, got, sizeof got);
		buf_init(&b, 1 << 20);
		makers[i](&b);
		owner_send(&o, &b);
		assert_int_equal(
		    fcgi_client_step(o.client, &done, &a), ERR_UNAVAILABLE);
		/* and nothing more is possible */
		assert_int_equal(fcgi_client_send(o.client, params, SPAN_NONE),
		    ERR_UNAVAILABLE);
		buf_release(&b);
		owner_close(&o);
	}
}

static void
test_client_ends(void **state)
{
	static const struct {
		const char *sent;
		bool begun;
	} rows[] = {{"", false}, {"Status: 200", true}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct owner o;
		struct fcgi_answer a;
		struct buf b;
		char got[4096];
		bool done;

		owner_open(&o, 1000);
		owner_request(&o, got, sizeof got);
		buf_init(&b, 4096);
		fcgi_put_stream(&b, FCGI_STDOUT, 1, span_of(rows[i].sent));
		owner_send(&o, &b);
		close(o.fd);
		o.fd = -1;
		assert_int_equal(
		    fcgi_client_step(o.client, &done, &a), ERR_UNAVAILABLE);
		assert_int_equal(fcgi_client_begun(o.client), rows[i].begun);
		buf_release(&b);
		owner_close(&o);
	}
}

static void
test_client_deadline(void **state)
{
	struct owner o;
	struct fcgi_answer a;

	(void)state;
	owner_open(&o, 1000);
	assert_int_equal(
	    fcgi_client_ask(o.client, "GET", "/", SPAN_NONE, 20, &a),
	    ERR_DEADLINE);
	assert_int_equal(
	    fcgi_client_ask(o.client, "GET", "/", SPAN_NONE, 20, &a),
	    ERR_UNAVAILABLE);
	owner_close(&o);
}

static void
test_client_nobody(void **state)
{
	struct owner o;
	struct fcgi_client *c;
	int fd;
	struct stat st;

	(void)state;
	owner_open(&o, 1000);
	assert_int_equal(fstatat(o.dirfd, "s", &st, 0), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(listen_is_socket(o.listen_fd));
	assert_false(listen_is_socket(o.fd));
	assert_false(listen_is_socket(o.dirfd));
	assert_int_equal(
	    fcgi_client_connect(o.dirfd, "absent", 1, &c), ERR_UNAVAILABLE);
	/* a stale one, left by an owner that was killed, is taken over */
	close(o.listen_fd);
	assert_int_equal(
	    fcgi_client_connect(o.dirfd, "s", 1, &c), ERR_UNAVAILABLE);
	assert_int_equal(listen_unix(o.dirfd, "s", &fd), ERR_NONE);
	o.listen_fd = fd;
	assert_int_equal(fcgi_client_connect(o.dirfd, "s", 1, &c), ERR_NONE);
	fcgi_client_free(c);
	owner_close(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_client_crumbs),
	    cmocka_unit_test(test_client_answers),
	    cmocka_unit_test(test_client_refuses),
	    cmocka_unit_test(test_client_ends),
	    cmocka_unit_test(test_client_deadline),
	    cmocka_unit_test(test_client_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
