/* libcurl, one multi handle, curl_multi_socket_action over an epoll set of
 * our own (with thousands of slow receivers in flight curl_multi_poll costs
 * ten times as much). Easy handles and connections are kept, and MAXCONNECTS
 * is high, else connections are thrown away all the time. What is asked of
 * libcurl for one transfer stands in transfer.c.
 *
 * A new connection costs up to a thousand times what a request over a kept one
 * does (TLS), so it comes after them: while a transfer makes its connection the
 * socket lies in an epoll set of its own, of which a step does no more than
 * fits NEW_BUDGET_US; and where no connection was kept the last time, the
 * start itself waits for its turn in the same budget.
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
	EVENTS_MAX = 128,
	NEW_BUDGET_US = 100,
	/* Begun in one step: those that end meanwhile are reported between. */
	BEGIN_MOST = 32,
	PLACES = 1024
};

/* Transfers in the order in which they came. */
struct line {
	struct transfer *first, **last;
};

struct sender {
	struct sender_options opt;
	CURLM *multi;
	int epoll_fd;
	int64_t timer_mono_ms; /* -1: none */
	int new_fd;	       /* epoll: sockets that are being connected */
	struct transfer *flying, *spare, *stillborn;
	struct line fresh;   /* not begun yet */
	struct line waiting; /* for their turn to connect */
	size_t in_flight;
	uint32_t kept[PLACES]; /* hashes of places whose connections last */
};

static uint32_t *
kept_slot(struct sender *s, const struct transfer *t, uint32_t *hash)
{
	*hash = (uint32_t)span_hash(wire_place(&t->wire)) | 1;
	return &s->kept[(*hash >> 1) % PLACES];
}

static bool
is_kept(struct sender *s, const struct transfer *t)
{
	uint32_t hash, *slot = kept_slot(s, t, &hash);

	return *slot == hash;
}

static void
note_kept(struct sender *s, const struct transfer *t)
{
	uint32_t hash, *slot = kept_slot(s, t, &hash);

	if (transfer_was_kept(t))
		*slot = hash;
	else if (*slot == hash)
		*slot = 0;
}

/* Where the descriptor is waited for; libcurl keeps it with the socket. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *set)
{
	struct sender *s = arg;
	struct epoll_event e = {.data.fd = fd};
	struct transfer *t = NULL;
	int *from = set, *to;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	to = t && t->connected && !t->ready ? &s->new_fd : &s->epoll_fd;
	if (what == CURL_POLL_REMOVE)
		to = NULL;
	if (from && from != to)
		epoll_ctl(*from, EPOLL_CTL_DEL, fd, NULL);
	curl_multi_assign(s->multi, fd, to);
	if (!to)
		return 0;
	if (what & CURL_POLL_IN)
		e.events |= EPOLLIN;
	if (what & CURL_POLL_OUT)
		e.events |= EPOLLOUT;
	/* A descriptor's number may have been used before. */
	if (from != to || epoll_ctl(*to, EPOLL_CTL_MOD, fd, &e))
		epoll_ctl(*to, EPOLL_CTL_ADD, fd, &e);
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

static void
fly(struct sender *s, struct transfer *t)
{
	transfer_list(&s->flying, t);
	if (curl_multi_add_handle(s->multi, t->easy))
		abort();
}

static void
line_put(struct line *line, struct transfer *t)
{
	t->next = NULL;
	*line->last = t;
	line->last = &t->next;
}

static struct transfer *
line_take(struct line *line)
{
	struct transfer *t = line->first;

	line->first = t->next;
	if (!line->first)
		line->last = &line->first;
	return t;
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
	rc = transfer_take(t, packed);
	if (rc) {
		transfer_clear(t);
		t->next = s->spare;
		s->spare = t;
		return rc;
	}
	s->in_flight++;
	line_put(&s->fresh, t);
	return ERR_NONE;
}

static void
begin_some(struct sender *s)
{
	for (int n = 0; s->fresh.first && n < BEGIN_MOST; n++) {
		struct transfer *t = line_take(&s->fresh);

		if (transfer_prepare(t))
			transfer_list(&s->stillborn, t);
		else if (is_kept(s, t))
			fly(s, t);
		else
			line_put(&s->waiting, t);
	}
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
		note_kept(s, t);
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

static void
on_event(struct sender *s, const struct epoll_event *e)
{
	int what = 0, running;

	if (e->events & EPOLLIN)
		what |= CURL_CSELECT_IN;
	if (e->events & EPOLLOUT)
		what |= CURL_CSELECT_OUT;
	if (e->events & (EPOLLERR | EPOLLHUP))
		what |= CURL_CSELECT_ERR;
	curl_multi_socket_action(s->multi, e->data.fd, what, &running);
}

static void
on_time(struct sender *s)
{
	int running;

	if (s->timer_mono_ms < 0 || s->timer_mono_ms > clock_mono_ms())
		return;
	s->timer_mono_ms = -1;
	curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

/* One step of a connection being made and one more begun, in turn. */
static void
connect_some(struct sender *s)
{
	int64_t until_us = clock_mono_us() + NEW_BUDGET_US;
	struct epoll_event e;
	bool more = true;

	while (more && clock_mono_us() < until_us) {
		more = epoll_wait(s->new_fd, &e, 1, 0) > 0;
		if (more)
			on_event(s, &e);
		if (s->waiting.first) {
			fly(s, line_take(&s->waiting));
			on_time(s);
			more = true;
		}
	}
}

void
sender_step(struct sender *s)
{
	struct epoll_event events[EVENTS_MAX];
	int n = epoll_wait(s->epoll_fd, events, EVENTS_MAX, 0);
	bool new;

	begin_some(s);
	new = s->waiting.first != NULL;
	for (int i = 0; i < n; i++)
		if (events[i].data.fd == s->new_fd)
			new = true;
		else
			on_event(s, &events[i]);
	on_time(s);
	if (new)
		connect_some(s);
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

	if (s->fresh.first || s->stillborn || s->waiting.first)
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

	while (s->fresh.first)
		transfer_list(&s->flying, line_take(&s->fresh));
	while (s->waiting.first)
		transfer_list(&s->flying, line_take(&s->waiting));
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
	for (const struct transfer *t = s->waiting.first; t; t = t->next)
		out[n++] = t->job.token;
	for (const struct transfer *t = s->fresh.first; t; t = t->next)
		out[n++] = t->job.token;
	return n;
}

enum err
sender_new(
    const struct sender_options *opt, struct sender **out, struct fault *fault)
{
	struct sender *s = mem_alloc(sizeof(*s));
	struct epoll_event news = {.events = EPOLLIN};

	s->opt = *opt;
	s->timer_mono_ms = -1;
	s->waiting.last = &s->waiting.first;
	s->fresh.last = &s->fresh.first;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->new_fd = epoll_create1(EPOLL_CLOEXEC);
	news.data.fd = s->new_fd;
	if (s->epoll_fd < 0 || s->new_fd < 0 ||
	    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->new_fd, &news) ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) ||
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
	transfers_free(s, s->waiting.first);
	transfers_free(s, s->fresh.first);
	transfers_free(s, s->spare);
	curl_multi_cleanup(s->multi);
	if (s->new_fd >= 0)
		close(s->new_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	curl_global_cleanup();
	free(s);
}
