/* LIKE in bounded time.
 *
 * The pattern is cut at each `%` into segments. A segment that must stand at
 * the start or the end is compared there; those between are found one after
 * another, each at its first place, which is right because whatever follows
 * has then the most room. A plain segment is found by memmem (linear); one
 * with `_` by a bit-parallel automaton over code points (Baeza-Yates and
 * Gonnet's shift-and), whose cost no text can raise. Text is UTF-8; bytes that
 * are not count as one character each. */
#include "query/like.h"

#include <stdlib.h>
#include <string.h>

/* For a test that counts: n bytes, characters or words were looked at. */
#ifndef LIKE_LOOKED_AT
#define LIKE_LOOKED_AT(n) ((void)0)
#endif

enum {
	LIKE_CHARS_MAX = 256, /* of a segment with `_` */
	LIKE_WORDS = LIKE_CHARS_MAX / 64
};
#define LIKE_ANY UINT32_MAX

struct segment {
	struct span bytes;     /* plain: without escapes */
	const uint32_t *chars; /* with `_`: LIKE_ANY stands for it */
	size_t count;
	struct masks *masks; /* of a segment with `_`, when searched for */
	struct segment *next;
};

/* For each character of the pattern, the positions where it may stand. */
struct masks {
	size_t count, words;
	uint32_t *keys; /* sorted */
	uint64_t *bits; /* by key, `words` each; the last ones: all others */
	uint64_t any[LIKE_WORDS];
};

struct like {
	struct segment *first, *last;
	bool open_start, open_end; /* `%` at that end */
	bool any_run;		   /* there is a `%` at all */
};

static size_t
char_at(struct span text, size_t at, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)text.p + at;
	size_t n = text.n - at;
	size_t need = p[0] < 0xc2 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	LIKE_LOOKED_AT(1);
	*cp = p[0];
	if (p[0] < 0xc2 || p[0] > 0xf4 || n < need)
		return 1;
	*cp = p[0] & (0xffu >> (need + 1));
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80) {
			*cp = p[0];
			return 1;
		}
		*cp = *cp << 6 | (p[i] & 0x3fu);
	}
	return need;
}

/* Which key it is; `count` for none. */
static size_t
key_of(const struct masks *masks, uint32_t cp)
{
	size_t low = 0, high = masks->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		LIKE_LOOKED_AT(1);
		if (masks->keys[middle] < cp)
			low = middle + 1;
		else
			high = middle;
	}
	return low < masks->count && masks->keys[low] == cp ? low
							    : masks->count;
}

static int
order_keys(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
set_keys(struct masks *masks, const struct segment *segment)
{
	size_t n = 0;

	for (size_t i = 0; i < segment->count; i++)
		if (segment->chars[i] != LIKE_ANY)
			masks->keys[n++] = segment->chars[i];
	qsort(masks->keys, n, sizeof *masks->keys, order_keys);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || masks->keys[i] != masks->keys[i - 1])
			masks->keys[masks->count++] = masks->keys[i];
}

static struct masks *
masks_new(struct arena *arena, const struct segment *segment)
{
	struct masks *masks = arena_alloc(arena, sizeof *masks);

	masks->words = (segment->count + 63) / 64;
	masks->keys = arena_array(arena, segment->count, sizeof *masks->keys);
	set_keys(masks, segment);
	masks->bits = arena_array(
	    arena, (masks->count + 1) * masks->words, sizeof *masks->bits);
	for (size_t i = 0; i < segment->count; i++) {
		uint64_t bit = UINT64_C(1) << (i % 64);
		size_t key;

		if (segment->chars[i] == LIKE_ANY) {
			masks->any[i / 64] |= bit;
			continue;
		}
		key = key_of(masks, segment->chars[i]);
		masks->bits[key * masks->words + i / 64] |= bit;
	}
	return masks;
}

/* First place of the segment at or after `from`; *end is what follows it. */
static bool
find_masked(
    const struct segment *segment, struct span text, size_t from, size_t *end)
{
	const struct masks *masks = segment->masks;
	uint64_t state[LIKE_WORDS] = {0};
	size_t last = segment->count - 1;
	uint32_t cp;

	for (size_t at = from; at < text.n;) {
		uint64_t carry = 1;
		size_t key;

		at += char_at(text, at, &cp);
		key = key_of(masks, cp) * masks->words;
		LIKE_LOOKED_AT(masks->words);
		for (size_t w = 0; w < masks->words; w++) {
			uint64_t bits = masks->any[w] | masks->bits[key + w];
			uint64_t out = state[w] >> 63;

			state[w] = (state[w] << 1 | carry) & bits;
			carry = out;
		}
		if (state[last / 64] >> (last % 64) & 1) {
			*end = at;
			return true;
		}
	}
	return false;
}

