/* Hashes, signatures and base64: the door to OpenSSL outside delivery/. */
#ifndef COMMON_DIGEST_H
#define COMMON_DIGEST_H

#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"

#define DIGEST_BYTES 32
/* RFC 8032: the private key is a seed of 32 random bytes. */
#define DIGEST_ED25519_KEY_BYTES 32
#define DIGEST_ED25519_BYTES 64
void digest_sha256(struct span data, uint8_t out[DIGEST_BYTES]);
void digest_hmac_sha256(struct span key, const struct span *parts, size_t count,
    uint8_t out[DIGEST_BYTES]);
void digest_ed25519_public(const void *seed, uint8_t[DIGEST_ED25519_KEY_BYTES]);
void digest_ed25519(
    const void *seed, struct span data, uint8_t[DIGEST_ED25519_BYTES]);
bool digest_equal(const void *a, const void *b, size_t n); /* constant time */
void digest_base64(struct buf *out, struct span data);	   /* padded */
bool digest_unbase64(struct buf *out, struct span text);
void digest_hex(struct buf *out, struct span data); /* lower case */
const char *digest_library(void);		    /* "OpenSSL 3.0.22 ..." */

#endif
