/* Starting another program of the house: a session of its own, the null
 * device for input and output, no descriptor of ours, no blocked signal, and
 * of the environment only what programs need (a web server's variables hold
 * what clients sent). */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <sys/types.h>

#include "common/conf.h"
#include "common/err.h"

/* argv[0] is the path; NULL ends. ERR_IO: it could not be started (errno).
 * The caller waits for the child; with NULL for the id nobody has to. */
enum err child_start(const char *const *argv, pid_t *);
/* `webhooks.fcgi --own` for the store of these settings. */
enum err child_start_owner(const struct conf *, pid_t *);

/* The same, and `webhooks-dispatch --on-demand`, when it is this program's
 * turn (turn.h), so that the processes of an installation start one together
 * and not each its own. ERR_LOCKED: another start may be tried in *wait_ms. */
enum err child_call_owner(const struct conf *, int64_t *wait_ms);
enum err child_call_sender(const struct conf *, int64_t *wait_ms);

#endif
