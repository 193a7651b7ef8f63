/* What is sent, what is kept of the answer, and to whom nothing is sent. */
#include "delivery_helper.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

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
	bench_open(b, false);
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
		bench_start(b, &job);
	}
	assert_int_equal(sender_in_flight(b->sender), MANY);
	bench_finish(b);
	assert_int_equal(b->seen.count, MANY);
	assert_int_equal(b->receiver.requests, MANY);
}

int
main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
	const struct CMUnitTest tests[] = {
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
