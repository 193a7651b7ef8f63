/* Retry-After (RFC 9110, 10.2.3) of an answer. Pure. */
#ifndef DELIVERY_RETRY_H
#define DELIVERY_RETRY_H

#include <stdint.h>

#include "common/span.h"

/* Milliseconds from now, 0 for a moment already past; -1: cannot be read.
 * Seconds (a fraction is rounded up) or an HTTP date in any of the three
 * forms of RFC 9110, 5.6.7. */
int64_t retry_after_ms(struct span value, int64_t now_ms);

#endif
