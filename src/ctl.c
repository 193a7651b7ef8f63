/* webhooks-ctl: the administrator's command. Arguments, settings, and the
 * table of commands; each command is one request to the store's owner over
 * owner.sock, or none at all. It never opens the store itself.
 *
 * Options before the command are those of all commands; after it its own may
 * stand as well. `--state` names the state directory, but after `deliveries
 * list` the state of a delivery. Ends with a code of sysexits.h. */
#include "ctl.h"

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

enum { ALWAYS = BIT(OPT_CONF) | BIT(OPT_JSON) | BIT(OPT_HELP) };

static const struct command {
	const char *noun, *verb;
	const char *usage;
	const char *help;
	int least, most; /* arguments behind the verb; most -1: no limit */
	unsigned options, needed;
	int (*run)(struct ctl *);
} commands[] = {
    {"token", "add",
	"--name NAME --role ROLE [--user UUID] [--role-id UUID]\n"
	"    [--collections A,B] [--expires TIME] [--token TEXT|-]",
	"make a token and print it, this once", 0, 0,
	BIT(OPT_NAME) | BIT(OPT_ROLE) | BIT(OPT_USER) | BIT(OPT_ROLE_ID) |
	    BIT(OPT_COLLECTIONS) | BIT(OPT_EXPIRES) | BIT(OPT_TOKEN),
	BIT(OPT_NAME) | BIT(OPT_ROLE), ctl_token_add},
    {"token", "list", "", "list the tokens", 0, 0, 0, 0, ctl_token_list},
    {"token", "revoke", "ID...", "take tokens back", 1, -1, 0, 0,
	ctl_token_revoke},
    {"collection", "add", "[--if-missing] FILE.json|NAME...",
	"make collections from definitions, or free-form ones", 1, -1,
	BIT(OPT_IF_MISSING), 0, ctl_collection_add},
    {"collection", "list", "", "list the collections", 0, 0, 0, 0,
	ctl_collection_list},
    {"webhook", "list", "", "list the webhooks", 0, 0, 0, 0, ctl_webhook_list},
    {"deliveries", "list", "[--state STATE] [--webhook ID] [--limit N]",
	"list deliveries, newest first", 0, 0,
	BIT(OPT_STATE) | BIT(OPT_WEBHOOK) | BIT(OPT_LIMIT), 0,
	ctl_deliveries_list},
    {"deliveries", "redeliver", "ID...", "send again", 1, -1, 0, 0,
	ctl_deliveries_redeliver},
    {"backup", NULL, "DIR", "copy the store into a new directory, in use", 1, 1,
	0, 0, ctl_backup},
    {"key", "new", "FILE", "make the key that seals secrets on the disk", 1, 1,
	0, 0, ctl_key_new},
    {"config", NULL, "", "print the settings in force and their origins", 0, 0,
	0, 0, ctl_config},
    {"check", NULL, "", "look whether everything works", 0, 0, 0, 0, ctl_check},
    {"doctor", NULL, "", "the same and more, and how to mend it", 0, 0, 0, 0,
	ctl_doctor},
    {"version", NULL, "", "print the versions of program and libraries", 0, 0,
	0, 0, ctl_version},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

/* val is the option plus one: getopt_long keeps 0 for itself. */
#define LONG(name, has, option)                                                \
	{                                                                      \
		name, has, NULL, (option) + 1                                  \
	}
static const struct option long_options[] = {
    LONG("config", required_argument, OPT_CONF),
    LONG("state", required_argument, OPT_STATE_DIR),
    LONG("json", no_argument, OPT_JSON),
    LONG("help", no_argument, OPT_HELP),
    LONG("version", no_argument, OPT_VERSION),
    LONG("name", required_argument, OPT_NAME),
    LONG("role", required_argument, OPT_ROLE),
    LONG("user", required_argument, OPT_USER),
    LONG("role-id", required_argument, OPT_ROLE_ID),
    LONG("collections", required_argument, OPT_COLLECTIONS),
    LONG("expires", required_argument, OPT_EXPIRES),
    LONG("token", required_argument, OPT_TOKEN),
    LONG("if-missing", no_argument, OPT_IF_MISSING),
    LONG("webhook", required_argument, OPT_WEBHOOK),
    LONG("limit", required_argument, OPT_LIMIT),
    {0},
};

static void
print_usage(FILE *to)
{
	fputs("usage: webhooks-ctl [-c FILE] [--state DIR] [--json] COMMAND\n",
	    to);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		fprintf(to, "  %s%s%s%s%s\n", c->noun, c->verb ? " " : "",
		    c->verb ? c->verb : "", *c->usage ? " " : "", c->usage);
		fprintf(to, "      %s\n", c->help);
	}
}

