/* The signing secret of a webhook (product chapter 3, "The request"): the
 * text in force and, after a rotation, the one before it for a while. The
 * packed form is the opaque record behind secret_put of store/outbox.h. */
#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum { SECRET_KEY_BYTES = 32, SECRET_IN_FORCE_MAX = 2 };

/* Texts are `whsec_` and standard base64 of the key (Standard Webhooks 1.0).
 * Empty spans are absent. */
struct secret {
	struct span current;
	struct span previous;
	int64_t previous_until_ms; /* wall clock; then current stands alone */
	int64_t created_ms;	   /* of current */
};

/* A new random text, in the arena. */
struct span secret_make(struct arena *);
/* current becomes previous for overlap_ms, a new one takes its place. */
void secret_rotate(
    struct arena *, struct secret *, int64_t now_ms, int64_t overlap_ms);
/* The texts that sign now, new first. */
size_t secret_in_force(const struct secret *, int64_t now_ms,
    struct span out[SECRET_IN_FORCE_MAX]);

void secret_pack(const struct secret *, struct buf *);
/* Spans point into the record. ERR_DAMAGED, ERR_FORMAT. */
enum err secret_unpack(struct span record, struct secret *);

#endif
