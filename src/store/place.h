/* Where the store may live, and the lock that makes one process its owner. */
#ifndef STORE_PLACE_H
#define STORE_PLACE_H

#include "common/err.h"
#include "store/store.h"

#define PLACE_LOCK_NAME "owner.lock"

/* Makes (0700) and opens the directory, refuses what cannot hold a store:
 * another user's directory, one that anybody may write, a network file
 * system unless allowed, a DB_CONFIG file. ERR_PLACE, ERR_IO with words. */
enum err place_open(const struct store_options *, int *dir_fd, struct fault *);
/* Takes the owner lock or says who has it: ERR_LOCKED. Closing the
 * descriptor (all copies of it) gives it back. */
enum err place_lock(
    int dir_fd, const struct store_options *, int *lock_fd, struct fault *);
/* Name of the network or cluster file system of this statfs f_type, or
 * NULL. */
const char *place_network_name(uint64_t f_type);
/* Bytes an ordinary user may still write there, UINT64_MAX when the file
 * system does not say. */
uint64_t place_free_bytes(int dir_fd);
/* Bytes the files of the store take on the disk. */
uint64_t place_size_bytes(int dir_fd);

#endif
