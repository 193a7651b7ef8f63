/* Jobs for the committing thread: one that holds it, so that the next ones
 * meet in one group; others whose answers are awaited. */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include <semaphore.h>

#include "store_helper.h"

struct store_counts counts_of(struct place *);

struct hold {
	struct store_job job;
	sem_t begun, go, done;
};

/* Comes back when the committer stands in it. */
void hold_begin(struct hold *, struct store *);
void hold_end(struct hold *);

struct asked {
	struct store_job job;
	sem_t *done;
	enum err result;
	struct row *row;
	enum err fail_before, fail_after;
	int64_t saw_rows, saw_hooks;
	int runs;
	size_t pad; /* bytes to write to meta */
	struct arena *arena;
};

enum err asked_body(struct txn *, void *asked);
void asked_done(struct store_job *, enum err);
/* All of them in one group; comes back when all are answered. */
void ask_together(struct place *, struct asked *, size_t count);
/* An active webhook for creates in "c". */
struct row *hook(struct place *);

#endif
