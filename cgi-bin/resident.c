/* A process that stays: with a web server's socket it is owner or relay, with
 * --own it is the owner or ends.
 *
 * A relay becomes the owner inside the thread that carries its requests, with
 * its connections open and the requests that wait handed to the handler again.
 * When the store cannot be opened the process ends and says why. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/turn.h"
#include "http/listen.h"
#include "idle.h"
#include "service.h"

static enum err
listen_path(struct service *s, const char *path)
{
	/* A path may be deeper than a socket address is long: its directory
	 * is opened first. */
	const char *slash = strrchr(path, '/');
	const char *dir = slash ? arena_printf(s->fault.arena, "%.*s/",
				      (int)(slash - path), path)
				: ".";
	int fd = -1, dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err err = ERR_NONE;

	if (dir_fd < 0 ||
	    listen_unix(dir_fd, slash ? slash + 1 : path, &fd) != ERR_NONE)
		err = fault_add(&s->fault, ERR_IO, NULL,
		    "cannot listen on %s: %s", path, strerror(errno));
	else
		s->web[s->web_count++] = (struct serve_listen){fd, DOOR_WEB};
	if (dir_fd >= 0)
		close(dir_fd);
	return err;
}

static enum err
open_web_sockets(struct service *s)
{
	if (listen_is_socket(STDIN_FILENO))
		s->web[s->web_count++] =
		    (struct serve_listen){STDIN_FILENO, DOOR_WEB};
	return s->arguments.listen ? listen_path(s, s->arguments.listen)
				   : ERR_NONE;
}

static enum relay_turn
turn(void *ctx)
{
	struct service *s = ctx;
	struct fault fault = {.arena = arena_new()};
	enum relay_turn turn = RELAY_NEVER;
	enum err err;

	if (serve_is_ending(s->api.serve))
		goto out;
	err = owner_open(s, &fault);
	if (err == ERR_LOCKED) {
		turn = RELAY_WAIT;
		goto out;
	}
	if (!err)
		err = owner_begin(s, &fault);
	if (!err) {
		turn = RELAY_OWN;
		goto out;
	}
	log_event(LOG_ERROR, "owner", "words=\"%s\"",
	    fault.first ? fault.first->message : err_text(err));
	atomic_store(&s->failed, err);
	serve_stop(s->api.serve);
out:
	arena_free(fault.arena);
	return turn;
}

static enum err
become_relay(struct service *s)
{
	struct relay_options options = {
	    .state_dir = s->conf.state_dir,
	    .has_web = true,
	    .turn = turn,
	    .ctx = s,
	};

	s->relay = relay_new(&options);
	if (s->relay == NULL)
		return fault_add(
		    &s->fault, ERR_IO, NULL, "no thread: %s", strerror(errno));
	log_event(LOG_NOTICE, "relay", "pid=%ld", (long)getpid());
	return ERR_NONE;
}

/* Owner at once where that can be, else relay. */
static enum err
take_role(struct service *s)
{
	struct fault fault = {.arena = s->fault.arena};
	enum err err = s->arguments.own && s->web_count == 0
			   ? owner_open_wait(s)
			   : owner_open(s, &fault);

	if (err == ERR_LOCKED && s->web_count > 0)
		return become_relay(s);
	if (fault.first)
		s->fault = fault;
	return err ? err : owner_begin(s, &s->fault);
}

static enum err
run(struct service *s)
{
	struct idle *idle = NULL;

	if (s->web_count == 0)
		idle = idle_watch(s->api.serve, s->conf.owner_idle_ms);
	notify_tell(NOTIFY_READY);
	serve_run(s->api.serve);
	notify_tell(NOTIFY_STOPPING);
	idle_free(idle);
	if (s->web_count == 0)
		turn_give(s->conf.state_dir, TURN_OWNER);
	log_event(LOG_NOTICE, "stopping", "pid=%ld", (long)getpid());
	return atomic_load(&s->failed);
}

enum err
resident_run(struct service *s)
{
	enum err err = open_web_sockets(s);
	struct serve_options options;

	if (err)
		return err;
	s->api.stays = s->web_count > 0;
	options = service_options(s);
	err = serve_new(&options, &s->api.serve);
	if (err)
		return err;
	log_event(LOG_NOTICE, "started", "version=%s pid=%ld", PACKAGE_VERSION,
	    (long)getpid());
	err = take_role(s);
	if (!err)
		err = run(s);
	relay_free(s->relay);
	owner_end(s);
	serve_free(s->api.serve);
	if (s->arguments.listen)
		unlink(s->arguments.listen);
	return err;
}
