/* What the files of the queue share. */
#ifndef QUEUE_PRIV_H
#define QUEUE_PRIV_H

#include "common/conf.h"
#include "model/row.h"
#include "queue/memory.h"
#include "queue/queue.h"
#include "store/records.h"
#include "store/store.h"

enum {
	/* The lease outlasts the request by this (design, "One owner"). */
	QUEUE_LEASE_SLACK_MS = 10000,
	/* Rows one body changes: a writer waits for no more. */
	QUEUE_SLICE_ROWS = 200,
	/* In the background: about a millisecond of work. */
	QUEUE_BACKGROUND_ROWS = 32
};

struct tally {
	uint64_t leased, reported, unknown_reports, freed, removed;
	bool full;	   /* more finished deliveries than are kept */
	int64_t offset_ms; /* of the clock that the ends of leases go by */
};

/* Inactive webhooks are looked at a few at a time: up to where, and when the
 * first of those has something to bury. */
struct held {
	size_t at;
	int64_t next_ms;
};

/* keep.c; at_ms and running are guarded by the memory's lock. */
struct keep {
	struct store_job job;
	bool running;
	int64_t at_ms; /* when to look again; INT64_MAX: not by the clock */
	bool more;     /* of the body that ran */
	int64_t next_ms;
	struct held held, held_next;
};

struct queue {
	struct store *store;
	const struct conf *conf;
	pthread_mutex_t telling;
	void (*ready)(void *ctx); /* NULL: whom to tell is going */
	void *ctx;
	struct memory mem;
	struct session strays;	  /* stray.c; no session that is connected */
	struct tally draft, kept; /* kept is guarded by mem.lock */
	struct keep keep;
	int64_t looked_ms; /* offset of the clock at the last look */
	int64_t start_mono_ms;
	int64_t strays_until_mono_ms;
};

/* Calls `ready`. In the committing thread. */
void queue_tell(struct queue *);
/* The hook, read from the webhook's row when it is new to the memory. */
enum err queue_hook(
    struct queue *, struct txn *, int64_t webhook, struct hook **);
/* Its first row, from the store. */
enum err queue_reread(struct queue *, struct txn *, struct hook *);

/* The queue row of a waiting or leased delivery. */
struct queue_row queue_row_of(const struct row *delivery);
/* Takes it out, and tells where it stood: in due_ms. */
enum err queue_row_del(struct txn *, struct queue_row *);
/* Moves it: the delivery waits again, due at due_ms, token gone. Writes the
 * queue row only. */
enum err queue_move(
    struct queue *, struct txn *, const struct row *delivery, int64_t due_ms);
/* Sets state and the members that hang on it (not written yet). */
void delivery_wait(struct row *, int64_t due_ms);
void delivery_lease(struct row *, int64_t token, int64_t until_ms);

/* keep.c: more finished deliveries than are kept? Inside bodies. */
bool keep_is_full(const struct queue *, struct txn *);
/* Something was written: true when that is to be looked at sooner. */
bool keep_note(struct queue *);

/* disable.c: the webhook becomes inactive, and why is told. */
enum err webhook_disable(struct queue *, struct txn *, struct arena *,
    int64_t webhook, struct span reason, int64_t now_ms);
/* An attempt of the delivery was recorded: a success, or one more failure
 * after which the webhook may be set inactive. */
enum err failing_note(struct queue *, struct txn *, struct arena *,
    const struct lease_report *, const struct row *delivery, int64_t now_ms);

/* stray.c: leases of the hook's rows that another owner gave, looking at no
 * more than *left rows. */
enum { STRAY_ROWS_MOST = 20000 };
enum err stray_load(struct queue *, struct txn *, struct hook *, size_t *left);
/* When those that nobody claimed are to be freed: wall clock, INT64_MAX: there
 * are none. Any thread. */
int64_t stray_end_ms(struct queue *);
/* Frees some, once that moment has come. */
enum err stray_end(
    struct queue *, struct txn *, struct arena *, int64_t now_ms);

/* slice.c: background bodies. */
/* A lease ends; its delivery waits again, due now. */
enum err lease_release(struct queue *, struct txn *, struct arena *,
    struct lease *, int64_t now_ms);
void slice_release(struct queue *, struct session *);
/* Rows that wait longer than their webhook's patience are due at once. */
void slice_far(struct queue *);
/* Starts what the memory has to do: the rows of a deleted hook are cancelled,
 * those of one that got its other order are moved. */
void slice_sweep(struct queue *);

#endif
