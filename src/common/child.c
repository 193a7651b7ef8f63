/* Children. Between fork and exec only calls that are safe after a fork of a
 * threaded process. A program that cannot be executed shows as the child's
 * end with 127, as in the shell; that it is there is looked at before. */
#include "common/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16, DESCRIPTORS_MAX = 65536, EXIT_NO_PROGRAM = 127 };

static int
descriptors_end(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 ||
	    limit.rlim_cur > DESCRIPTORS_MAX)
		return DESCRIPTORS_MAX;
	return (int)limit.rlim_cur;
}

static _Noreturn void
child_become(char *const *argv, int end)
{
	int null = open("/dev/null", O_RDWR);
	sigset_t none;

	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL); /* ignoring lasts through execv */
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	for (int fd = 3; fd < end; fd++)
		close(fd);
	execv(argv[0], argv);
	_exit(EXIT_NO_PROGRAM);
}

enum err
child_start(const char *const *argv, pid_t *pid)
{
	union {
		const char *const *ours;
		char *const *execs; /* as execv wants them; not written to */
	} words = {argv};
	int end = descriptors_end();

	if (access(argv[0], X_OK) < 0)
		return ERR_IO;
	*pid = fork();
	if (*pid == 0)
		child_become(words.execs, end);
	return *pid < 0 ? ERR_IO : ERR_NONE;
}

enum err
child_start_owner(const struct conf *conf, pid_t *pid)
{
	const char *argv[ARGUMENTS_MAX] = {
	    conf->owner_program, "--own", "--state", conf->state_dir};

	if (*conf->file) {
		argv[4] = "-c";
		argv[5] = conf->file;
	}
	return child_start(argv, pid);
}
