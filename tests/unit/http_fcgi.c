/* FastCGI bytes: the walker's verdicts, and the client against owners that
 * misbehave (the peer is the test, over a socket in a directory of its own). */
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

static void
put_pairs(struct buf *b, size_t count)
{
	struct buf p;

	buf_init(&p, 1 << 20);
	for (size_t i = 0; i < count; i++)
		fcgi_put_pair(&p, SPAN("N"), SPAN("v"));
	fcgi_put_stream(b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(b, FCGI_PARAMS, 1, 0);
	buf_release(&p);
}

static void
put_whole(struct buf *b, size_t body_bytes)
{
	char *body = calloc(1, body_bytes + 1);

	fcgi_put_begin(b, 1, true);
	put_pairs(b, 3);
	fcgi_put_stream(b, FCGI_STDIN, 1, span_make(body, body_bytes));
	fcgi_put_header(b, FCGI_STDIN, 1, 0);
	free(body);
}

/* Cut anywhere, a request is one that wants more, and asks for bytes it has
 * not seen; whole, it ends where it ends. */
static void
test_scan_cuts(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	put_whole(&b, 700);
	for (size_t n = 0; n < b.n; n++) {
		struct scan s = fcgi_scan(span_make(b.p, n));

		assert_int_equal(s.what, SCAN_MORE);
		assert_true(s.need > n && s.need <= b.n);
	}
	size_t whole = b.n;
	buf_text(&b, "the next one");
	struct scan s = fcgi_scan(buf_view(&b));
	assert_int_equal(s.what, SCAN_REQUEST);
	assert_int_equal(s.bytes, whole);
	assert_true(s.keep);
	buf_release(&b);
}

static void
test_scan_sizes(void **state)
{
	static const struct {
		size_t body_bytes, seen;
		enum scan_what want;
	} rows[] = {
	    {0, 1 << 20, SCAN_REQUEST},
	    {30000, 1 << 20, SCAN_REQUEST},
	    {30000, 20000, SCAN_MORE},
	    {60000, 1 << 20, SCAN_REQUEST},
	    {60000, SCAN_LARGE_BYTES, SCAN_LARGE},
	    {60000, SCAN_LARGE_BYTES - 1, SCAN_MORE},
	    /* the first record alone is larger than the window */
	    {300000, 200, SCAN_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 1 << 20);
		put_whole(&b, rows[i].body_bytes);
		size_t n = rows[i].seen < b.n ? rows[i].seen : b.n;
		assert_int_equal(
		    fcgi_scan(span_make(b.p, n)).what, rows[i].want);
		buf_release(&b);
	}
}

static void
test_scan_params(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum scan_what want;
	} rows[] = {
	    {"", 0, SCAN_REQUEST},
	    {"\1\1nv", 4, SCAN_REQUEST},
	    {"\1\0n", 3, SCAN_REQUEST},
	    {"\0\0", 2, SCAN_REQUEST},
	    {"\x80\0\0\1\1nv", 7, SCAN_REQUEST},
	    {"\1\x80\0\0\1nv", 7, SCAN_REQUEST},
	    {"\1", 1, SCAN_BAD},
	    {"\1\1n", 3, SCAN_BAD},
	    {"\1\x80\0\0", 4, SCAN_BAD},
	    {"\1\2nv", 4, SCAN_BAD},
	    {"\xff\xff\xff\xff\1nv", 7, SCAN_BAD},
	    {"\1\x80\1\0\1nv", 7, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 4096);
		fcgi_put_begin(&b, 1, false);
		/* a byte a record: lengths are cut everywhere */
		for (size_t k = 0; k < rows[i].n; k++)
			fcgi_put_stream(&b, FCGI_PARAMS, 1,
			    span_make(rows[i].bytes + k, 1));
		fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
		fcgi_put_header(&b, FCGI_STDIN, 1, 0);
		if (fcgi_scan(buf_view(&b)).what != rows[i].want)
			fail_msg("row %zu", i);
		buf_release(&b);
	}
}

