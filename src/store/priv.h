/* What only this room sees: the store and its transactions. With table.h the
 * one door to Berkeley DB. */
#ifndef STORE_PRIV_H
#define STORE_PRIV_H

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/pack.h"
#include "store/caches.h"
#include "store/sealed.h"
#include "store/table.h"

enum {
	/* Of all tables; meta "format". Programs that knew of no seals knew
	 * the first only. */
	STORE_FORMAT_PLAIN = 1,
	STORE_FORMAT = 2, /* some are sealed */
	STORE_WATCHES_MAX = 8,
	/* A group of writes (design "Writes"). */
	GROUP_JOBS_MAX = 256,
	GROUP_BYTES_MAX = 1 << 20,
	GROUP_RERUNS_MAX = 50,
	/* Below this much free space clients' writes are refused, so that
	 * what the dispatcher reports still finds room. */
	FREE_FLOOR_BYTES = 16 << 20,
	FREE_FLOOR_RESERVE_BYTES = 4 << 20,
	ROW_BYTES_MAX = 64 << 20 /* far above what bodies can carry */
};

/* A transaction as bodies see it. Write transactions live in the committing
 * thread only. */
struct txn {
	struct store *store;
	DB_TXN *handle; /* NULL while reading */
	bool write;
	bool body_wrote; /* the running body changed something */
	bool wrote;	 /* any body did */
	bool deadlock;
	enum err trouble;	/* from then on every call fails with it */
	size_t bytes;		/* written so far, about */
	struct arena *arena;	/* of one call: reset by each that uses it */
	struct buf buf;		/* likewise */
	struct arena *kept;	/* of the bodies, until commit or abort */
	struct row_mark *marks; /* rows whose id or version was set */
	size_t mark_count, mark_room;
};
/* What a row looked like before: an aborted body is run again. */
struct row_mark {
	struct row *row;
	struct value id;
	uint64_t version;
};

/* Work between the groups; guarded by the committer's mutex where jobs are
 * added and taken, else the committing thread's own. */
struct background {
	struct store_job *first, **last;
	struct store_job drop; /* rows of dropped collections */
	bool drop_next, drops_held;
	bool busy; /* somebody wrote since the last piece */
	int64_t rest_until_us;
};

struct committer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct store_job *first, **last;
	bool started, stopping;
	int64_t stop_by_ms; /* jobs not begun by then are refused */
	struct background background;
};

struct checkpointer {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool started, stopping, wanted;
	int64_t retry_after_ms;
};

struct counts {
	_Atomic uint64_t commits, groups, flushes, aborts, reruns, deadlocks,
	    checkpoints, reads, rows_read, full_refusals;
};

struct store {
	char *dir;
	int dir_fd, lock_fd;
	int64_t checkpoint_bytes;
	DB_ENV *env;
	DB *dbs[TABLE_COUNT];
	pthread_rwlock_t gate; /* readers against the committer */
	struct committer committer;
	struct checkpointer checkpointer;
	struct txn txn; /* the committer's */
	struct counters counters;
	struct order orders[ORDERS_MAX]; /* by collection number */
	struct registry registry;
	struct hooks hooks;
	struct drops drops;
	struct seals seals;
	struct store_watch watches[STORE_WATCHES_MAX];
	_Atomic size_t watch_count;
	struct counts counts;
	uint32_t log_file;    /* number of the last one made durable */
	_Atomic bool running; /* a panic ends the process from now on */
	/* errors of the library: rate limit, and the last one for words */
	_Atomic int64_t said_from_ms;
	_Atomic int said, unsaid;
	char last_error[200];
};

/* Rate limit of what the room logs; `unsaid` were suppressed since. */
bool store_may_say(struct store *, int *unsaid);

/* store.c */
enum err format_put(struct txn *, uint32_t format);

/* Berkeley DB's answer as an outcome. */
enum err db_err(int rc);
/* The same, noted in the transaction when it cannot go on. */
enum err txn_failed(struct txn *, enum table, int rc);
enum err txn_damaged(struct txn *, enum table);
void txn_wrote(struct txn *, size_t bytes);

/* env.c */
enum err env_open(struct store *, const struct store_options *, struct fault *);
void env_close(struct store *);
/* Bytes of log since the last checkpoint, and the file now written to. */
uint64_t env_log_bytes(struct store *, uint32_t *file);
int env_thread_start(pthread_t *, void *(*run)(void *), void *arg);

/* tail.c */
/* Cuts a closed log file after the record that ends there. */
void tail_cut(int dir_fd, uint32_t file, uint32_t end);

/* txn.c */
enum err txn_begin(struct store *, struct txn *);
enum err txn_commit(struct txn *); /* ended, whatever it returns */
void txn_abort(struct txn *);
void txn_mark_row(struct txn *, struct row *);
/* Runs the body in a transaction, in this thread: before the committer does. */
enum err txn_alone(struct store *, store_body *, void *arg);

/* commit.c */
enum err committer_start(struct store *);
void committer_stop(struct store *, int64_t by_mono_ms);

/* background.c */
void background_start(struct background *);
void background_add(struct background *, struct store_job *);
bool background_waits(const struct store *);
bool background_may_run(const struct store *);
struct store_job *background_take(struct store *); /* one that waits */
void background_rest(struct background *, int64_t took_us);
void background_wrote(struct background *);
void background_stop(struct background *); /* refuses what waits */

/* checkpoint.c */
enum err checkpointer_start(struct store *);
void checkpointer_stop(struct store *);
void checkpointer_want(struct store *); /* soon, in its thread */
bool checkpoint_now(struct store *);

/* A bounded piece of removing the rows of dropped collections. */
store_body drop_slice;

#endif
