/* The Berkeley DB environment: opened private, with recovery, all limits set.
 *
 * DB_PRIVATE: regions on the heap, so that a full disk is an error and not a
 * SIGBUS, and a kill leaves nothing behind. DB_RECOVER on every start: cheap
 * after a checkpoint, and always right with one owner. The defaults of the
 * limits are far too small, and one of them ends in an endless loop (notes on
 * Berkeley DB, chapter 4): each is set here.
 *
 * A panic of the library means that memory and disk may disagree: the process
 * ends at once without touching anything, and the next start recovers. Before
 * the store is running it is an error with words instead. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "store/priv.h"

enum {
	LOCKS_MAX = 100000,
	LOCKERS_MAX = 10000,
	/* Made at each start and grown when needed: tables for the maxima
	 * would be 12 MB to clear, half of what a plain CGI request costs. */
	LOCKS_FIRST = 2000,
	LOCKERS_FIRST = 200,
	LOCK_BUCKETS = 4099,
	TRANSACTIONS_MAX = 5000,
	/* The same with mutexes: by itself the library makes 29,000 for a
	 * cache of 64 MB before anything is read, one for each place of its
	 * hash table among them. 3.1 ms of processor time and 1,380 pages for
	 * an empty environment, with these 1.1 ms and 450. */
	MUTEXES_FIRST = 1000,
	CACHE_MUTEXES = 256,
	LOG_BUFFER_BYTES = 1 << 20,
	/* Recovery fills the current log file with zeros, 4 KB at a time: 64 MB
	 * cost 90 ms a start, 8 MB 15 ms. Four buffers at least. */
	LOG_FILE_BYTES = 4 << 20,
	/* One file system block: no page is ever written by half. */
	PAGE_BYTES = 4096,
	SAY_WINDOW_MS = 10000,
	SAY_LINES = 10,
	EXIT_PANIC = 3
};

bool
store_may_say(struct store *store, int *unsaid)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms - atomic_load(&store->said_from_ms) > SAY_WINDOW_MS) {
		atomic_store(&store->said_from_ms, now_ms);
		atomic_store(&store->said, 0);
	}
	if (atomic_fetch_add(&store->said, 1) >= SAY_LINES) {
		atomic_fetch_add(&store->unsaid, 1);
		return false;
	}
	*unsaid = atomic_exchange(&store->unsaid, 0);
	return true;
}

static void
env_error(const DB_ENV *env, const char *prefix, const char *message)
{
	struct store *store = env->app_private;
	char quoted[400];
	int unsaid;

	(void)prefix;
	if (!atomic_load(&store->running))
		snprintf(
		    store->last_error, sizeof store->last_error, "%s", message);
	if (store_may_say(store, &unsaid))
		log_event(LOG_WARNING, "berkeley_db", "message=%s unsaid=%d",
		    log_quote(span_of(message), quoted, sizeof quoted), unsaid);
}

static void
env_event(DB_ENV *env, uint32_t event, void *info)
{
	struct store *store = env->app_private;

	(void)info;
	if (event != DB_EVENT_PANIC || !atomic_load(&store->running))
		return;
	log_event(LOG_ERROR, "store_panic", "dir=%s", store->dir);
	_exit(EXIT_PANIC);
}

static int
env_limits(DB_ENV *env, const struct store_options *o)
{
	uint32_t gbytes = (uint32_t)(o->cache_bytes >> 30);
	uint32_t bytes = (uint32_t)(o->cache_bytes & ((1 << 30) - 1));
	int rc = env->set_cachesize(env, gbytes, bytes, 1);

	if (!rc)
		rc = env->set_lk_max_locks(env, LOCKS_MAX);
	if (!rc)
		rc = env->set_lk_max_objects(env, LOCKS_MAX);
	if (!rc)
		rc = env->set_lk_max_lockers(env, LOCKERS_MAX);
	if (!rc)
		rc = env->set_memory_init(env, DB_MEM_LOCK, LOCKS_FIRST);
	if (!rc)
		rc = env->set_memory_init(env, DB_MEM_LOCKOBJECT, LOCKS_FIRST);
	if (!rc)
		rc = env->set_memory_init(env, DB_MEM_LOCKER, LOCKERS_FIRST);
	if (!rc)
		rc = env->set_lk_tablesize(env, LOCK_BUCKETS);
	if (!rc)
		rc = env->set_tx_max(env, TRANSACTIONS_MAX);
	if (!rc)
		rc = env->set_mp_mtxcount(env, CACHE_MUTEXES);
	if (!rc)
		rc = env->mutex_set_init(env, MUTEXES_FIRST);
	if (!rc)
		rc = env->set_lg_bsize(env, LOG_BUFFER_BYTES);
	if (!rc)
		rc = env->set_lg_max(env, LOG_FILE_BYTES);
	if (!rc)
		rc = env->set_lk_detect(env, DB_LOCK_MINWRITE);
	if (!rc)
		rc = env->log_set_config(env, DB_LOG_AUTO_REMOVE, 1);
	return rc;
}

