/* Plain CGI: a child with the variables, a body on stdin, the answer on
 * stdout. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "http/cgi.h"

enum { BODY_MAX = 20000, VARIABLES_MAX = 8 };

extern char **environ;

static void *
finish_later(void *arg)
{
	struct parked *p = arg;

	buf_text(&parked_response(p)->body, "later");
	serve_finish(p);
	return NULL;
}

/* Tells what it saw: "METHOD target body_state bytes". */
static enum reply
handle(void *ctx, struct request *q, struct response *r)
{
	pthread_t *later = ctx;

	if (span_is(q->target, "/park")) {
		struct parked *p = serve_park(q, r, NULL, NULL);

		if (pthread_create(later, NULL, finish_later, p) != 0)
			_exit(1);
		return REPLY_PARKED;
	}
	r->content_type = "text/plain";
	buf_printf(&r->body, "%.*s %.*s %d %zu", SPAN_FMT(q->method_text),
	    SPAN_FMT(q->target), q->body_state, q->body.n);
	return REPLY_DONE;
}

static void
child_run(int in, int out, const char *const *variables)
{
	pthread_t later;
	struct serve_options o = {.body_max_bytes = BODY_MAX,
	    .base_path = "",
	    .request_deadline_ms = 5000,
	    .handler = handle,
	    .ctx = &later};

	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(1);
	environ = (char **)(uintptr_t)variables;
	if (!cgi_is())
		_exit(2);
	_exit(cgi_serve(&o) == ERR_NONE ? 7 : 3);
}

/* The answer in `got`; stdin is left open when `open_in`. */
static void
cgi_ask(const char *const *variables, struct span body, bool open_in, char *got,
    size_t size)
{
	int in[2], out[2], status;
	size_t n = 0;
	ssize_t some;

	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t child = fork();
	if (child == 0) {
		close(in[1]); /* or its stdin would never end */
		child_run(in[0], out[1], variables);
	}
	assert_true(child > 0);
	close(in[0]);
	close(out[1]);
	assert_int_equal(write(in[1], body.p, body.n), body.n);
	if (!open_in)
		close(in[1]);
	while ((some = read(out[0], got + n, size - 1 - n)) > 0)
		n += (size_t)some;
	got[n] = '\0';
	if (open_in)
		close(in[1]);
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void
test_requests(void **state)
{
	static char body[40000];
	static const struct {
		const char *variables[VARIABLES_MAX];
		size_t bytes;
		bool open_in; /* stdin does not end behind the body */
		const char *want;
	} rows[] = {
	    {{"REQUEST_METHOD=GET", "REQUEST_URI=/cgi-bin/w.cgi/webhooks?a=1",
		 "SCRIPT_NAME=/cgi-bin/w.cgi", "CONTENT_LENGTH=0"},
		0, true, "GET /webhooks 0 0"},
	    {{"REQUEST_METHOD=POST", "REQUEST_URI=/x", "CONTENT_LENGTH=10"}, 10,
		true, "POST /x 1 10"},
	    {{"REQUEST_METHOD=POST", "REQUEST_URI=/x", "CONTENT_LENGTH=10"}, 3,
		false, "POST /x 3 0"},
	    {{"REQUEST_METHOD=POST", "REQUEST_URI=/x"}, 500, false,
		"POST /x 1 500"},
	    {{"REQUEST_METHOD=POST", "REQUEST_URI=/x", "CONTENT_LENGTH=20000"},
		20000, true, "POST /x 1 20000"},
	    {{"REQUEST_METHOD=POST", "REQUEST_URI=/x", "CONTENT_LENGTH=20001"},
		20001, true, "POST /x 2 0"},
	    {{"REQUEST_METHOD=GET", "REQUEST_URI=/park", "CONTENT_LENGTH="}, 0,
		false, "later"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char got[4096];

		cgi_ask(rows[i].variables, span_make(body, rows[i].bytes),
		    rows[i].open_in, got, sizeof got);
		char *blank = strstr(got, "\r\n\r\n");
		assert_non_null(blank);
		assert_memory_equal(got, "Status: 200 OK\r\n", 16);
		assert_string_equal(blank + 4, rows[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
