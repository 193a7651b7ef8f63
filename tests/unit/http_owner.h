/* An owner that does what a script says: it answers, dies before or in the
 * middle of its answer, says nothing. It runs in a thread of its own and
 * listens on relay.sock. */
#ifndef HTTP_OWNER_H
#define HTTP_OWNER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "common/buf.h"

enum { CONNS_MAX = 16, SCRIPT_MAX = 8 };

/* What the owner does with its next request. */
enum act { ANSWER, CLOSE, HALF, SILENT, LATER, SLOWLY };
enum { LATER_MS = 250, SLOWLY_MS = 2500 };

struct owner_conn {
	int fd; /* -1: free */
	struct buf in;
	int64_t answer_ms; /* 0: nothing to come */
};

struct owner {
	bool runs;
	int dirfd, listen_fd, stop[2];
	pthread_t thread;
	enum act script[SCRIPT_MAX];
	struct owner_conn conns[CONNS_MAX];
	atomic_bool lives; /* answers pings */
	atomic_int accepted, requests, pings;
	pthread_mutex_t lock;
	struct buf last; /* the last request, as it came */
};

/* The n acts are for the first n requests; what comes after is answered. */
void owner_start(struct owner *, int dirfd, const enum act *script, size_t n);
/* Fine when it does not run. */
void owner_stop(struct owner *);
/* Does the last request hold this? Names and values stand next to each other
 * in it. */
bool owner_saw(struct owner *, const char *text);

#endif
