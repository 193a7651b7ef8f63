/* Memory that never fails to the caller, and the arena.
 *
 * An arena is a chain of blocks, newest first; the first one ever made stays
 * at the end of the chain and is what arena_reset keeps. A piece larger than
 * a quarter of the block size gets a block of its own, so that the room left
 * in the current block is not thrown away for it. */
#include "common/mem.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARENA_BLOCK_BYTES = 16 * 1024, LARGE_BYTES = 512 * 1024 };

struct arena_block {
	struct arena_block *older;
	size_t used, size;
	alignas(max_align_t) char bytes[];
};

struct arena {
	struct arena_block *top;
	size_t used_bytes;
};

static void
mem_die(size_t n)
{
	char line[80];
	int len =
	    snprintf(line, sizeof line, "error out_of_memory bytes=%zu\n", n);

	/* stdio may want memory itself */
	if (write(STDERR_FILENO, line, (size_t)len) < 0)
		_exit(71);
	_exit(71); /* EX_OSERR */
}

/* Else the library learns from each large piece to keep the next ones. */
void
mem_give_back(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
	mallopt(M_TRIM_THRESHOLD, LARGE_BYTES);
#endif
}

static size_t
mem_product(size_t count, size_t size)
{
	size_t n;

	if (__builtin_mul_overflow(count, size, &n))
		mem_die(SIZE_MAX);
	return n;
}

void *
mem_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		mem_die(n);
	return p;
}

void *
mem_array(size_t count, size_t size)
{
	return mem_alloc(mem_product(count, size));
}

void *
mem_grow(void *p, size_t count, size_t size)
{
	size_t n = mem_product(count, size);

	p = realloc(p, n ? n : 1);
	if (!p)
		mem_die(n);
	return p;
}

char *
mem_strdup(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(mem_alloc(n), text, n);
}

static struct arena_block *
arena_block_new(size_t size, struct arena_block *older)
{
	struct arena_block *block = malloc(sizeof *block + size);

	if (!block)
		mem_die(size);
	block->older = older;
	block->used = 0;
	block->size = size;
	return block;
}

struct arena *
arena_new(void)
{
	struct arena *a = mem_alloc(sizeof *a);

	a->top = arena_block_new(ARENA_BLOCK_BYTES, NULL);
	return a;
}

void
arena_reset(struct arena *a)
{
	while (a->top->older) {
		struct arena_block *older = a->top->older;

		free(a->top);
		a->top = older;
	}
	a->top->used = 0;
	a->used_bytes = 0;
}

void
arena_free(struct arena *a)
{
	if (!a)
		return;
	arena_reset(a);
	free(a->top);
	free(a);
}

size_t
arena_used_bytes(const struct arena *a)
{
	return a->used_bytes;
}

/* A large piece goes below the top block, which goes on being filled. */
static char *
arena_large(struct arena *a, size_t n)
{
	struct arena_block *block = arena_block_new(n, NULL);

	block->used = n;
	if (a->top->older) {
		block->older = a->top->older;
		a->top->older = block;
	} else { /* the kept block must stay the last of the chain */
		block->older = a->top;
		a->top = arena_block_new(ARENA_BLOCK_BYTES, block);
	}
	return block->bytes;
}

static char *
arena_take(struct arena *a, size_t n)
{
	char *p;

	if (n > SIZE_MAX / 2)
		mem_die(n);
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	a->used_bytes += n;
	if (n > a->top->size - a->top->used) {
		if (n > ARENA_BLOCK_BYTES / 4)
			return arena_large(a, n);
		a->top = arena_block_new(ARENA_BLOCK_BYTES, a->top);
	}
	p = a->top->bytes + a->top->used;
	a->top->used += n;
	return p;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	return memset(arena_take(a, n), 0, n);
}

void *
arena_array(struct arena *a, size_t count, size_t size)
{
	return arena_alloc(a, mem_product(count, size));
}

char *
arena_bytes(struct arena *a, size_t n)
{
	return arena_take(a, n);
}

struct span
arena_span(struct arena *a, struct span s)
{
	return (struct span){arena_text(a, s), s.n};
}

char *
arena_text(struct arena *a, struct span s)
{
	char *p = arena_take(a, s.n + 1);

	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *text)
{
	return arena_text(a, span_of(text));
}

char *
arena_vprintf(struct arena *a, const char *format, va_list args)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n < 0)
		n = 0; /* a conversion failed: tell nothing rather than crash */
	p = arena_take(a, (size_t)n + 1);
	p[0] = '\0';
	vsnprintf(p, (size_t)n + 1, format, again);
	va_end(again);
	return p;
}

char *
arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *p;

	va_start(args, format);
	p = arena_vprintf(a, format, args);
	va_end(args);
	return p;
}
