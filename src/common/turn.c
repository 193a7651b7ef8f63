/* A small file for each program, with the moment of its last start on the
 * monotonic clock, which goes on for all processes and steps for none. After a
 * start of the machine the moment lies ahead and does not count. Looking and
 * writing go under a lock that ends with the process. When the file cannot be
 * had (a full disk, a directory that is not there) nothing is started. */
#include "common/turn.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"

/* Made by root (webhooks-ctl) it is the directory's owner's all the same. */
static int
turn_open(const char *dir, const char *name)
{
	int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int fd = -1;

	if (dir_fd < 0)
		return -1;
	fd = openat(
	    dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd >= 0 && geteuid() == 0 && fstat(dir_fd, &st) == 0)
		(void)!fchown(fd, st.st_uid, st.st_gid);
	close(dir_fd);
	return fd;
}

/* Milliseconds since the last start, -1 when there was none. */
static int64_t
turn_age_ms(int fd, int64_t now_ms)
{
	char text[24] = "";
	long long last;

	if (pread(fd, text, sizeof text - 1, 0) <= 0 ||
	    sscanf(text, "%lld", &last) != 1 || last > now_ms)
		return -1;
	return now_ms - last;
}

bool
turn_take(const char *dir, const char *name, int64_t *wait_ms)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = turn_open(dir, name);
	int64_t now_ms = clock_mono_ms(), age_ms;
	bool mine = false;
	char text[24];
	int n;

	*wait_ms = TURN_EVERY_MS;
	if (fd < 0)
		return false;
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
		goto out; /* somebody is at it */
	age_ms = turn_age_ms(fd, now_ms);
	if (age_ms >= 0 && age_ms < TURN_EVERY_MS) {
		*wait_ms = TURN_EVERY_MS - age_ms;
		goto out;
	}
	n = snprintf(text, sizeof text, "%lld\n", (long long)now_ms);
	mine = ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
out:
	close(fd);
	return mine;
}

void
turn_give(const char *dir, const char *name)
{
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (dir_fd < 0)
		return;
	unlinkat(dir_fd, name, 0);
	close(dir_fd);
}
