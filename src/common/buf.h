/* Byte buffer born with its maximum. An append that would pass it sets
 * `over` and appends nothing from then on; check once, at the end. */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/span.h"

struct buf {
	char *p; /* NUL behind the last byte once anything was put */
	size_t n, cap, max_bytes;
	bool over;
};

void buf_init(struct buf *, size_t max_bytes);
void buf_release(struct buf *);
void buf_clear(struct buf *); /* empty again, memory kept */
void buf_put(struct buf *, const void *p, size_t n);
void buf_span(struct buf *, struct span);
void buf_text(struct buf *, const char *text);
void buf_char(struct buf *, char c);
void buf_prepend(struct buf *, struct span); /* moves what there is */
void buf_printf(struct buf *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for n more bytes at the end, or NULL when over; then buf_added. */
char *buf_room(struct buf *, size_t n);
void buf_added(struct buf *, size_t n);
struct span buf_view(const struct buf *);
/* The bytes change hands uncopied; `from` is empty then. `to` keeps its
 * maximum. */
void buf_move(struct buf *to, struct buf *from);
char *buf_take(struct buf *, size_t *n); /* caller frees; buffer is empty */

#endif
