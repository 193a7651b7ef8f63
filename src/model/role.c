/* Who may do what: the table of product chapter 2, "Rights", and nothing
 * else. A new right is a new column here. */
#include "model/role.h"

static const char *const names[ROLE_COUNT] = {
    [ROLE_PUBLIC] = "public",
    [ROLE_READER] = "reader",
    [ROLE_EDITOR] = "editor",
    [ROLE_ADMIN] = "admin",
    [ROLE_DISPATCHER] = "dispatcher",
};

/* Absent entries are GRANT_NO. */
static const enum grant grants[ROLE_COUNT][RIGHT_COUNT] = {
    [ROLE_PUBLIC] =
	{
	    [RIGHT_PING] = GRANT_ALL,
	    [RIGHT_ITEMS_READ] = GRANT_OWN,
	},
    [ROLE_READER] =
	{
	    [RIGHT_PING] = GRANT_ALL,
	    [RIGHT_WEBHOOKS_READ] = GRANT_ALL,
	    [RIGHT_ITEMS_READ] = GRANT_ALL,
	    [RIGHT_EVENTS_READ] = GRANT_ALL,
	    [RIGHT_DELIVERIES_READ] = GRANT_ALL,
	    [RIGHT_COLLECTIONS_READ] = GRANT_ALL,
	    [RIGHT_METRICS] = GRANT_ALL,
	    [RIGHT_SERVER_READ] = GRANT_ALL,
	},
    [ROLE_EDITOR] =
	{
	    [RIGHT_PING] = GRANT_ALL,
	    [RIGHT_ITEMS_READ] = GRANT_OWN,
	    [RIGHT_ITEMS_WRITE] = GRANT_OWN,
	    [RIGHT_EVENTS_READ] = GRANT_OWN,
	    [RIGHT_EVENTS_REPORT] = GRANT_OWN,
	},
    [ROLE_ADMIN] =
	{
	    [RIGHT_PING] = GRANT_ALL,
	    [RIGHT_WEBHOOKS_READ] = GRANT_ALL,
	    [RIGHT_WEBHOOKS_WRITE] = GRANT_ALL,
	    [RIGHT_ITEMS_READ] = GRANT_ALL,
	    [RIGHT_ITEMS_WRITE] = GRANT_ALL,
	    [RIGHT_EVENTS_READ] = GRANT_ALL,
	    [RIGHT_EVENTS_REPORT] = GRANT_ALL,
	    [RIGHT_DELIVERIES_READ] = GRANT_ALL,
	    [RIGHT_DELIVERIES_ACT] = GRANT_ALL,
	    [RIGHT_COLLECTIONS_READ] = GRANT_ALL,
	    [RIGHT_COLLECTIONS_WRITE] = GRANT_ALL,
	    [RIGHT_SECRETS] = GRANT_ALL,
	    [RIGHT_TOKENS] = GRANT_ALL,
	    [RIGHT_METRICS] = GRANT_ALL,
	    [RIGHT_SERVER_READ] = GRANT_ALL,
	},
    /* Leases and reports go through owner.sock, not through a right. */
    [ROLE_DISPATCHER] = {[RIGHT_PING] = GRANT_ALL},
};

const char *
role_name(enum role role)
{
	return role < ROLE_COUNT ? names[role] : "";
}

bool
role_parse(struct span text, enum role *role)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (span_is(text, names[i])) {
			*role = (enum role)i;
			return true;
		}
	return false;
}

enum grant
role_grant(enum role role, enum right right)
{
	return role < ROLE_COUNT && right < RIGHT_COUNT ? grants[role][right]
							: GRANT_NO;
}

/* Blanks round names are forgiven: settings are written by hand. */
static bool
list_has(struct span list, struct span name)
{
	struct span part;

	while (span_next(&list, ',', &part)) {
		part = span_trim(part);
		if (part.n > 0 && (name.n == 0 || span_eq(part, name)))
			return true;
	}
	return false;
}

bool
caller_may(
    const struct caller *caller, enum right right, struct span collection)
{
	switch (role_grant(caller->role, right)) {
	case GRANT_ALL:
		return true;
	case GRANT_OWN:
		return list_has(caller->collections, collection);
	default:
		return false;
	}
}
