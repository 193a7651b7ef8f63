/* Which addresses may be called (product chapter 3, "Addresses"): the one
 * judge, asked about the very address that is about to be connected. Pure. */
#ifndef DELIVERY_GUARD_H
#define DELIVERY_GUARD_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/conf.h"
#include "common/err.h"
#include "common/span.h"

struct guard;

/* From conf: deny_addresses, allow_addresses (comma lists of
 * ADDRESS[/BITS][:PORT], IPv6 with a port in brackets), allow_private.
 * ERR_CONFIG with words for a bad list. */
enum err guard_new(const struct conf *, struct guard **, struct fault *);
void guard_free(struct guard *);

/* NULL when it may be connected, else why not ("loopback address"). A deny
 * rule counts most, then an allow rule, then allow_private, then the blocks
 * that are not public. IPv6 forms that carry an IPv4 address are judged as
 * that address. */
const char *guard_refuses(const struct guard *, const struct sockaddr *);
/* The same for a numeric host; NULL too when the text is a name. */
const char *guard_refuses_text(
    const struct guard *, struct span host, int port);

/* Address and port as numbers for records: 192.0.2.1:80, [2001:db8::1]:80. */
#define GUARD_TEXT_BYTES 64
void guard_show(const struct sockaddr *, char out[GUARD_TEXT_BYTES]);

#endif
