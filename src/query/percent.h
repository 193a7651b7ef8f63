/* Names and values of a query string (contract chapter 6). */
#ifndef QUERY_PERCENT_H
#define QUERY_PERCENT_H

#include "common/mem.h"

/* Percent-decoded; text with a bad escape, or one that gives no UTF-8, stays
 * as it was sent, bytes that are none becoming U+FFFD. `+` is a blank in any
 * case. */
struct span percent_decode(struct arena *, struct span raw);

#endif
