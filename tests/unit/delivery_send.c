/* Sending against receivers that behave, and that do not: each row of the
 * table is an answer played by a thread of this test, and the outcome. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/mem.h"
#include "delivery/send.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
enum { REQUEST_BYTES = 64 << 10 };

/* What the receiver does after it has read a request. */
enum act {
	ACT_ANSWER,  /* send `text`, keep the connection */
	ACT_CLOSE,   /* send `text`, close */
	ACT_RESET,   /* reset */
	ACT_SILENT,  /* nothing, until the peer leaves */
	ACT_ENDLESS, /* send `text`, then more for ever */
	ACT_HEADERS  /* headers for ever */
};
struct receiver {
	int fd, port;
	pthread_t thread;
	enum act act;
	const char *text;
	char request[REQUEST_BYTES]; /* the last one */
	size_t n;
	int connections, requests;
	pthread_mutex_t lock;
};

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

static void
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

static void
receiver_close(struct receiver *r)
{
	shutdown(r->fd, SHUT_RDWR);
	close(r->fd);
	pthread_join(r->thread, NULL);
}

/* What came of the attempts. */
struct seen {
	int count;
	enum outcome outcome;
	int status;
	int64_t retry_after_ms;
	bool truncated;
	size_t body_bytes;
	uint32_t total_us;
	char error[300], address[100], request_headers[4000];
};

static void
copy(char *to, size_t size, struct span from)
{
	snprintf(to, size, "%.*s", SPAN_FMT(from));
}

static void
on_done(void *ctx, const struct lease_report *r)
{
	struct seen *s = ctx;

	s->count++;
	s->outcome = r->outcome;
	s->status = r->status;
	s->retry_after_ms = r->retry_after_ms;
	s->truncated = r->response_truncated;
	s->body_bytes = r->response_body.n;
	s->total_us = r->total_us;
	copy(s->error, sizeof(s->error), r->error);
	copy(s->address, sizeof(s->address), r->address);
	copy(
	    s->request_headers, sizeof(s->request_headers), r->request_headers);
}

struct bench {
	struct conf conf;
	struct guard *guard;
	struct sender *sender;
	struct seen seen;
	struct receiver receiver;
};

static void
open_sender(struct bench *b, bool private)
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

static int
setup(void **state)
{
	struct bench *b = mem_alloc(sizeof(*b));

	open_sender(b, true);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	sender_free(b->sender);
	guard_free(b->guard);
	if (b->receiver.port)
		receiver_close(&b->receiver);
	free(b);
	return 0;
}

static void
start(struct bench *b, const struct lease_job *job)
{
	struct buf packed;

	buf_init(&packed, LEASE_MESSAGE_BYTES_MAX);
	lease_job_pack(job, &packed);
	assert_int_equal(ERR_NONE, sender_start(b->sender, buf_view(&packed)));
	buf_release(&packed);
}

static void
finish(struct bench *b)
{
	while (sender_in_flight(b->sender) > 0) {
		struct pollfd p = {
		    .fd = sender_fd(b->sender), .events = POLLIN};

		poll(&p, 1, (int)sender_wait_ms(b->sender));
		sender_step(b->sender);
	}
}

static struct lease_job
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

