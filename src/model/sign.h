/* Signatures over what is sent (Standard Webhooks 1.0; Hub style). Pure. */
#ifndef MODEL_SIGN_H
#define MODEL_SIGN_H

#include "common/buf.h"

/* Appends `v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`. The key is
 * what `whsec_` is followed by, base64-decoded (the prefix may be missing).
 * False, and nothing appended: the secret's text is no key. */
bool sign_v1(struct buf *, struct span secret, struct span id,
    int64_t timestamp_s, struct span body);
/* Appends `v1a,` and the base64 ed25519 signature of the same. The seed has
 * DIGEST_ED25519_KEY_BYTES. */
void sign_v1a(struct buf *, struct span seed, struct span id,
    int64_t timestamp_s, struct span body);
/* Appends `sha256=` and the hex HMAC-SHA256 of the body. The key is the
 * secret's text as it is shown, prefix included. */
void sign_hub(struct buf *, struct span secret, struct span body);

/* A receiver's side: some token of `header` (one blank between) is a v1
 * signature by the secret, and the time is within 300 s of now. */
enum sign_check { SIGN_GOOD, SIGN_BAD, SIGN_OLD };
enum sign_check sign_verify(struct span header, struct span secret,
    struct span id, struct span timestamp, struct span body, int64_t now_ms);

#endif
