/* The signing secret of a webhook (product chapter 3, "The request"): the
 * keys in force and, after a rotation, the one before it for a while. The
 * packed form is the opaque record behind secret_put of store/outbox.h. */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum { SECRET_KEY_BYTES = 32, SECRET_IN_FORCE_MAX = 2 };

/* What signs: `whsec_` and standard base64 of the symmetric key, and beside it
 * an independent ed25519 key, so that who verifies with the public one cannot
 * sign (Standard Webhooks 1.0). Empty spans are absent; records of the first
 * format have no seed until secret_complete. */
struct secret_pair {
	struct span text;
	struct span seed; /* DIGEST_ED25519_KEY_BYTES, never shown */
};
struct secret {
	struct secret_pair current;
	struct secret_pair previous;
	int64_t previous_until_ms; /* wall clock; then current stands alone */
	int64_t created_ms;	   /* of current */
};

/* New random ones, in the arena. */
struct secret_pair secret_make(struct arena *);
/* Gives current a seed where it has none; true: that was so. */
bool secret_complete(struct arena *, struct secret *);
/* `whpk_` and base64 of the public key of the seed; empty without one. */
struct span secret_public(struct arena *, struct span seed);
/* current becomes previous for overlap_ms, a new one takes its place. */
void secret_rotate(
    struct arena *, struct secret *, int64_t now_ms, int64_t overlap_ms);
/* What signs now, new first. */
size_t secret_in_force(const struct secret *, int64_t now_ms,
    struct secret_pair out[SECRET_IN_FORCE_MAX]);

void secret_pack(const struct secret *, struct buf *);
/* Spans point into the record. ERR_DAMAGED, ERR_FORMAT. */
enum err secret_unpack(struct span record, struct secret *);

#endif
