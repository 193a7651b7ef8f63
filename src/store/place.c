/* The state directory and the owner lock.
 *
 * Two processes in one Berkeley DB directory destroy it, so the lock comes
 * before anything else is touched and goes last. It is an open-file-
 * description lock: it ends with the process however that ends, is not lost
 * by closing another descriptor of the file, and does not pass to programs
 * that are started (O_CLOEXEC). Everything that cannot be made safe is
 * refused here, with words that say what to do. */
#include "store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"

enum { LOCK_POLL_MIN_MS = 2, LOCK_POLL_MAX_MS = 50 };

/* Magic numbers of statfs(2): a lock or a memory map is not reliable across
 * machines there. */
static const struct network_fs {
	uint32_t type;
	const char *name;
} network_fs[] = {
    {0x00006969, "NFS"},
    {0x0000517b, "SMB"},
    {0xff534d42, "CIFS"},
    {0xfe534d42, "SMB2"},
    {0x0000564c, "NCP"},
    {0x65735546, "FUSE"},
    {0x01021997, "9P"},
    {0x5346414f, "AFS"},
    {0x6b414653, "AFS"},
    {0x73757245, "Coda"},
    {0x00c36400, "Ceph"},
    {0x0bd00bd0, "Lustre"},
    {0x01161970, "GFS2"},
    {0x7461636f, "OCFS2"},
    {0x47504653, "GPFS"},
    {0x19830326, "BeeGFS"},
    {0x20030528, "OrangeFS"},
    {0x786f4256, "VirtualBox shared folder"},
};

const char *
place_network_name(uint64_t f_type)
{
	/* f_type is signed on some machines: compare 32 bits. */
	for (size_t i = 0; i < sizeof network_fs / sizeof *network_fs; i++) {
		if (network_fs[i].type == (uint32_t)f_type)
			return network_fs[i].name;
	}
	return NULL;
}

uint64_t
place_free_bytes(int dir_fd)
{
	struct statvfs s;

	/* Some file systems do not know their size and say 0 for all. */
	if (fstatvfs(dir_fd, &s) < 0 || s.f_blocks == 0)
		return UINT64_MAX;
	return (uint64_t)s.f_bavail * s.f_frsize;
}

static enum err
check_owner(int dir_fd, const char *dir, struct fault *fault)
{
	struct stat s;

	if (fstat(dir_fd, &s) < 0)
		return fault_add(
		    fault, ERR_IO, NULL, "%s: %s", dir, strerror(errno));
	if (s.st_uid != geteuid())
		return fault_add(fault, ERR_PLACE, NULL,
		    "%s belongs to user %lu, this program runs as user %lu: "
		    "start it as the owner of the directory",
		    dir, (unsigned long)s.st_uid, (unsigned long)geteuid());
	if (s.st_mode & S_IWOTH)
		return fault_add(fault, ERR_PLACE, NULL,
		    "%s may be written by anybody: chmod 700 it", dir);
	return ERR_NONE;
}

static enum err
check_network(int dir_fd, const char *dir, struct fault *fault)
{
	struct statfs s;
	const char *name;

	if (fstatfs(dir_fd, &s) < 0)
		return fault_add(
		    fault, ERR_IO, NULL, "%s: %s", dir, strerror(errno));
	name = place_network_name((uint64_t)s.f_type);
	if (!name)
		return ERR_NONE;
	return fault_add(fault, ERR_PLACE, NULL,
	    "%s lies on a network file system (%s), where locks and flushes "
	    "cannot be relied on: set state_dir to a directory on a local "
	    "disk, or allow_network_fs = yes if only this machine uses it",
	    dir, name);
}

static enum err
check_config(int dir_fd, const char *dir, struct fault *fault)
{
	/* Berkeley DB would let it override every limit we set. */
	if (faccessat(dir_fd, "DB_CONFIG", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return ERR_NONE;
	return fault_add(fault, ERR_PLACE, NULL,
	    "%s/DB_CONFIG would override the program's own settings: "
	    "remove it",
	    dir);
}

enum err
place_open(const struct store_options *o, int *dir_fd, struct fault *fault)
{
	enum err e;
	int fd;

	if (mkdir(o->dir, 0700) < 0 && errno != EEXIST)
		return fault_add(fault, ERR_PLACE, NULL, "cannot make %s: %s",
		    o->dir, strerror(errno));
	fd = open(o->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return fault_add(fault, ERR_PLACE, NULL, "cannot open %s: %s",
		    o->dir, strerror(errno));
	e = check_owner(fd, o->dir, fault);
	if (!e && !o->allow_network_fs)
		e = check_network(fd, o->dir, fault);
	if (!e)
		e = check_config(fd, o->dir, fault);
	if (e) {
		close(fd);
		return e;
	}
	*dir_fd = fd;
	return ERR_NONE;
}

static int
lock_try(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? EAGAIN : errno;
}

static int
lock_wait(int fd, int64_t wait_ms)
{
	int64_t until_ms = clock_mono_ms() + wait_ms;
	long pause_ms = LOCK_POLL_MIN_MS;
	int rc;

	while ((rc = lock_try(fd)) == EAGAIN || rc == EINTR) {
		struct timespec t = {.tv_nsec = pause_ms * 1000000};

		if (clock_mono_ms() >= until_ms)
			break;
		nanosleep(&t, NULL);
		pause_ms = pause_ms * 2 < LOCK_POLL_MAX_MS ? pause_ms * 2
							   : LOCK_POLL_MAX_MS;
	}
	return rc;
}

static enum err
lock_refused(int fd, const char *dir, int rc, struct fault *fault)
{
	char text[24] = "";
	long pid = 0;

	if (rc != EAGAIN && rc != EINTR)
		return fault_add(fault, ERR_IO, NULL, "%s/%s: %s", dir,
		    PLACE_LOCK_NAME, strerror(rc));
	/* The kernel does not tell the holder of such a lock; the file does. */
	if (pread(fd, text, sizeof text - 1, 0) > 0)
		(void)sscanf(text, "%ld", &pid);
	return fault_add(fault, ERR_LOCKED, NULL,
	    "process %ld owns the store in %s", pid, dir);
}

enum err
place_lock(int dir_fd, const struct store_options *o, int *lock_fd,
    struct fault *fault)
{
	char text[24];
	int fd, n, rc;

	fd = openat(dir_fd, PLACE_LOCK_NAME,
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return fault_add(fault, errno == ENOSPC ? ERR_FULL : ERR_IO,
		    NULL, "%s/%s: %s", o->dir, PLACE_LOCK_NAME,
		    strerror(errno));
	rc = lock_wait(fd, o->lock_wait_ms);
	if (rc) {
		enum err e = lock_refused(fd, o->dir, rc, fault);

		close(fd);
		return e;
	}
	/* Only words for others: a full disk must not keep the store shut. */
	n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) == 0)
		(void)!pwrite(fd, text, (size_t)n, 0);
	*lock_fd = fd;
	return ERR_NONE;
}

uint64_t
place_size_bytes(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	uint64_t blocks = 0;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while ((entry = readdir(dir)))
		if (fstatat(dir_fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode))
			blocks += (uint64_t)st.st_blocks;
	closedir(dir);
	return blocks * 512; /* stat(2): the unit of st_blocks */
}
