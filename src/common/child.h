/* Starting another program of the house: a session of its own, the null
 * device for input and output, no descriptor of ours, no blocked signal. */
#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <sys/types.h>

#include "common/conf.h"
#include "common/err.h"

/* argv[0] is the path; NULL ends. ERR_IO: it could not be started (errno).
 * The caller waits for the child, or lets init do so by ending itself. */
enum err child_start(const char *const *argv, pid_t *);
/* `webhooks.fcgi --own` for the store of these settings. */
enum err child_start_owner(const struct conf *, pid_t *);

#endif
