/* Plain CGI: one request. Where an owner lives it is passed on; else this
 * process takes the lock, answers, and leaves; others wait for the lock.
 *
 * Where a write is to start a dispatcher (dispatch.start), that needs an owner
 * which outlives this process. So the owner is started first, and the write
 * passed on to it: cheaper than to open the store here, and again there. When
 * it does not come in time this process answers all the same. */
#include <string.h>

#include "common/child.h"
#include "common/clock.h"
#include "common/log.h"
#include "http/cgi.h"
#include "service.h"

enum {
	PAUSE_MOST_MS = 10, /* a request that waits is somebody's time */
	OWNER_COMES_MS = 1000
};

struct visit {
	struct service *service;
	bool called;	     /* an owner */
	int64_t own_mono_ms; /* not before: it is on its way */
};

/* True: an owner was started just now. */
static bool
called_owner(struct visit *v)
{
	const struct conf *conf = &v->service->conf;
	const char *method = conf_env("REQUEST_METHOD");
	int64_t wait_ms;

	if (v->called || strcmp(conf->dispatch_start, "after-write") != 0 ||
	    !method || method_is_safe(method_of(span_of(method))))
		return false;
	v->called = true;
	return child_call_owner(conf, &wait_ms) == ERR_NONE;
}

static enum relay_turn
turn(void *ctx)
{
	struct visit *v = ctx;
	struct service *s = v->service;
	struct fault fault = {0};
	enum relay_turn turn = RELAY_OWN;
	enum err err;

	if (called_owner(v))
		v->own_mono_ms = clock_mono_ms() + OWNER_COMES_MS;
	if (clock_mono_ms() < v->own_mono_ms)
		return RELAY_SOON;
	fault.arena = arena_new();
	err = owner_open(s, &fault);
	if (!err) {
		atomic_store(&s->owns, true);
	} else if (err == ERR_LOCKED) {
		turn = RELAY_WAIT;
	} else {
		log_event(LOG_ERROR, "owner", "words=\"%s\"",
		    fault.first ? fault.first->message : err_text(err));
		atomic_store(&s->failed, err);
		turn = RELAY_NEVER;
	}
	arena_free(fault.arena);
	return turn;
}

enum err
visitor_run(struct service *s)
{
	struct serve_options options = service_options(s);
	struct visit visit = {.service = s};
	struct relay_options relay = {.state_dir = s->conf.state_dir,
	    .pause_most_ms = PAUSE_MOST_MS,
	    .turn = turn,
	    .ctx = &visit};
	enum err err;

	s->relay = relay_new(&relay);
	if (s->relay == NULL)
		return fault_add(&s->fault, ERR_IO, NULL, "no thread");
	err = cgi_serve(&options);
	relay_free(s->relay);
	owner_end(s);
	return err ? err : atomic_load(&s->failed);
}
