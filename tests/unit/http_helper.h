/* A serve in a thread, over a Unix socket in a directory of its own; clients
 * that ask it, and bare sockets for those that misbehave. */
#ifndef HTTP_HELPER_H
#define HTTP_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include "common/buf.h"
#include "http/fcgi_client.h"
#include "http/serve.h"

enum { WORKERS = 2, WAIT_MS = 10000, BODY_MAX = 1 << 20 };

struct house {
	char dir[64];
	int dirfd, listen_fd;
	struct serve *serve;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct parked *parked;
	int gone, timers;
	uint64_t told, closed; /* connections; 0: none */
	int told_fd;	       /* gets a byte when one is parked */
};

/* In steps, for tests that run the serve themselves. */
void house_open(struct house *h);
void house_serve_new(struct house *h, int64_t receive_timeout_ms);
void house_shut(struct house *h);
/* Opens, and runs the serve in a thread until the stop. */
void house_start(struct house *h, int64_t receive_timeout_ms);
void house_stop(struct house *h);
struct serve_counts house_counts(struct house *h);
/* Waits until the handler has parked one. */
struct parked *house_parked(struct house *h);
/* A good request must come through, whatever else goes on. */
void house_serves(struct house *h);
struct fcgi_client *client_new(struct house *h);
/* Asks; the answer must be 200 with the body wanted. */
void client_expect(struct fcgi_client *c, const char *method,
    const char *target, struct span body, const char *want);

/* A thread that asks for /park and waits for the answer. */
struct asking {
	struct house *house;
	struct fcgi_client *client;
	enum err rc;
	int status;
	char body[64];
};
void *ask_park(void *asking);

int raw_connect(struct house *h);
/* A peer that has closed is fine. */
void raw_send(int fd, const struct buf *b);
/* True when the other side closed (with or without an answer before). */
bool raw_closed(int fd);
/* POST /raw; NULL: no CONTENT_LENGTH. */
void put_params(struct buf *b, const char *length);
void put_request(
    struct buf *b, const char *length, struct span body, bool keep);

#endif
