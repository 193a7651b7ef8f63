/* The loop over everything a dispatcher waits for. One thread.
 *
 * Asked to stop, it leases no more, lets what is in flight end (at most the
 * request time limit), reports, and goes; the rest is given back by the end of
 * its session. Asked a second time it stops at once. With the owner away it
 * goes on sending what it holds and reports when the owner is back. */
#include "delivery/loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/child.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/turn.h"
#include "delivery/ask.h"
#include "delivery/send.h"

enum {
	LEASE_MOST = 256,
	DRAIN_WAIT_MS = 100,
	OWNER_WAIT_MS = 5000,	 /* a drain's, for the one it started */
	OWNER_GRACE_MS = 500,	 /* the web server's own comes back sooner */
	OWNER_MISSED_MS = 15000, /* then one on demand gives up */
};

struct loop {
	const struct loop_options *opt;
	struct ask *ask;
	struct sender *sender;
	struct guard *guard;
	struct arena *arena;
	bool reached; /* the owner answered once */
	bool told_ready;
	bool told_away;
	bool owner_called;    /* by a drain */
	int64_t call_mono_ms; /* no owner is called before */
	bool nothing_due;     /* the last lease brought nothing */
	bool parting;	      /* the owner is told that we leave */
	bool parted;	      /* it knows */
	bool stopping;
	int64_t stop_by_mono_ms;
};

static void
on_done(void *ctx, const struct lease_report *r)
{
	enum log_level level =
	    r->outcome == OUTCOME_DELIVERED ? LOG_TRACE : LOG_NOTICE;
	struct loop *l = ctx;
	char error[256];

	ask_report(l->ask, r);
	if (log_wants(level))
		log_event(level, "attempt",
		    "delivery=%lld n=%u outcome=%s status=%d ms=%u error=%s",
		    (long long)r->delivery, r->attempt,
		    outcome_name(r->outcome), r->status, r->total_us / 1000,
		    log_quote(r->error, error, sizeof(error)));
}

static uint32_t
room(const struct loop *l)
{
	size_t most = (size_t)l->opt->conf->dispatch_transfers;
	size_t busy = sender_in_flight(l->sender);
	size_t left = busy < most ? most - busy : 0;

	return l->stopping || l->parting ? 0 : (uint32_t)left;
}

static bool
loop_is_idle(const struct loop *l)
{
	return sender_in_flight(l->sender) == 0 &&
	       ask_reports_waiting(l->ask) == 0;
}

/* Ask: one lease call is always under way, even when nothing is wanted; its
 * end would free what is in flight. */
static void
loop_ask(struct loop *l)
{
	struct ask_lease lease = {.want = room(l), .wait_ms = INT64_MAX};
	int64_t *held;

	ask_want(l->ask, lease.want);
	ask_flush(l->ask);
	if (!ask_may_lease(l->ask))
		return;
	if (l->opt->drain)
		lease.wait_ms = loop_is_idle(l) ? 0 : DRAIN_WAIT_MS;
	else if (l->parting)
		lease.wait_ms = 0;
	else if (l->opt->on_demand)
		lease.wait_ms = l->opt->conf->dispatch_idle_ms;
	if (lease.want > LEASE_MOST)
		lease.want = LEASE_MOST;
	held = mem_array(
	    sender_in_flight(l->sender) + ask_reports_waiting(l->ask) + 1,
	    sizeof(*held));
	lease.holding = held;
	lease.holding_count = sender_tokens(l->sender, held);
	lease.holding_count +=
	    ask_report_tokens(l->ask, held + lease.holding_count);
	l->nothing_due = false;
	ask_lease(l->ask, &lease);
	/* With nothing due it is not answered: connected is enough. */
	if (!l->told_ready && l->opt->ready)
		l->opt->ready();
	l->told_ready = true;
	free(held);
}

/* A job for a dispatcher that is leaving is free again at once. */
static void
give_back(struct loop *l, const struct lease_job *job)
{
	const struct lease_report report = {.delivery = job->delivery,
	    .token = job->token,
	    .attempt = job->attempt,
	    .at_ms = clock_wall_ms(),
	    .outcome = OUTCOME_ABORTED,
	    .retry_after_ms = -1};

	ask_report(l->ask, &report);
}

/* Fill: each job of the answer becomes a transfer. */
static void
loop_fill(struct loop *l, struct span jobs)
{
	struct unpack u = unpack_start(jobs);
	struct lease_job job;
	bool more = true;
	enum err rc = ERR_NONE;

	while (!rc && more) {
		const char *from = u.rest.p;

		rc = lease_job_unpack(l->arena, &u, &job, &more);
		if (!rc && more && l->stopping)
			give_back(l, &job);
		else if (!rc && more)
			rc = sender_start(l->sender,
			    span_make(from, (size_t)(u.rest.p - from)));
	}
	arena_reset(l->arena);
	if (rc)
		log_event(LOG_ERROR, "lease", "error=\"%s\"", err_text(rc));
}

