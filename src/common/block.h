/* Blocks of addresses as settings name them: 10.0.0.0/8, fd00::/8, one address,
 * and where a port may follow, 10.0.0.1:8080 or [::1]:8080. */
#ifndef COMMON_BLOCK_H
#define COMMON_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include "common/span.h"

struct block {
	uint8_t bytes[16];
	unsigned bits;
};

/* IPv4 becomes its mapped IPv6 form, so that one comparison serves both. */
bool block_parse(struct span text, struct block *);
/* Cuts `:PORT` off: behind the bracket, or the only colon there is; 0: there
 * is none. False: it is no port. */
bool block_cut_port(struct span *text, int *port);

#endif
