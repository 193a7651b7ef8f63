/* The queue's memory: webhooks with rows, their endpoints, leases, sessions.
 * Webhooks and endpoints in place.c, leases and sessions in session.c.
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
#include "queue/flow.h"
#include "queue/heap.h"
#include "queue/map.h"
#include "queue/pace.h"

/* A host and port: the unit of fairness. Those that nothing is known of, or
 * that gave no answer last, stand apart: together they may not have all of the
 * dispatcher's room, so that any number of them leaves the proven ones some. */
struct endpoint {
	struct heap_node node; /* in *home, while one more may go */
	struct heap *home;     /* memory.proven or memory.unproven */
	struct heap hooks;     /* its webhooks by when they may go */
	char *name;
	struct endpoint *next_same; /* names of the same hash */
	bool called; /* while those that no webhook calls are looked for */
	int64_t in_flight;
	struct flow flow;
};

/* What the rows of webhook and options say. */
struct hook_rules {
	struct endpoint *endpoint;
	double per_second;   /* 0: no limit */
	int64_t start_ms;    /* what went before is not known */
	int64_t most;	     /* under way at once; 0: no limit */
	int64_t first_ms;    /* a new delivery waits for so long */
	int64_t patience_ms; /* no row of it waits for longer */
	int64_t inactive_ms; /* since when; 0: active, or unknown */
	bool active, deleted;
	bool ordered; /* strictly by delivery, one at a time */
	bool sorting; /* its rows are being moved to their other order */
};

/* Failed attempts since the last success. */
struct failing {
	int64_t since_ms;
	int64_t count; /* 0: it does not fail */
};

/* A webhook that has, or had, queue rows. */
struct hook {
	struct heap_node node; /* in endpoint->hooks, while it may go */
	int64_t id;
	int64_t in_flight;
	struct hook_rules rules;
	struct pace pace;
	struct failing failing;
	int64_t due_ms; /* its first row; HEAP_NEVER: none */
	int64_t front;	/* ordered: delivery of its first row */
	bool busy;	/* a background job is at its rows */
};

struct lease {
	struct heap_node node; /* in memory.leases, by end */
	int64_t token, delivery;
	int64_t number; /* its endpoint's flow knows it by */
	struct endpoint *endpoint;
	struct hook *hook; /* NULL: forgotten */
	struct session *session;
	struct lease *next, **link; /* among its session's */
};

struct session {
	uint8_t id[LEASE_SESSION_BYTES];
	struct lease *leases;
	struct session *next;
};

enum undo_kind {
	UNDO_HOOK,
	UNDO_FLOW,
	UNDO_LEASE_NEW,
	UNDO_LEASE_MOVE,
	UNDO_LEASE_END
};
struct undo {
	enum undo_kind kind;
	union {
		struct hook *hook;
		struct endpoint *endpoint;
		struct lease *lease;
	} of;
	union {
		struct hook hook; /* but node, in_flight, busy */
		struct flow flow;
		int64_t until_ms; /* UNDO_LEASE_MOVE */
	} was;
};

struct memory_limits {
	struct flow_limits flow;
	int64_t unproven; /* under way at once, in all */
};

struct memory {
	pthread_mutex_t lock;
	struct memory_limits limits;
	struct heap proven, unproven; /* endpoints by flow_next_ms and hooks */
	struct heap leases;	      /* by end */
	struct map hooks;	      /* by id */
	struct map by_name;	      /* first endpoint of a hash */
	size_t endpoints_most;	      /* then unused ones are looked for */
	struct map by_token;	      /* leases */
	struct session *sessions;
	int64_t in_flight, unproven_in_flight;
	bool went_proven;     /* memory_next: the other kind's turn */
	bool woken;	      /* something became possible */
	struct hook **chores; /* hooks that want a background job */
	size_t chore_count, chore_room;
	struct undo *undo;
	size_t undo_count, undo_room;
};

void memory_init(struct memory *, const struct memory_limits *);
void memory_release(struct memory *);
void memory_keep(struct memory *);
void memory_drop(struct memory *);

struct hook *memory_hook(struct memory *, int64_t id); /* or NULL */
struct hook *memory_hook_new(struct memory *, int64_t id);
/* Forgets a hook that has no rows; outside of drafts. */
void memory_hook_forget(struct memory *, struct hook *);
struct endpoint *memory_endpoint(struct memory *, struct span name);

/* Its first row: when it is due, and whose it is (ordered hooks). */
void hook_set_front(
    struct memory *, struct hook *, int64_t due_ms, int64_t delivery);
/* A row more: the first one, if it is earlier. */
void hook_add(struct memory *, struct hook *, int64_t due_ms, int64_t delivery);
void hook_set(struct memory *, struct hook *, const struct hook_rules *);
void hook_set_failing(struct memory *, struct hook *, struct failing);
/* The hook whose row may go first, if that is by now_ms. Where some of proven
 * and some of unproven endpoints may go, the kinds take turns from one call to
 * the next: a dispatcher without much room asks for one at a time. In the
 * committing thread; whose turn it is is not undone with a draft. */
struct hook *memory_next(struct memory *, int64_t now_ms);
/* Whether its first row may go now. */
bool hook_may(const struct memory *, const struct hook *, int64_t now_ms);
/* One of its deliveries goes: the rate counts it. */
void hook_spend(struct memory *, struct hook *, int64_t now_ms);
/* The clock was set: what waits for a length of time keeps it. */
void memory_shift(struct memory *, int64_t by_ms);

/* Found or made. Any thread. */
struct session *memory_session(struct memory *, const uint8_t *id);
/* Takes the session out, so that one that comes back starts anew; the caller
 * ends its leases and frees it. NULL: unknown. Any thread. */
struct session *memory_session_take(struct memory *, const uint8_t *id);

struct lease *memory_lease(struct memory *, int64_t token); /* or NULL */
void memory_lease_new(struct memory *, struct session *, struct hook *,
    int64_t token, int64_t delivery, int64_t now_ms, int64_t until_ms);
/* It is over; what its end says about the endpoint. */
void memory_lease_end(
    struct memory *, struct lease *, enum sign, int64_t now_ms);
void memory_lease_move(struct memory *, struct lease *, int64_t until_ms);
/* Ends leases whose time was over at now_ms. */
void memory_expire(struct memory *, int64_t now_ms);
/* Puts a taken session back. Any thread. */
void memory_session_return(struct memory *, struct session *);
/* Ends a taken session's leases for good; outside of drafts. */
void memory_session_clear(struct memory *, struct session *);

/* Takes a hook that wants a background job (it is busy from then on); NULL:
 * none. And puts one there, again. */
struct hook *memory_chore(struct memory *);
void memory_chore_add(struct memory *, struct hook *);
/* Whether something became possible since it was asked. */
bool memory_woken(struct memory *);
/* When the next lease or expiry could be. Any thread. */
int64_t memory_next_due_ms(struct memory *);

/* Fills in all that tells of now. Any thread. */
struct queue_counts;
void memory_count(struct memory *, struct queue_counts *);

#endif
