/* The store: Berkeley DB in one directory, owned by one process.
 *
 * Everything goes through store_read and store_write with a body function.
 * A write body runs in the committing thread, together with other waiting
 * bodies, in one transaction (group commit). A body decides before its first
 * write, does store calls only (no JSON, no I/O), is short, and may be run
 * again: no effects outside the transaction but through store_watch caches.
 * Readers and the committer exclude each other by one reader-writer lock held
 * for short; a read body copies what it needs into an arena and leaves.
 *
 * No Berkeley DB type is shown here: another engine must be able to stand
 * behind this header. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"
#include "common/mem.h"
#include "common/span.h"

struct store;
struct txn;

struct store_options {
	const char *dir; /* state directory; made 0700 if missing */
	int64_t cache_bytes;
	int64_t checkpoint_bytes; /* log written between checkpoints */
	bool allow_network_fs;
	int64_t lock_wait_ms; /* how long to wait for another owner */
	/* Of the key that seals tables with secrets, and of the one before
	 * (seal.h): a store that has another key, or none, is changed to the
	 * first. NULL or "": none. */
	const char *secret_key_file, *secret_key_file_old;
};

/* Takes the owner lock (open-file-description lock on `owner.lock`), refuses
 * network file systems, a foreign DB_CONFIG, a directory of another user, a
 * newer format, a wrong key; opens with recovery; starts committer and
 * checkpoint threads.
 * ERR_LOCKED, ERR_PLACE, ERR_CONFIG, ERR_FORMAT, ERR_DAMAGED, ERR_FULL,
 * ERR_IO. */
enum err store_open(
    const struct store_options *, struct store **, struct fault *);
/* Within the budget of 1 s: finishes the current group, checkpoints only if
 * little is new, releases the lock last. */
void store_close(struct store *);
int store_dir_fd(const struct store *); /* for sockets beside the data */

typedef enum err store_body(struct txn *, void *arg);

/* Memory for a write body's rows, gone with the group's commit or abort. A row
 * given to record_insert or record_update must live that long, for an abort
 * takes back what they set in it. */
struct arena *txn_arena(struct txn *);

/* Runs the body in a group and waits until it is durable. What the body
 * returned, or ERR_FULL, ERR_DEADLINE (not started by deadline_mono_ms; 0 =
 * none), ERR_IO. On an error nothing of the body is kept. */
enum err store_write(
    struct store *, store_body *, void *arg, int64_t deadline_mono_ms);
/* The same for what records the deliveries under way: on a full disk it may
 * use up the room that is kept from all other writes. It is not flushed: what
 * a power failure takes away is an attempt that is made again, and that may
 * happen to any (at least once). A process that ends loses nothing. */
enum err store_record(struct store *, store_body *, void *arg);

/* The same without waiting: `done` is called by the committing thread after
 * the flush (must be quick). The job is the caller's and must live until
 * then. without_flush: the group needs no flush for this body (leases).
 * reserve: as store_record.
 * background: a piece of work that nobody waits for; run alone and between
 * the groups, never flushed, with the reserve; so small that a writer may wait
 * for it. */
struct store_job {
	store_body *body;
	void *arg;
	void (*done)(struct store_job *, enum err);
	int64_t deadline_mono_ms;
	bool without_flush, reserve, background;
	/* the committer's */
	enum err result;
	struct store_job *next;
};
void store_submit(struct store *, struct store_job *);

enum err store_read(struct store *, store_body *, void *arg);

/* Copies the store, while it is used, into a new directory (an absolute path
 * that is not there yet), and looks whether the copy is whole: it then opens
 * like any store. Takes as long as reading everything. ERR_PAYLOAD: the
 * directory cannot be made; ERR_FULL, ERR_INTERNAL: the copy is no good. */
enum err store_backup(struct store *, const char *to, struct fault *);

/* Caches over the store. Inside a write body a cache changes its draft; the
 * committer then calls keep (after the commit, still before any reader sees
 * the rows) or drop (aborted: also before bodies are run again one by one).
 * flushed is called after the flush, outside all locks: wake others here. */
struct store_watch {
	void *ctx;
	void (*keep)(void *ctx);
	void (*drop)(void *ctx);
	void (*flushed)(void *ctx);
};
void store_add_watch(struct store *, const struct store_watch *);

struct store_counts {
	uint64_t commits; /* bodies committed */
	uint64_t groups;  /* transactions */
	uint64_t flushes;
	uint64_t aborts, reruns, deadlocks;
	uint64_t checkpoints;
	uint64_t reads;
	uint64_t rows_read; /* records taken apart, by reads and writes */
	uint64_t full_refusals;
};
void store_count(const struct store *, struct store_counts *);

#endif
