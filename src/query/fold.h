/* Lower case by Unicode, one code point for one (contract 7.3). */
#ifndef QUERY_FOLD_H
#define QUERY_FOLD_H

#include "common/buf.h"
#include "common/mem.h"

struct span fold_copy(struct arena *, struct span);
/* Appends the folded text. */
void fold_put(struct buf *, struct span);

#endif
