/* libcurl, one multi handle, curl_multi_socket_action over an epoll set of
 * our own (with thousands of slow receivers in flight curl_multi_poll costs
 * ten times as much). Easy handles and connections are kept.
 *
 * Measured traps, and what is set against them:
 *   CAPATH NULL      else 145 certificates are parsed for each connection
 *   QUICK_EXIT       else one name that does not resolve stops all transfers
 *   HTTP_VERSION 1.1 HTTP/2 turns early answers into failures
 *   MAXCONNECTS      else connections are thrown away all the time
 *   PROXY ""         else http_proxy of the environment is obeyed
 *   Expect:          else a second's wait above 1 MiB
 * The guard is asked twice: for each address about to be connected, and
 * before each request, since a kept connection is not connected again.
 *
 * A transfer that cannot be set up is reported like any other attempt. */
#include "delivery/send.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "delivery/exchange.h"

enum {
	CONNECTIONS_KEPT = 1000, /* at least the number of receivers */
	EVENTS_MAX = 128,
	SHOWN_HEADERS_BYTES_MAX = 32 << 10,
	ERROR_BYTES = 200
};

struct transfer {
	struct sender *sender;
	CURL *easy;
	struct curl_slist *header_list;
	struct arena *arena;
	struct lease_job job; /* in the arena */
	struct wire wire;
	struct exchange answer;
	int64_t at_ms;
	const char *refused; /* why the guard said no */
	char refused_address[GUARD_TEXT_BYTES];
	bool connected; /* the guard let some address through */
	char error[ERROR_BYTES];
	struct transfer *next, **link; /* in flight, or spare (next only) */
};

struct sender {
	struct sender_options opt;
	CURLM *multi;
	int epoll_fd;
	int64_t timer_mono_ms; /* -1: none */
	struct transfer *flying, *spare, *stillborn;
	size_t in_flight;
};

static curl_socket_t
on_socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;
	const char *why = guard_refuses(t->sender->opt.guard, &to->addr);

	(void)purpose;
	if (why) {
		t->refused = why;
		guard_show(&to->addr, t->refused_address);
		return CURL_SOCKET_BAD;
	}
	t->connected = true;
	return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static int
on_request(void *arg, char *peer, char *local, int peer_port, int local_port)
{
	struct transfer *t = arg;

	(void)local;
	(void)local_port;
	t->refused =
	    guard_refuses_text(t->sender->opt.guard, span_of(peer), peer_port);
	if (!t->refused)
		return CURL_PREREQFUNC_OK;
	t->connected = false;
	snprintf(t->refused_address, sizeof(t->refused_address), "%s:%d", peer,
	    peer_port);
	return CURL_PREREQFUNC_ABORT;
}

static size_t
on_header(char *p, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count;

	return exchange_line(&t->answer, span_make(p, n), clock_wall_ms()) ? n
									   : 0;
}

static size_t
on_body(char *p, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	size_t n = size * count;

	return exchange_data(&t->answer, span_make(p, n)) ? n : 0;
}

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
	epoll_ctl(s->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
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

/* What never changes from job to job. */
static void
easy_setup(struct transfer *t)
{
	const struct conf *conf = t->sender->opt.conf;
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	if (conf->ca_file[0])
		curl_easy_setopt(e, CURLOPT_CAINFO, conf->ca_file);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)conf->connect_timeout_ms);
	curl_easy_setopt(
	    e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)EXCHANGE_BODY_MAX_BYTES);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket_open);
	curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, t);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
}

/* An empty value is written "Name;" for libcurl, or the header is left out. */
static void
add_line(struct transfer *t, struct lease_header h)
{
	char *line = h.value.n > 0
			 ? arena_printf(t->arena, "%.*s: %.*s",
			       SPAN_FMT(h.name), SPAN_FMT(h.value))
			 : arena_printf(t->arena, "%.*s;", SPAN_FMT(h.name));
	struct curl_slist *list = curl_slist_append(t->header_list, line);

	if (!list)
		abort();
	t->header_list = list;
}

/* Method and body as in the table of contract 9.4. */
static void
easy_method(struct transfer *t)
{
	CURL *e = t->easy;
	bool get = span_is(t->wire.method, "GET");

	curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	if (!t->wire.has_body)
		return;
	curl_easy_setopt(
	    e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->wire.body.n);
	curl_easy_setopt(e, CURLOPT_POSTFIELDS, t->wire.body.p);
	if (get)
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, "GET");
}

static void
easy_job(struct transfer *t)
{
	CURL *e = t->easy;
	long verify = t->job.verify_tls;

	curl_easy_setopt(e, CURLOPT_URL, t->wire.url.p);
	easy_method(t);
	for (size_t i = 0; i < t->wire.header_count; i++)
		add_line(t, t->wire.headers[i]);
	t->header_list = curl_slist_append(t->header_list, "Expect:");
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->header_list);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->job.timeout_ms);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, verify);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
}

