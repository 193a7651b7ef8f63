/* A sender, and a receiver in a thread that does with each request what it is
 * told to. */
#ifndef DELIVERY_HELPER_H
#define DELIVERY_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>

#include "delivery/send.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

enum { REQUEST_BYTES = 64 << 10 };

/* What the receiver does after it has read a request. */
enum act {
	ACT_ANSWER,  /* send `text`, keep the connection */
	ACT_CLOSE,   /* send `text`, close */
	ACT_RESET,   /* reset */
	ACT_SILENT,  /* nothing, until the peer leaves */
	ACT_ENDLESS, /* send `text`, then more for ever */
	ACT_HEADERS  /* headers for ever */
};
struct receiver {
	int fd, port;
	pthread_t thread;
	enum act act;
	const char *text;
	char request[REQUEST_BYTES]; /* the last one */
	size_t n;
	int connections, requests;
	pthread_mutex_t lock;
};

/* What came of the attempts. */
struct seen {
	int count;
	enum outcome outcome;
	int status;
	int64_t retry_after_ms;
	bool truncated;
	size_t body_bytes;
	uint32_t total_us;
	char error[300], address[100], request_headers[4000];
};

struct bench {
	struct conf conf;
	struct guard *guard;
	struct sender *sender;
	struct seen seen;
	struct receiver receiver;
};

int bench_setup(void **state); /* with private addresses allowed */
int bench_teardown(void **state);
void bench_open(struct bench *, bool private);
void receiver_open(struct receiver *);
void receiver_close(struct receiver *);

/* POST or GET to the receiver, valid until the next call. */
struct lease_job job_to(struct bench *, const char *method, bool with_data);
void bench_start(struct bench *, const struct lease_job *);
/* Until nothing is under way. */
void bench_finish(struct bench *);
/* Both; b->seen has what came of it. */
void attempt(struct bench *, const struct lease_job *);

#endif
