/* webhooks.fcgi: the responder. Arguments, settings, store, sockets, serve.
 *
 * Started by a web server (or spawn-fcgi, systemd) with a listening socket as
 * descriptor 0, or by hand with --own or --listen. Whoever gets the store's
 * lock is its owner and also listens on relay.sock and owner.sock in the
 * state directory. Without a socket and under a web server it is plain CGI:
 * takes the lock for its one request, serves it, leaves. Ends with a code of
 * sysexits.h and a line that says why. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#include "api/api.h"
#include "api/internal.h"
#include "api/stats.h"
#include "api/trial.h"
#include "common/clock.h"
#include "common/log.h"
#include "http/cgi.h"
#include "http/listen.h"
#include "idle.h"

enum { OWNER_LOCK_WAIT_MS = 5000, REQUEST_DEADLINE_MS = 5000, LISTEN_MAX = 4 };
#define RELAY_SOCKET "relay.sock"
#define OWNER_SOCKET "owner.sock"

struct arguments {
	const char *conf;
	const char *listen;
	const char *state_dir;
	bool own;
};

struct service {
	struct conf conf;
	struct fault fault;
	struct api api;
	struct serve_listen listen[LISTEN_MAX];
	size_t listen_count;
};

static const char usage[] =
    "usage: webhooks.fcgi [-c FILE] [--state DIR] [--own] [--listen PATH]\n"
    "  -c FILE        settings (else WEBHOOKS_CONF, else " SYSCONFDIR
    "/webhooks.conf)\n"
    "  --state DIR    state directory, whatever the settings say\n"
    "  --own          own the store without a web server's socket\n"
    "  --listen PATH  make a FastCGI socket there\n"
    "  --version, --help\n";

static int
exit_code(enum err err)
{
	static const struct {
		enum err err;
		int code;
	} codes[] = {
	    {ERR_CONFIG, EX_CONFIG},
	    {ERR_LOCKED, EX_TEMPFAIL},
	    {ERR_PLACE, EX_CANTCREAT},
	    {ERR_FULL, EX_CANTCREAT},
	    {ERR_FORMAT, EX_DATAERR},
	    {ERR_DAMAGED, EX_DATAERR},
	    {ERR_IO, EX_IOERR},
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (codes[i].err == err)
			return codes[i].code;
	}
	return EX_SOFTWARE;
}

static int
fail(const struct service *s, enum err err)
{
	const char *words =
	    s->fault.first ? s->fault.first->message : err_text(err);

	fprintf(stderr, "webhooks.fcgi: %s\n", words);
	return exit_code(err);
}

/* -1: go on; else the exit code. */
static int
read_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
	    {"state", required_argument, NULL, 's'},
	    {"own", no_argument, NULL, 'o'},
	    {"listen", required_argument, NULL, 'l'},
	    {"version", no_argument, NULL, 'V'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			a->conf = optarg;
			break;
		case 's':
			a->state_dir = optarg;
			break;
		case 'o':
			a->own = true;
			break;
		case 'l':
			a->listen = optarg;
			break;
		case 'V':
			printf("webhooks.fcgi %s\n", PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			fputs(usage, stdout);
			return EX_OK;
		default:
			fputs(usage, stderr);
			return EX_USAGE;
		}
	}
	return -1;
}

/* Each kept connection is a descriptor; the soft limit is often 1,024. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void
add_listen(struct service *s, int fd, enum door door)
{
	s->listen[s->listen_count].fd = fd;
	s->listen[s->listen_count].door = door;
	s->listen_count++;
}

static enum err
listen_below(struct service *s, int dir, const char *name, enum door door)
{
	int fd;

	if (listen_unix(dir, name, &fd) != ERR_NONE)
		return fault_add(&s->fault, ERR_IO, NULL,
		    "cannot listen on %s: %s", name, strerror(errno));
	add_listen(s, fd, door);
	return ERR_NONE;
}

/* A path may be deeper than a socket address is long: its directory is
 * opened first. */
static enum err
listen_path(struct service *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dir = slash ? arena_printf(s->fault.arena, "%.*s/",
				      (int)(slash - path), path)
				: ".";
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum err err;

	if (fd < 0)
		return fault_add(
		    &s->fault, ERR_IO, NULL, "%s: %s", dir, strerror(errno));
	err = listen_below(s, fd, slash ? slash + 1 : path, DOOR_WEB);
	close(fd);
	return err;
}

static enum err
open_sockets(struct service *s, const struct arguments *a)
{
	int dir = store_dir_fd(s->api.store);
	enum err err = ERR_NONE;

	if (listen_is_socket(STDIN_FILENO))
		add_listen(s, STDIN_FILENO, DOOR_WEB);
	if (a->listen)
		err = listen_path(s, a->listen);
	if (!err)
		err = listen_below(s, dir, RELAY_SOCKET, DOOR_RELAY);
	if (!err)
		err = listen_below(s, dir, OWNER_SOCKET, DOOR_OWNER);
	return err;
}

