/* libcurl, one multi handle, curl_multi_socket_action over an epoll set of
 * our own (with thousands of slow receivers in flight curl_multi_poll costs
 * ten times as much). Easy handles and connections are kept, and MAXCONNECTS
 * is high, else connections are thrown away all the time. What is asked of
 * libcurl for one transfer stands in transfer.c.
 *
 * A transfer that cannot be set up is reported like any other attempt. */
#include "delivery/send.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/mem.h"
#include "delivery/transfer.h"

enum {
	CONNECTIONS_KEPT = 1000, /* at least the number of receivers */
	EVENTS_MAX = 128
};

struct sender {
	struct sender_options opt;
	CURLM *multi;
	int epoll_fd;
	int64_t timer_mono_ms; /* -1: none */
	struct transfer *flying, *spare, *stillborn;
	size_t in_flight;
};

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct sender *s = arg;
	struct epoll_event e = {.data.fd = fd};

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		curl_multi_assign(s->multi, fd, NULL);
		return 0;
	}
	if (what & CURL_POLL_IN)
		e.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		e.events |= EPOLLOUT;
	/* A descriptor's number may have been used before. */
	if (!known || epoll_ctl(s->epoll_fd, EPOLL_CTL_MOD, fd, &e))
		epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &e);
	curl_multi_assign(s->multi, fd, s);
	return 0;
}

static int
on_timer(CURLM *multi, long wait_ms, void *arg)
{
	struct sender *s = arg;

	(void)multi;
	s->timer_mono_ms = wait_ms < 0 ? -1 : clock_mono_ms() + wait_ms;
	return 0;
}

static void
transfer_list(struct transfer **list, struct transfer *t)
{
	t->next = *list;
	t->link = list;
	if (t->next)
		t->next->link = &t->next;
	*list = t;
}

/* Out of its list and back to the spare ones. */
static void
put_back(struct sender *s, struct transfer *t)
{
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	transfer_clear(t);
	t->next = s->spare;
	s->spare = t;
	s->in_flight--;
}

enum err
sender_start(struct sender *s, struct span packed)
{
	struct transfer *t = s->spare;
	enum err rc;

	if (t)
		s->spare = t->next;
	else
		t = transfer_new(&s->opt);
	rc = transfer_prepare(t, packed);
	if (rc && rc != ERR_PAYLOAD) {
		transfer_clear(t);
		t->next = s->spare;
		s->spare = t;
		return rc;
	}
	s->in_flight++;
	transfer_list(rc ? &s->stillborn : &s->flying, t);
	if (!rc && curl_multi_add_handle(s->multi, t->easy))
		abort();
	return ERR_NONE;
}

static void
reap(struct sender *s)
{
	struct transfer *t;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(s->multi, &left))) {
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
		transfer_report(t, (int)code);
		curl_multi_remove_handle(s->multi, t->easy);
		put_back(s, t);
	}
	while ((t = s->stillborn)) {
		transfer_fail(t, OUTCOME_PROTOCOL,
		    "the webhook's address or method cannot be used");
		put_back(s, t);
	}
}

void
sender_step(struct sender *s)
{
	struct epoll_event events[EVENTS_MAX];
	int running, n = epoll_wait(s->epoll_fd, events, EVENTS_MAX, 0);

	for (int i = 0; i < n; i++) {
		int what = 0;

		if (events[i].events & EPOLLIN)
			what |= CURL_CSELECT_IN;
		if (events[i].events & EPOLLOUT)
			what |= CURL_CSELECT_OUT;
		if (events[i].events & (EPOLLERR | EPOLLHUP))
			what |= CURL_CSELECT_ERR;
		curl_multi_socket_action(
		    s->multi, events[i].data.fd, what, &running);
	}
	if (s->timer_mono_ms >= 0 && s->timer_mono_ms <= clock_mono_ms()) {
		s->timer_mono_ms = -1;
		curl_multi_socket_action(
		    s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	reap(s);
}

int
sender_fd(const struct sender *s)
{
	return s->epoll_fd;
}

int64_t
sender_wait_ms(const struct sender *s)
{
	int64_t wait_ms;

	if (s->stillborn)
		return 0;
	if (s->timer_mono_ms < 0)
		return -1;
	wait_ms = s->timer_mono_ms - clock_mono_ms();
	return wait_ms > 0 ? wait_ms : 0;
}

size_t
sender_in_flight(const struct sender *s)
{
	return s->in_flight;
}

void
sender_abort(struct sender *s)
{
	struct transfer *t;

	while ((t = s->flying)) {
		curl_multi_remove_handle(s->multi, t->easy);
		transfer_fail(t, OUTCOME_ABORTED, "the dispatcher stopped");
		put_back(s, t);
	}
}

size_t
sender_tokens(const struct sender *s, int64_t *out)
{
	size_t n = 0;

	for (const struct transfer *t = s->flying; t; t = t->next)
		out[n++] = t->job.token;
	for (const struct transfer *t = s->stillborn; t; t = t->next)
		out[n++] = t->job.token;
	return n;
}

enum err
sender_new(
    const struct sender_options *opt, struct sender **out, struct fault *fault)
{
	struct sender *s = mem_alloc(sizeof(*s));

	s->opt = *opt;
	s->timer_mono_ms = -1;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll_fd < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) ||
	    !(s->multi = curl_multi_init())) {
		sender_free(s);
		return fault_add(fault, ERR_IO, NULL,
		    "the transfer library cannot be started");
	}
	curl_multi_setopt(
	    s->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	*out = s;
	return ERR_NONE;
}

static void
transfers_free(struct sender *s, struct transfer *list)
{
	struct transfer *next;

	for (; list; list = next) {
		next = list->next;
		curl_multi_remove_handle(s->multi, list->easy);
		transfer_free(list);
	}
}

void
sender_free(struct sender *s)
{
	if (!s)
		return;
	transfers_free(s, s->flying);
	transfers_free(s, s->stillborn);
	transfers_free(s, s->spare);
	curl_multi_cleanup(s->multi);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	curl_global_cleanup();
	free(s);
}