static void
attempt(struct bench *b, const struct lease_job *job)
{
	int before = b->seen.count;

	start(b, job);
	finish(b);
	assert_int_equal(b->seen.count, before + 1);
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static const struct play {
	enum act act;
	const char *text;
	enum outcome outcome;
	int status;
	const char *words;
} plays[] = {
    {ACT_ANSWER, OK, OUTCOME_DELIVERED, 200, ""},
    {ACT_ANSWER, "HTTP/1.1 204 No\r\n\r\n", OUTCOME_DELIVERED, 204, ""},
    {ACT_CLOSE, "HTTP/1.0 200 OK\r\n\r\nbye", OUTCOME_DELIVERED, 200, ""},
    {ACT_ANSWER, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
	OUTCOME_DELIVERED, 204, ""},
    {ACT_ANSWER,
	"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
	"Content-Length: 0\r\n\r\n",
	OUTCOME_ANSWER, 302, "answered 302"},
    {ACT_ANSWER, "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n",
	OUTCOME_ANSWER, 410, "answered 410"},
    {ACT_ANSWER,
	"HTTP/1.1 503 No\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
	OUTCOME_ANSWER, 503, "answered 503"},
    {ACT_CLOSE, NULL, OUTCOME_PROTOCOL, 0,
	"the connection ended without an answer"},
    {ACT_RESET, NULL, OUTCOME_PROTOCOL, 0, "the connection broke"},
    {ACT_CLOSE, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
	OUTCOME_PROTOCOL, 200, "the answer was cut short"},
    {ACT_CLOSE, "SSH-2.0-x\r\n", OUTCOME_PROTOCOL, 0,
	"the answer is no HTTP/1"},
    {ACT_ENDLESS, "HTTP/1.1 200 OK\r\n\r\n", OUTCOME_TOO_LARGE, 200,
	"the answer is over 1 MiB"},
    {ACT_ANSWER, "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
	OUTCOME_TOO_LARGE, 200, "the answer is over 1 MiB"},
    {ACT_HEADERS, "HTTP/1.1 200 OK\r\n", OUTCOME_TOO_LARGE, 200,
	"the answer's headers are over 64 KiB"},
};

static void
test_outcomes(void **state)
{
	struct bench *b = *state;

	for (size_t i = 0; i < COUNT(plays); i++) {
		const struct play *p = &plays[i];
		struct lease_job job;

		memset(&b->receiver, 0, sizeof(b->receiver));
		b->receiver.act = p->act;
		b->receiver.text = p->text;
		receiver_open(&b->receiver);
		job = job_to(b, "POST", true);
		attempt(b, &job);
		if (b->seen.outcome != p->outcome ||
		    b->seen.status != p->status ||
		    strncmp(b->seen.error, p->words, strlen(p->words)) != 0)
			fail_msg("row %zu: %s %d \"%s\"", i,
			    outcome_name(b->seen.outcome), b->seen.status,
			    b->seen.error);
		assert_int_equal(
		    b->seen.retry_after_ms, p->status == 503 ? 7000 : -1);
		sender_free(b->sender);
		guard_free(b->guard);
		receiver_close(&b->receiver);
		open_sender(b, true);
	}
	b->receiver.port = 0;
}

static void
test_timeout(void **state)
{
	struct bench *b = *state;
	struct lease_job job;

	b->receiver.act = ACT_SILENT;
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	job.timeout_ms = 100;
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_TIMEOUT);
	assert_string_equal(b->seen.error, "no whole answer within 100 ms");
	assert_true(b->seen.total_us >= 100000);
}

/* A port that nobody listens on, found by letting one go. */
static void
test_no_connection(void **state)
{
	struct bench *b = *state;
	struct lease_job job;

	receiver_open(&b->receiver);
	receiver_close(&b->receiver);
	job = job_to(b, "POST", true);
	b->receiver.port = 0;
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_CONNECT);
	assert_string_equal(b->seen.error, "no connection: Connection refused");
}

static void
test_no_name(void **state)
{
	struct bench *b = *state;
	struct lease_job job = job_to(b, "POST", true);

	job.url = SPAN("http://no-such-host.invalid/");
	attempt(b, &job);
	/* Also when without a name server the time runs out first. */
	assert_int_equal(b->seen.outcome, OUTCOME_DNS);
}

/* Nobody takes the connections, and there is room for no more. */
static void
test_no_connection_in_time(void **state)
{
	struct bench *b = *state;
	struct lease_job job = job_to(b, "POST", true);
	struct sockaddr_in to = {.sin_family = AF_INET};
	socklen_t n = sizeof(to);
	int fd = socket(AF_INET, SOCK_STREAM, 0), fill[4];
	char url[100];

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&to, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&to, &n), 0);
	assert_int_equal(listen(fd, 0), 0);
	for (int i = 0; i < 4; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fill[i], (struct sockaddr *)&to, n);
	}
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", ntohs(to.sin_port));
	job.url = span_of(url);
	job.timeout_ms = 300;
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_CONNECT);
	assert_string_equal(b->seen.error, "no connection within 300 ms");
	for (int i = 0; i < 4; i++)
		close(fill[i]);
	close(fd);
}

