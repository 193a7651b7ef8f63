/* POST /webhooks/preview: the exact request a webhook would make. */
#ifndef API_PREVIEW_H
#define API_PREVIEW_H

#include "api/api.h"

enum err preview_webhook(struct call *);

#endif