static struct transfer *
transfer_get(struct sender *s)
{
	struct transfer *t = s->spare;

	if (t) {
		s->spare = t->next;
		return t;
	}
	t = mem_alloc(sizeof(*t));
	t->sender = s;
	t->arena = arena_new();
	exchange_init(&t->answer);
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	easy_setup(t);
	return t;
}

static void
transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->header_list);
	exchange_release(&t->answer);
	arena_free(t->arena);
	free(t);
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

/* Back to the spare ones. */
static void
transfer_put(struct transfer *t)
{
	struct sender *s = t->sender;

	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	curl_slist_free_all(t->header_list);
	t->header_list = NULL;
	arena_reset(t->arena);
	t->next = s->spare;
	s->spare = t;
	s->in_flight--;
}

static uint32_t
info_us(CURL *easy, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, what, &us);
	return us > 0 && us < UINT32_MAX ? (uint32_t)us : 0;
}

static uint32_t
since(uint32_t later_us, uint32_t earlier_us)
{
	return later_us > earlier_us ? later_us - earlier_us : 0;
}

static void
report_times(const struct transfer *t, struct lease_report *r)
{
	uint32_t dns = info_us(t->easy, CURLINFO_NAMELOOKUP_TIME_T);
	uint32_t connect = info_us(t->easy, CURLINFO_CONNECT_TIME_T);
	uint32_t tls = info_us(t->easy, CURLINFO_APPCONNECT_TIME_T);

	r->dns_us = dns;
	r->connect_us = since(connect, dns);
	r->tls_us = since(tls, connect);
	r->first_byte_us = info_us(t->easy, CURLINFO_STARTTRANSFER_TIME_T);
	r->total_us = info_us(t->easy, CURLINFO_TOTAL_TIME_T);
}

static void
report_peer(const struct transfer *t, struct lease_report *r)
{
	char *ip = NULL;
	long port = 0, version = 0;

	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_IP, &ip);
	curl_easy_getinfo(t->easy, CURLINFO_PRIMARY_PORT, &port);
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	if (ip && *ip)
		r->address = span_of(arena_printf(t->arena,
		    strchr(ip, ':') ? "[%s]:%ld" : "%s:%ld", ip, port));
	else if (t->refused)
		r->address = span_of(t->refused_address);
	if (version == CURL_HTTP_VERSION_1_0)
		r->http_version = SPAN("1.0");
	else if (version == CURL_HTTP_VERSION_1_1)
		r->http_version = SPAN("1.1");
	if (span_starts(t->wire.url, "https:") && r->status)
		r->tls =
		    t->job.verify_tls ? SPAN("verified") : SPAN("not verified");
}

/* How libcurl's endings are told. */
struct ending {
	CURLcode code;
	enum outcome outcome;
	const char *words;
};
/* clang-format off */
static const struct ending endings[] = {
	{CURLE_COULDNT_RESOLVE_HOST, OUTCOME_DNS,
	    "the host name could not be resolved"},
	{CURLE_COULDNT_CONNECT, OUTCOME_CONNECT, "no connection"},
	{CURLE_OPERATION_TIMEDOUT, OUTCOME_TIMEOUT, "timed out"},
	{CURLE_PEER_FAILED_VERIFICATION, OUTCOME_TLS,
	    "the certificate could not be verified"},
	{CURLE_SSL_CONNECT_ERROR, OUTCOME_TLS, "the TLS handshake failed"},
	{CURLE_SSL_CIPHER, OUTCOME_TLS, "no TLS cipher in common"},
	{CURLE_SSL_CACERT_BADFILE, OUTCOME_TLS,
	    "the file of trusted certificates cannot be read"},
	{CURLE_SSL_ISSUER_ERROR, OUTCOME_TLS,
	    "the certificate's issuer does not fit"},
	{CURLE_FILESIZE_EXCEEDED, OUTCOME_TOO_LARGE,
	    "the answer is over 1 MiB"},
	{CURLE_GOT_NOTHING, OUTCOME_PROTOCOL,
	    "the connection ended without an answer"},
	{CURLE_RECV_ERROR, OUTCOME_PROTOCOL,
	    "the connection broke while waiting for the answer"},
	{CURLE_SEND_ERROR, OUTCOME_PROTOCOL,
	    "the connection broke while sending"},
	{CURLE_PARTIAL_FILE, OUTCOME_PROTOCOL, "the answer was cut short"},
	{CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_PROTOCOL,
	    "the answer is no HTTP/1"},
	{CURLE_WEIRD_SERVER_REPLY, OUTCOME_PROTOCOL,
	    "the answer is not understood"},
	{CURLE_URL_MALFORMAT, OUTCOME_PROTOCOL,
	    "the address cannot be used"},
	{CURLE_OUT_OF_MEMORY, OUTCOME_TOO_LARGE,
	    "a header line of the answer is too long"},
};
/* clang-format on */

