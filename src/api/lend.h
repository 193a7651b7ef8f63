/* One round of leasing: from the queue's jobs to the bytes of the answer. */
#ifndef API_LEND_H
#define API_LEND_H

#include "api/api.h"

/* Leases for the request and appends the packed jobs; *count of them. Waits
 * for the committing thread, so not to be called in it. */
enum err lend(struct api *, struct arena *, const struct lease_request *,
    struct buf *out, size_t *count);
/* The headers option as it is stored into job->headers. */
void lend_read_headers(struct arena *, struct span json, struct lease_job *);

#endif
