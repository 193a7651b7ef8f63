/* Relay: a process that does not own the store passes its requests on to the
 * one that does, over relay.sock, and the answers back.
 *
 * Requests are parked meanwhile; one thread carries them all. Where nobody
 * listens, `turn` is asked whether this process may answer itself from now
 * on; then everything that was not sent yet is handed to the handler again
 * (serve_again). What was sent and not answered is asked again only when it
 * changes nothing; else its client is told that the outcome is unknown. */
#ifndef HTTP_RELAY_H
#define HTTP_RELAY_H

#include "http/serve.h"

enum relay_turn {
	RELAY_WAIT, /* somebody else is about to */
	RELAY_SOON, /* the same, and it was we who called him just now */
	RELAY_OWN,  /* the handler answers itself now */
	RELAY_NEVER /* nobody can; this process is leaving */
};

struct relay;
struct relay_options {
	const char *state_dir;
	bool has_web; /* a web server's socket: an owner without gives way */
	int64_t pause_most_ms; /* between two tries, 0: 50 */
	/* Called by the carrying thread. */
	enum relay_turn (*turn)(void *ctx);
	void *ctx;
};

/* NULL: no thread could be made. */
struct relay *relay_new(const struct relay_options *);
/* As a handler: always parks. */
enum reply relay_handle(struct relay *, struct request *, struct response *);
/* After the serving has ended, before serve_free. NULL is fine. */
void relay_free(struct relay *);

#endif
