/* UTF-8 by the byte, strict: no overlong forms, no surrogates, nothing above
 * U+10FFFF (RFC 3629). */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include "common/mem.h"
#include "common/span.h"

#define UTF8_REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */

/* Length of the first character of `text` (n > 0), *good true; or of the
 * maximal bad part that becomes one U+FFFD (WHATWG Encoding), *good false. */
size_t utf8_step(struct span text, bool *good);
bool utf8_is_valid(struct span text);
size_t utf8_count(struct span text); /* characters, as code points */
/* The text itself when it is valid, else a copy with bad parts replaced. */
struct span utf8_repair(struct arena *, struct span text);
/* Writes 1 to 4 bytes; code is below 0x110000 and no surrogate. */
size_t utf8_encode(uint32_t code, char out[4]);

#endif
