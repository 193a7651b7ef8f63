/* The end of a process that serves, and peers of another user. */
#include "http_helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

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
	    cmocka_unit_test(test_sigterm),
	    cmocka_unit_test(test_stop_late),
	    cmocka_unit_test(test_strangers),
	};

	serve_block_signals();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