static bool
find(const struct segment *segment, struct span text, size_t from, size_t *end)
{
	const char *at;

	if (segment->chars)
		return find_masked(segment, text, from, end);
	if (text.n - from < segment->bytes.n)
		return false;
	at = memmem(
	    text.p + from, text.n - from, segment->bytes.p, segment->bytes.n);
	/* memmem is linear in what it passes. */
	LIKE_LOOKED_AT(
	    (at ? (size_t)(at - text.p) : text.n) - from + segment->bytes.n);
	if (at)
		*end = (size_t)(at - text.p) + segment->bytes.n;
	return at != NULL;
}

/* The segment stands at the start of the text. */
static bool
match_start(const struct segment *segment, struct span text, size_t *end)
{
	size_t at = 0;
	uint32_t cp;

	if (!segment->chars) {
		LIKE_LOOKED_AT(segment->bytes.n);
		*end = segment->bytes.n;
		return text.n >= segment->bytes.n &&
		       memcmp(text.p, segment->bytes.p, segment->bytes.n) == 0;
	}
	for (size_t i = 0; i < segment->count; i++) {
		if (at == text.n)
			return false;
		at += char_at(text, at, &cp);
		if (segment->chars[i] != LIKE_ANY && segment->chars[i] != cp)
			return false;
	}
	*end = at;
	return true;
}

/* The segment stands at the end, at or after `from`. */
static bool
match_end(const struct segment *segment, struct span text, size_t from)
{
	size_t at = text.n, end = 0;

	if (!segment->chars) {
		size_t n = segment->bytes.n;

		LIKE_LOOKED_AT(n);
		return text.n - from >= n &&
		       memcmp(text.p + text.n - n, segment->bytes.p, n) == 0;
	}
	for (size_t i = 0; i < segment->count; i++) {
		if (at <= from)
			return false;
		LIKE_LOOKED_AT(1);
		do
			at--;
		while (at > from && ((unsigned char)text.p[at] & 0xc0) == 0x80);
	}
	return match_start(segment, span_from(text, at), &end) &&
	       at + end == text.n;
}

bool
like_match(const struct like *like, struct span text)
{
	const struct segment *segment = like->first;
	size_t at = 0;

	if (text.n == 0)
		text.p = "";
	if (!segment)
		return like->any_run || text.n == 0;
	if (!like->any_run)
		return match_start(segment, text, &at) && at == text.n;
	if (!like->open_start) {
		if (!match_start(segment, text, &at))
			return false;
		segment = segment->next;
	}
	for (; segment; segment = segment->next) {
		if (segment == like->last && !like->open_end)
			return match_end(segment, text, at);
		if (!find(segment, text, at, &at))
			return false;
	}
	return true;
}

/* One segment of the pattern; *wild tells that it has a `_`. */
static bool
segment_add(struct arena *arena, struct like *like, const uint32_t *chars,
    size_t count, struct span bytes, bool wild)
{
	struct segment *segment;

	if (wild && count > LIKE_CHARS_MAX)
		return false;
	segment = arena_alloc(arena, sizeof *segment);
	segment->bytes = bytes;
	if (wild) {
		uint32_t *copy = arena_array(arena, count, sizeof *copy);

		memcpy(copy, chars, count * sizeof *copy);
		segment->chars = copy;
		segment->count = count;
		segment->masks = masks_new(arena, segment);
	}
	if (like->last)
		like->last->next = segment;
	else
		like->first = segment;
	like->last = segment;
	return true;
}

static bool
compile(struct arena *arena, struct like *like, struct span pattern)
{
	uint32_t *chars = arena_array(arena, pattern.n + 1, sizeof *chars);
	char *bytes = arena_bytes(arena, pattern.n + 1);
	size_t count = 0, n = 0, from = 0;
	bool wild = false;

	for (size_t at = 0; at <= pattern.n;) {
		size_t used;
		bool end = at == pattern.n;

		if (end || pattern.p[at] == '%') {
			like->any_run |= !end;
			like->open_start |= !end && at == 0;
			like->open_end = !end || count == 0;
			if (count > 0 &&
			    !segment_add(arena, like, chars, count,
				span_make(bytes + from, n - from), wild))
				return false;
			wild = false;
			count = 0;
			from = n;
			at++;
			continue;
		}
		if (pattern.p[at] == '_') {
			wild = true;
			chars[count++] = LIKE_ANY;
			at++;
			continue;
		}
		if (pattern.p[at] == '\\' && ++at == pattern.n)
			return false;
		used = char_at(pattern, at, &chars[count++]);
		memcpy(bytes + n, pattern.p + at, used);
		n += used;
		at += used;
	}
	return true;
}

struct like *
like_new(struct arena *arena, enum like_form form, struct span value)
{
	struct like *like = arena_alloc(arena, sizeof *like);
	char *pattern = arena_bytes(arena, value.n + 2);
	size_t n = 0;

	if (form != LIKE_STARTS)
		pattern[n++] = '%';
	if (value.n)
		memcpy(pattern + n, value.p, value.n);
	n += value.n;
	if (form != LIKE_ENDS)
		pattern[n++] = '%';
	return compile(arena, like, span_make(pattern, n)) ? like : NULL;
}
