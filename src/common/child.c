/* Children. Between fork and exec only calls that are safe after a fork of a
 * threaded process. A program that cannot be executed shows as the child's
 * end with 127, as in the shell; that it is there is looked at before. */
#include "common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/turn.h"

enum { ARGUMENTS_MAX = 16, DESCRIPTORS_MAX = 65536, EXIT_NO_PROGRAM = 127 };

extern char **environ;

/* What passes on: paths, time zone, language, certificates, and what makes a
 * program run at all where libraries or sanitizers are set up by hand. */
static const char *const passed_on[] = {"PATH=", "HOME=", "TZ=", "LANG=", "LC_",
    "TMPDIR=", "LD_", "SSL_CERT_", "ASAN_", "UBSAN_", "TSAN_", "LSAN_"};

static char **
environment(void)
{
	size_t count = 0, n = 0;
	char **list;

	while (environ[count])
		count++;
	list = mem_array(count + 1, sizeof *list);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < sizeof passed_on / sizeof *passed_on;
		     k++)
			if (strncmp(environ[i], passed_on[k],
				strlen(passed_on[k])) == 0) {
				list[n++] = environ[i];
				break;
			}
	return list;
}

static int
descriptors_end(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur > DESCRIPTORS_MAX)
		return DESCRIPTORS_MAX;
	return (int)limit.rlim_cur;
}

static void
close_others(int end)
{
#ifdef SYS_close_range
	/* one call instead of as many as may be open */
	if (syscall(SYS_close_range, 3U, ~0U, 0U) == 0)
		return;
#endif
	for (int fd = 3; fd < end; fd++)
		close(fd);
}

static _Noreturn void
child_become(char *const *argv, char *const *env, int end)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL); /* ignoring lasts through execve */
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_others(end);
	execve(argv[0], argv, env);
	_exit(EXIT_NO_PROGRAM);
}

/* The child of a child that ended is init's to wait for. */
static void
child_leave_to_init(void)
{
	pid_t pid = fork();

	if (pid != 0)
		_exit(pid < 0 ? EXIT_NO_PROGRAM : 0);
}

static enum err
child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return ERR_NONE; /* children are not to be waited for */
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ERR_NONE
							     : ERR_IO;
}

enum err
child_start(const char *const *argv, pid_t *pid)
{
	union {
		const char *const *ours;
		char *const *execs; /* as execve wants them; not written to */
	} words = {argv};
	int end = descriptors_end();
	char **env;
	pid_t started;

	if (access(argv[0], X_OK) < 0)
		return ERR_IO;
	env = environment();
	started = fork();
	if (started == 0) {
		if (!pid)
			child_leave_to_init();
		child_become(words.execs, env, end);
	}
	free(env);
	if (started < 0)
		return ERR_IO;
	if (!pid)
		return child_wait(started);
	*pid = started;
	return ERR_NONE;
}

static enum err
start_with_settings(
    const struct conf *conf, const char *program, const char *how, pid_t *pid)
{
	const char *argv[ARGUMENTS_MAX] = {
	    program, how, "--state", conf->state_dir};

	if (*conf->file) {
		argv[4] = "-c";
		argv[5] = conf->file;
	}
	return child_start(argv, pid);
}

enum err
child_start_owner(const struct conf *conf, pid_t *pid)
{
	int64_t wait_ms;

	/* Others need not start one as well; we do in any case. */
	(void)turn_take(conf->state_dir, TURN_OWNER, &wait_ms);
	return start_with_settings(conf, conf->owner_program, "--own", pid);
}

enum err
child_call_owner(const struct conf *conf, int64_t *wait_ms)
{
	if (!turn_take(conf->state_dir, TURN_OWNER, wait_ms))
		return ERR_LOCKED;
	return start_with_settings(conf, conf->owner_program, "--own", NULL);
}

enum err
child_call_sender(const struct conf *conf, int64_t *wait_ms)
{
	if (!turn_take(conf->state_dir, TURN_SENDER, wait_ms))
		return ERR_LOCKED;
	return start_with_settings(
	    conf, conf->dispatch_program, "--on-demand", NULL);
}
