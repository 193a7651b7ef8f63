/* Work that nobody waits for, between the groups: rows of dropped collections,
 * and jobs that say they are background. One piece at a time and alone; after
 * each the committing thread rests from it, for longer where somebody writes.
 * What it does is bounded by the piece, so a writer that comes in its midst
 * waits for one piece at most. */
#include "common/clock.h"
#include "common/log.h"
#include "store/priv.h"

/* Rests for so many times of what the last piece took. */
enum { REST_IDLE = 1, REST_BUSY = 8 };

static void
drop_done(struct store_job *job, enum err e)
{
	struct store *store = job->arg;

	/* After a failure not again before the next write. */
	store->committer.background.drops_held = e != ERR_NONE;
	if (e)
		log_event(
		    LOG_WARNING, "drop_slice", "error=\"%s\"", err_text(e));
}

static bool
drops_wait(const struct store *store)
{
	return store->drops.kept > 0 && !store->committer.background.drops_held;
}

void
background_start(struct background *b)
{
	b->last = &b->first;
	b->drop = (struct store_job){
	    .body = drop_slice,
	    .done = drop_done,
	    .without_flush = true,
	    .reserve = true /* it makes room */
	};
}

void
background_add(struct background *b, struct store_job *job)
{
	job->without_flush = job->reserve = true;
	*b->last = job;
	b->last = &job->next;
}

bool
background_waits(const struct store *store)
{
	return store->committer.background.first || drops_wait(store);
}

bool
background_may_run(const struct store *store)
{
	return background_waits(store) &&
	       clock_mono_us() >= store->committer.background.rest_until_us;
}

struct store_job *
background_take(struct store *store)
{
	struct background *b = &store->committer.background;
	struct store_job *job = b->first;

	b->drop.arg = store;
	if (!job || (b->drop_next && drops_wait(store)))
		job = &b->drop;
	else
		b->first = job->next;
	if (!b->first)
		b->last = &b->first;
	b->drop_next = job != &b->drop;
	return job;
}

void
background_rest(struct background *b, int64_t took_us)
{
	b->rest_until_us =
	    clock_mono_us() + took_us * (b->busy ? REST_BUSY : REST_IDLE);
	b->busy = false;
}

void
background_wrote(struct background *b)
{
	b->busy = true;
	b->drops_held = false;
}

void
background_stop(struct background *b)
{
	struct store_job *job;

	while ((job = b->first)) {
		b->first = job->next;
		job->done(job, ERR_UNAVAILABLE);
	}
}