static int
wrong_usage(const char *what, const char *which)
{
	if (what)
		fprintf(stderr, "webhooks-ctl: %s%s\n", what, which);
	fputs("webhooks-ctl --help shows what there is\n", stderr);
	return EX_USAGE;
}

static const char *
option_name(int option)
{
	const struct option *o = long_options;

	if (option == OPT_STATE)
		option = OPT_STATE_DIR;
	while (o->val != option + 1)
		o++;
	return o->name;
}

/* Reads options into ctl->value; `allowed` is a set of BITs. */
static int
read_options(struct ctl *ctl, int argc, char **argv, unsigned allowed,
    const char *letters)
{
	int c;

	optind = 0; /* so that the second line is scanned from its start */
	opterr = 0;
	while (
	    (c = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		int option = c == 'c' ? OPT_CONF : c - 1;

		if (c == '?')
			return wrong_usage(
			    "unknown option, or its value is missing: ",
			    argv[optind - 1]);
		if (option == OPT_STATE_DIR && (allowed & BIT(OPT_STATE)))
			option = OPT_STATE;
		if (!(allowed & BIT(option)))
			return wrong_usage(
			    "here is no place for --", option_name(option));
		ctl->value[option] = optarg ? optarg : "";
	}
	return 0;
}

static const struct command *
find_command(int argc, char **argv)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];

		if (argc > 0 && strcmp(argv[0], c->noun) == 0 &&
		    (!c->verb || (argc > 1 && strcmp(argv[1], c->verb) == 0)))
			return c;
	}
	return NULL;
}

/* argv[0] is the last word of the command; what follows is its own. */
static int
read_command(struct ctl *ctl, const struct command *c, int argc, char **argv)
{
	int code = read_options(ctl, argc, argv,
	    ALWAYS | c->options |
		(c->options & BIT(OPT_STATE) ? 0 : BIT(OPT_STATE_DIR)),
	    "c:");

	if (code)
		return code;
	ctl->args = argv + optind;
	ctl->arg_count = argc - optind;
	if (ctl->value[OPT_HELP])
		return 0;
	for (int option = 0; option < OPT_COUNT; option++)
		if ((c->needed & BIT(option)) && !ctl->value[option])
			return wrong_usage(
			    "this command needs --", option_name(option));
	if (ctl->arg_count < c->least)
		return wrong_usage("this command needs: ", c->usage);
	if (c->most >= 0 && ctl->arg_count > c->most)
		return wrong_usage("one word too many: ", ctl->args[c->most]);
	return 0;
}

static int
load_settings(struct ctl *ctl)
{
	enum err err = conf_load(ctl->value[OPT_CONF],
	    SYSCONFDIR "/webhooks.conf", &ctl->conf, &ctl->fault);

	if (!err && ctl->value[OPT_STATE_DIR])
		err = conf_set(&ctl->conf, "store.state_dir",
		    ctl->value[OPT_STATE_DIR], "command line", &ctl->fault);
	return err ? ctl_fail(EX_CONFIG, "%s", ctl->fault.first->message) : 0;
}

static int
run(struct ctl *ctl, int argc, char **argv)
{
	const struct command *c = NULL;
	int words;
	int code = read_options(ctl, argc, argv,
	    ALWAYS | BIT(OPT_STATE_DIR) | BIT(OPT_VERSION), "+c:");

	if (code)
		return code;
	if (ctl->value[OPT_VERSION])
		return ctl_version(ctl);
	argc -= optind;
	argv += optind;
	if (!ctl->value[OPT_HELP]) {
		c = find_command(argc, argv);
		if (!c)
			return argc ? wrong_usage("no such command: ", argv[0])
				    : wrong_usage(NULL, "");
		words = c->verb ? 1 : 0;
		code = read_command(ctl, c, argc - words, argv + words);
		if (code)
			return code;
	}
	if (ctl->value[OPT_HELP]) {
		print_usage(stdout);
		return 0;
	}
	code = load_settings(ctl);
	return code ? code : c->run(ctl);
}

int
main(int argc, char **argv)
{
	struct ctl ctl = {.arena = arena_new(), .dirfd = -1};
	int code;

	ctl.fault.arena = ctl.arena;
	signal(SIGPIPE, SIG_IGN);
	code = run(&ctl, argc, argv);
	if (fflush(stdout) != 0 && !code)
		code = ctl_fail(EX_IOERR, "the output cannot be written");
	fcgi_client_free(ctl.client);
	conf_release(&ctl.conf);
	if (ctl.dirfd >= 0)
		close(ctl.dirfd);
	arena_free(ctl.arena);
	return code;
}
