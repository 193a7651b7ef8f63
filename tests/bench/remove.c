/* What removing a finished delivery costs, and how much of that its attempt:
 * processor time for each row, the bodies as small as those of queue/keep.c.
 *   remove DIR [ROWS]     DIR is made, and left behind */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/outbox.h"
#include "store/records.h"
#include "store/store.h"

enum { ROWS = 100000, BODY_ROWS = 16, FILL_ROWS = 200, ATTEMPT_BYTES = 1024 };

struct range {
	int64_t first, last;
};

static enum err
fill_body(struct txn *txn, void *arg)
{
	static char bytes[ATTEMPT_BYTES];
	const struct range *r = arg;
	struct arena *arena = arena_new();
	enum err rc = ERR_NONE;

	for (int64_t id = r->first; !rc && id <= r->last; id++) {
		struct row *event = row_new(arena, &schema_events);
		struct row *d = row_new(arena, &schema_deliveries);

		event->values[EVENT_ID] = value_int(id);
		event->values[EVENT_COLLECTION] = value_text(SPAN("articles"));
		event->values[EVENT_CREATED_AT] = value_time(id);
		event->values[EVENT_BODY] = value_text(span_make(bytes, 200));
		d->values[DELIVERY_ID] = value_int(id);
		d->values[DELIVERY_MESSAGE_ID] =
		    value_text(span_of(arena_printf(arena, "msg_%026lld",
			(long long)id * 7919 % 1000000007)));
		d->values[DELIVERY_EVENT] = value_int(id);
		d->values[DELIVERY_WEBHOOK] = value_int(id % 8);
		d->values[DELIVERY_STATE] = value_text(SPAN("delivered"));
		d->values[DELIVERY_CREATED_AT] = value_time(id);
		d->values[DELIVERY_FINISHED_AT] = value_time(id);
		d->values[DELIVERY_DONE_AT] = value_time(id);
		rc = record_insert(txn, event);
		if (!rc)
			rc = record_insert(txn, d);
		if (!rc)
			rc = attempt_put(
			    txn, id, 1, span_make(bytes, sizeof(bytes)));
	}
	arena_free(arena);
	return rc;
}

static enum err
attempts_body(struct txn *txn, void *arg)
{
	const struct range *r = arg;
	enum err rc = ERR_NONE;

	for (int64_t id = r->first; !rc && id <= r->last; id++)
		rc = attempt_drop(txn, id);
	return rc;
}

static enum err
rows_body(struct txn *txn, void *arg)
{
	const struct range *r = arg;
	enum err rc = ERR_NONE;

	for (int64_t id = r->first; !rc && id <= r->last; id++) {
		rc = record_delete(txn, &schema_deliveries, id);
		if (!rc)
			rc = record_delete(txn, &schema_events, id);
	}
	return rc;
}

static void
done(struct store_job *job, enum err rc)
{
	(void)job;
	if (rc) {
		fprintf(stderr, "%s\n", err_text(rc));
		exit(1);
	}
}

static enum err
nothing(struct txn *txn, void *arg)
{
	(void)txn;
	(void)arg;
	return ERR_NONE;
}

/* Microseconds of processor time for each row. */
static double
each(struct store *store, store_body *body, int64_t rows, int64_t step)
{
	size_t count = (size_t)((rows + step - 1) / step), i = 0;
	struct store_job *jobs = mem_array(count, sizeof(*jobs));
	struct range *ranges = mem_array(count, sizeof(*ranges));
	clock_t began = clock();

	for (int64_t id = 1; id <= rows; id += step, i++) {
		ranges[i] = (struct range){id, id + step - 1};
		jobs[i] = (struct store_job){
		    .body = body, .arg = &ranges[i], .done = done};
		jobs[i].without_flush = true;
		store_submit(store, &jobs[i]);
	}
	done(NULL, store_write(store, nothing, NULL, 0));
	free(jobs);
	free(ranges);
	return (double)(clock() - began) / CLOCKS_PER_SEC * 1e6 / (double)rows;
}

int
main(int argc, char **argv)
{
	struct store_options options = {.dir = argc > 1 ? argv[1] : "",
	    .cache_bytes = 64 << 20,
	    .checkpoint_bytes = 32 << 20};
	int64_t rows = argc > 2 ? atoll(argv[2]) : ROWS;
	struct store *store;
	double attempts, others;

	rows -= rows % FILL_ROWS;
	done(NULL, store_open(&options, &store, NULL));
	printf("made      %6.1f us\n", each(store, fill_body, rows, FILL_ROWS));
	attempts = each(store, attempts_body, rows, BODY_ROWS);
	others = each(store, rows_body, rows, BODY_ROWS);
	printf("attempt   %6.1f us removed\n", attempts);
	printf("the rest  %6.1f us removed\n", others);
	printf("share of the attempt %.2f\n", attempts / (attempts + others));
	store_close(store);
	return 0;
}
