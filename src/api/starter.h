/* Dispatchers on demand (product chapter 3, "Three ways to run"): where the
 * settings say so, one is started when something is due and none is
 * connected. It leaves when it has been idle; then this begins anew. */
#ifndef API_STARTER_H
#define API_STARTER_H

#include "api/api.h"

/* Something may be due, or a dispatcher has gone. Any thread, at once. */
void starter_look(struct api *);
/* The same in a worker: starts one, or asks for the moment to look again. */
void starter_timer(struct api *);
/* In a visitor, which has neither timer nor sockets: starts an owner beside
 * the dispatcher, which gets the lock when this process has ended. */
void starter_visit(struct api *);

#endif
