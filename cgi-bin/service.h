/* One process of webhooks.fcgi: what its files share.
 *
 * It plays one of three roles. The owner holds the store's lock and answers.
 * A relay has a web server's socket but not the lock: it passes requests on,
 * and becomes the owner, for good, when there is none. A visitor is a plain
 * CGI program with one request, relay or owner for as long as that takes. */
#ifndef CGI_BIN_SERVICE_H
#define CGI_BIN_SERVICE_H

#include <stdatomic.h>

#include "api/api.h"
#include "http/relay.h"

enum { WEB_SOCKETS_MAX = 2, INNER_SOCKETS_MAX = 2 };

struct arguments {
	const char *conf;
	const char *listen;
	const char *state_dir;
	bool own;
};

struct service {
	struct arguments arguments;
	struct conf conf;
	struct fault fault;
	struct api api;
	/* Sockets a web server connects to, there from the start. */
	struct serve_listen web[WEB_SOCKETS_MAX];
	size_t web_count;
	/* relay.sock and owner.sock, the owner's. */
	int inner[INNER_SOCKETS_MAX];
	size_t inner_count;
	struct relay *relay;
	atomic_bool owns; /* the store is open, the handler answers itself */
	_Atomic enum err failed; /* why a relay could not become the owner */
};

/* owner.c */
/* Takes the lock without waiting and opens the store: ERR_LOCKED, or what
 * store_open says. */
enum err owner_open(struct service *, struct fault *);
/* The same, for at most 5 s as long as nobody answers on relay.sock. */
enum err owner_open_wait(struct service *);
/* Makes the sockets and begins to answer; the serve is there. */
enum err owner_begin(struct service *, struct fault *);
/* Takes the sockets away, while it still has the lock. */
void owner_unlink(struct service *);
/* After the serving: closes the store and gives up the lock. */
void owner_end(struct service *);

/* resident.c: with a web server's socket, or with --own */
enum err resident_run(struct service *);
/* visitor.c: plain CGI */
enum err visitor_run(struct service *);

/* What both serve by: api_handle or the relay, as the role is. */
struct serve_options service_options(struct service *);

#endif
