/* sink: the least a receiver can do, so that it is not what is measured:
 * epoll, one thread, HTTP/1.1 kept alive; every request gets 204.
 *
 *   sink      listens on 127.0.0.1 to .8, prints the port, serves until ended
 *
 * GET /count gets "N FIRST LAST": requests so far, and when the first and the
 * last came (microseconds of the wall clock). It is not counted. GET /times
 * gets those of all since the last asking, each "KEY TIME", where KEY is what
 * stands behind `"key":` in the body. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	HOSTS = 8,
	IN_BYTES = 64 << 10,
	EVENTS_MAX = 256,
	TIMES_MAX = 1 << 20,
	CONNECTIONS_MAX = 1 << 16
};

struct conn {
	int fd;
	size_t n;
	char in[IN_BYTES];
};

static struct conn *conns[CONNECTIONS_MAX];
static struct {
	int64_t key, at_us;
} times[TIMES_MAX];
static size_t counted, told;
static int64_t first_us, last_us;
static int epoll_fd;

static int64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
conn_end(struct conn *c)
{
	conns[c->fd] = NULL;
	close(c->fd);
	free(c);
}

static void
say(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, text, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		text += sent;
		n -= (size_t)sent;
	}
}

static void
answer_ok(struct conn *c)
{
	static const char ok[] = "HTTP/1.1 204 No Content\r\n\r\n";

	say(c->fd, ok, sizeof(ok) - 1);
}

static void
tell(struct conn *c, bool whole)
{
	char *text = malloc(64 * (counted - told) + 256);
	size_t n = 0;
	char head[100];
	int head_n;

	if (!text)
		abort();
	if (!whole)
		n = (size_t)sprintf(text, "%zu %lld %lld\n", counted,
		    (long long)first_us, (long long)last_us);
	for (; whole && told < counted && told < TIMES_MAX; told++)
		n += (size_t)sprintf(text + n, "%lld %lld\n",
		    (long long)times[told].key, (long long)times[told].at_us);
	head_n = snprintf(head, sizeof(head),
	    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
	say(c->fd, head, (size_t)head_n);
	say(c->fd, text, n);
	free(text);
}

/* One whole request of n bytes stands at the beginning. */
static void
take(struct conn *c, size_t n)
{
	char *key;

	if (strncmp(c->in, "GET /count", 10) == 0) {
		tell(c, false);
	} else if (strncmp(c->in, "GET /times", 10) == 0) {
		tell(c, true);
	} else {
		last_us = now_us();
		if (counted == 0)
			first_us = last_us;
		key = memmem(c->in, n, "\"key\":", 6);
		if (counted < TIMES_MAX) {
			times[counted].key = key ? atoll(key + 6) : 0;
			times[counted].at_us = last_us;
		}
		counted++;
		answer_ok(c);
	}
	c->n -= n;
	memmove(c->in, c->in + n, c->n);
}

static void
feed(struct conn *c)
{
	ssize_t got = recv(c->fd, c->in + c->n, IN_BYTES - 1 - c->n, 0);

	if (got <= 0) {
		conn_end(c);
		return;
	}
	c->n += (size_t)got;
	for (;;) {
		char *end, *length;
		size_t whole;

		c->in[c->n] = '\0';
		end = strstr(c->in, "\r\n\r\n");
		if (!end)
			return;
		length = strstr(c->in, "Content-Length: ");
		whole = (size_t)(end + 4 - c->in);
		if (length && length < end)
			whole += strtoul(length + 16, NULL, 10);
		if (whole >= IN_BYTES) {
			conn_end(c);
			return;
		}
		if (c->n < whole)
			return;
		take(c, whole);
	}
}

static void
welcome(int listener)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC), one = 1;
	struct epoll_event e = {.events = EPOLLIN};
	struct conn *c;

	if (fd < 0)
		return;
	c = fd < CONNECTIONS_MAX ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = e.data.fd = fd;
	conns[fd] = c;
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

/* On 127.0.0.1 and its neighbours: receivers of their own to a sender. */
static int
listen_on(int nth, in_port_t *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = *port};
	struct epoll_event e = {.events = EPOLLIN};
	socklen_t size = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)nth);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024) ||
	    getsockname(fd, (struct sockaddr *)&a, &size)) {
		perror("sink");
		exit(1);
	}
	*port = a.sin_port;
	e.data.fd = fd;
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
	return fd;
}

int
main(void)
{
	struct epoll_event events[EVENTS_MAX];
	in_port_t port = 0;
	int last = 0;

	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (int i = 0; i < HOSTS; i++)
		last = listen_on(i, &port);
	printf("%d\n", ntohs(port));
	fflush(stdout);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			if (events[i].data.fd <= last)
				welcome(events[i].data.fd);
			else if (conns[events[i].data.fd])
				feed(conns[events[i].data.fd]);
		}
	}
}