static void
test_tls(void **state)
{
	struct bench *b = *state;
	struct lease_job job;
	char url[100];

	b->receiver.act = ACT_CLOSE;
	b->receiver.text = "HTTP/1.1 200 this is no TLS\r\n\r\n";
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", b->receiver.port);
	job.url = span_of(url);
	/* Any bytes look like a request to the receiver once it has read. */
	job.timeout_ms = 300;
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_TLS);
}

static void
test_unusable(void **state)
{
	struct bench *b = *state;
	struct lease_job job = job_to(b, "POST", true);

	job.url = SPAN("no address");
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_PROTOCOL);
	job = job_to(b, "DELETE", true);
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_PROTOCOL);
}

static void
test_aborted(void **state)
{
	struct bench *b = *state;
	struct lease_job job;
	int64_t token = 0;

	b->receiver.act = ACT_SILENT;
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	/* Before its turn to connect, and after. */
	start(b, &job);
	assert_int_equal(sender_tokens(b->sender, &token), 1);
	assert_int_equal(sender_wait_ms(b->sender), 0);
	sender_abort(b->sender);
	assert_int_equal(b->seen.outcome, OUTCOME_ABORTED);
	start(b, &job);
	sender_step(b->sender);
	assert_int_equal(sender_tokens(b->sender, &token), 1);
	assert_int_equal(token, 9);
	sender_abort(b->sender);
	assert_int_equal(b->seen.outcome, OUTCOME_ABORTED);
	assert_int_equal(sender_in_flight(b->sender), 0);
}

/* Contract 9.4, on the wire; four requests over one connection. */
static void
test_requests(void **state)
{
	static const struct {
		const char *method;
		bool data;
		const char *line, *type, *length, *body;
	} rows[] = {
	    {"POST", true, "POST /in?a=b HTTP/1.1\r\n",
		"Content-Type: application/json\r\n", "Content-Length: 11\r\n",
		"{\"event\":1}"},
	    {"GET", true, "GET /in?a=b HTTP/1.1\r\n",
		"Content-Type: application/json\r\n", "Content-Length: 11\r\n",
		"{\"event\":1}"},
	    {"POST", false, "POST /in?a=b HTTP/1.1\r\n",
		"Content-Type: application/x-www-form-urlencoded\r\n",
		"Content-Length: 0\r\n", ""},
	    {"GET", false, "GET /in?a=b HTTP/1.1\r\n", NULL, NULL, ""},
	};
	struct bench *b = *state;
	struct receiver *r = &b->receiver;

	r->text = OK;
	receiver_open(r);
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct lease_job job =
			    job_to(b, rows[i].method, rows[i].data);
			const char *body;

			attempt(b, &job);
			assert_int_equal(b->seen.outcome, OUTCOME_DELIVERED);
			assert_memory_equal(
			    r->request, rows[i].line, strlen(rows[i].line));
			if (rows[i].type)
				assert_non_null(
				    strstr(r->request, rows[i].type));
			else
				assert_null(strstr(r->request, "Content-Type"));
			if (rows[i].length)
				assert_non_null(
				    strstr(r->request, rows[i].length));
			else
				assert_null(
				    strstr(r->request, "Content-Length"));
			assert_null(strstr(r->request, "Expect"));
			assert_null(strstr(r->request, "Accept-Encoding"));
			assert_non_null(
			    strstr(r->request, "\r\nHost: 127.0.0.1:"));
			assert_non_null(
			    strstr(r->request, "\r\nwebhook-id: msg_x\r\n"));
			body = strstr(r->request, "\r\n\r\n") + 4;
			assert_string_equal(body, rows[i].body);
		}
	assert_int_equal(r->connections, 1);
	assert_int_equal(r->requests, 2 * COUNT(rows));
}

