/* Signing secrets as plain data. Nothing here prints or logs a secret; the
 * record begins with a format byte, and members are only ever appended. */
#include "model/secret.h"

#include "common/digest.h"
#include "common/pack.h"
#include "common/rand.h"

enum {
	SECRET_FORMAT_SEEDS = 2, /* before: no ed25519 */
	SECRET_FORMAT = SECRET_FORMAT_SEEDS,
	SECRET_TEXT_BYTES_MAX = 128
};

static struct span
key_text(struct arena *arena, const char *prefix, struct span key)
{
	struct buf text;
	struct span made;

	buf_init(&text, SECRET_TEXT_BYTES_MAX);
	buf_text(&text, prefix);
	digest_base64(&text, key);
	made = arena_span(arena, buf_view(&text));
	buf_release(&text);
	return made;
}

static struct span
seed_make(struct arena *arena)
{
	char *seed = arena_bytes(arena, DIGEST_ED25519_KEY_BYTES);

	rand_bytes(seed, DIGEST_ED25519_KEY_BYTES);
	return span_make(seed, DIGEST_ED25519_KEY_BYTES);
}

struct secret_pair
secret_make(struct arena *arena)
{
	char key[SECRET_KEY_BYTES];

	rand_bytes(key, sizeof(key));
	return (struct secret_pair){
	    .text = key_text(arena, "whsec_", span_make(key, sizeof(key))),
	    .seed = seed_make(arena),
	};
}

bool
secret_complete(struct arena *arena, struct secret *s)
{
	if (s->current.seed.n > 0)
		return false;
	s->current.seed = seed_make(arena);
	return true;
}

struct span
secret_public(struct arena *arena, struct span seed)
{
	uint8_t key[DIGEST_ED25519_KEY_BYTES];

	if (seed.n == 0)
		return SPAN_NONE;
	digest_ed25519_public(seed.p, key);
	return key_text(arena, "whpk_", span_make((char *)key, sizeof(key)));
}

void
secret_rotate(
    struct arena *arena, struct secret *s, int64_t now_ms, int64_t overlap_ms)
{
	s->previous = overlap_ms > 0 ? s->current : (struct secret_pair){0};
	s->previous_until_ms = overlap_ms > 0 ? now_ms + overlap_ms : 0;
	s->current = secret_make(arena);
	s->created_ms = now_ms;
}

size_t
secret_in_force(const struct secret *s, int64_t now_ms,
    struct secret_pair out[SECRET_IN_FORCE_MAX])
{
	size_t n = 0;

	if (s->current.text.n > 0)
		out[n++] = s->current;
	if (s->previous.text.n > 0 && now_ms < s->previous_until_ms)
		out[n++] = s->previous;
	return n;
}

void
secret_pack(const struct secret *s, struct buf *out)
{
	pack_u8(out, SECRET_FORMAT);
	pack_span(out, s->current.text);
	pack_span(out, s->previous.text);
	pack_i64(out, s->previous_until_ms);
	pack_i64(out, s->created_ms);
	pack_span(out, s->current.seed);
	pack_span(out, s->previous.seed);
}

/* Whoever signs takes a seed to be whole. */
static bool
seed_fits(struct span seed)
{
	return seed.n == 0 || seed.n == DIGEST_ED25519_KEY_BYTES;
}

enum err
secret_unpack(struct span record, struct secret *s)
{
	struct unpack u = unpack_start(record);
	uint8_t format = unpack_u8(&u);

	*s = (struct secret){0};
	if (!u.bad && format > SECRET_FORMAT)
		return ERR_FORMAT;
	s->current.text = unpack_span(&u);
	s->previous.text = unpack_span(&u);
	s->previous_until_ms = unpack_i64(&u);
	s->created_ms = unpack_i64(&u);
	if (format >= SECRET_FORMAT_SEEDS) {
		s->current.seed = unpack_span(&u);
		s->previous.seed = unpack_span(&u);
	}
	return unpack_done(&u) && seed_fits(s->current.seed) &&
		       seed_fits(s->previous.seed)
		   ? ERR_NONE
		   : ERR_DAMAGED;
}
