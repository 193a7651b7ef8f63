/* Memory: out of memory ends the process with a line on stderr (the web
 * server or supervisor starts it again, the store is safe), so every input
 * must be bounded before it is kept. */
#ifndef COMMON_MEM_H
#define COMMON_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include "common/span.h"

void *mem_alloc(size_t n); /* zeroed; free() it */
void *mem_array(size_t count, size_t size);
void *mem_grow(void *p, size_t count, size_t size);
char *mem_strdup(const char *text);

/* Large pieces go back to the system when they are freed; called once, by
 * programs that stay. */
void mem_give_back(void);

/* Bump allocator: one per request or job; nothing in it is freed singly. */
struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *);
void arena_reset(struct arena *); /* keeps the first block for reuse */
size_t arena_used_bytes(const struct arena *);

/* Zeroed, aligned for any type. The _bytes form is not zeroed. */
void *arena_alloc(struct arena *, size_t n);
void *arena_array(struct arena *, size_t count, size_t size);
char *arena_bytes(struct arena *, size_t n);
/* Copies end with a NUL behind them, so .p is a C string as well. */
struct span arena_span(struct arena *, struct span);
char *arena_text(struct arena *, struct span);
char *arena_strdup(struct arena *, const char *);
char *arena_printf(struct arena *, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *format, va_list)
    __attribute__((format(printf, 2, 0)));

#endif
