/* Options, callbacks and reports of one transfer.
 *
 * Measured traps, and what is set against them:
 *   CAPATH NULL      else 145 certificates are parsed for each connection
 *   QUICK_EXIT       else one name that does not resolve stops all transfers
 *   HTTP_VERSION 1.1 HTTP/2 turns early answers into failures
 *   PROXY ""         else http_proxy of the environment is obeyed
 *   Expect:          else a second's wait above 1 MiB
 * The guard is asked twice: for each address about to be connected, and
 * before each request, since a kept connection is not connected again.
 * libcurl's words are not shown to anybody; `endings` has ours. */
#include "delivery/transfer.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/mem.h"
#include "delivery/send.h"
#include "delivery/tls.h"

enum { SHOWN_HEADERS_BYTES_MAX = 32 << 10 };

static curl_socket_t
on_socket_open(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
	struct transfer *t = arg;
	const char *why = guard_refuses(t->opt->guard, &to->addr);

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
	    guard_refuses_text(t->opt->guard, span_of(peer), peer_port);
	t->tls = tls_version(t->easy);
	t->ready = !t->refused;
	if (t->ready)
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

/* What never changes from job to job. */
static void
easy_setup(struct transfer *t)
{
	const struct conf *conf = t->opt->conf;
	CURL *e = t->easy;

	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->detail);
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

/* libcurl reads the list and leaves it alone, so it may lie in the arena. An
 * empty value is written "Name;" for it, or the header is left out. */
static void
add_line(
    struct transfer *t, struct span name, struct span middle, struct span value)
{
	struct curl_slist *node = arena_alloc(t->arena, sizeof(*node));
	const struct span parts[] = {name, middle, value};
	char *p = arena_bytes(t->arena, name.n + middle.n + value.n + 1);

	node->data = p;
	node->next = t->header_list;
	t->header_list = node;
	for (size_t i = 0; i < 3; p += parts[i++].n)
		if (parts[i].n > 0)
			memcpy(p, parts[i].p, parts[i].n);
	*p = '\0';
}

static void
add_lines(struct transfer *t)
{
	add_line(t, SPAN("Expect"), SPAN(":"), SPAN_NONE);
	for (size_t i = t->wire.header_count; i > 0; i--) {
		const struct lease_header *h = &t->wire.headers[i - 1];

		add_line(t, h->name, h->value.n > 0 ? SPAN(": ") : SPAN(";"),
		    h->value);
	}
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
	add_lines(t);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->header_list);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)t->job.timeout_ms);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, verify);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
}

struct transfer *
transfer_new(const struct sender_options *opt)
{
	struct transfer *t = mem_alloc(sizeof(*t));

	t->opt = opt;
	t->arena = arena_new();
	exchange_init(&t->answer);
	t->easy = curl_easy_init();
	if (!t->easy)
		abort();
	easy_setup(t);
	return t;
}

void
transfer_clear(struct transfer *t)
{
	t->header_list = NULL;
	arena_reset(t->arena);
}

void
transfer_free(struct transfer *t)
{
	curl_easy_cleanup(t->easy);
	exchange_release(&t->answer);
	arena_free(t->arena);
	free(t);
}

enum err
transfer_take(struct transfer *t, struct span packed)
{
	struct unpack u = unpack_start(arena_span(t->arena, packed));
	bool more;
	enum err rc = lease_job_unpack(t->arena, &u, &t->job, &more);

	t->at_ms = clock_wall_ms();
	return rc || more ? rc : ERR_DAMAGED;
}

enum err
transfer_prepare(struct transfer *t)
{
	enum err rc;

	t->at_ms = clock_wall_ms();
	t->refused = NULL;
	t->connected = t->ready = false;
	t->tls = NULL;
	t->detail[0] = '\0';
	exchange_clear(&t->answer);
	rc = wire_build(t->arena, &t->job, t->at_ms, t->opt->version, &t->wire);
	if (!rc)
		easy_job(t);
	return rc;
}

