/* empty: the least a FastCGI responder can do, as the measure for the real
 * one: epoll, one thread, no library; every request gets the same webhook.
 *
 *   empty [-c FILE] [--listen PATH]     (-c is taken and not read)
 *
 * Without --listen the listening socket is descriptor 0. It trusts its web
 * server: anything that is no FastCGI ends the connection. */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	BEGIN = 1,
	END = 3,
	STDIN = 5,
	STDOUT = 6,
	HEAD_BYTES = 8,
	KEEP = 1,
	IN_BYTES = 65536 + 2 * HEAD_BYTES,
	EVENTS_MAX = 64
};

#define BODY                                                                   \
	"{\"data\":{\"id\":1,\"name\":\"Build Website\",\"method\":\"POST\","  \
	"\"url\":\"https://example.com/\",\"status\":\"active\","              \
	"\"data\":true,\"actions\":[\"create\",\"update\"],"                   \
	"\"collections\":[\"articles\"]}}"
static const char answer[] =
    "Status: 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    "Cache-Control: no-cache\r\nVary: Origin, Cache-Control\r\n\r\n" BODY;

struct conn {
	int fd;
	int keep;
	size_t have;
	uint8_t id[2];
	uint8_t in[IN_BYTES];
};

static size_t
put_record(uint8_t *out, int type, const uint8_t id[2], const void *p, size_t n)
{
	uint8_t head[HEAD_BYTES] = {1, (uint8_t)type, id[0], id[1],
	    (uint8_t)(n >> 8), (uint8_t)n, 0, 0};

	memcpy(out, head, HEAD_BYTES);
	memcpy(out + HEAD_BYTES, p, n);
	return HEAD_BYTES + n;
}

static int
reply(const struct conn *c)
{
	static const uint8_t zeros[8];
	uint8_t out[1024];
	size_t n = put_record(out, STDOUT, c->id, answer, sizeof(answer) - 1);

	n += put_record(out + n, END, c->id, zeros, sizeof(zeros));
	return write(c->fd, out, n) == (ssize_t)n && c->keep;
}

/* 0: the connection is over. */
static int
take(struct conn *c, size_t *at)
{
	const uint8_t *p = c->in + *at;
	size_t length = (size_t)(p[4] << 8 | p[5]);
	size_t whole = HEAD_BYTES + length + p[6];

	if (c->have - *at < whole)
		return -1;
	*at += whole;
	if (p[1] == BEGIN) {
		c->keep = p[HEAD_BYTES + 2] & KEEP;
		memcpy(c->id, p + 2, sizeof(c->id));
	}
	return p[1] == STDIN && length == 0 ? reply(c) : 1;
}

static int
serve(struct conn *c)
{
	ssize_t n = read(c->fd, c->in + c->have, IN_BYTES - c->have);
	size_t at = 0;
	int go_on = 1;

	if (n <= 0)
		return 0;
	c->have += (size_t)n;
	while (go_on > 0 && c->have - at >= HEAD_BYTES)
		go_on = take(c, &at);
	memmove(c->in, c->in + at, c->have - at);
	c->have -= at;
	return go_on;
}

static void
add(int epoll_fd, int fd, void *conn)
{
	struct epoll_event e = {.events = EPOLLIN, .data.ptr = conn};

	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static void
accept_all(int epoll_fd, int listen_fd)
{
	int fd;

	while ((fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct conn *c = calloc(1, sizeof(*c));

		if (!c)
			exit(71);
		c->fd = fd;
		add(epoll_fd, fd, c);
	}
}

static void
run(int listen_fd)
{
	struct epoll_event events[EVENTS_MAX];
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);

	fcntl(listen_fd, F_SETFL, O_NONBLOCK);
	add(epoll_fd, listen_fd, NULL);
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);

		for (int i = 0; i < n; i++) {
			struct conn *c = events[i].data.ptr;

			if (!c) {
				accept_all(epoll_fd, listen_fd);
			} else if (!serve(c)) {
				close(c->fd);
				free(c);
			}
		}
	}
}

static int
listen_on(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) || listen(fd, 1024)) {
		perror(path);
		exit(71);
	}
	return fd;
}

int
main(int argc, char **argv)
{
	static const struct option names[] = {
	    {"listen", required_argument, NULL, 'l'}, {0}};
	int listen_fd = 0, c;

	while ((c = getopt_long(argc, argv, "c:", names, NULL)) != -1) {
		if (c == 'l')
			listen_fd = listen_on(optarg);
		else if (c != 'c')
			return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	run(listen_fd);
}
