/* Who may do what (product chapter 2, "Rights"): one table. */
#ifndef MODEL_ROLE_H
#define MODEL_ROLE_H

#include <stdbool.h>
#include "common/span.h"

enum role {
	ROLE_PUBLIC,
	ROLE_READER,
	ROLE_EDITOR,
	ROLE_ADMIN,
	ROLE_DISPATCHER,
	ROLE_COUNT
};
const char *role_name(enum role);
bool role_parse(struct span, enum role *);

enum right {
	RIGHT_PING, /* /server/ping, /server/health status */
	RIGHT_WEBHOOKS_READ,
	RIGHT_WEBHOOKS_WRITE,
	RIGHT_ITEMS_READ,
	RIGHT_ITEMS_WRITE, /* per collection */
	RIGHT_EVENTS_READ,
	RIGHT_EVENTS_REPORT, /* per collection */
	RIGHT_DELIVERIES_READ,
	RIGHT_DELIVERIES_ACT,
	RIGHT_COLLECTIONS_READ,
	RIGHT_COLLECTIONS_WRITE,
	RIGHT_SECRETS,
	RIGHT_TOKENS,
	RIGHT_METRICS,
	RIGHT_SERVER_READ,
	RIGHT_COUNT
};
enum grant { GRANT_NO, GRANT_OWN /* own collections only */, GRANT_ALL };
enum grant role_grant(enum role, enum right);

/* The caller of a request. Public: role ROLE_PUBLIC, spans empty. */
struct caller {
	enum role role;
	int64_t token_id;
	struct span user, role_id; /* uuids, empty for the public */
	struct span collections;   /* csv; editor: may write; public: read */
};
/* Whether the caller may do it with this collection. An empty name asks
 * whether there is any collection at all for which it may. */
bool caller_may(const struct caller *, enum right, struct span collection);

#endif
