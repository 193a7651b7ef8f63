/* Making sockets that listen, each with its rights set before anybody can
 * connect. */
#include "http/listen.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

static enum err
listen_end(int fd, bool good, int *out)
{
	if (good) {
		*out = fd;
		return ERR_NONE;
	}
	if (fd >= 0)
		close(fd);
	return ERR_IO;
}

enum err
listen_unix(int dirfd, const char *name, int *out)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int n = snprintf(
	    a.sun_path, sizeof a.sun_path, "/proc/self/fd/%d/%s", dirfd, name);
	int fd;

	if (n < 0 || (size_t)n >= sizeof a.sun_path)
		return ERR_IO;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	listen_unlink(dirfd, name);
	/* nobody can connect before listen, so the mode is in time */
	return listen_end(fd,
	    fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
		fchmodat(dirfd, name, 0600, 0) == 0 && listen(fd, BACKLOG) == 0,
	    out);
}

void
listen_unlink(int dirfd, const char *name)
{
	unlinkat(dirfd, name, 0);
}

enum err
listen_tcp(unsigned short *port, int *out)
{
	struct sockaddr_in a = {
	    .sin_family = AF_INET,
	    .sin_port = htons(*port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t n = sizeof a;
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool good = fd >= 0;

	if (good)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	good = good && bind(fd, (struct sockaddr *)&a, n) == 0 &&
	       listen(fd, BACKLOG) == 0 &&
	       getsockname(fd, (struct sockaddr *)&a, &n) == 0;
	if (good)
		*port = ntohs(a.sin_port);
	return listen_end(fd, good, out);
}

bool
listen_is_socket(int fd)
{
	int listening = 0;
	socklen_t n = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &n) == 0 &&
	       listening;
}
