/* Connections: slots that are never given back to the allocator, so that an
 * event which comes late finds memory it may look at. */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "http/serve.h"

/* Who may touch a connection: only the thread that made it BUSY. An event for
 * a busy one leaves the mark AGAIN and goes. */
enum conn_state {
	CONN_FREE,
	CONN_IDLE,  /* nobody's; the next event's thread takes it */
	CONN_BUSY,  /* one worker's */
	CONN_AGAIN, /* the same, and something happened meanwhile */
	CONN_LANE,  /* waits for a place among the large ones */
	CONN_PARKED /* its request is answered later */
};

struct conn {
	/* generation << 32 | state: a slot used anew has another generation,
	 * so late events for its former life miss */
	atomic_uint_fast64_t word;
	uint32_t slot;
	int fd;
	enum door door;
	bool watched; /* is in the epoll set */
	bool pending; /* is in the list of unfinished requests */
	bool reading; /* its body is being read, in the lane */
	bool told;    /* its end is told to the handler's house */
	size_t need;  /* received bytes that make another look worth it */
	/* Written by the owner, read by the sweep (pending.c). */
	atomic_bool params; /* those of the unfinished one are complete */
	atomic_uint looks;  /* at it so far */
	unsigned looks_before, ticks; /* the sweep's own */
	int64_t deadline_mono_ms;
	struct conn *prev, *next; /* pending list; free list by next */
	struct conn *lane_next;
	struct exchange *parked;
};

enum { CONN_BLOCK = 64, CONN_BLOCKS_MAX = 1024 };

struct conn_table {
	struct conn *blocks[CONN_BLOCKS_MAX];
	size_t block_count;
	struct conn *free;
	size_t max;
};

/* A slot made BUSY for this descriptor, NULL when there are `max`. The
 * caller holds the serve's lock for both. */
struct conn *conn_open(struct conn_table *, int fd, enum door);
/* What was looked at is whole: the next is another request. */
void conn_unlook(struct conn *);
void conn_free(struct conn_table *, struct conn *);
void conn_table_release(struct conn_table *);

uint64_t conn_data(const struct conn *); /* for its events */
struct conn *conn_of(const struct conn_table *, uint64_t data);
/* An event came: true when the caller now owns the connection. *parked: it
 * is parked, look for a hang-up under the lock. */
bool conn_take(struct conn *, uint64_t data, bool *parked);
/* Moves from one state to another; false when it was not in `from`. */
bool conn_move(struct conn *, enum conn_state from, enum conn_state to);
enum conn_state conn_state(const struct conn *);

#endif
