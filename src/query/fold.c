/* Comparing without regard to case.
 *
 * PostgreSQL's lower() maps single code points; so does this. ASCII is mapped
 * without a look at the tables, which is nearly all of what comes. */
#include "query/fold.h"

#include <string.h>

#include <utf8proc.h>

/* A lower-case letter may need more bytes than its capital (U+023A: 2 to 3,
 * no mapping more than doubles). */
enum { FOLD_GROWTH = 2 };

static size_t
fold_into(char *out, struct span text)
{
	const unsigned char *p = (const unsigned char *)text.p;
	size_t n = 0;

	for (size_t i = 0; i < text.n;) {
		utf8proc_int32_t cp;
		utf8proc_ssize_t used;

		if (p[i] < 0x80) {
			bool upper = p[i] >= 'A' && p[i] <= 'Z';

			out[n++] = (char)(upper ? p[i] | 0x20 : p[i]);
			i++;
			continue;
		}
		used = utf8proc_iterate(
		    p + i, (utf8proc_ssize_t)(text.n - i), &cp);
		if (used <= 0) {
			out[n++] = text.p[i++];
			continue;
		}
		n += (size_t)utf8proc_encode_char(
		    utf8proc_tolower(cp), (utf8proc_uint8_t *)out + n);
		i += (size_t)used;
	}
	return n;
}

struct span
fold_copy(struct arena *arena, struct span text)
{
	char *out = arena_bytes(arena, FOLD_GROWTH * text.n + 4);

	return span_make(out, fold_into(out, text));
}

void
fold_put(struct buf *out, struct span text)
{
	char *room = buf_room(out, FOLD_GROWTH * text.n + 4);

	if (room)
		buf_added(out, fold_into(room, text));
}
