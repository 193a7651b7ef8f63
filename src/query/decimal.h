/* Whole sums and their averages as PostgreSQL writes its `numeric`. */
#ifndef QUERY_DECIMAL_H
#define QUERY_DECIMAL_H

#include "common/buf.h"

void decimal_put(struct buf *, __int128);
/* sum / count with as many digits as PostgreSQL gives: at least 16 that
 * count. `count` is not 0. */
void decimal_put_quotient(struct buf *, __int128 sum, int64_t count);

#endif
