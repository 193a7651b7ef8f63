/* Asking the owner. A connection that fails is opened again after 5 ms, then
 * twice that, up to a second; a connection that works starts over at 5 ms.
 *
 * Reports are kept in order until the owner has answered for them, and sent
 * again on a new connection; the owner drops those it had recorded already,
 * because their tokens are gone. A batch the owner cannot read (a bug, or
 * another version) is dropped with a line in the log, lest it block the rest:
 * its leases end by their time. */
#include "delivery/ask.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/rand.h"

enum {
	BACKOFF_FIRST_MS = 5,
	BACKOFF_QUICK_MS = 10, /* at most, while an owner is about to come */
	QUICK_FOR_MS = 5000,
	BACKOFF_MOST_MS = 1000,
	SESSION_HEX_BYTES = 2 * LEASE_SESSION_BYTES + 1,
	REPORT_BYTES_MAX = 256 << 10,
	BATCH_REPORTS_MAX = 1024
};

/* A connection and its request under way. */
struct line {
	struct fcgi_client *client; /* NULL: not connected */
	bool busy;
	int64_t retry_mono_ms; /* not before */
	int64_t backoff_ms;    /* 0: it works */
	int64_t lost_mono_ms;  /* since then it does not */
	struct buf message;    /* stays whole while it is sent */
};

struct outgoing {
	struct outgoing *next;
	int64_t token;
	size_t n;
	char bytes[];
};

struct ask {
	char *dir;
	int dir_fd;
	uint8_t session[LEASE_SESSION_BYTES];
	char session_hex[SESSION_HEX_BYTES];
	struct line lease, report;
	struct outgoing *first, **last;
	size_t waiting, sending; /* sending: the first so many */
	uint32_t want;
};

struct ask *
ask_new(const char *dir)
{
	struct ask *a = mem_alloc(sizeof(*a));
	struct buf hex;

	a->dir = mem_strdup(dir);
	a->dir_fd = -1;
	a->last = &a->first;
	rand_bytes(a->session, sizeof(a->session));
	buf_init(&hex, SESSION_HEX_BYTES);
	digest_hex(&hex, span_make(a->session, sizeof(a->session)));
	snprintf(a->session_hex, sizeof(a->session_hex), "%s", hex.p);
	buf_release(&hex);
	buf_init(&a->lease.message, LEASE_MESSAGE_BYTES_MAX);
	buf_init(&a->report.message, LEASE_MESSAGE_BYTES_MAX);
	return a;
}

void
ask_free(struct ask *a)
{
	struct outgoing *o;

	if (!a)
		return;
	fcgi_client_free(a->lease.client);
	fcgi_client_free(a->report.client);
	while ((o = a->first)) {
		a->first = o->next;
		free(o);
	}
	if (a->dir_fd >= 0)
		close(a->dir_fd);
	buf_release(&a->lease.message);
	buf_release(&a->report.message);
	free(a->dir);
	free(a);
}

static void
line_lost(struct line *l)
{
	int64_t now = clock_mono_ms(), most = BACKOFF_MOST_MS;

	fcgi_client_free(l->client);
	l->client = NULL;
	l->busy = false;
	if (l->backoff_ms == 0) {
		l->backoff_ms = BACKOFF_FIRST_MS;
		l->lost_mono_ms = now;
	}
	if (now - l->lost_mono_ms < QUICK_FOR_MS)
		most = BACKOFF_QUICK_MS;
	l->retry_mono_ms = now + l->backoff_ms;
	l->backoff_ms = 2 * l->backoff_ms < most ? 2 * l->backoff_ms : most;
}

/* Connected, or made so; false: not now. The directory is opened anew each
 * time, since it may have been made, or replaced, meanwhile. */
static bool
line_ready(struct ask *a, struct line *l)
{
	if (l->client)
		return !l->busy;
	if (clock_mono_ms() < l->retry_mono_ms)
		return false;
	if (a->dir_fd >= 0)
		close(a->dir_fd);
	a->dir_fd = open(a->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir_fd < 0 || fcgi_client_connect(a->dir_fd, "owner.sock",
				 LEASE_MESSAGE_BYTES_MAX, &l->client)) {
		l->client = NULL;
		line_lost(l);
		return false;
	}
	return true;
}

static void
line_send(struct line *l, const char *target, const char *const *more)
{
	struct span body = buf_view(&l->message);
	char length[24];
	const char *params[16] = {"REQUEST_METHOD", "POST", "REQUEST_URI",
	    target, "CONTENT_TYPE", "application/octet-stream",
	    "CONTENT_LENGTH", length};
	size_t n = 8;

	snprintf(length, sizeof(length), "%zu", body.n);
	while (*more && n < 15)
		params[n++] = *more++;
	params[n] = NULL;
	if (fcgi_client_send(l->client, params, body))
		line_lost(l);
	else
		l->busy = true;
}

void
ask_report(struct ask *a, const struct lease_report *report)
{
	struct outgoing *o;
	struct buf packed;

	buf_init(&packed, REPORT_BYTES_MAX);
	lease_report_pack(report, &packed);
	if (!packed.over) {
		o = mem_alloc(sizeof(*o) + packed.n);
		o->token = report->token;
		o->n = packed.n;
		memcpy(o->bytes, packed.p, packed.n);
		*a->last = o;
		a->last = &o->next;
		a->waiting++;
	}
	buf_release(&packed);
}