static void
test_headers_and_user(void **state)
{
	struct lease_header extra[] = {
	    {SPAN("X-Api-Key"), SPAN("hush")}, {SPAN("X-Empty"), SPAN("")}};
	struct bench *b = *state;
	struct lease_job job;
	char url[100];

	b->receiver.text = OK;
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	snprintf(
	    url, sizeof(url), "http://u:p@127.0.0.1:%d/", b->receiver.port);
	job.url = span_of(url);
	job.headers = extra;
	job.header_count = COUNT(extra);
	attempt(b, &job);
	assert_non_null(
	    strstr(b->receiver.request, "\r\nAuthorization: Basic dTpw\r\n"));
	assert_non_null(strstr(b->receiver.request, "\r\nX-Api-Key: hush\r\n"));
	assert_non_null(strstr(b->receiver.request, "\r\nX-Empty:\r\n"));
	/* Recorded, but not shown. */
	assert_null(strstr(b->seen.request_headers, "hush"));
	assert_null(strstr(b->seen.request_headers, "dTpw"));
	assert_non_null(strstr(b->seen.request_headers,
	    "{\"name\":\"X-Api-Key\",\"value\":\"***\"}"));
}

static void
test_success_list(void **state)
{
	struct bench *b = *state;
	struct lease_job job;

	b->receiver.text =
	    "HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n";
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	job.success = SPAN("2xx,304");
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_DELIVERED);
}

static void
test_body_kept(void **state)
{
	struct bench *b = *state;
	static char text[20000];
	struct lease_job job;
	int n = snprintf(text, sizeof(text),
	    "HTTP/1.1 200 OK\r\nContent-Length: 17000\r\n\r\n");

	memset(text + n, 'b', 17000);
	b->receiver.text = text;
	receiver_open(&b->receiver);
	job = job_to(b, "POST", true);
	attempt(b, &job);
	assert_int_equal(b->seen.outcome, OUTCOME_DELIVERED);
	assert_int_equal(b->seen.body_bytes, 16384);
	assert_true(b->seen.truncated);
}

/* Refused before a single packet: nobody ever connects. */
static void
test_guarded(void **state)
{
	static const char *const hosts[] = {
	    "127.0.0.1", "localhost", "[::ffff:127.0.0.1]"};
	struct bench *b = *state;
	char url[100];

	sender_free(b->sender);
	guard_free(b->guard);
	open_sender(b, false);
	b->receiver.text = OK;
	receiver_open(&b->receiver);
	for (size_t i = 0; i < COUNT(hosts); i++) {
		struct lease_job job = job_to(b, "POST", true);

		snprintf(url, sizeof(url), "http://%s:%d/", hosts[i],
		    b->receiver.port);
		job.url = span_of(url);
		attempt(b, &job);
		assert_int_equal(b->seen.outcome, OUTCOME_REFUSED_ADDRESS);
		assert_non_null(
		    strstr(b->seen.error, "is refused: loopback address"));
	}
	assert_int_equal(b->receiver.connections, 0);
}

static void
test_many_at_once(void **state)
{
	enum { MANY = 50 };
	struct bench *b = *state;
	struct lease_job job;

	b->receiver.text = OK;
	b->receiver.act = ACT_CLOSE;
	receiver_open(&b->receiver);
	for (int i = 0; i < MANY; i++) {
		job = job_to(b, "POST", true);
		start(b, &job);
	}
	assert_int_equal(sender_in_flight(b->sender), MANY);
	finish(b);
	assert_int_equal(b->seen.count, MANY);
	assert_int_equal(b->receiver.requests, MANY);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_outcomes),
	    T(test_timeout),
	    T(test_no_connection),
	    T(test_no_name),
	    T(test_no_connection_in_time),
	    T(test_tls),
	    T(test_unusable),
	    T(test_aborted),
	    T(test_requests),
	    T(test_headers_and_user),
	    T(test_success_list),
	    T(test_body_kept),
	    T(test_guarded),
	    T(test_many_at_once),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
