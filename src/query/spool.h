/* What a query keeps beyond what memory should hold: bytes put behind each
 * other, read back from any place. Past a bound they lie in a file without a
 * name, so nothing is left behind, however the process ends. */
#ifndef QUERY_SPOOL_H
#define QUERY_SPOOL_H

#include "common/buf.h"
#include "common/err.h"

/* What each thing that a query keeps may use beside the answer. */
struct room {
	int dir_fd;	     /* folder of spools; 0: all stays in memory */
	size_t memory_bytes; /* before anything is spooled */
	size_t spool_bytes;  /* of a spool; more is ERR_QUERY */
};

struct spool {
	struct room room;
	bool has_file;
	int fd;
	size_t filed;	 /* bytes in the file */
	struct buf tail; /* those behind */
	enum err err;	 /* ERR_QUERY, ERR_FULL, ERR_IO: nothing works any
	                     more */
};

void spool_init(struct spool *, const struct room *);
void spool_put(struct spool *, const void *p, size_t n);
size_t spool_bytes(const struct spool *);
void spool_clear(struct spool *);   /* empty again */
void spool_release(struct spool *); /* may be called twice */

/* Reads a stretch of it from the start to the end. */
struct spool_reader {
	struct spool *spool;
	size_t at, end; /* of what was not fetched yet */
	char *p;
	size_t used, n, cap;
};

struct spool_reader spool_read(struct spool *, size_t from, size_t to);
/* The next n bytes in one piece, valid until the next call; NULL: that many
 * are not left, or the spool failed. Stretches of a multiple of 16 keep them
 * aligned for any type. */
char *spool_peek(struct spool_reader *, size_t n);
void spool_skip(struct spool_reader *, size_t n);
void spool_reader_release(struct spool_reader *);

#endif