static int
env_create(struct store *store, const struct store_options *o)
{
	int rc = db_env_create(&store->env, 0);

	if (rc) {
		store->env = NULL;
		return rc;
	}
	store->env->app_private = store;
	store->env->set_errcall(store->env, env_error);
	rc = store->env->set_event_notify(store->env, env_event);
	if (!rc)
		rc = env_limits(store->env, o);
	if (!rc)
		rc = store->env->open(store->env, store->dir,
		    DB_CREATE | DB_INIT_TXN | DB_INIT_LOCK | DB_INIT_LOG |
			DB_INIT_MPOOL | DB_THREAD | DB_RECOVER | DB_PRIVATE,
		    0600);
	return rc;
}

static int
table_open(struct store *store, DB_TXN *txn, enum table table)
{
	DB *db;
	int rc = db_create(&db, store->env, 0);

	if (rc)
		return rc;
	store->dbs[table] = db;
	rc = db->set_pagesize(db, PAGE_BYTES);
	if (!rc)
		rc = db->set_flags(db, DB_CHKSUM);
	if (!rc)
		rc = db->open(db, txn, table_name(table), NULL, DB_BTREE,
		    DB_CREATE | DB_THREAD, 0600);
	return rc;
}

/* All in one transaction: a first start is one flush, not one per table. */
static int
tables_open(struct store *store, enum table *bad)
{
	DB_TXN *txn;
	int rc = store->env->txn_begin(store->env, NULL, &txn, 0);

	for (int i = 0; !rc && i < TABLE_COUNT; i++) {
		*bad = (enum table)i;
		rc = table_open(store, txn, (enum table)i);
		if (rc) {
			txn->abort(txn);
			return rc;
		}
	}
	return rc ? rc : txn->commit(txn, 0);
}

/* Tables without their log open without a word, and what is written then is
 * forgotten by the next recovery: their pages name places in the log that come
 * after its new end. */
static bool
log_is_missing(const struct store *store)
{
	const char *meta = table_name(TABLE_META);
	int fd = openat(store->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	bool found = false;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (entry = readdir(dir)))
		found = strncmp(entry->d_name, "log.", 4) == 0;
	closedir(dir);
	return !found && faccessat(store->dir_fd, meta, F_OK, 0) == 0;
}

static enum err
open_fault(struct store *store, const char *what, int rc, struct fault *fault)
{
	enum err e = db_err(rc);

	if (e == ERR_FULL)
		return fault_add(fault, ERR_FULL, NULL,
		    "the disk of %s is full", store->dir);
	if (e == ERR_IO && rc > 0 && rc != EINVAL)
		return fault_add(fault, ERR_IO, NULL, "%s/%s: %s", store->dir,
		    what, db_strerror(rc));
	/* What is left at a start is a file that is not what we wrote. */
	return fault_add(fault, ERR_DAMAGED, NULL,
	    "the store in %s is damaged (%s%s%s%s%s): move the directory away "
	    "and restore a backup, or load a dump",
	    store->dir, what, rc ? ": " : "", rc ? db_strerror(rc) : "",
	    store->last_error[0] ? "; " : "", store->last_error);
}

enum err
env_open(
    struct store *store, const struct store_options *o, struct fault *fault)
{
	enum table bad = TABLE_META;
	int rc;

	if (log_is_missing(store))
		return open_fault(
		    store, "its log.* files are missing", 0, fault);
	rc = env_create(store, o);
	if (rc)
		return open_fault(store, "recovery", rc, fault);
	rc = tables_open(store, &bad);
	if (rc)
		return open_fault(store, table_name(bad), rc, fault);
	return ERR_NONE;
}

/* Where the next record would be written. False: there is no log. */
static bool
log_end(struct store *store, uint32_t *file, uint32_t *end)
{
	DB_LOG_STAT *stat;

	/* Asked of an environment that is not open the library complains. */
	if (!store->dbs[0] || store->env->log_stat(store->env, &stat, 0))
		return false;
	*file = stat->st_cur_file;
	*end = stat->st_cur_offset;
	free(stat);
	return true;
}

void
env_close(struct store *store)
{
	uint32_t file = 0, end = 0;
	bool has_log;

	/* Pages need not be written: the log has everything. */
	for (int i = TABLE_COUNT - 1; i >= 0; i--) {
		if (store->dbs[i])
			(void)store->dbs[i]->close(store->dbs[i], DB_NOSYNC);
	}
	has_log = log_end(store, &file, &end);
	memset(store->dbs, 0, sizeof store->dbs);
	if (store->env && store->env->close(store->env, 0) == 0 && has_log)
		tail_cut(store->dir_fd, file, end);
	store->env = NULL;
}

uint64_t
env_log_bytes(struct store *store, uint32_t *file)
{
	DB_LOG_STAT *stat;
	uint64_t bytes;

	if (store->env->log_stat(store->env, &stat, 0))
		return 0;
	bytes = ((uint64_t)stat->st_wc_mbytes << 20) + stat->st_wc_bytes;
	*file = stat->st_cur_file;
	free(stat);
	return bytes;
}

int
env_thread_start(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int rc;

	/* No handler ever runs inside the library (notes, chapter 7). */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}
