/* At most one start of a program in ten seconds, over all processes that use
 * one state directory (design "One owner"). */
#ifndef COMMON_TURN_H
#define COMMON_TURN_H

#include <stdbool.h>
#include <stdint.h>

#define TURN_OWNER "owner.start"
#define TURN_SENDER "dispatch.start"

enum { TURN_EVERY_MS = 10000 };

/* True: start it now. False: not before *wait_ms. */
bool turn_take(const char *dir, const char *name, int64_t *wait_ms);
/* What was started leaves in good order: the next may start at once. */
void turn_give(const char *dir, const char *name);

#endif
