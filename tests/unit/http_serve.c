/* The serve against peers of every kind. */
#include "http_helper.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/rand.h"
#include "http/fcgi_record.h"

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
	};

	serve_block_signals();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
