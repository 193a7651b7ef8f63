/* /webhooks: the Directus contract, and what hangs on a webhook beside its
 * row: secret and options. */
#ifndef API_WEBHOOKS_H
#define API_WEBHOOKS_H

#include "api/records.h"

extern const struct resource webhooks_resource;

enum err webhooks_options_read(struct call *);
enum err webhooks_options_update(struct call *);
enum err webhooks_secret_read(struct call *);
enum err webhooks_secret_rotate(struct call *);
/* In a body: the secret gets what an older one lacks (model/secret.h). */
enum err webhooks_secret_complete(struct txn *, struct arena *, int64_t id);

/* The id of the address; ERR_FORBIDDEN when it is none. */
enum err webhooks_id(struct call *, int64_t *id);

#endif
