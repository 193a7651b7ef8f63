/* An event as a webhook's own events look, for test calls and previews. */
#ifndef API_SAMPLE_H
#define API_SAMPLE_H

#include "api/api.h"

/* Action, collection and payload of the request's body, which may leave out
 * each: the first of the webhook's row, a plain payload. Marked as a test. */
enum err sample_event(struct call *, const struct row *webhook, struct emit *);

#endif
