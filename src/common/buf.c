/* The capped buffer. Once `over` is set nothing is added any more, so the
 * bytes before it stay a true prefix of what was meant. */
#include "common/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

void
buf_init(struct buf *b, size_t max_bytes)
{
	*b = (struct buf){.max_bytes = max_bytes};
}

void
buf_release(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max_bytes);
}

void
buf_clear(struct buf *b)
{
	b->n = 0;
	b->over = false;
	if (b->p)
		b->p[0] = '\0';
}

char *
buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;

	if (b->over || n > b->max_bytes - b->n) {
		b->over = true;
		return NULL;
	}
	if (b->p && b->n + n < b->cap) /* the NUL needs a byte, too */
		return b->p + b->n;
	while (cap <= b->n + n)
		cap *= 2;
	b->p = mem_grow(b->p, cap, 1);
	b->cap = cap;
	b->p[b->n] = '\0';
	return b->p + b->n;
}

void
buf_added(struct buf *b, size_t n)
{
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	char *room = buf_room(b, n);

	if (!room)
		return;
	if (n)
		memcpy(room, p, n);
	buf_added(b, n);
}

void
buf_span(struct buf *b, struct span s)
{
	buf_put(b, s.p, s.n);
}

void
buf_text(struct buf *b, const char *text)
{
	buf_put(b, text, strlen(text));
}

void
buf_char(struct buf *b, char c)
{
	buf_put(b, &c, 1);
}

void
buf_prepend(struct buf *b, struct span s)
{
	if (!buf_room(b, s.n))
		return;
	memmove(b->p + s.n, b->p, b->n);
	if (s.n)
		memcpy(b->p, s.p, s.n);
	buf_added(b, s.n);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	char *room;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	room = n < 0 ? NULL : buf_room(b, (size_t)n);
	if (room) {
		vsnprintf(room, (size_t)n + 1, format, again);
		buf_added(b, (size_t)n);
	}
	va_end(again);
	va_end(args);
}

struct span
buf_view(const struct buf *b)
{
	return (struct span){b->p ? b->p : "", b->n};
}

void
buf_move(struct buf *to, struct buf *from)
{
	size_t max_bytes = to->max_bytes;

	free(to->p);
	*to = *from;
	to->max_bytes = max_bytes;
	if (to->n > max_bytes) {
		buf_clear(to);
		to->over = true;
	}
	buf_init(from, from->max_bytes);
}

char *
buf_take(struct buf *b, size_t *n)
{
	char *p = b->p ? b->p : mem_alloc(1);

	if (n)
		*n = b->n;
	buf_init(b, b->max_bytes);
	return p;
}
