/* The queue's memory: webhooks with rows, their endpoints, leases, sessions.
 *
 * Only the committing thread changes it, through the few setters here, which
 * note what was there before: memory_keep forgets the notes, memory_drop
 * undoes them, newest first. `lock` is held for each single step, so that
 * other threads may look (next due, counts) at any time; what they see may be
 * a draft, which costs a needless look at worst. */
#ifndef QUEUE_MEMORY_H
#define QUEUE_MEMORY_H

#include <pthread.h>
#include <stdbool.h>

#include "common/span.h"
#include "model/lease.h"
#include "queue/heap.h"
#include "queue/map.h"

/* A host and port: the unit of fairness. */
struct endpoint {
	struct heap_node node; /* in memory.endpoints, while open */
	struct heap hooks;     /* its webhooks by earliest due */
	char *name;
	struct endpoint *next_same; /* names of the same hash */
	int64_t in_flight, window;
};

/* Failed attempts since the last success. */
struct failing {
	int64_t since_ms;
	int64_t count; /* 0: it does not fail */
};

/* A webhook that has, or had, queue rows. */
struct hook {
	struct heap_node node; /* in endpoint->hooks, while active */
	int64_t id;
	struct endpoint *endpoint;
	int64_t due_ms;	     /* its earliest row; HEAP_NEVER: none */
	int64_t patience_ms; /* no row of it waits for longer */
	struct failing failing;
	bool active, deleted;
	bool cancelling; /* its rows are being, or will be, removed */
};

struct lease {
	struct heap_node node; /* in memory.leases, by end */
	int64_t token, delivery;
	struct endpoint *endpoint;
	struct session *session;
	struct lease *next, **link; /* among its session's */
};

struct session {
	uint8_t id[LEASE_SESSION_BYTES];
	struct lease *leases;
	struct session *next;
};

enum undo_kind { UNDO_HOOK, UNDO_LEASE_NEW, UNDO_LEASE_MOVE, UNDO_LEASE_END };
struct undo {
	enum undo_kind kind;
	union {
		struct hook *hook;
		struct lease *lease;
	} of;
	struct endpoint *endpoint; /* UNDO_HOOK: all as it was */
	int64_t due_ms;		   /* UNDO_LEASE_MOVE: its end */
	struct failing failing;
	bool active, deleted;
};

struct memory {
	pthread_mutex_t lock;
	int64_t window;	       /* of a new endpoint */
	struct heap endpoints; /* open ones, by earliest due */
	struct heap leases;    /* by end */
	struct map hooks;      /* by id */
	struct map by_name;    /* first endpoint of a hash */
	struct map by_token;   /* leases */
	struct session *sessions;
	int64_t in_flight;
	bool woken;	       /* something became possible */
	struct hook **deleted; /* hooks whose rows are to be cancelled */
	size_t deleted_count, deleted_room;
	struct undo *undo;
	size_t undo_count, undo_room;
};

void memory_init(struct memory *, int64_t window);
void memory_release(struct memory *);
void memory_keep(struct memory *);
void memory_drop(struct memory *);

struct hook *memory_hook(struct memory *, int64_t id); /* or NULL */
struct hook *memory_hook_new(struct memory *, int64_t id);
/* Forgets a hook that has no rows; outside of drafts. */
void memory_hook_forget(struct memory *, struct hook *);
struct endpoint *memory_endpoint(struct memory *, struct span name);

/* Earliest row of the hook. */
void hook_set_due(struct memory *, struct hook *, int64_t due_ms);
/* The same, if that is earlier. */
void hook_due_by(struct memory *, struct hook *, int64_t due_ms);
void hook_set(struct memory *, struct hook *, struct endpoint *, bool active,
    bool deleted);
void hook_set_failing(struct memory *, struct hook *, struct failing);
/* The hook whose row is due next, if that is by now_ms and may go. */
struct hook *memory_next(struct memory *, int64_t now_ms);
/* How many more may go to its endpoint. */
int64_t hook_room(const struct hook *);

/* Found or made. Any thread. */
struct session *memory_session(struct memory *, const uint8_t *id);
/* Takes the session out, so that one that comes back starts anew; the caller
 * ends its leases and frees it. NULL: unknown. Any thread. */
struct session *memory_session_take(struct memory *, const uint8_t *id);

struct lease *memory_lease(struct memory *, int64_t token); /* or NULL */
void memory_lease_new(struct memory *, struct session *, struct endpoint *,
    int64_t token, int64_t delivery, int64_t until_ms);
void memory_lease_move(struct memory *, struct lease *, int64_t until_ms);
void memory_lease_end(struct memory *, struct lease *);
/* Ends leases whose time was over at now_ms. */
void memory_expire(struct memory *, int64_t now_ms);
/* Puts a taken session back. Any thread. */
void memory_session_return(struct memory *, struct session *);
/* Ends a taken session's leases for good; outside of drafts. */
void memory_session_clear(struct memory *, struct session *);

/* Takes a hook whose webhook was found deleted; NULL: none. */
struct hook *memory_deleted(struct memory *);
/* Whether something became possible since it was asked. */
bool memory_woken(struct memory *);
/* When the next lease or expiry could be. Any thread. */
int64_t memory_next_due_ms(struct memory *);

#endif
