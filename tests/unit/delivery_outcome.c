/* What becomes of an attempt, by receivers that behave and those that do not:
 * each row of the table is an answer, and the outcome. */
#include "delivery_helper.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
		bench_open(b, true);
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
	bench_start(b, &job);
	assert_int_equal(sender_tokens(b->sender, &token), 1);
	assert_int_equal(sender_wait_ms(b->sender), 0);
	sender_abort(b->sender);
	assert_int_equal(b->seen.outcome, OUTCOME_ABORTED);
	bench_start(b, &job);
	sender_step(b->sender);
	assert_int_equal(sender_tokens(b->sender, &token), 1);
	assert_int_equal(token, 9);
	sender_abort(b->sender);
	assert_int_equal(b->seen.outcome, OUTCOME_ABORTED);
	assert_int_equal(sender_in_flight(b->sender), 0);
}

/* Contract 9.4, on the wire; four requests over one connection. */

int
main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
	    T(test_outcomes),
	    T(test_timeout),
	    T(test_no_connection),
	    T(test_no_name),
	    T(test_no_connection_in_time),
	    T(test_tls),
	    T(test_unusable),
	    T(test_aborted),
	};

	alarm(120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
