/* Text as (pointer, length): never owned, never ended by NUL. */
#ifndef COMMON_SPAN_H
#define COMMON_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})
#define SPAN_NONE ((struct span){NULL, 0})
#define SPAN_FMT(s) (int)(s).n, (s).p /* for "%.*s" */

struct span span_of(const char *text); /* NULL gives SPAN_NONE */
struct span span_make(const void *p, size_t n);
bool span_eq(struct span a, struct span b);
bool span_is(struct span a, const char *text);
bool span_ieq(struct span a, struct span b); /* ASCII letter case apart */
bool span_iis(struct span a, const char *text);
bool span_starts(struct span a, const char *text);
bool span_ends(struct span a, const char *text);
int span_cmp(struct span a, struct span b);	 /* by bytes, as memcmp */
struct span span_trim(struct span a);		 /* ASCII blanks at both ends */
struct span span_from(struct span a, size_t at); /* the rest from `at` */
struct span span_head(struct span a, size_t n);
ptrdiff_t span_find(struct span a, char c); /* index or -1 */
/* Cuts *rest at the first `sep`: the part before it is returned, *rest is
 * what follows. False when *rest was used up (its p is NULL then). A text
 * without `sep` gives one part; "a,,b" gives three; "" gives one empty. */
bool span_next(struct span *rest, char sep, struct span *part);
/* Whole text is a decimal integer of 64 bits: optional '-', digits. */
bool span_i64(struct span a, int64_t *out);
uint32_t span_hash(struct span a); /* FNV-1a, for tables in memory */

#endif
