/* Request bodies with Content-Encoding gzip or deflate (contract 5.2). */
#ifndef COMMON_INFLATE_H
#define COMMON_INFLATE_H

#include <stdbool.h>
#include "common/err.h"
#include "common/mem.h"

/* Unpacks the whole of `in`. deflate is taken with the zlib wrapper (RFC
 * 9110 8.4.1.2) and without it, as browsers do. ERR_TOO_LONG: more than
 * max_bytes come out (nothing is kept). ERR_PAYLOAD: damaged, cut, or bytes
 * behind the end. *out lies in the arena with a NUL behind it. */
enum err inflate_body(struct arena *, struct span in, bool gzip,
    size_t max_bytes, struct span *out);
const char *inflate_library(void); /* zlib: "1.2.13" */

#endif
