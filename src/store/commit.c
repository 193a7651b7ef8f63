/* The committing thread: group commit in our own code.
 *
 * Berkeley DB's own group commit hardly ever happens with ordered keys, since
 * all writers meet on one page (notes on Berkeley DB, A2). So one thread takes
 * all waiting bodies, runs them in one transaction, commits, flushes once and
 * answers all.
 *
 * A group, step by step:
 *   gate closed to readers; each body runs; counters are written; commit
 *   without flush; caches and watches keep; gate open; one flush if any body
 *   wants it; watches told; jobs answered.
 * A body that refuses before its first write costs nothing. One that fails
 * after a write, and any trouble of the library, spoils the group: it is
 * undone and its bodies are run one by one, so that only the culprit fails. A
 * deadlock is nobody's fault: the same again, a bounded number of times.
 *
 * A flush that fails leaves the disk in an unknown state while readers may
 * have seen the rows: nobody is answered, the process ends, the next start
 * recovers what is there. */
#include <assert.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "store/place.h"
#include "store/priv.h"

enum { EXIT_FLUSH = 3, OWED_BYTES_MIN = 1 << 20 };

/* What a transaction, or a group of them, achieved. */
struct gain {
	bool kept; /* a body succeeded */
	bool wrote;
	bool flush; /* one that wrote wants to be on the disk */
};

/* Jobs taken from the queue together. */
struct group {
	struct store *store;
	struct store_job *jobs[GROUP_JOBS_MAX];
	size_t count;
	uint64_t spare_bytes; /* of the disk, beyond what is already owed */
	struct gain gain;
};

enum ended { ENDED_KEPT, ENDED_SPOILED, ENDED_DEADLOCK };

static void
watches_kept(struct store *store, bool kept)
{
	for (size_t i = 0; i < store->watch_count; i++) {
		const struct store_watch *watch = &store->watches[i];

		if (kept && watch->keep)
			watch->keep(watch->ctx);
		else if (!kept && watch->drop)
			watch->drop(watch->ctx);
	}
}

static void
watches_flushed(struct store *store)
{
	for (size_t i = 0; i < store->watch_count; i++) {
		if (store->watches[i].flushed)
			store->watches[i].flushed(store->watches[i].ctx);
	}
}

/* False when the job is not to be run; its result is set. */
static bool
job_admitted(const struct group *group, struct store_job *job)
{
	struct store *store = group->store;
	uint64_t floor_bytes =
	    job->reserve ? FREE_FLOOR_RESERVE_BYTES : FREE_FLOOR_BYTES;

	if (job->deadline_mono_ms && clock_mono_ms() > job->deadline_mono_ms) {
		job->result = ERR_DEADLINE;
		return false;
	}
	if (group->spare_bytes < floor_bytes) {
		atomic_fetch_add(&store->counts.full_refusals, 1);
		job->result = ERR_FULL;
		return false;
	}
	return true;
}

/* Runs one body. False when what it did must be undone. */
static bool
job_run(struct txn *txn, struct store_job *job)
{
	txn->body_wrote = false;
	job->result = job->body(txn, job->arg);
	if (txn->trouble) {
		job->result = txn->trouble;
		return false;
	}
	return !job->result || !txn->body_wrote;
}

/* Runs jobs from `*at` on until they have written enough for one
 * transaction. */
static bool
jobs_run(const struct group *group, struct txn *txn, size_t *at, size_t end,
    struct gain *gain)
{
	while (*at < end && txn->bytes < GROUP_BYTES_MAX) {
		struct store_job *job = group->jobs[(*at)++];

		if (!job_admitted(group, job))
			continue;
		if (!job_run(txn, job))
			return false;
		if (!job->result) {
			gain->kept = true;
			gain->wrote |= txn->body_wrote;
			gain->flush |= txn->body_wrote && !job->without_flush;
		}
	}
	return true;
}

static void
group_gained(
    struct group *group, const struct gain *gain, size_t from, size_t to)
{
	struct counts *counts = &group->store->counts;

	group->gain.kept |= gain->kept;
	group->gain.wrote |= gain->wrote;
	group->gain.flush |= gain->flush;
	for (size_t i = from; i < to; i++)
		atomic_fetch_add(&counts->commits, !group->jobs[i]->result);
	atomic_fetch_add(&counts->groups, gain->wrote);
}

