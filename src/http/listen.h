/* Listening sockets. */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include <stdbool.h>

#include "common/err.h"

/* Binds dirfd/name (through /proc/self/fd, so the directory may be deeper
 * than the 107 bytes of a socket address), mode 0600. A stale one is removed
 * first: the caller holds the lock that makes it the only owner. Close on
 * exec, non-blocking. */
enum err listen_unix(int dirfd, const char *name, int *fd);
void listen_unlink(int dirfd, const char *name);
/* Loopback TCP, port 0 for any free one; *port is told. For tests and
 * development. */
enum err listen_tcp(unsigned short *port, int *fd);
bool listen_is_socket(int fd);

#endif
