/* Checkpoints: a thread that the committer wakes when enough log was written,
 * never a clock, so that an idle store is idle. Readers and writers go on
 * meanwhile. A checkpoint that fails (full disk) costs nothing but log: it is
 * tried again after a later commit. */
#include "common/clock.h"
#include "common/log.h"
#include "store/priv.h"

enum { CHECKPOINT_RETRY_MS = 1000 };

bool
checkpoint_now(struct store *store)
{
	int rc = store->env->txn_checkpoint(store->env, 0, 0, 0);

	if (rc) {
		log_event(
		    LOG_WARNING, "checkpoint", "error=\"%s\"", db_strerror(rc));
		return false;
	}
	atomic_fetch_add(&store->counts.checkpoints, 1);
	return true;
}

static void *
checkpointer_run(void *arg)
{
	struct store *store = arg;
	struct checkpointer *c = &store->checkpointer;

	pthread_mutex_lock(&c->mutex);
	while (!c->stopping) {
		bool done;

		if (!c->wanted) {
			pthread_cond_wait(&c->wake, &c->mutex);
			continue;
		}
		pthread_mutex_unlock(&c->mutex);
		done = checkpoint_now(store);
		pthread_mutex_lock(&c->mutex);
		c->wanted = false;
		c->retry_after_ms =
		    done ? 0 : clock_mono_ms() + CHECKPOINT_RETRY_MS;
	}
	pthread_mutex_unlock(&c->mutex);
	return NULL;
}

enum err
checkpointer_start(struct store *store)
{
	struct checkpointer *c = &store->checkpointer;

	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->wake, NULL);
	if (env_thread_start(&c->thread, checkpointer_run, store))
		return ERR_UNAVAILABLE;
	c->started = true;
	return ERR_NONE;
}

void
checkpointer_stop(struct store *store)
{
	struct checkpointer *c = &store->checkpointer;

	if (!c->started)
		return;
	pthread_mutex_lock(&c->mutex);
	c->stopping = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->mutex);
	pthread_join(c->thread, NULL);
	c->started = false;
}

void
checkpointer_want(struct store *store)
{
	struct checkpointer *c = &store->checkpointer;

	pthread_mutex_lock(&c->mutex);
	if (!c->wanted && clock_mono_ms() >= c->retry_after_ms) {
		c->wanted = true;
		pthread_cond_signal(&c->wake);
	}
	pthread_mutex_unlock(&c->mutex);
}
