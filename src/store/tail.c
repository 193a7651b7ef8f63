/* The end of the log file, cut at a close. Berkeley DB makes a log file as
 * long as it may become, and each recovery fills what lies after the last
 * record with zeros, 4 KB at a time, which the first flush then carries to the
 * disk: up to 4 MB for a start that has nothing else to do. A file that ends
 * where its records end costs neither.
 *
 * Only zeros are cut: whatever else lies there is left to the recovery. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/priv.h"

enum { BLOCK_BYTES = 4096, PIECE_BYTES = 64 << 10 };

static bool
is_zero_from(int fd, off_t at)
{
	static const char zeros[PIECE_BYTES];
	char piece[PIECE_BYTES];
	ssize_t n;

	while ((n = pread(fd, piece, sizeof piece, at)) > 0) {
		if (memcmp(piece, zeros, (size_t)n) != 0)
			return false;
		at += n;
	}
	return n == 0;
}

void
tail_cut(int dir_fd, uint32_t file, uint32_t end)
{
	off_t keep = ((off_t)end + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
	char name[24];
	struct stat st;
	int fd;

	snprintf(name, sizeof name, "log.%010u", file);
	fd = openat(dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	/* It failed: then the next start takes a little longer. */
	if (fstat(fd, &st) == 0 && st.st_size > keep && is_zero_from(fd, keep))
		(void)!ftruncate(fd, keep);
	close(fd);
}
