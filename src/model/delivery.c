/* The life of a delivery: names of its states and outcomes, the schedule, and
 * what an ended attempt means (product chapter 3). Pure: time and chance come
 * in as arguments. */
#include "model/delivery.h"

#include <stddef.h>

enum { RETRY_AFTER_MAX_MS = 10 * 3600 * 1000 }; /* product chapter 3 */
enum { STATUS_GONE = 410 };			/* RFC 9110, 15.5.11 */

const uint32_t schedule_default[] = {
    0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400};
const size_t schedule_default_count =
    sizeof(schedule_default) / sizeof(schedule_default[0]);

static const char *const state_names[DELIVERY_STATE_COUNT] = {
    [DELIVERY_PENDING] = "pending",
    [DELIVERY_LEASED] = "leased",
    [DELIVERY_DELIVERED] = "delivered",
    [DELIVERY_DEAD] = "dead",
    [DELIVERY_CANCELLED] = "cancelled",
};

static const char *const outcome_names[OUTCOME_COUNT] = {
    [OUTCOME_DELIVERED] = "delivered",
    [OUTCOME_ANSWER] = "answer",
    [OUTCOME_TIMEOUT] = "timeout",
    [OUTCOME_DNS] = "dns",
    [OUTCOME_CONNECT] = "connect",
    [OUTCOME_TLS] = "tls",
    [OUTCOME_REFUSED_ADDRESS] = "refused_address",
    [OUTCOME_TOO_LARGE] = "too_large",
    [OUTCOME_PROTOCOL] = "protocol",
    [OUTCOME_ABORTED] = "aborted",
};

const char *
delivery_state_name(enum delivery_state state)
{
	return state < DELIVERY_STATE_COUNT ? state_names[state] : "";
}

bool
delivery_state_parse(struct span text, enum delivery_state *state)
{
	for (int i = 0; i < DELIVERY_STATE_COUNT; i++)
		if (span_is(text, state_names[i])) {
			*state = (enum delivery_state)i;
			return true;
		}
	return false;
}

const char *
outcome_name(enum outcome outcome)
{
	return outcome < OUTCOME_COUNT ? outcome_names[outcome] : "";
}

/* The list was checked when it was stored, so reading it takes no parser: runs
 * of digits are the steps. */
void
schedule_read(struct span list, struct schedule *s)
{
	bool in_number = false;

	s->count = 0;
	for (size_t i = 0; i < list.n; i++) {
		char c = list.p[i];
		bool digit = c >= '0' && c <= '9';

		if (digit && !in_number) {
			if (s->count == SCHEDULE_STEPS_MAX)
				return;
			s->steps[s->count++] = 0;
		}
		if (digit && s->steps[s->count - 1] < 100000000)
			s->steps[s->count - 1] =
			    s->steps[s->count - 1] * 10 + (uint32_t)(c - '0');
		in_number = digit;
	}
	if (s->count > 0)
		return;
	for (; s->count < schedule_default_count; s->count++)
		s->steps[s->count] = schedule_default[s->count];
}

/* The wait of the schedule, made up to a tenth longer so that deliveries that
 * failed together do not come back together. */
static int64_t
scheduled_wait_ms(uint32_t seconds, double jitter)
{
	double share = jitter > 0 ? jitter : 0;

	if (share > 1)
		share = 1;
	return (int64_t)((double)seconds * 1000 * (1 + 0.1 * share));
}

int64_t
schedule_longest_ms(const struct schedule *s)
{
	int64_t longest_ms = RETRY_AFTER_MAX_MS;

	for (size_t i = 0; i < s->count; i++) {
		int64_t wait_ms = scheduled_wait_ms(s->steps[i], 1);

		if (wait_ms > longest_ms)
			longest_ms = wait_ms;
	}
	return longest_ms;
}

enum verdict
next_attempt(const struct attempt_result *result, int64_t now_ms,
    const uint32_t *schedule, size_t schedule_count, double jitter,
    int64_t *due_ms)
{
	int64_t wait_ms, asked_ms;

	*due_ms = now_ms;
	if (result->outcome == OUTCOME_DELIVERED)
		return VERDICT_DELIVERED;
	/* Our own stop is not the receiver's fault: the same attempt again. */
	if (result->outcome == OUTCOME_ABORTED)
		return VERDICT_RETRY;
	if (result->status == STATUS_GONE)
		return VERDICT_GONE;
	/* schedule[n] is the wait before attempt n + 1. */
	if (result->attempt >= schedule_count)
		return VERDICT_DEAD;
	wait_ms = scheduled_wait_ms(schedule[result->attempt], jitter);
	asked_ms = result->retry_after_ms;
	if (asked_ms > RETRY_AFTER_MAX_MS)
		asked_ms = RETRY_AFTER_MAX_MS;
	*due_ms = now_ms + (asked_ms > wait_ms ? asked_ms : wait_ms);
	return VERDICT_RETRY;
}
