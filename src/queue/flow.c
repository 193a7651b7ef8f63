/* Window and breaker of one endpoint, as a table of what each sign does. */
#include "queue/flow.h"

#include <stddef.h>

/* RFC 6585 section 4, RFC 9110 sections 15.6.3 to 15.6.5. */
static const int pressed_statuses[] = {429, 502, 503, 504};

/* When no answer came. */
static const enum sign silent_signs[OUTCOME_COUNT] = {
    [OUTCOME_TIMEOUT] = SIGN_SILENT,
    [OUTCOME_PROTOCOL] = SIGN_SILENT,
    [OUTCOME_DNS] = SIGN_TROUBLE,
    [OUTCOME_CONNECT] = SIGN_TROUBLE,
    [OUTCOME_TLS] = SIGN_TROUBLE,
};

enum sign
flow_sign(enum outcome outcome, int status)
{
	if (outcome == OUTCOME_DELIVERED)
		return SIGN_SUCCESS;
	if (outcome == OUTCOME_ABORTED || outcome >= OUTCOME_COUNT)
		return SIGN_NONE;
	if (status == 0)
		return silent_signs[outcome];
	for (size_t i = 0;
	     i < sizeof(pressed_statuses) / sizeof(pressed_statuses[0]); i++)
		if (status == pressed_statuses[i])
			return SIGN_PRESSED;
	return SIGN_ANSWER;
}

/* clang-format off */
static const struct effect {
	bool rises, falls; /* the window */
	bool closes;       /* the breaker, and forgets its troubles */
	bool doubts;       /* no longer proven */
} effects[] = {
	[SIGN_NONE]    = {false, false, false, false},
	[SIGN_SUCCESS] = {true,  false, true,  false},
	[SIGN_ANSWER]  = {false, false, true,  false},
	[SIGN_PRESSED] = {false, true,  true,  false},
	[SIGN_SILENT]  = {false, true,  false, true},
	[SIGN_TROUBLE] = {false, true,  false, true},
};
/* clang-format on */

const char *
flow_state_name(enum flow_state state)
{
	static const char *const names[FLOW_STATES] = {
	    "closed", "open", "probing"};

	return names[state];
}

void
flow_init(struct flow *f, const struct flow_limits *limits)
{
	*f = (struct flow){.window = FLOW_START, .fell = -1};
	if (limits->window < FLOW_START)
		f->window = (double)limits->window;
}

int64_t
flow_next_ms(const struct flow *f, int64_t in_flight)
{
	if (f->state == FLOW_OPEN)
		return f->retry_ms;
	if (f->state == FLOW_PROBING || in_flight >= (int64_t)f->window)
		return INT64_MAX;
	return f->taken_ms;
}

int64_t
flow_take(struct flow *f, int64_t now_ms)
{
	f->taken++;
	f->taken_ms = now_ms;
	if (f->state == FLOW_OPEN) {
		f->state = FLOW_PROBING;
		f->probe = f->taken;
	}
	return f->taken;
}

/* Only a window that is in use says what the receiver bears. */
static void
rise(struct flow *f, const struct flow_limits *limits, int64_t in_flight)
{
	if ((double)(in_flight * 2) < f->window)
		return;
	f->window += 1 / f->window;
	if (f->window > (double)limits->window)
		f->window = (double)limits->window;
}

static void
fall(struct flow *f, int64_t number)
{
	if (number <= f->fell)
		return;
	f->fell = f->taken;
	f->window = f->window / 2 > 1 ? f->window / 2 : 1;
}

static int64_t
wait_ms(const struct flow *f, const struct flow_limits *limits)
{
	int32_t doublings = f->waits - 1;

	if (doublings > FLOW_WAIT_DOUBLINGS)
		doublings = FLOW_WAIT_DOUBLINGS;
	return limits->wait_ms << (doublings > 0 ? doublings : 0);
}

static void
open(struct flow *f, const struct flow_limits *limits, int64_t now_ms)
{
	f->state = FLOW_OPEN;
	f->probe = 0;
	f->waits++;
	f->retry_ms = now_ms + wait_ms(f, limits);
}

static void
close_again(struct flow *f)
{
	f->state = FLOW_CLOSED;
	f->probe = 0;
}

static void
trouble(struct flow *f, const struct flow_limits *limits, bool probe,
    int64_t now_ms)
{
	f->troubles++;
	if (probe || (f->state == FLOW_CLOSED && f->troubles >= FLOW_TROUBLES))
		open(f, limits, now_ms);
}

void
flow_hear(struct flow *f, const struct flow_limits *limits, enum sign sign,
    int64_t number, int64_t in_flight, int64_t now_ms)
{
	const struct effect *effect = &effects[sign];
	bool probe = number != 0 && number == f->probe;

	if (sign == SIGN_NONE)
		return;
	if (effect->rises)
		rise(f, limits, in_flight);
	if (effect->falls)
		fall(f, number);
	f->proven = !effect->doubts;
	if (effect->closes) {
		f->troubles = f->waits = 0;
		close_again(f);
	} else if (sign == SIGN_TROUBLE) {
		trouble(f, limits, probe, now_ms);
	} else if (probe) {
		/* Connected at least, but the next trouble opens it again. */
		close_again(f);
	}
}

void
flow_lost(struct flow *f, int64_t number)
{
	if (number == 0 || number != f->probe)
		return;
	f->state = FLOW_OPEN;
	f->probe = 0;
}

void
flow_shift(struct flow *f, int64_t by_ms)
{
	if (f->state == FLOW_OPEN)
		f->retry_ms += by_ms;
	f->taken_ms += by_ms;
}
