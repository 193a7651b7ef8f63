/* Signing secrets as plain data. Nothing here prints or logs a secret; the
 * record begins with a format byte, and members are only ever appended. */
#include "model/secret.h"

#include "common/digest.h"
#include "common/pack.h"
#include "common/rand.h"

enum { SECRET_FORMAT = 1, SECRET_TEXT_BYTES_MAX = 128 };

struct span
secret_make(struct arena *arena)
{
	char key[SECRET_KEY_BYTES];
	struct buf text;
	struct span made;

	rand_bytes(key, sizeof(key));
	buf_init(&text, SECRET_TEXT_BYTES_MAX);
	buf_text(&text, "whsec_");
	digest_base64(&text, span_make(key, sizeof(key)));
	made = arena_span(arena, buf_view(&text));
	buf_release(&text);
	return made;
}

void
secret_rotate(
    struct arena *arena, struct secret *s, int64_t now_ms, int64_t overlap_ms)
{
	s->previous = overlap_ms > 0 ? s->current : SPAN_NONE;
	s->previous_until_ms = overlap_ms > 0 ? now_ms + overlap_ms : 0;
	s->current = secret_make(arena);
	s->created_ms = now_ms;
}

size_t
secret_in_force(const struct secret *s, int64_t now_ms,
    struct span out[SECRET_IN_FORCE_MAX])
{
	size_t n = 0;

	if (s->current.n > 0)
		out[n++] = s->current;
	if (s->previous.n > 0 && now_ms < s->previous_until_ms)
		out[n++] = s->previous;
	return n;
}

void
secret_pack(const struct secret *s, struct buf *out)
{
	pack_u8(out, SECRET_FORMAT);
	pack_span(out, s->current);
	pack_span(out, s->previous);
	pack_i64(out, s->previous_until_ms);
	pack_i64(out, s->created_ms);
}

enum err
secret_unpack(struct span record, struct secret *s)
{
	struct unpack u = unpack_start(record);
	uint8_t format = unpack_u8(&u);

	*s = (struct secret){0};
	if (!u.bad && format > SECRET_FORMAT)
		return ERR_FORMAT;
	s->current = unpack_span(&u);
	s->previous = unpack_span(&u);
	s->previous_until_ms = unpack_i64(&u);
	s->created_ms = unpack_i64(&u);
	return unpack_done(&u) ? ERR_NONE : ERR_DAMAGED;
}
