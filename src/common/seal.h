/* Sealing: what must not be read from a disk without a key, nor changed, nor
 * put in another's place. AES-256-GCM with a random nonce for each seal: one
 * key is good for 2^32 of them (NIST SP 800-38D, chapter 8.3).
 *
 * The key lies in a file: one line, 32 random bytes in base64. */
#ifndef COMMON_SEAL_H
#define COMMON_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "common/buf.h"
#include "common/err.h"

/* In a page of its own, kept out of core files and, where the limits of the
 * process allow, out of swap; wiped when it is freed. */
struct seal_key;

/* Refuses a file that others than `reader` (the user who is to use it) and
 * root can read, or somebody else's. ERR_CONFIG with words. */
enum err seal_key_read(
    const char *path, uid_t reader, struct seal_key **, struct fault *);
void seal_key_free(struct seal_key *); /* may be NULL */
/* Writes a new random key into a new file of mode 0600 that belongs to this
 * user. ERR_IO with words. */
enum err seal_key_make(
    const char *path, uid_t owner, gid_t group, struct fault *);

/* A sealed text begins with this byte, which no record of ours does: above
 * every version of a form. Then nonce, text, tag. */
enum { SEAL_FORMAT = 0x80, SEAL_EXTRA_BYTES = 1 + 12 + 16 };
/* `place` says what the text is for; it opens for the same place only. */
void seal_put(const struct seal_key *, struct span place, struct span text,
    struct buf *out);
/* out: sealed.n - SEAL_EXTRA_BYTES. False: another key, another place, or not
 * a byte as it was; out is of no use then. */
bool seal_open(
    const struct seal_key *, struct span place, struct span sealed, char *out);

#endif
