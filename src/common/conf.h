/* Settings: one table (conf.def), one ini file, one struct.
 *
 * conf.def: X(section, key, TYPE, member, default text, min, max, choices,
 * "help"). TYPE is one of BOOL, INT, MS, SECONDS, BYTES, TEXT, LIST, CHOICE.
 * The man page webhooks.conf.5 and conf/webhooks.conf are checked against it.
 *
 * BOOL: yes, no, true, false, on, off, 1, 0. MS and SECONDS: a number with
 * ms, s, m, h, d (none: s). BYTES: a number with K, M, G (none: bytes).
 * LIST: commas. TEXT and LIST may go on in indented lines. No key may come
 * twice. */
#ifndef COMMON_CONF_H
#define COMMON_CONF_H

#include <stdbool.h>
#include <stdint.h>
#include "common/err.h"

struct conf {
	/* [store] */
	const char *state_dir;
	int64_t cache_bytes;
	bool allow_network_fs;
	int64_t checkpoint_bytes;
	const char *owner_program;   /* what ctl and dispatch start --own */
	int64_t owner_idle_ms;	     /* after which that leaves, 10,000 */
	const char *secret_key_file; /* "" = none */
	const char *secret_key_file_old;
	/* [server] */
	const char *base_path; /* cut from REQUEST_URI, "" = none */
	int64_t workers;
	int64_t body_max_bytes;	    /* 1 MiB, contract 5.2 */
	int64_t receive_timeout_ms; /* a request that stops arriving */
	int64_t max_batch;	    /* rows one write may change, 10,000 */
	const char *metrics_from;   /* addresses that may read /metrics */
	bool method_override;	    /* X-HTTP-Method-Override; off */
	/* [public] */
	const char *public_read; /* comma list of collections */
	/* [cors] */
	const char *cors_origin; /* "" = off */
	/* [dispatch] */
	const char *dispatch_start; /* "no" or "after-write" (part 2) */
	const char *dispatch_program;
	int64_t dispatch_idle_ms;      /* after which that leaves, 60,000 */
	int64_t dispatch_transfers;    /* at once, whole dispatcher */
	int64_t per_endpoint;	       /* at once, to one host and port */
	int64_t breaker_wait_ms;       /* of a receiver not reached, at first */
	int64_t connect_timeout_ms;    /* 5,000 */
	int64_t request_timeout_ms;    /* 15,000 */
	int64_t disable_after_seconds; /* of failures alone; 0: never */
	const char *allow_addresses;   /* comma list of CIDR[:port] */
	const char *deny_addresses;
	bool allow_private;  /* deliver to any address (development) */
	const char *ca_file; /* "" = the system's */
	/* [keep] (product chapter 3 "Keeping") */
	int64_t keep_delivered_seconds;
	int64_t keep_dead_seconds;
	int64_t keep_held_seconds;
	int64_t keep_rows;
	/* [log] */
	const char *log_target; /* stderr, syslog */
	const char *log_level;	/* error, warning, notice, trace */
	/* [debug] */
	const char *debug_clock; /* "" = the machine's clock */
	/* where each value came from: default, file:line, command line */
	const char **origins; /* by row of the table */
	const char *file;     /* that was read; "" = none */
	struct arena *arena;  /* of all the texts */
};

/* Path: `option` (-c), else WEBHOOKS_CONF of the environment, else
 * `fallback`. A missing file is an error only when it was asked for by -c or
 * WEBHOOKS_CONF. Unknown key, section or bad value: ERR_CONFIG with
 * "file:line: words" (caller exits 78). The texts live until conf_release,
 * which mains leave to the end of the process. */
enum err conf_load(
    const char *option, const char *fallback, struct conf *, struct fault *);
void conf_release(struct conf *);
/* Sets one value after the load: conf_set(c, "store.state_dir", text,
 * "command line", fault). ERR_CONFIG with words when it cannot be. */
enum err conf_set(struct conf *, const char *name, const char *value,
    const char *origin, struct fault *);
/* All settings in force: section.key = value (origin), one per line. */
struct buf;
void conf_print(const struct conf *, struct buf *);
/* The only getenv of the project. */
const char *conf_env(const char *name);

#endif
