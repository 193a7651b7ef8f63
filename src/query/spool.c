/* See spool.h. The disk is the store's: a spool never takes the room that
 * writes need (store/priv.h, FREE_FLOOR_BYTES). */
#include "query/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "common/mem.h"

enum {
	TAIL_PART = 4,	       /* of the memory that a spool may use */
	READ_BYTES = 16 << 10, /* a multiple of what alignment wants */
	FREE_BYTES_MIN = 32 << 20,
	NAMES_TRIED = 100
};

void
spool_init(struct spool *spool, const struct room *room)
{
	*spool = (struct spool){.room = *room};
	buf_init(&spool->tail, room->spool_bytes);
}

size_t
spool_bytes(const struct spool *spool)
{
	return spool->filed + spool->tail.n;
}

/* Where the file system knows no files without a name, for a moment it has
 * one. */
static int
open_named(int dir_fd)
{
	char name[64];
	int fd = -1;

	for (int i = 0; fd < 0 && i < NAMES_TRIED; i++) {
		snprintf(name, sizeof name, "spool-%ld-%d", (long)getpid(), i);
		fd = openat(
		    dir_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	if (fd >= 0)
		unlinkat(dir_fd, name, 0);
	return fd;
}

static enum err
open_file(struct spool *spool)
{
	struct statvfs disk;

	if (!spool->has_file) {
		spool->fd = openat(spool->room.dir_fd, ".",
		    O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
		if (spool->fd < 0 &&
		    (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT))
			spool->fd = open_named(spool->room.dir_fd);
		spool->has_file = spool->fd >= 0;
	}
	if (!spool->has_file || fstatvfs(spool->fd, &disk) < 0)
		return errno == ENOSPC ? ERR_FULL : ERR_IO;
	return (uint64_t)disk.f_bavail * disk.f_frsize < FREE_BYTES_MIN
		   ? ERR_FULL
		   : ERR_NONE;
}

static enum err
file_tail(struct spool *spool)
{
	enum err err = open_file(spool);
	size_t done = 0;

	while (!err && done < spool->tail.n) {
		ssize_t n = pwrite(spool->fd, spool->tail.p + done,
		    spool->tail.n - done, (off_t)(spool->filed + done));

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			err = n < 0 && errno != ENOSPC && errno != EDQUOT
				  ? ERR_IO
				  : ERR_FULL;
	}
	spool->filed += done;
	buf_clear(&spool->tail);
	return err;
}

void
spool_put(struct spool *spool, const void *p, size_t n)
{
	if (spool->err)
		return;
	if (n > spool->room.spool_bytes - spool_bytes(spool)) {
		spool->err = ERR_QUERY;
		return;
	}
	buf_put(&spool->tail, p, n);
	if (spool->room.dir_fd > 0 &&
	    spool->tail.n >= spool->room.memory_bytes / TAIL_PART)
		spool->err = file_tail(spool);
}

void
spool_clear(struct spool *spool)
{
	spool->filed = 0;
	buf_clear(&spool->tail);
}

void
spool_release(struct spool *spool)
{
	if (spool->has_file)
		close(spool->fd);
	buf_release(&spool->tail);
	spool->has_file = false;
	spool->filed = 0;
}

struct spool_reader
spool_read(struct spool *spool, size_t from, size_t to)
{
	return (struct spool_reader){.spool = spool, .at = from, .end = to};
}

/* Some more bytes behind those at hand. */
static bool
fetch(struct spool_reader *reader)
{
	struct spool *spool = reader->spool;
	size_t want = reader->cap - reader->n;
	ssize_t n;

	if (want > reader->end - reader->at)
		want = reader->end - reader->at;
	if (want == 0 || spool->err)
		return false;
	if (reader->at >= spool->filed) {
		memcpy(reader->p + reader->n,
		    spool->tail.p + (reader->at - spool->filed), want);
		n = (ssize_t)want;
	} else {
		if (want > spool->filed - reader->at)
			want = spool->filed - reader->at;
		do
			n = pread(spool->fd, reader->p + reader->n, want,
			    (off_t)reader->at);
		while (n < 0 && errno == EINTR);
	}
	if (n <= 0) {
		spool->err = ERR_IO;
		return false;
	}
	reader->n += (size_t)n;
	reader->at += (size_t)n;
	return true;
}

char *
spool_peek(struct spool_reader *reader, size_t n)
{
	if (reader->n - reader->used >= n)
		return reader->p + reader->used;
	if (reader->used > 0)
		memmove(reader->p, reader->p + reader->used,
		    reader->n - reader->used);
	reader->n -= reader->used;
	reader->used = 0;
	if (reader->cap < n || reader->cap == 0) {
		reader->cap = n > READ_BYTES ? n : READ_BYTES;
		reader->p = mem_grow(reader->p, reader->cap, 1);
	}
	while (reader->n < n)
		if (!fetch(reader))
			return NULL;
	return reader->p;
}

void
spool_skip(struct spool_reader *reader, size_t n)
{
	reader->used += n;
}

void
spool_reader_release(struct spool_reader *reader)
{
	free(reader->p);
	reader->p = NULL;
	reader->used = reader->n = reader->cap = 0;
}
