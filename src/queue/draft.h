/* What the files of the queue's memory share: the lock, the notes of a draft,
 * and what follows from every change. The lock is held for all of these. */
#ifndef QUEUE_DRAFT_H
#define QUEUE_DRAFT_H

#include "queue/memory.h"

static inline void
memory_lock(struct memory *m)
{
	pthread_mutex_lock(&m->lock);
}

static inline void
memory_unlock(struct memory *m)
{
	pthread_mutex_unlock(&m->lock);
}

/* Each notes what is there now. */
void note_hook(struct memory *, struct hook *);
void note_flow(struct memory *, struct endpoint *);
void note_lease(struct memory *, enum undo_kind, struct lease *);

/* Puts it where it belongs after a change. */
void endpoint_place(struct memory *, struct endpoint *);
void hook_place(struct memory *, struct hook *);
/* The hook becomes what `was` says, in all that a draft may change. */
void hook_restore(struct memory *, struct hook *, const struct hook *was);
/* Forgets endpoints that no webhook calls and nothing is under way to, once
 * they may be as many as the others. Outside of drafts. */
void endpoints_sweep(struct memory *);
void endpoints_free(struct memory *);
void lease_link(struct memory *, struct lease *);
void lease_unlink(struct memory *, struct lease *);

#endif
