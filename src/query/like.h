/* LIKE patterns: `%` any run, `_` one character, `\` takes the next one as it
 * is (contract 7.2). */
#ifndef QUERY_LIKE_H
#define QUERY_LIKE_H

#include "common/mem.h"
#include "common/span.h"

struct like;

enum like_form { LIKE_CONTAINS, LIKE_STARTS, LIKE_ENDS };
/* NULL when the pattern cannot be used: it ends in a lone `\`, or has more
 * than 256 characters with a `_` among them between two `%`. */
struct like *like_new(struct arena *, enum like_form, struct span value);
/* Time is linear in the text for patterns without `_`, and in text times
 * pattern / 64 for those with it. */
bool like_match(const struct like *, struct span text);

#endif
