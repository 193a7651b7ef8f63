/* An event as a webhook's own events look, for test calls and previews. */
#ifndef API_SAMPLE_H
#define API_SAMPLE_H

#include "api/api.h"

/* First action and collection of the webhook's row; the payload of the
 * request's body, or a plain one. Marked as a test. */
void sample_event(struct call *, const struct row *webhook, struct emit *);

#endif
