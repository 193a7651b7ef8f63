/* Which user a program of the house runs as. */
#ifndef COMMON_USER_H
#define COMMON_USER_H

#include "common/err.h"

/* Started as root, for a directory of another user: becomes that user. Call
 * before any file is made or thread started; a missing directory is left
 * alone. ERR_PLACE. */
enum err user_become_owner(const char *dir, struct fault *);

#endif
