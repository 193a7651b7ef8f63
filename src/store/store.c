/* Opening, closing and reading the store. See store.h.
 *
 * Order of a start: place, owner lock, keys, environment with recovery,
 * format, seals, caches, threads. A close goes the same way back; the lock
 * goes last. */
#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "store/place.h"
#include "store/priv.h"

enum {
	CLOSE_BUDGET_MS = 500,		  /* half of what SIGTERM gives */
	CLOSE_CHECKPOINT_BYTES = 8 << 20, /* more new log: leave it */
	CACHE_MIN_BYTES = 1 << 20
};

enum err
format_put(struct txn *txn, uint32_t format)
{
	buf_clear(&txn->buf);
	pack_u32(&txn->buf, format);
	return meta_put(txn, "format", buf_view(&txn->buf));
}

/* Writes the format into a new store, checks it in an old one. */
static enum err
format_body(struct txn *txn, void *arg)
{
	struct fault *fault = arg;
	struct span value = SPAN_NONE;
	struct unpack unpack;
	uint32_t format;
	enum err e = meta_get(txn, txn->arena, "format", &value);

	if (e == ERR_NOT_FOUND)
		return format_put(txn, STORE_FORMAT_PLAIN);
	if (e)
		return e;
	unpack = unpack_start(value);
	format = unpack_u32(&unpack);
	if (!unpack_done(&unpack) || format == 0)
		return txn_damaged(txn, TABLE_META);
	if (format > STORE_FORMAT)
		return fault_add(fault, ERR_FORMAT, NULL,
		    "the store in %s has format %u and this program knows "
		    "formats up to %d: use the newer program, or load a dump",
		    txn->store->dir, format, STORE_FORMAT);
	return ERR_NONE;
}

static enum err
load_body(struct txn *txn, void *arg)
{
	static enum err (*const loads[])(struct txn *) = {
	    counters_load,
	    orders_load,
	    registry_load,
	    drops_load,
	    hooks_load,
	};
	enum err e = ERR_NONE;

	(void)arg;
	for (size_t i = 0; !e && i < sizeof loads / sizeof *loads; i++)
		e = loads[i](txn);
	return e;
}

/* Before the threads: the bodies that run in the opening thread. */
static enum err
store_load(
    struct store *store, const struct store_options *o, struct fault *fault)
{
	enum err e = txn_alone(store, format_body, fault);

	if (!e)
		e = seals_settle(store, o, fault);
	if (!e)
		e = txn_alone(store, load_body, NULL);
	if (e == ERR_FORMAT || e == ERR_CONFIG)
		return e;
	if (e == ERR_DAMAGED)
		return fault_add(fault, e, NULL,
		    "the store in %s is damaged: move the directory away and "
		    "restore a backup, or load a dump",
		    store->dir);
	return e ? fault_add(fault, e, NULL, "%s: %s", store->dir, err_text(e))
		 : ERR_NONE;
}

static void
store_init(struct store *store, const struct store_options *o)
{
	pthread_rwlockattr_t attr;

	store->dir = mem_strdup(o->dir);
	store->dir_fd = store->lock_fd = -1;
	store->checkpoint_bytes = o->checkpoint_bytes;
	store->txn.arena = arena_new();
	store->txn.kept = arena_new();
	buf_init(&store->txn.buf, ROW_BYTES_MAX);
	/* Else a stream of readers could keep the committer out for good; the
	 * other way round cannot be, since it opens the gate to flush. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
	    &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&store->gate, &attr);
	pthread_rwlockattr_destroy(&attr);
}

static void
store_release(struct store *store)
{
	env_close(store);
	hooks_free(&store->hooks);
	drops_free(&store->drops);
	registry_free(&store->registry);
	counters_free(&store->counters);
	seals_free(&store->seals);
	buf_release(&store->txn.buf);
	arena_free(store->txn.arena);
	arena_free(store->txn.kept);
	free(store->txn.marks);
	pthread_rwlock_destroy(&store->gate);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	if (store->dir_fd >= 0)
		close(store->dir_fd);
	free(store->dir);
	free(store);
}

static void
store_end(struct store *store, bool checkpoint)
{
	uint32_t file;

	committer_stop(store, clock_mono_ms() + CLOSE_BUDGET_MS);
	checkpointer_stop(store);
	atomic_store(&store->running, false);
	if (checkpoint && store->env &&
	    env_log_bytes(store, &file) <= CLOSE_CHECKPOINT_BYTES)
		(void)checkpoint_now(store);
	store_release(store);
}

enum err
store_open(
    const struct store_options *o, struct store **opened, struct fault *fault)
{
	struct store *store = mem_alloc(sizeof *store);
	enum err e;

	store_init(store, o);
	e = place_open(o, &store->dir_fd, fault);
	if (!e)
		e = place_lock(store->dir_fd, o, &store->lock_fd, fault);
	if (!e)
		e = seals_read(&store->seals, o, fault);
	if (!e)
		e = env_open(store, o, fault);
	if (!e)
		e = store_load(store, o, fault);
	if (!e) {
		atomic_store(&store->running, true);
		e = checkpointer_start(store);
	}
	if (!e)
		e = committer_start(store);
	if (e) {
		store_end(store, false);
		return e;
	}
	*opened = store;
	return ERR_NONE;
}

void
store_close(struct store *store)
{
	if (store)
		store_end(store, true);
}

int
store_dir_fd(const struct store *store)
{
	return store->dir_fd;
}

enum err
store_read(struct store *store, store_body *body, void *arg)
{
	struct txn txn = {.store = store};
	enum err e;

	pthread_rwlock_rdlock(&store->gate);
	e = body(&txn, arg);
	pthread_rwlock_unlock(&store->gate);
	atomic_fetch_add(&store->counts.reads, 1);
	return txn.trouble ? txn.trouble : e;
}

void
store_add_watch(struct store *store, const struct store_watch *watch)
{
	size_t count;

	pthread_rwlock_wrlock(&store->gate);
	count = atomic_load(&store->watch_count);
	if (count == STORE_WATCHES_MAX)
		abort();
	store->watches[count] = *watch;
	atomic_store(&store->watch_count, count + 1);
	pthread_rwlock_unlock(&store->gate);
}

void
store_count(const struct store *store, struct store_counts *out)
{
	const struct counts *counts = &store->counts;

	*out = (struct store_counts){
	    .commits = atomic_load(&counts->commits),
	    .groups = atomic_load(&counts->groups),
	    .flushes = atomic_load(&counts->flushes),
	    .aborts = atomic_load(&counts->aborts),
	    .reruns = atomic_load(&counts->reruns),
	    .deadlocks = atomic_load(&counts->deadlocks),
	    .checkpoints = atomic_load(&counts->checkpoints),
	    .reads = atomic_load(&counts->reads),
	    .rows_read = atomic_load(&counts->rows_read),
	    .full_refusals = atomic_load(&counts->full_refusals),
	};
}
