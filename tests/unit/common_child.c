/* Children and whose turn it is to start one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/child.h"
#include "common/clock.h"
#include "common/turn.h"

enum { WAIT_MS = 10000 };

struct place {
	char dir[64];
	char out[96]; /* a file the child writes */
};

static int
setup(void **state)
{
	struct place *p = calloc(1, sizeof *p);

	strcpy(p->dir, "/tmp/common-child-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->out, sizeof p->out, "%s/out", p->dir);
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;

	unlink(p->out);
	turn_give(p->dir, TURN_OWNER);
	assert_int_equal(rmdir(p->dir), 0);
	free(p);
	return 0;
}

/* What the child wrote, once the file is complete (renamed). */
static void
read_out(const struct place *p, char *text, size_t size)
{
	int64_t until = clock_mono_ms() + WAIT_MS;
	ssize_t n;
	int fd;

	while ((fd = open(p->out, O_RDONLY)) < 0 && clock_mono_ms() < until)
		poll(NULL, 0, 5);
	assert_true(fd >= 0);
	n = read(fd, text, size - 1);
	text[n < 0 ? 0 : n] = '\0';
	close(fd);
}

/* Tells of itself: descriptors, session, variables. */
static const char script[] =
    "{ for fd in /proc/self/fd/*; do echo \"$fd $(readlink \"$fd\")\"; done;"
    " cut -d' ' -f1,6 /proc/$$/stat; env; trap; } >\"$1.new\" 2>&1;"
    " mv \"$1.new\" \"$1\"";

static void
test_child_is_alone(void **state)
{
	struct place *p = *state;
	const char *argv[] = {"/bin/sh", "-c", script, "sh", p->out, NULL};
	char text[16384], line[64], *at;
	int kept = open("/dev/zero", O_RDONLY); /* without close-on-exec */
	pid_t pid, session, self;
	int status;

	setenv("HTTP_COOKIE", "from-a-client", 1);
	setenv("REQUEST_METHOD", "POST", 1);
	setenv("TZ", "UTC", 1);
	assert_int_equal(child_start(argv, &pid), ERR_NONE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	read_out(p, text, sizeof text);
	assert_null(strstr(text, "/dev/zero"));
	assert_null(strstr(text, "from-a-client"));
	assert_null(strstr(text, "REQUEST_METHOD"));
	assert_non_null(strstr(text, "TZ=UTC"));
	assert_non_null(strstr(text, "PATH="));
	assert_non_null(strstr(text, "/0 /dev/null"));
	snprintf(line, sizeof line, "\n%ld ", (long)pid);
	at = strstr(text, line);
	assert_non_null(at);
	assert_int_equal(sscanf(at, "%d %d", &self, &session), 2);
	assert_int_equal(session, pid);
	close(kept);
}

static void
test_child_of_nobody(void **state)
{
	struct place *p = *state;
	const char *argv[] = {"/bin/sh", "-c", script, "sh", p->out, NULL};
	char text[16384];

	assert_int_equal(child_start(argv, NULL), ERR_NONE);
	read_out(p, text, sizeof text);
	/* nothing is left to be waited for */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static void
test_no_program(void **state)
{
	const char *argv[] = {"/no/such/program", NULL};
	pid_t pid;

	(void)state;
	assert_int_equal(child_start(argv, &pid), ERR_IO);
	assert_int_equal(child_start(argv, NULL), ERR_IO);
}

static void
test_one_turn(void **state)
{
	struct place *p = *state;
	int64_t wait_ms = 0;

	assert_true(turn_take(p->dir, TURN_OWNER, &wait_ms));
	assert_false(turn_take(p->dir, TURN_OWNER, &wait_ms));
	assert_in_range(wait_ms, TURN_EVERY_MS - 2000, TURN_EVERY_MS);
	turn_give(p->dir, TURN_OWNER);
	assert_true(turn_take(p->dir, TURN_OWNER, &wait_ms));
	assert_false(turn_take("/no/such/directory", TURN_OWNER, &wait_ms));
}

/* A moment ahead is of a time before the machine was started; rubbish is no
 * moment; one long ago does not count any more. */
static void
test_old_turns(void **state)
{
	static const char *const texts[] = {
	    "9000000000000000000\n", "rubbish", "", "-5000000\n"};
	struct place *p = *state;
	char path[96];
	int64_t wait_ms;

	snprintf(path, sizeof path, "%s/%s", p->dir, TURN_OWNER);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		FILE *f = fopen(path, "w");

		fputs(texts[i], f);
		fclose(f);
		assert_true(turn_take(p->dir, TURN_OWNER, &wait_ms));
		assert_false(turn_take(p->dir, TURN_OWNER, &wait_ms));
	}
}

static int
take_in_child(const struct place *p)
{
	int64_t wait_ms;
	pid_t pid = fork();

	if (pid == 0)
		_exit(turn_take(p->dir, TURN_OWNER, &wait_ms) ? 1 : 0);
	return pid;
}

/* Of many processes at once exactly one may start. */
static void
test_many_processes(void **state)
{
	enum { MANY = 20 };
	struct place *p = *state;
	int takers = 0, status;
	pid_t pids[MANY];

	for (int i = 0; i < MANY; i++)
		pids[i] = take_in_child(p);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		takers += WEXITSTATUS(status);
	}
	assert_int_equal(takers, 1);
}

/* What the child sees is told by its end. */
static int
child_end(const char *words, const char *argument)
{
	const char *const argv[] = {
	    "/bin/sh", "-c", words, "sh", argument, NULL};
	int status;
	pid_t pid;

	assert_int_equal(child_start(argv, &pid), ERR_NONE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void
test_child_ends(void **state)
{
	const char *const none[] = {"/nowhere/program", NULL};
	int fd = dup(STDERR_FILENO);
	char number[12];
	pid_t pid;

	(void)state;
	snprintf(number, sizeof number, "%d", fd);
	assert_int_equal(child_end("exit 7", ""), 7);
	assert_int_equal(child_end("test ! -e /proc/$$/fd/$1", number), 0);
	assert_int_equal(
	    child_end("test \"$(readlink /proc/$$/fd/2)\" = /dev/null", ""), 0);
	/* the sixth word of stat is the session */
	assert_int_equal(
	    child_end("read a b c d e s x </proc/$$/stat; test $s = $$", ""),
	    0);
	assert_int_equal(child_start(none, &pid), ERR_IO);
	close(fd);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_child_is_alone),
	    T(test_child_of_nobody),
	    cmocka_unit_test(test_child_ends),
	    T(test_no_program),
	    T(test_one_turn),
	    T(test_old_turns),
	    T(test_many_processes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
