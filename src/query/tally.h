/* aggregate and groupBy (contract 7.7). */
#ifndef QUERY_TALLY_H
#define QUERY_TALLY_H

#include "query/ask.h"
#include "query/operand.h"
#include "query/sorter.h"

struct tally;
struct sort_keys;

/* *out is NULL when the query has neither. */
enum err tally_bind(struct arena *, const struct query *, const struct schema *,
    const struct room *, struct tally **, struct fault *);
/* ERR_QUERY: more groups or different values than there is room for; or what
 * went wrong with the disk. */
enum err tally_take(struct tally *, const struct row *);
/* Just the number of rows is asked for. */
bool tally_is_count(const struct tally *);
void tally_set_count(struct tally *, int64_t rows);
/* The order of the groups: how the values that each gives are compared. */
const struct sort_keys *tally_order(const struct tally *);
/* Gives all groups, in any order: values by key of the order, when it first
 * appeared, its JSON. Ends the taking. */
typedef void tally_give(
    void *ctx, const struct value *, int64_t no, struct span json);
enum err tally_groups(struct tally *, tally_give *, void *ctx);
void tally_release(struct tally *);

#endif
