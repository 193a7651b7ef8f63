/* barecurl: how fast libcurl alone delivers, as the measure for the real
 * dispatcher: one multi handle over epoll, kept connections, ten headers as a
 * delivery has them, no store, no signature.
 *
 *   barecurl COUNT IN_FLIGHT BODY_BYTES URL ...
 *
 * The transfers take the addresses in turn and keep them.
 * Prints "COUNT SECONDS CPU_US": processor time for each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#include <curl/curl.h>

enum { EVENTS_MAX = 128 };

static CURLM *multi;
static int epoll_fd;
static long timer_ms = -1, count, started, done;
static char *body;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct epoll_event e = {.data.fd = fd};

	(void)easy;
	(void)arg;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
		   (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (!known || epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &e))
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
	curl_multi_assign(multi, fd, &multi);
	return 0;
}

static int
on_timer(CURLM *m, long wait_ms, void *arg)
{
	(void)m;
	(void)arg;
	timer_ms = wait_ms;
	return 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void
start(CURL *e)
{
	if (started == count)
		return;
	started++;
	curl_multi_add_handle(multi, e);
}

static void
setup(const char *url, size_t bytes)
{
	static const char *const lines[] = {"Content-Type: application/json",
	    "Accept: application/json, text/plain, */*",
	    "User-Agent: webhooks-fcgi/0.1.0",
	    "webhook-id: msg_00000000000000000000000000",
	    "webhook-timestamp: 1700000000",
	    "webhook-signature: "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	    "webhook-attempt: 1", "Expect:"};
	struct curl_slist *list = NULL;
	CURL *e = curl_easy_init();

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		list = curl_slist_append(list, lines[i]);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)bytes);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	start(e);
}

static void
reap(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left))) {
		CURL *e = m->easy_handle;

		if (m->msg != CURLMSG_DONE)
			continue;
		if (m->data.result) {
			fprintf(stderr, "barecurl: %s\n",
			    curl_easy_strerror(m->data.result));
			exit(1);
		}
		done++;
		curl_multi_remove_handle(multi, e);
		start(e);
	}
}

static void
turn(void)
{
	struct epoll_event events[EVENTS_MAX];
	int running, n = epoll_wait(epoll_fd, events, EVENTS_MAX,
			 timer_ms < 0 ? 1000 : (int)timer_ms);

	for (int i = 0; i < n; i++) {
		int what = (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
			   (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0);

		curl_multi_socket_action(
		    multi, events[i].data.fd, what, &running);
	}
	if (n == 0) {
		timer_ms = -1;
		curl_multi_socket_action(
		    multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	reap();
}

int
main(int argc, char **argv)
{
	struct rusage use;
	double began;
	size_t bytes;

	if (argc < 5)
		return 64;
	count = atol(argv[1]);
	bytes = (size_t)atol(argv[3]);
	body = malloc(bytes + 1);
	if (!body)
		abort();
	memset(body, 'x', bytes);
	curl_global_init(CURL_GLOBAL_ALL);
	multi = curl_multi_init();
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1000L);
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	began = now();
	for (long i = 0; i < atol(argv[2]); i++)
		setup(argv[4 + i % (argc - 4)], bytes);
	while (done < count)
		turn();
	getrusage(RUSAGE_SELF, &use);
	printf("%ld %.6f %.2f\n", done, now() - began,
	    ((double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e6 +
		(double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec)) /
		(double)done);
	return 0;
}
