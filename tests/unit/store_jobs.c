/* See store_jobs.h. */
#include "store_jobs.h"

struct store_counts
counts_of(struct place *place)
{
	struct store_counts counts;

	store_count(place->store, &counts);
	return counts;
}

static enum err
hold_body(struct txn *txn, void *arg)
{
	struct hold *hold = arg;

	(void)txn;
	sem_post(&hold->begun);
	sem_wait(&hold->go);
	return ERR_NONE;
}

static void
hold_done(struct store_job *job, enum err e)
{
	struct hold *hold = (struct hold *)job;

	assert_int_equal(e, ERR_NONE);
	sem_post(&hold->done);
}

void
hold_begin(struct hold *hold, struct store *store)
{
	*hold = (struct hold){.job = {.body = hold_body, .done = hold_done}};
	hold->job.arg = hold;
	sem_init(&hold->begun, 0, 0);
	sem_init(&hold->go, 0, 0);
	sem_init(&hold->done, 0, 0);
	store_submit(store, &hold->job);
	sem_wait(&hold->begun);
}

void
hold_end(struct hold *hold)
{
	sem_post(&hold->go);
	sem_wait(&hold->done);
	sem_destroy(&hold->begun);
	sem_destroy(&hold->go);
	sem_destroy(&hold->done);
}

enum err
asked_body(struct txn *txn, void *arg)
{
	struct asked *asked = arg;
	int64_t *ids;
	size_t count;
	enum err e;

	asked->runs++;
	if (asked->fail_before)
		return asked->fail_before;
	record_count(txn, &schema_webhooks, &asked->saw_rows);
	e = hooks_match(
	    txn, asked->arena, ACTION_CREATE, SPAN("c"), &ids, &count);
	asked->saw_hooks = (int64_t)count;
	if (!e && asked->row)
		e = record_insert(txn, asked->row);
	if (!e && asked->pad)
		e = meta_put(txn, "pad",
		    span_make(
			arena_alloc(asked->arena, asked->pad), asked->pad));
	return e ? e : asked->fail_after;
}

void
asked_done(struct store_job *job, enum err e)
{
	struct asked *asked = (struct asked *)job;

	asked->result = e;
	sem_post(asked->done);
}

void
ask_together(struct place *place, struct asked *asked, size_t count)
{
	struct hold hold;
	sem_t done;

	sem_init(&done, 0, 0);
	hold_begin(&hold, place->store);
	for (size_t i = 0; i < count; i++) {
		asked[i].job.body = asked_body;
		asked[i].job.arg = &asked[i];
		asked[i].job.done = asked_done;
		asked[i].done = &done;
		asked[i].arena = place->arena;
		store_submit(place->store, &asked[i].job);
	}
	hold_end(&hold);
	for (size_t i = 0; i < count; i++)
		sem_wait(&done);
	sem_destroy(&done);
}

struct row *
hook(struct place *place)
{
	return webhook_row(place->arena, "active", "create", "c");
}
