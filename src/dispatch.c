/* webhooks-dispatch: sends what is due. See webhooks-dispatch(8).
 *
 * Arguments, settings, signals, the loop; nothing else. Exit: 0, 64 usage, 69
 * no owner to drain, 71 system, 78 configuration (sysexits.h). */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/conf.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/notify.h"
#include "common/user.h"
#include "delivery/loop.h"

struct arguments {
	const char *conf, *state_dir;
	bool drain, on_demand;
};

static int
usage(FILE *to, int status)
{
	fputs("usage: webhooks-dispatch [-c FILE] [--state DIR]\n"
	      "                         [--drain | --on-demand]\n"
	      "  -c FILE      settings (else WEBHOOKS_CONF, else " SYSCONFDIR
	      "/webhooks.conf)\n"
	      "  --state DIR  the state directory, whatever the settings say\n"
	      "  --drain      deliver what is due, then leave\n"
	      "  --on-demand  leave when nothing came for a while\n"
	      "  --version\n",
	    to);
	return status;
}

static void
tell_ready(void)
{
	notify_tell(NOTIFY_READY);
}

static void
tell_stopping(void)
{
	notify_tell(NOTIFY_STOPPING);
}

/* Each transfer and each kept connection is a descriptor. */
static void
raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static int
signals_open(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP); /* a closed terminal */
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

static int
dispatch(const struct arguments *a)
{
	static struct conf conf;
	struct fault fault = {.arena = arena_new()};
	struct loop_options opt = {.conf = &conf,
	    .version = PACKAGE_VERSION,
	    .drain = a->drain,
	    .on_demand = a->on_demand,
	    .ready = tell_ready,
	    .stopping = tell_stopping};
	int status = EX_OK;

	if (conf_load(a->conf, SYSCONFDIR "/webhooks.conf", &conf, &fault) ||
	    (a->state_dir && conf_set(&conf, "store.state_dir", a->state_dir,
				 "command line", &fault)) ||
	    clock_follow(conf.debug_clock, &fault)) {
		status = EX_CONFIG;
		goto out;
	}
	if (user_become_owner(conf.state_dir, &fault)) {
		status = EX_NOPERM;
		goto out;
	}
	log_start("webhooks-dispatch", &conf);
	raise_descriptors();
	opt.signal_fd = signals_open();
	if (opt.signal_fd < 0)
		status = EX_OSERR;
	else
		switch (loop_run(&opt, &fault)) {
		case ERR_NONE:
			break;
		case ERR_CONFIG:
			status = EX_CONFIG;
			break;
		case ERR_UNAVAILABLE:
			status = EX_UNAVAILABLE;
			break;
		default:
			status = EX_OSERR;
		}
out:
	for (struct fault_item *i = fault.first; i; i = i->next)
		fprintf(stderr, "webhooks-dispatch: %s\n", i->message);
	arena_free(fault.arena);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option table[] = {{"drain", 0, NULL, 'd'},
	    {"state", 1, NULL, 's'}, {"version", 0, NULL, 'v'},
	    {"on-demand", 0, NULL, 'o'}, {"help", 0, NULL, 'h'},
	    {NULL, 0, NULL, 0}};
	struct arguments a = {0};
	int c;

	while ((c = getopt_long(argc, argv, "c:", table, NULL)) != -1)
		switch (c) {
		case 'c':
			a.conf = optarg;
			break;
		case 's':
			a.state_dir = optarg;
			break;
		case 'd':
			a.drain = true;
			break;
		case 'o':
			a.on_demand = true;
			break;
		case 'v':
			puts("webhooks-dispatch " PACKAGE_VERSION);
			return EX_OK;
		case 'h':
			return usage(stdout, EX_OK);
		default:
			return usage(stderr, EX_USAGE);
		}
	if (optind != argc)
		return usage(stderr, EX_USAGE);
	return dispatch(&a);
}
