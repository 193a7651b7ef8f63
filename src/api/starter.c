/* Everything is looked at anew each time, so a call too many does nothing, and
 * a dispatcher that died, or never came, is replaced at the next look. The
 * commit itself only sets the server's alarm: a fork in the committing thread
 * would hold up the writers. */
#include "api/starter.h"

#include <errno.h>
#include <string.h>

#include "common/child.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/turn.h"

/* When one is to be started: now or before it, later, or INT64_MAX. */
static int64_t
wanted_at_ms(struct api *api)
{
	if (strcmp(api->conf->dispatch_start, "after-write") != 0 ||
	    queue_has_session(api->queue))
		return INT64_MAX;
	return queue_next_due_ms(api->queue);
}

static int64_t
start(struct api *api, int64_t now_ms)
{
	int64_t wait_ms = TURN_EVERY_MS;
	enum err err = child_call_sender(api->conf, &wait_ms);

	if (!err)
		log_event(LOG_NOTICE, "dispatcher_started", "program=%s",
		    api->conf->dispatch_program);
	else if (err != ERR_LOCKED)
		log_event(LOG_WARNING, "dispatcher_not_started",
		    "program=%s error=\"%s\"", api->conf->dispatch_program,
		    strerror(errno));
	return now_ms + wait_ms;
}

void
starter_look(struct api *api)
{
	int64_t now_ms = clock_wall_ms(), at_ms = wanted_at_ms(api);

	if (api->serve && at_ms < INT64_MAX)
		serve_wake_at(api->serve, at_ms > now_ms ? at_ms : now_ms);
}

void
starter_timer(struct api *api)
{
	int64_t now_ms = clock_wall_ms(), at_ms = wanted_at_ms(api);

	if (at_ms <= now_ms)
		at_ms = start(api, now_ms);
	if (at_ms < INT64_MAX)
		serve_wake_at(api->serve, at_ms);
}

void
starter_visit(struct api *api)
{
	int64_t now_ms = clock_wall_ms(), wait_ms;

	if (wanted_at_ms(api) > now_ms)
		return;
	(void)child_call_owner(api->conf, &wait_ms);
	(void)start(api, now_ms);
}
