/* Items of users' collections: every write makes events. */
#ifndef API_ITEMS_H
#define API_ITEMS_H

#include "api/records.h"

extern const struct resource items_resource;

/* A JSON object without one of its members and otherwise byte by byte the
 * same. `compact` is what json_clean gives. In the arena. */
struct span items_without(
    struct arena *, struct span compact, const char *member);

#endif
