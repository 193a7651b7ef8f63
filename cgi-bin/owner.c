/* The owner's part: the store, its two sockets, what runs beside them.
 *
 * The order of an end matters: sockets are unlinked before the lock is given
 * up, so that a leaving owner never removes those of the next one; they are
 * emptied before that (serve_run), so that nobody who connected is lost. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api/internal.h"
#include "api/stats.h"
#include "api/trial.h"
#include "common/clock.h"
#include "common/log.h"
#include "http/fcgi_client.h"
#include "http/listen.h"
#include "http/relay_wire.h"
#include "service.h"

#define OWNER_SOCKET "owner.sock"

enum {
	OWNER_LOCK_WAIT_MS = 5000, /* design "One owner" */
	LOCK_STEP_MS = 5,
	PROBE_BYTES_MAX = 4096
};

enum err
owner_open(struct service *s, struct fault *fault)
{
	struct store_options options = {
	    .dir = s->conf.state_dir,
	    .cache_bytes = s->conf.cache_bytes,
	    .checkpoint_bytes = s->conf.checkpoint_bytes,
	    .allow_network_fs = s->conf.allow_network_fs,
	    .secret_key_file = s->conf.secret_key_file,
	    .secret_key_file_old = s->conf.secret_key_file_old,
	};
	enum err err = store_open(&options, &s->api.store, fault);

	if (err)
		return err;
	err = queue_new(s->api.store, &s->conf, &s->api.queue);
	if (err) {
		store_close(s->api.store);
		s->api.store = NULL;
		return err;
	}
	stats_start(&s->api);
	return ERR_NONE;
}

/* Does somebody listen on relay.sock? */
static bool
others_answer(const struct service *s)
{
	struct fcgi_client *probe;
	int dir = open(s->conf.state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool there = dir >= 0 && fcgi_client_connect(dir, RELAY_SOCKET,
				     PROBE_BYTES_MAX, &probe) == ERR_NONE;

	if (there)
		fcgi_client_free(probe);
	if (dir >= 0)
		close(dir);
	return there;
}

enum err
owner_open_wait(struct service *s)
{
	const struct timespec step = {.tv_nsec = LOCK_STEP_MS * 1000000L};
	int64_t until = clock_mono_ms() + OWNER_LOCK_WAIT_MS;

	for (;;) {
		struct fault fault = {.arena = s->fault.arena};
		enum err err = owner_open(s, &fault);

		s->fault = fault;
		if (err != ERR_LOCKED || clock_mono_ms() >= until ||
		    others_answer(s))
			return err;
		nanosleep(&step, NULL);
	}
}

static enum err
listen_inner(
    struct service *s, const char *name, enum door door, struct fault *fault)
{
	int fd;

	if (listen_unix(store_dir_fd(s->api.store), name, &fd) != ERR_NONE)
		return fault_add(fault, ERR_IO, NULL, "cannot listen on %s: %s",
		    name, strerror(errno));
	s->inner[s->inner_count++] = fd;
	return serve_listen(s->api.serve, fd, door);
}

enum err
owner_begin(struct service *s, struct fault *fault)
{
	enum err err;

	internal_start(&s->api);
	trial_start(&s->api);
	queue_speak(s->api.queue, api_ready, &s->api);
	atomic_store(&s->owns, true);
	err = listen_inner(s, RELAY_SOCKET, DOOR_RELAY, fault);
	if (!err)
		err = listen_inner(s, OWNER_SOCKET, DOOR_OWNER, fault);
	if (err)
		return err;
	api_ready(&s->api); /* what was left by others */
	log_event(LOG_NOTICE, "owner", "pid=%ld", (long)getpid());
	return ERR_NONE;
}

void
owner_unlink(struct service *s)
{
	if (s->inner_count == 0)
		return;
	listen_unlink(store_dir_fd(s->api.store), RELAY_SOCKET);
	listen_unlink(store_dir_fd(s->api.store), OWNER_SOCKET);
}

void
owner_end(struct service *s)
{
	if (s->api.store == NULL)
		return;
	queue_quiet(s->api.queue);
	trial_stop(&s->api);
	stats_stop(&s->api);
	internal_stop(&s->api);
	owner_unlink(s);
	while (s->inner_count > 0)
		close(s->inner[--s->inner_count]);
	store_close(s->api.store);
	queue_free(s->api.queue);
}
