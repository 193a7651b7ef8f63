/* flushes.so: notes when each flush to the disk ended, in microseconds of the
 * wall clock, as lines in the file that FLUSHES names. Preloaded to the owner:
 * that is the moment from which a commit is kept and may be told. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int out = -1;

__attribute__((constructor)) static void
start(void)
{
	const char *name = getenv("FLUSHES");

	if (name)
		out =
		    open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

int
fdatasync(int fd)
{
	static int (*real)(int);
	struct timespec t;
	char line[32];
	int rc, n;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fdatasync");
	rc = real(fd);
	clock_gettime(CLOCK_REALTIME, &t);
	n = snprintf(line, sizeof(line), "%lld\n",
	    (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
	if (out >= 0 && write(out, line, (size_t)n) < 0)
		out = -1;
	return rc;
}