static const struct ending *
ending_find(CURLcode code)
{
	static const struct ending other = {
	    CURLE_OK, OUTCOME_PROTOCOL, "the exchange failed"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (endings[i].code == code)
			return &endings[i];
	return &other;
}

static void
tell_timeout(struct transfer *t)
{
	const struct conf *conf = t->sender->opt.conf;

	if (info_us(t->easy, CURLINFO_PRETRANSFER_TIME_T) == 0)
		snprintf(t->error, sizeof(t->error),
		    "no connection within %lld ms",
		    (long long)(conf->connect_timeout_ms < t->job.timeout_ms
				    ? conf->connect_timeout_ms
				    : t->job.timeout_ms));
	else
		snprintf(t->error, sizeof(t->error),
		    "no whole answer within %u ms", t->job.timeout_ms);
}

static void
tell_connect(struct transfer *t)
{
	long number = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	snprintf(t->error, sizeof(t->error), "no connection: %s",
	    number ? strerrordesc_np((int)number) : "no address answered");
}

/* The outcome of an exchange that did not run to its end. */
static enum outcome
tell_failure(struct transfer *t, CURLcode code)
{
	const struct ending *ending = ending_find(code);

	if (t->refused && !t->connected) {
		snprintf(t->error, sizeof(t->error), "%s is refused: %s",
		    t->refused_address, t->refused);
		return OUTCOME_REFUSED_ADDRESS;
	}
	if (t->answer.too_large) {
		snprintf(t->error, sizeof(t->error), "%s", t->answer.too_large);
		return OUTCOME_TOO_LARGE;
	}
	if (ending->outcome == OUTCOME_TIMEOUT)
		tell_timeout(t);
	else if (ending->outcome == OUTCOME_CONNECT)
		tell_connect(t);
	else
		snprintf(t->error, sizeof(t->error), "%s", ending->words);
	return ending->outcome;
}

static enum outcome
tell_outcome(struct transfer *t, CURLcode code, int status)
{
	t->error[0] = '\0';
	if (code != CURLE_OK)
		return tell_failure(t, code);
	if (exchange_success(t->job.success, status))
		return OUTCOME_DELIVERED;
	snprintf(t->error, sizeof(t->error), "answered %d", status);
	return OUTCOME_ANSWER;
}

static void
report_start(const struct transfer *t, struct lease_report *r)
{
	*r = (struct lease_report){
	    .delivery = t->job.delivery,
	    .token = t->job.token,
	    .attempt = t->job.attempt,
	    .at_ms = t->at_ms,
	    .retry_after_ms = -1,
	    .url = wire_url_masked(t->arena, t->job.url),
	};
}

static void
transfer_report(struct transfer *t, CURLcode code)
{
	struct lease_report r;
	struct buf shown;
	long status = 0;

	report_start(t, &r);
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	r.status = (int)status;
	r.outcome = tell_outcome(t, code, r.status);
	r.error = span_of(t->error);
	r.retry_after_ms = t->answer.retry_after_ms;
	report_times(t, &r);
	report_peer(t, &r);
	buf_init(&shown, SHOWN_HEADERS_BYTES_MAX);
	exchange_show(&shown, &t->wire);
	r.request_headers = buf_view(&shown);
	r.response_headers = exchange_headers(&t->answer);
	r.response_body = buf_view(&t->answer.body);
	r.response_truncated = t->answer.body_bytes > t->answer.body.n;
	t->sender->opt.done(t->sender->opt.ctx, &r);
	buf_release(&shown);
}

/* Never set up, or stopped by us. */
static void
transfer_fail(struct transfer *t, enum outcome outcome, const char *words)
{
	struct lease_report r;

	report_start(t, &r);
	r.outcome = outcome;
	r.error = span_of(words);
	t->sender->opt.done(t->sender->opt.ctx, &r);
}

enum err
sender_start(struct sender *s, struct span packed)
{
	struct transfer *t = transfer_get(s);
	struct unpack u = unpack_start(arena_span(t->arena, packed));
	bool more, usable;
	enum err rc = lease_job_unpack(t->arena, &u, &t->job, &more);

	if (rc || !more) {
		arena_reset(t->arena);
		t->next = s->spare;
		s->spare = t;
		return rc ? rc : ERR_DAMAGED;
	}
	t->at_ms = clock_wall_ms();
	t->refused = NULL;
	t->connected = false;
	exchange_clear(&t->answer);
	usable =
	    !wire_build(t->arena, &t->job, t->at_ms, s->opt.version, &t->wire);
	if (usable)
		easy_job(t);
	s->in_flight++;
	transfer_list(usable ? &s->flying : &s->stillborn, t);
	if (usable && curl_multi_add_handle(s->multi, t->easy))
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
		transfer_report(t, code);
		curl_multi_remove_handle(s->multi, t->easy);
		transfer_put(t);
	}
	while ((t = s->stillborn)) {
		transfer_fail(t, OUTCOME_PROTOCOL,
		    "the webhook's address or method cannot be used");
		transfer_put(t);
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
		transfer_put(t);
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