/* One transaction over jobs [from, end); *next is where it stopped. */
static enum ended
group_once(struct group *group, size_t from, size_t end, size_t *next)
{
	struct store *store = group->store;
	struct txn *txn = &store->txn;
	struct gain gain = {0};
	enum err e = txn_begin(store, txn);

	*next = from;
	if (e) {
		group->jobs[from]->result = e;
	} else if (jobs_run(group, txn, next, end, &gain)) {
		e = txn_commit(txn);
		if (!e) {
			watches_kept(store, gain.kept);
			group_gained(group, &gain, from, *next);
			return ENDED_KEPT;
		}
		/* Counts for a single job; several are run again singly. */
		group->jobs[from]->result = e;
	} else {
		txn_abort(txn);
	}
	watches_kept(store, false);
	atomic_fetch_add(&store->counts.aborts, 1);
	return txn->deadlock ? ENDED_DEADLOCK : ENDED_SPOILED;
}

/* The same within the gate, again after deadlocks. */
static enum ended
group_try(struct group *group, size_t from, size_t end, size_t *next)
{
	struct store *store = group->store;
	enum ended ended;

	for (int tries = 0;; tries++) {
		pthread_rwlock_wrlock(&store->gate);
		ended = group_once(group, from, end, next);
		pthread_rwlock_unlock(&store->gate);
		if (ended != ENDED_DEADLOCK)
			return ended;
		atomic_fetch_add(&store->counts.deadlocks, 1);
		if (tries == GROUP_RERUNS_MAX)
			return ENDED_SPOILED;
		atomic_fetch_add(&store->counts.reruns, 1);
	}
}

/* Runs as many jobs as fit one transaction; returns how many are decided. */
static size_t
group_run(struct group *group)
{
	size_t next, end = group->count;

	if (group_try(group, 0, end, &next) == ENDED_KEPT || end == 1)
		return end == 1 ? 1 : next;
	atomic_fetch_add(&group->store->counts.reruns, 1);
	for (size_t i = 0; i < end; i++)
		(void)group_try(group, i, i + 1, &next);
	return end;
}

static void
group_flush(struct group *group)
{
	struct store *store = group->store;
	uint32_t file = store->log_file;
	uint64_t log_bytes;
	int rc;

	if (!group->gain.wrote)
		return;
	log_bytes = env_log_bytes(store, &file);
	if (group->gain.flush) {
		rc = store->env->log_flush(store->env, NULL);
		/* A new log file must be found again as well. */
		if (!rc && file != store->log_file)
			rc = fsync(store->dir_fd);
		if (rc) {
			log_event(
			    LOG_ERROR, "store_flush", "dir=%s", store->dir);
			_exit(EXIT_FLUSH);
		}
		store->log_file = file;
		atomic_fetch_add(&store->counts.flushes, 1);
	}
	if (log_bytes >= (uint64_t)store->checkpoint_bytes)
		checkpointer_want(store);
}

static void
group_answer(struct group *group, size_t decided)
{
	for (size_t i = 0; i < decided; i++)
		group->jobs[i]->done(group->jobs[i], group->jobs[i]->result);
}

/* Until there is something to do; a clock only while background work rests. */
static void
group_wait(struct store *store)
{
	struct committer *c = &store->committer;
	int64_t until_us = c->background.rest_until_us;
	const struct timespec until = {
	    .tv_sec = (time_t)(until_us / 1000000),
	    .tv_nsec = (long)(until_us % 1000000) * 1000,
	};

	if (background_waits(store))
		pthread_cond_timedwait(&c->wake, &c->mutex, &until);
	else
		pthread_cond_wait(&c->wake, &c->mutex);
}

/* Waits for jobs or background work and takes the jobs; false: stop. */
static bool
group_take(struct group *group)
{
	struct store *store = group->store;
	struct committer *c = &store->committer;
	bool stop;

	group->count = 0;
	pthread_mutex_lock(&c->mutex);
	while (!c->first && !c->stopping && !background_may_run(store))
		group_wait(store);
	stop = c->stopping && (!c->first || clock_mono_ms() >= c->stop_by_ms);
	while (!stop && c->first && group->count < GROUP_JOBS_MAX) {
		group->jobs[group->count++] = c->first;
		c->first = c->first->next;
	}
	if (!c->first)
		c->last = &c->first;
	pthread_mutex_unlock(&c->mutex);
	return !stop;
}

/* What did not fit goes back to the head of the queue. */
static void
group_give_back(struct group *group, size_t decided)
{
	struct committer *c = &group->store->committer;

	if (decided == group->count)
		return;
	pthread_mutex_lock(&c->mutex);
	for (size_t i = group->count; i > decided; i--) {
		group->jobs[i - 1]->next = c->first;
		if (!c->first)
			c->last = &group->jobs[i - 1]->next;
		c->first = group->jobs[i - 1];
	}
	pthread_mutex_unlock(&c->mutex);
	group->count = decided;
}