bool
transfer_was_kept(const struct transfer *t)
{
	long made = 0;

	curl_easy_getinfo(t->easy, CURLINFO_NUM_CONNECTS, &made);
	return t->ready && made == 0;
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
	if (t->tls)
		r->tls = span_of(arena_printf(t->arena, "%s%s", t->tls,
		    t->job.verify_tls ? "" : ", not verified"));
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

/* How far it came within its time: what never reached the receiver is told
 * apart from one that did not answer. */
static enum outcome
tell_timeout(struct transfer *t)
{
	const struct conf *conf = t->opt->conf;
	int64_t most_ms = t->job.timeout_ms;
	enum outcome outcome = OUTCOME_TLS;
	const char *words = "no TLS handshake";
	long local_port = 0; /* told once there is a connection */

	curl_easy_getinfo(t->easy, CURLINFO_LOCAL_PORT, &local_port);
	if (info_us(t->easy, CURLINFO_PRETRANSFER_TIME_T) > 0) {
		outcome = OUTCOME_TIMEOUT;
		words = "no whole answer";
	} else if (!t->connected) {
		outcome = OUTCOME_DNS;
		words = "no address of the host name";
	} else if (local_port == 0) {
		outcome = OUTCOME_CONNECT;
		words = "no connection";
	}
	if (outcome != OUTCOME_TIMEOUT && conf->connect_timeout_ms < most_ms)
		most_ms = conf->connect_timeout_ms;
	snprintf(t->error, sizeof(t->error), "%s within %lld ms", words,
	    (long long)most_ms);
	return outcome;
}

static void
tell_refused(struct transfer *t)
{
	size_t n = strlen(t->error);

	snprintf(t->error + n, sizeof(t->error) - n, "%s is refused: %s",
	    t->refused_address, t->refused);
}

/* A name may have had both, addresses that did not answer and others that
 * may not be asked. */
static void
tell_connect(struct transfer *t)
{
	long number = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &number);
	snprintf(t->error, sizeof(t->error), "no connection: %s%s",
	    number ? strerrordesc_np((int)number) : "no address answered",
	    t->refused ? "; " : "");
	if (t->refused)
		tell_refused(t);
}

/* The outcome of an exchange that did not run to its end. */
static enum outcome
tell_failure(struct transfer *t, CURLcode code)
{
	const struct ending *ending = ending_find(code);

	/* libcurl has one code for a broken connection and broken chunks. */
	if (code == CURLE_RECV_ERROR && strstr(t->detail, "chunked-encoding"))
		ending = ending_find(CURLE_WEIRD_SERVER_REPLY);
	if (t->refused && !t->connected) {
		tell_refused(t);
		return OUTCOME_REFUSED_ADDRESS;
	}
	if (t->answer.ended) {
		snprintf(t->error, sizeof(t->error), "%s", t->answer.ended);
		return t->answer.outcome;
	}
	if (ending->outcome == OUTCOME_TIMEOUT)
		return tell_timeout(t);
	if (ending->outcome == OUTCOME_CONNECT)
		tell_connect(t);
	else
		snprintf(t->error, sizeof(t->error), "%s", ending->words);
	return ending->outcome;
}

static enum outcome
tell_outcome(struct transfer *t, CURLcode code, int status)
{
	t->error[0] = '\0';
	/* For libcurl the end of the connection also ends the headers. */
	if (code == CURLE_OK && !t->answer.head_complete)
		code = CURLE_PARTIAL_FILE;
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

void
transfer_report(struct transfer *t, int code)
{
	struct lease_report r;
	struct buf sent, got; /* headers */
	long status = 0;

	report_start(t, &r);
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	r.status = (int)status;
	r.outcome = tell_outcome(t, (CURLcode)code, r.status);
	r.error = span_of(t->error);
	r.retry_after_ms = t->answer.retry_after_ms;
	report_times(t, &r);
	report_peer(t, &r);
	buf_init(&sent, SHOWN_HEADERS_BYTES_MAX);
	buf_init(&got, SHOWN_HEADERS_BYTES_MAX);
	exchange_sent_headers(&sent, &t->wire);
	exchange_headers(&got, &t->answer);
	r.request_headers = buf_view(&sent);
	r.response_headers = buf_view(&got);
	r.response_body = buf_view(&t->answer.body);
	r.response_truncated = t->answer.body_bytes > t->answer.body.n;
	t->opt->done(t->opt->ctx, &r);
	buf_release(&sent);
	buf_release(&got);
}

/* Never set up, or stopped by us. */
void
transfer_fail(struct transfer *t, enum outcome outcome, const char *words)
{
	struct lease_report r;

	report_start(t, &r);
	r.outcome = outcome;
	r.error = span_of(words);
	t->opt->done(t->opt->ctx, &r);
}
