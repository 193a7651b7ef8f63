/* Plain CGI: one request. Where an owner lives it is passed on; else this
 * process takes the lock, answers, and leaves; others wait for the lock as
 * relays do, from 5 to 50 ms apart, until the request's deadline. */
#include "api/internal.h"
#include "common/log.h"
#include "http/cgi.h"
#include "service.h"

static enum relay_turn
turn(void *ctx)
{
	struct service *s = ctx;
	struct fault fault = {.arena = arena_new()};
	enum relay_turn turn = RELAY_OWN;
	enum err err = owner_open(s, &fault);

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
	struct relay_options relay = {
	    .state_dir = s->conf.state_dir, .turn = turn, .ctx = s};
	enum err err;

	s->relay = relay_new(&relay);
	if (s->relay == NULL)
		return fault_add(&s->fault, ERR_IO, NULL, "no thread");
	err = cgi_serve(&options);
	relay_free(s->relay);
	owner_end(s);
	return err ? err : atomic_load(&s->failed);
}