static enum err
open_store(struct service *s)
{
	struct store_options options = {
	    .dir = s->conf.state_dir,
	    .cache_bytes = s->conf.cache_bytes,
	    .checkpoint_bytes = s->conf.checkpoint_bytes,
	    .allow_network_fs = s->conf.allow_network_fs,
	    .lock_wait_ms = OWNER_LOCK_WAIT_MS,
	};
	enum err err;

	err = store_become_owner(s->conf.state_dir, &s->fault);
	if (!err)
		err = store_open(&options, &s->api.store, &s->fault);
	if (!err)
		err = queue_new(
		    s->api.store, &s->conf, api_ready, &s->api, &s->api.queue);
	return err;
}

static struct serve_options
serving(struct service *s)
{
	struct serve_options options = {
	    .listen = s->listen,
	    .listen_count = s->listen_count,
	    .workers = (size_t)s->conf.workers,
	    .body_max_bytes = s->conf.body_max_bytes,
	    .internal_body_max_bytes = LEASE_MESSAGE_BYTES_MAX,
	    .receive_timeout_ms = s->conf.receive_timeout_ms,
	    .base_path = s->conf.base_path,
	    .request_deadline_ms = REQUEST_DEADLINE_MS,
	    .handler = api_handle,
	    .timer = api_timer,
	    .ctx = &s->api,
	};

	return options;
}

static enum err
serve_as_owner(struct service *s, const struct arguments *a)
{
	struct serve_options options;
	struct idle *idle = NULL;
	enum err err;

	if ((err = open_sockets(s, a)) != ERR_NONE)
		return err;
	options = serving(s);
	if ((err = serve_new(&options, &s->api.serve)) != ERR_NONE)
		return err;
	internal_start(&s->api);
	trial_start(&s->api);
	stats_start(&s->api);
	log_event(LOG_NOTICE, "started", "version=%s pid=%ld", PACKAGE_VERSION,
	    (long)getpid());
	if (a->own && !a->listen && s->listen[0].door != DOOR_WEB)
		idle = idle_watch(s->api.serve);
	serve_run(s->api.serve);
	idle_free(idle);
	log_event(LOG_NOTICE, "stopping", "pid=%ld", (long)getpid());
	return ERR_NONE;
}

static enum err
serve_one(struct service *s)
{
	struct serve_options options = serving(s);

	return cgi_serve(&options);
}

static enum err
check_start(struct service *s, bool cgi)
{
	if (cgi && conf_env("GATEWAY_INTERFACE") == NULL)
		return fault_add(&s->fault, ERR_CONFIG, NULL,
		    "descriptor 0 is no listening socket; start it through a "
		    "web server or spawn-fcgi, or with --own or --listen");
	return ERR_NONE;
}

static enum err
serve(struct service *s, const struct arguments *a)
{
	bool cgi = cgi_is() && !a->own && a->listen == NULL;
	enum err err;

	s->api.conf = &s->conf;
	s->api.started_ms = clock_wall_ms();
	err = check_start(s, cgi);
	if (!err)
		err = open_store(s);
	if (err)
		return err;
	return cgi ? serve_one(s) : serve_as_owner(s, a);
}

/* A leaving owner takes its sockets away before it gives up the lock, so
 * that it never removes those of the next one. */
static void
leave(struct service *s, const struct arguments *a)
{
	if (s->api.serve) {
		trial_stop(&s->api);
		stats_stop(&s->api);
		internal_stop(&s->api);
		serve_free(s->api.serve);
	}
	if (s->api.store) {
		int dir = store_dir_fd(s->api.store);

		if (s->listen_count) {
			listen_unlink(dir, RELAY_SOCKET);
			listen_unlink(dir, OWNER_SOCKET);
		}
		store_close(s->api.store);
	}
	if (s->api.queue)
		queue_free(s->api.queue);
	if (a->listen)
		unlink(a->listen);
}

static enum err
load_settings(struct service *s, const struct arguments *a)
{
	enum err err = conf_load(
	    a->conf, SYSCONFDIR "/webhooks.conf", &s->conf, &s->fault);

	if (!err && a->state_dir)
		err = conf_set(&s->conf, "store.state_dir", a->state_dir,
		    "command line", &s->fault);
	return err;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct service s = {0};
	int code;
	enum err err;

	code = read_arguments(argc, argv, &arguments);
	if (code >= 0)
		return code;
	s.fault.arena = arena_new();
	err = load_settings(&s, &arguments);
	if (!err) {
		log_start("webhooks.fcgi", &s.conf);
		raise_file_limit();
		serve_block_signals();
		err = serve(&s, &arguments);
		leave(&s, &arguments);
	}
	code = err ? fail(&s, err) : EX_OK;
	conf_release(&s.conf);
	arena_free(s.fault.arena);
	return code;
}
