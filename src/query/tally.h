/* aggregate and groupBy (contract 7.7). */
#ifndef QUERY_TALLY_H
#define QUERY_TALLY_H

#include "query/ask.h"
#include "query/operand.h"

struct tally;

/* *out is NULL when the query has neither. */
enum err tally_bind(struct arena *, const struct query *, const struct schema *,
    struct tally **, struct fault *);
/* False: more groups or different values than memory allows for. */
bool tally_take(struct tally *, const struct row *);
/* Just the number of rows is asked for. */
bool tally_is_count(const struct tally *);
void tally_set_count(struct tally *, int64_t rows);
/* Rows of the result, in order; each written by tally_put. */
size_t tally_rows(struct tally *);
void tally_put(const struct tally *, size_t row, struct buf *);
void tally_release(struct tally *);

#endif