static void
test_scan_many_params(void **state)
{
	static const struct {
		size_t count;
		enum scan_what want;
	} rows[] = {
	    {SCAN_PARAMS_MAX, SCAN_REQUEST},
	    {SCAN_PARAMS_MAX + 1, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct buf b;

		buf_init(&b, 1 << 20);
		fcgi_put_begin(&b, 1, false);
		put_pairs(&b, rows[i].count);
		fcgi_put_header(&b, FCGI_STDIN, 1, 0);
		assert_int_equal(fcgi_scan(buf_view(&b)).what, rows[i].want);
		buf_release(&b);
	}
}

/* Parameters that fill the window without an end. */
static void
test_scan_endless_params(void **state)
{
	struct buf b, value;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_init(&value, 1 << 20);
	memset(buf_room(&value, 40000), 'v', 40000);
	buf_added(&value, 40000);
	fcgi_put_begin(&b, 1, false);
	for (int i = 0; i < 2; i++) {
		struct buf p;

		buf_init(&p, 1 << 20);
		fcgi_put_pair(&p, SPAN("N"), buf_view(&value));
		fcgi_put_stream(&b, FCGI_PARAMS, 1, buf_view(&p));
		buf_release(&p);
	}
	assert_int_equal(
	    fcgi_scan(span_make(b.p, SCAN_WINDOW_BYTES)).what, SCAN_BAD);
	buf_release(&value);
	buf_release(&b);
}

/* Records in an order, or of a kind, that no web server sends. */
static void
test_scan_orders(void **state)
{
	static const struct {
		const char *types; /* one byte a record, all of id 1 */
		enum scan_what want;
	} rows[] = {
	    {"\1\4\5", SCAN_REQUEST},
	    {"\1\2", SCAN_ABORTED},
	    {"\1\4\2", SCAN_ABORTED},
	    {"\5", SCAN_STRAY},
	    {"\2", SCAN_STRAY},
	    {"\4", SCAN_STRAY},
	    {"\1\1", SCAN_BAD},
	    {"\1\5", SCAN_BAD},
	    {"\1\4\4", SCAN_BAD},
	    {"\1\4\10", SCAN_BAD},
	    {"\1\6", SCAN_BAD},
	    {"\1\3", SCAN_BAD},
	    {"\1\11", SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct buf b;

		buf_init(&b, 4096);
		for (const char *t = rows[i].types; *t; t++) {
			if (*t == FCGI_BEGIN)
				fcgi_put_begin(&b, 1, false);
			else
				fcgi_put_header(&b, (enum fcgi_type) * t, 1, 0);
		}
		if (fcgi_scan(buf_view(&b)).what != rows[i].want)
			fail_msg("row %zu", i);
		buf_release(&b);
	}
}

static void
test_scan_bytes(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		enum scan_what want;
	} rows[] = {
	    {"GET / HTTP/1.1\r\n", 16, SCAN_BAD},
	    {"\2", 1, SCAN_BAD},
	    {"\1\1\0\1\0\7\0\0\0\1\0\0\0\0\0", 15, SCAN_BAD},
	    {"\1\1\0\0\0\10\0\0\0\1\0\0\0\0\0\0", 16, SCAN_BAD},
	    {"\1\11\0\0\0\0\0\0", 8, SCAN_MANAGEMENT},
	    /* an authorizer's request */
	    {"\1\1\0\1\0\10\0\0\0\2\0\0\0\0\0\0\1\4\0\1\0\0\0\0"
	     "\1\5\0\1\0\0\0\0",
		32, SCAN_ROLE},
	    /* another id in between */
	    {"\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0\1\4\0\2\0\0\0\0", 24, SCAN_BAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (fcgi_scan(span_make(rows[i].bytes, rows[i].n)).what !=
		    rows[i].want)
			fail_msg("row %zu", i);
}

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
	    cmocka_unit_test(test_scan_cuts),
	    cmocka_unit_test(test_scan_sizes),
	    cmocka_unit_test(test_scan_params),
	    cmocka_unit_test(test_scan_many_params),
	    cmocka_unit_test(test_scan_endless_params),
	    cmocka_unit_test(test_scan_orders),
	    cmocka_unit_test(test_scan_bytes),
	    cmocka_unit_test(test_client_crumbs),
	    cmocka_unit_test(test_client_answers),
	    cmocka_unit_test(test_client_refuses),
	    cmocka_unit_test(test_client_ends),
	    cmocka_unit_test(test_client_deadline),
	    cmocka_unit_test(test_client_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