/* Hear: what the owner answered. */
static void
loop_hear(struct loop *l)
{
	struct span jobs;
	bool answered;
	const char *words = ask_step(l->ask, &answered, &jobs);

	if (words && !l->told_away)
		log_event(LOG_WARNING, "owner", "words=\"%s\"", words);
	l->told_away = words != NULL || (l->told_away && !answered);
	if (!answered)
		return;
	l->reached = true;
	l->parted = l->parting;
	l->nothing_due = jobs.n == 0;
	/* For what is written from now on the owner starts another one, as
	 * soon as it is told that we leave. */
	l->parting = l->opt->on_demand && l->nothing_due && loop_is_idle(l);
	if (l->parting)
		turn_give(l->opt->conf->state_dir, TURN_SENDER);
	loop_fill(l, jobs);
}

static void
loop_signals(struct loop *l)
{
	struct signalfd_siginfo info;

	while (read(l->opt->signal_fd, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		int64_t now = clock_mono_ms();

		if (!l->stopping && l->opt->stopping)
			l->opt->stopping();
		l->stop_by_mono_ms =
		    l->stopping ? now : now + l->opt->conf->request_timeout_ms;
		l->stopping = true;
	}
}

static bool
loop_is_over(const struct loop *l)
{
	if (l->stopping)
		return loop_is_idle(l) || clock_mono_ms() >= l->stop_by_mono_ms;
	if (l->opt->on_demand)
		return l->parted || (l->parting && ask_away_ms(l->ask) >= 0);
	return l->opt->drain && l->nothing_due && loop_is_idle(l);
}

/* Where no owner is alive one is started; it leaves by itself when it is
 * needed no more. A daemon gives the web server's own some time first. */
static void
call_owner(struct loop *l, int64_t now)
{
	const struct conf *conf = l->opt->conf;
	int64_t wait_ms = 0;
	pid_t pid;
	enum err rc;

	if (l->opt->drain && !l->owner_called)
		rc = child_start_owner(conf, &pid);
	else
		rc = child_call_owner(conf, &wait_ms);
	l->owner_called = true;
	if (rc && rc != ERR_LOCKED)
		log_event(LOG_WARNING, "owner_not_started",
		    "program=%s error=\"%s\"", conf->owner_program,
		    strerror(errno));
	if (wait_ms < OWNER_GRACE_MS)
		wait_ms = OWNER_GRACE_MS;
	l->call_mono_ms = now + wait_ms;
}

static enum err
loop_need_owner(struct loop *l, struct fault *fault)
{
	const struct loop_options *opt = l->opt;
	int64_t away_ms = ask_away_ms(l->ask), most = INT64_MAX;
	int64_t now = clock_mono_ms();
	bool at_once = !l->reached && (opt->drain || opt->on_demand);

	if (opt->on_demand)
		most = OWNER_MISSED_MS;
	else if (opt->drain && !l->reached)
		most = OWNER_WAIT_MS;
	if (away_ms >= most)
		return fault_add(fault, ERR_UNAVAILABLE, NULL,
		    "no owner answers in %s", opt->conf->state_dir);
	if (away_ms >= (at_once ? 0 : OWNER_GRACE_MS) && !l->stopping &&
	    now >= l->call_mono_ms)
		call_owner(l, now);
	return ERR_NONE;
}

static void
shorten(int64_t *wait_ms, int64_t other_ms)
{
	if (other_ms >= 0 && (*wait_ms < 0 || other_ms < *wait_ms))
		*wait_ms = other_ms;
}

static void
loop_wait(struct loop *l)
{
	struct pollfd fds[4] = {
	    {.fd = l->opt->signal_fd, .events = POLLIN},
	    {.fd = sender_fd(l->sender), .events = POLLIN},
	};
	int64_t wait_ms = -1, left;

	ask_fds(l->ask, &fds[2]);
	shorten(&wait_ms, ask_wait_ms(l->ask));
	shorten(&wait_ms, sender_wait_ms(l->sender));
	if (l->stopping) {
		left = l->stop_by_mono_ms - clock_mono_ms();
		shorten(&wait_ms, left > 0 ? left : 0);
	}
	if (wait_ms > INT32_MAX)
		wait_ms = INT32_MAX;
	if (poll(fds, 4, (int)wait_ms) > 0 && fds[0].revents)
		loop_signals(l);
}

static enum err
loop_open(struct loop *l, struct fault *fault)
{
	struct sender_options sender = {
	    .conf = l->opt->conf,
	    .version = l->opt->version,
	    .done = on_done,
	    .ctx = l,
	};
	enum err rc = guard_new(l->opt->conf, &l->guard, fault);

	sender.guard = l->guard;
	if (!rc)
		rc = sender_new(&sender, &l->sender, fault);
	if (!rc)
		l->ask = ask_new(l->opt->conf->state_dir);
	l->arena = arena_new();
	return rc;
}

enum err
loop_run(const struct loop_options *opt, struct fault *fault)
{
	struct loop l = {.opt = opt};
	enum err rc = loop_open(&l, fault);

	if (rc)
		goto out;
	for (;;) {
		loop_hear(&l);
		sender_step(l.sender);
		if (loop_is_over(&l))
			break;
		loop_ask(&l);
		rc = loop_need_owner(&l, fault);
		if (rc)
			break;
		loop_wait(&l);
	}
out:
	sender_free(l.sender);
	ask_free(l.ask);
	guard_free(l.guard);
	arena_free(l.arena);
	return rc;
}