/* Free space less what the pages changed since the last checkpoint may still
 * need: were that used up, a page could not leave the cache, and then not even
 * a read is sure to succeed. A checkpoint settles the debt. */
static uint64_t
disk_spare(struct store *store)
{
	uint64_t free_bytes = place_free_bytes(store->dir_fd);
	uint32_t file;
	uint64_t owed_bytes = env_log_bytes(store, &file);
	uint64_t spare_bytes =
	    free_bytes > owed_bytes ? free_bytes - owed_bytes : 0;

	if (spare_bytes < FREE_FLOOR_BYTES && owed_bytes > OWED_BYTES_MIN)
		checkpointer_want(store);
	return spare_bytes;
}

static void
group_commit(struct group *group)
{
	struct store *store = group->store;
	size_t decided;

	group->gain = (struct gain){0};
	group->spare_bytes = disk_spare(store);
	decided = group_run(group);
	group_give_back(group, decided);
	group_flush(group);
	if (group->gain.kept)
		watches_flushed(store);
	group_answer(group, decided);
}

/* One piece of it, if it is time. */
static void
background_run(struct group *group)
{
	struct committer *c = &group->store->committer;
	int64_t began_us = clock_mono_us();
	struct store_job *job = NULL;

	pthread_mutex_lock(&c->mutex);
	if (background_may_run(group->store))
		job = background_take(group->store);
	pthread_mutex_unlock(&c->mutex);
	if (!job)
		return;
	group->jobs[0] = job;
	group->count = 1;
	group_commit(group);
	background_rest(&c->background, clock_mono_us() - began_us);
}

static void *
committer_run(void *arg)
{
	struct store *store = arg;
	struct group *group = mem_alloc(sizeof *group);

	group->store = store;
	while (group_take(group)) {
		if (group->count > 0) {
			background_wrote(&store->committer.background);
			group_commit(group);
		}
		background_run(group);
	}
	free(group);
	return NULL;
}

enum err
committer_start(struct store *store)
{
	struct committer *c = &store->committer;

	pthread_condattr_t clock;

	pthread_mutex_init(&c->mutex, NULL);
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(&c->wake, &clock);
	pthread_condattr_destroy(&clock);
	c->last = &c->first;
	background_start(&c->background);
	if (env_thread_start(&c->thread, committer_run, store))
		return ERR_UNAVAILABLE;
	c->started = true;
	return ERR_NONE;
}

void
committer_stop(struct store *store, int64_t by_mono_ms)
{
	struct committer *c = &store->committer;
	struct store_job *job;

	if (!c->started)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	c->stop_by_ms = by_mono_ms;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	c->started = false;
	while ((job = c->first)) {
		c->first = job->next;
		job->done(job, ERR_UNAVAILABLE);
	}
	background_stop(&c->background);
}

void
store_submit(struct store *store, struct store_job *job)
{
	struct committer *c = &store->committer;
	bool stopping;

	job->next = NULL;
	pthread_mutex_lock(&c->mutex);
	stopping = c->stopping;
	if (!stopping && job->background) {
		background_add(&c->background, job);
	} else if (!stopping) {
		*c->last = job;
		c->last = &job->next;
	}
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->mutex);
	if (stopping)
		job->done(job, ERR_UNAVAILABLE);
}

/* A job and the thread that waits for it. */
struct waiter {
	struct store_job job;
	sem_t done;
	enum err result;
};

static void
waiter_done(struct store_job *job, enum err e)
{
	struct waiter *waiter = (struct waiter *)job;

	waiter->result = e;
	sem_post(&waiter->done);
}

static enum err
submit_and_wait(struct store *store, const struct store_job *job)
{
	struct waiter waiter = {.job = *job};

	/* The committing thread would wait for itself. */
	assert(!pthread_equal(pthread_self(), store->committer.thread));
	waiter.job.done = waiter_done;
	sem_init(&waiter.done, 0, 0);
	store_submit(store, &waiter.job);
	while (sem_wait(&waiter.done) < 0)
		continue;
	sem_destroy(&waiter.done);
	return waiter.result;
}

enum err
store_write(
    struct store *store, store_body *body, void *arg, int64_t deadline_mono_ms)
{
	const struct store_job job = {
	    .body = body, .arg = arg, .deadline_mono_ms = deadline_mono_ms};

	return submit_and_wait(store, &job);
}

enum err
store_record(struct store *store, store_body *body, void *arg)
{
	const struct store_job job = {
	    .body = body, .arg = arg, .reserve = true, .without_flush = true};

	return submit_and_wait(store, &job);
}
