/* webhooks-ctl: what its files share. Functions that return int give a code
 * of sysexits.h, 0 for good, and have told the user why on stderr. */
#ifndef CTL_H
#define CTL_H

#include <stdbool.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/mem.h"
#include "common/span.h"
#include "http/fcgi_client.h"

enum ctl_option {
	OPT_CONF,
	OPT_STATE_DIR,
	OPT_JSON,
	OPT_HELP,
	OPT_VERSION,
	OPT_NAME,
	OPT_ROLE,
	OPT_USER,
	OPT_ROLE_ID,
	OPT_COLLECTIONS,
	OPT_EXPIRES,
	OPT_TOKEN,
	OPT_IF_MISSING,
	OPT_STATE,
	OPT_WEBHOOK,
	OPT_LIMIT,
	OPT_COUNT
};
#define BIT(option) (1u << (option))

struct ctl {
	struct arena *arena;
	struct fault fault;
	struct conf conf;
	const char *value[OPT_COUNT]; /* NULL: not given; "" for flags */
	char **args;		      /* after noun and verb */
	int arg_count;
	int dirfd;		    /* state directory, or -1 */
	struct fcgi_client *client; /* or NULL */
	bool owner_started;	    /* by us */
	int wait_ms;		    /* for an answer; 0: as usual */
};

/* ctl_ask.c: the owner. */
int ctl_connect(struct ctl *);
/* Asks the owner (connects first where needed). Answers from 400 on are told
 * on stderr and become a code; else *answer is the body, in the arena. */
int ctl_ask(struct ctl *, const char *method, const char *target,
    struct span body, struct span *answer);
/* Tells the user; gives `code` back. */
int ctl_fail(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ctl_show.c: {"data":[{...}]} as a table of these columns (NULL ends them),
 * or as it came with --json. */
int ctl_show(struct ctl *, struct span answer, const char *const *columns);

/* ctl_rows.c: commands about tokens, collections, webhooks, deliveries. */
int ctl_token_add(struct ctl *);
int ctl_token_list(struct ctl *);
int ctl_token_revoke(struct ctl *);
int ctl_collection_add(struct ctl *);
int ctl_collection_list(struct ctl *);
int ctl_webhook_list(struct ctl *);
int ctl_deliveries_list(struct ctl *);
int ctl_deliveries_redeliver(struct ctl *);

/* ctl_check.c: commands about the installation. */
int ctl_config(struct ctl *);
int ctl_check(struct ctl *);
int ctl_backup(struct ctl *);
int ctl_key_new(struct ctl *);
int ctl_doctor(struct ctl *);
int ctl_version(struct ctl *);

#endif