size_t
ask_reports_waiting(const struct ask *a)
{
	return a->waiting;
}

size_t
ask_report_tokens(const struct ask *a, int64_t *out)
{
	size_t n = 0;

	for (const struct outgoing *o = a->first; o; o = o->next)
		out[n++] = o->token;
	return n;
}

int64_t
ask_away_ms(const struct ask *a)
{
	if (a->lease.client || a->lease.backoff_ms == 0)
		return -1;
	return clock_mono_ms() - a->lease.lost_mono_ms;
}

bool
ask_may_lease(struct ask *a)
{
	return line_ready(a, &a->lease);
}

void
ask_lease(struct ask *a, const struct ask_lease *lease)
{
	static const char *const none[] = {NULL};
	struct lease_request request = {
	    .want = lease->want,
	    .wait_ms = lease->wait_ms,
	    .holding = lease->holding,
	    .holding_count = lease->holding_count,
	};

	memcpy(request.session, a->session, sizeof(request.session));
	buf_clear(&a->lease.message);
	lease_request_pack(&request, &a->lease.message);
	line_send(&a->lease, "/internal/lease", none);
}

void
ask_want(struct ask *a, uint32_t want)
{
	a->want = want;
}

/* As many reports as fit one message. */
static void
send_reports(struct ask *a)
{
	char want[16];
	const char *more[] = {
	    "WEBHOOKS_SESSION", a->session_hex, "WEBHOOKS_WANT", want, NULL};

	snprintf(want, sizeof(want), "%u", a->want);
	buf_clear(&a->report.message);
	a->sending = 0;
	for (const struct outgoing *o = a->first; o; o = o->next) {
		if (a->sending == BATCH_REPORTS_MAX ||
		    a->report.message.n + o->n > LEASE_MESSAGE_BYTES_MAX)
			break;
		buf_put(&a->report.message, o->bytes, o->n);
		a->sending++;
	}
	line_send(&a->report, "/internal/report", more);
}

static void
drop_sent(struct ask *a)
{
	while (a->sending > 0) {
		struct outgoing *o = a->first;

		a->first = o->next;
		if (!a->first)
			a->last = &a->first;
		free(o);
		a->sending--;
		a->waiting--;
	}
}

static const char *
step_reports(struct ask *a)
{
	struct fcgi_answer answer;
	bool done = false;

	if (!a->report.busy)
		return NULL;
	if (fcgi_client_step(a->report.client, &done, &answer)) {
		line_lost(&a->report);
		return "the owner's connection for reports ended";
	}
	if (!done)
		return NULL;
	if (answer.status >= 500) {
		line_lost(&a->report);
		return "the owner could not record reports";
	}
	a->report.busy = false;
	a->report.backoff_ms = 0;
	drop_sent(a);
	return answer.status >= 400 ? "the owner refused reports" : NULL;
}

void
ask_flush(struct ask *a)
{
	if (a->first && line_ready(a, &a->report))
		send_reports(a);
}

static const char *
step_lease(struct ask *a, bool *answered, struct span *jobs)
{
	struct fcgi_answer answer;
	bool done = false;

	if (!a->lease.busy)
		return NULL;
	if (fcgi_client_step(a->lease.client, &done, &answer)) {
		line_lost(&a->lease);
		return "the owner's connection ended";
	}
	if (!done)
		return NULL;
	if (answer.status != 200 && answer.status != 204) {
		line_lost(&a->lease);
		return "the owner cannot lease now";
	}
	a->lease.busy = false;
	a->lease.backoff_ms = 0;
	*answered = true;
	*jobs = answer.body;
	return NULL;
}

const char *
ask_step(struct ask *a, bool *answered, struct span *jobs)
{
	const char *words, *more;

	*answered = false;
	*jobs = SPAN_NONE;
	words = step_reports(a);
	more = step_lease(a, answered, jobs);
	return words ? words : more;
}

static void
line_fd(const struct line *l, struct pollfd *out)
{
	/* An idle connection is not watched: its end shows at the next use. */
	out->fd = l->busy ? fcgi_client_fd(l->client) : -1;
	out->events = l->busy ? fcgi_client_events(l->client) : 0;
	out->revents = 0;
}

size_t
ask_fds(const struct ask *a, struct pollfd out[2])
{
	line_fd(&a->lease, &out[0]);
	line_fd(&a->report, &out[1]);
	return 2;
}

static void
earlier(int64_t *wait_ms, const struct line *l, bool needed)
{
	int64_t left = l->retry_mono_ms - clock_mono_ms();

	if (!needed || l->client)
		return;
	if (left < 0)
		left = 0;
	if (*wait_ms < 0 || left < *wait_ms)
		*wait_ms = left;
}

int64_t
ask_wait_ms(const struct ask *a)
{
	int64_t wait_ms = -1;

	earlier(&wait_ms, &a->lease, true);
	earlier(&wait_ms, &a->report, a->first != NULL);
	return wait_ms;
}
