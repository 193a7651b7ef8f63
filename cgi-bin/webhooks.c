/* webhooks.fcgi: the responder. Arguments, settings, and the choice of a role.
 *
 * Started by a web server (or spawn-fcgi, systemd) with a listening socket as
 * descriptor 0, or by hand with --own or --listen, it stays (resident.c).
 * Without a socket and under a web server it is plain CGI (visitor.c). Ends
 * with a code of sysexits.h and a line that says why. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "api/internal.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/user.h"
#include "http/cgi.h"
#include "http/relay_wire.h"
#include "service.h"

enum { REQUEST_DEADLINE_MS = 5000 };

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

/* An owner that was only started for others gives way to one that a web
 * server started: after this answer, so that nobody is refused. */
static bool
gives_way(const struct service *s, const struct request *req)
{
	return req->door == DOOR_RELAY && s->web_count == 0 &&
	       request_param(req, RELAY_HAS_WEB).n > 0;
}

static enum reply
handle(void *ctx, struct request *req, struct response *res)
{
	struct service *s = ctx;
	enum reply reply;

	if (!atomic_load(&s->owns))
		return relay_handle(s->relay, req, res);
	if (gives_way(s, req))
		serve_stop(s->api.serve);
	reply = api_handle(&s->api, req, res);
	if (!s->api.serve)
		api_visit(&s->api);
	return reply;
}

static void
timer(void *ctx)
{
	struct service *s = ctx;

	if (atomic_load(&s->owns))
		api_timer(&s->api);
}

static void
ending(void *ctx)
{
	struct service *s = ctx;

	if (atomic_load(&s->owns))
		owner_unlink(s);
}

static void
closed(void *ctx, uint64_t connection)
{
	struct service *s = ctx;

	if (atomic_load(&s->owns))
		internal_closed(&s->api, connection);
}

struct serve_options
service_options(struct service *s)
{
	struct serve_options options = {
	    .listen = s->web,
	    .listen_count = s->web_count,
	    .workers = (size_t)s->conf.workers,
	    .body_max_bytes = s->conf.body_max_bytes,
	    .internal_body_max_bytes = LEASE_MESSAGE_BYTES_MAX,
	    .receive_timeout_ms = s->conf.receive_timeout_ms,
	    .base_path = s->conf.base_path,
	    .request_deadline_ms = REQUEST_DEADLINE_MS,
	    .handler = handle,
	    .timer = timer,
	    .ending = ending,
	    .closed = closed,
	    .ctx = s,
	};

	return options;
}

static enum err
serve(struct service *s)
{
	bool cgi = cgi_is() && !s->arguments.own && !s->arguments.listen;
	enum err err;

	s->api.conf = &s->conf;
	s->api.started_ms = clock_wall_ms();
	if (cgi && conf_env("GATEWAY_INTERFACE") == NULL)
		return fault_add(&s->fault, ERR_CONFIG, NULL,
		    "descriptor 0 is no listening socket; start it through a "
		    "web server or spawn-fcgi, or with --own or --listen");
	err = user_become_owner(s->conf.state_dir, &s->fault);
	if (err)
		return err;
	return cgi ? visitor_run(s) : resident_run(s);
}

static enum err
load_settings(struct service *s)
{
	const struct arguments *a = &s->arguments;
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
	struct service s = {0};
	int code;
	enum err err;

	mem_give_back();
	code = read_arguments(argc, argv, &s.arguments);
	if (code >= 0)
		return code;
	s.fault.arena = arena_new();
	err = load_settings(&s);
	if (!err)
		err = clock_follow(s.conf.debug_clock, &s.fault);
	if (!err) {
		log_start("webhooks.fcgi", &s.conf);
		raise_file_limit();
		serve_block_signals();
		err = serve(&s);
	}
	code = err ? fail(&s, err) : EX_OK;
	conf_release(&s.conf);
	arena_free(s.fault.arena);
	return code;
}
