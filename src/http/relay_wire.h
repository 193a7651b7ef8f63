/* What a relay adds to the variables of a request. They count on relay.sock
 * only; a relay lets none of the web server's own through. */
#ifndef HTTP_RELAY_WIRE_H
#define HTTP_RELAY_WIRE_H

#define RELAY_SOCKET "relay.sock"

/* Moment of the monotonic clock, which all processes of a machine share:
 * what has not begun by then is not to be done any more. */
#define RELAY_DEADLINE_MS "WEBHOOKS_DEADLINE_MS"
/* How the body came, where it did not come whole; else absent. */
#define RELAY_BODY "WEBHOOKS_BODY"
#define RELAY_BODY_TOO_LARGE "too-large"
#define RELAY_BODY_CUT "cut"
/* "yes": the relay has a web server's socket. An owner without one then gives
 * way after its answer. */
#define RELAY_HAS_WEB "WEBHOOKS_HAS_WEB"

#endif
