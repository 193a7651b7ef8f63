/* Collections: fields with type, default, nullability. One engine validates,
 * stores, filters and shows all of them (product chapter 2). */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include <stdbool.h>
#include "common/buf.h"
#include "common/err.h"
#include "common/js.h"
#include "common/mem.h"
#include "model/value.h"

enum field_type {
	FIELD_INTEGER,	  /* 32 bits */
	FIELD_BIGINTEGER, /* 64 bits */
	FIELD_FLOAT,
	FIELD_STRING, /* at most max_chars code points */
	FIELD_TEXT,
	FIELD_BOOLEAN,
	FIELD_CSV, /* stored joined with commas, shown as a list */
	FIELD_JSON,
	FIELD_TIMESTAMP,
	FIELD_DATE, /* text YYYY-MM-DD */
	FIELD_UUID, /* text, lower case */
	FIELD_TYPE_COUNT
};
/* Names as in Directus: integer, bigInteger, float, string, text, boolean,
 * csv, json, timestamp, date, uuid (dateTime and time are not taken). */
const char *field_type_name(enum field_type);
bool field_type_parse(struct span name, enum field_type *);

enum {
	SCHEMA_FIELDS_MAX = 200,
	SCHEMA_NAME_BYTES_MAX = 63,
	SCHEMA_STRING_CHARS = 255 /* string without a length */
};

struct field {
	struct span name;
	enum field_type type;
	uint32_t max_chars; /* 0: no limit */
	bool required;	    /* must be in a create */
	bool nullable;
	bool readonly;	 /* never taken from a client */
	bool hidden;	 /* never shown, not in the query language */
	bool indexed;	 /* the store keeps an index over it */
	bool follows_id; /* a time that the store keeps in order of ids, save
	                    for strays (store/order.c) */
	bool has_default;
	struct value preset; /* the default, when has_default */
};

/* Field 0 is always the integer primary key `id`. */
struct schema {
	struct span name; /* collection */
	uint32_t no;	  /* its number in the store; system ones small */
	bool freeform;	  /* only `id` is declared; any members */
	bool system;	  /* directus_..., not below /items */
	struct field *fields;
	size_t count;
	struct span definition; /* what the client declared, compact JSON */
};

/* Index of a shown field, or -1. */
int schema_field(const struct schema *, struct span name);
struct schema *schema_copy(struct arena *, const struct schema *);

/* The built-in collections. Field numbers below are indexes into `fields`
 * and the on-disk field numbers: never renumber, only append. */
enum {
	SCHEMA_WEBHOOKS = 1,
	SCHEMA_EVENTS,
	SCHEMA_DELIVERIES,
	SCHEMA_TOKENS,
	SCHEMA_OPTIONS,
	SCHEMA_FIRST_USER = 100
};
extern const struct schema schema_webhooks, schema_events, schema_deliveries,
    schema_tokens, schema_options;
enum {
	WEBHOOK_ID,
	WEBHOOK_NAME,
	WEBHOOK_METHOD,
	WEBHOOK_URL,
	WEBHOOK_STATUS,
	WEBHOOK_DATA,
	WEBHOOK_ACTIONS,
	WEBHOOK_COLLECTIONS,
	WEBHOOK_COUNT
};
/* events: id source action collection key keys payload accountability
 * created_at deliveries | hidden: body. key is VALUE_JSON text of the key or
 * null, keys VALUE_JSON list or null. `body` is the exact wire body. Hidden as
 * well: bare_at, created_at of an event that has no deliveries. */
enum {
	EVENT_ID,
	EVENT_SOURCE,
	EVENT_ACTION,
	EVENT_COLLECTION,
	EVENT_KEY,
	EVENT_KEYS,
	EVENT_PAYLOAD,
	EVENT_ACCOUNTABILITY,
	EVENT_CREATED_AT,
	EVENT_DELIVERIES,
	EVENT_BODY,
	EVENT_BARE_AT,
	EVENT_COUNT
};
/* deliveries, product chapter 2 "Members"; hidden: lease (token of the lease in
 * force, null: none), lease_until; finished_at once more, as done_at where it
 * was delivered or cancelled, as dead_at where it is dead: the order in which
 * they are removed (queue/keep.c). */
enum {
	DELIVERY_ID,
	DELIVERY_MESSAGE_ID,
	DELIVERY_EVENT,
	DELIVERY_WEBHOOK,
	DELIVERY_ACTION,
	DELIVERY_COLLECTION,
	DELIVERY_STATE,
	DELIVERY_ATTEMPTS,
	DELIVERY_CREATED_AT,
	DELIVERY_NEXT_ATTEMPT_AT,
	DELIVERY_FINISHED_AT,
	DELIVERY_LAST_STATUS,
	DELIVERY_LAST_ERROR,
	DELIVERY_TEST,
	DELIVERY_LEASE,
	DELIVERY_LEASE_UNTIL,
	DELIVERY_DONE_AT,
	DELIVERY_DEAD_AT,
	DELIVERY_EARLIER, /* attempts before it was sent again by hand */
	DELIVERY_COUNT
};
/* tokens; hidden: hash (hex SHA-256 of the token, indexed). */
enum {
	TOKEN_ID,
	TOKEN_NAME,
	TOKEN_ROLE,
	TOKEN_USER,
	TOKEN_ROLE_ID,
	TOKEN_COLLECTIONS,
	TOKEN_EXPIRES_AT,
	TOKEN_CREATED_AT,
	TOKEN_LAST_USED_AT,
	TOKEN_PREFIX,
	TOKEN_HASH,
	TOKEN_COUNT
};
/* options of a webhook, keyed by the webhook's id. Hidden: since when it fails
 * and how often it did (queue/disable.c), both null while it does not; since
 * when it is inactive. */
enum {
	OPTION_ID,
	OPTION_HEADERS,
	OPTION_TIMEOUT_MS,
	OPTION_SCHEDULE,
	OPTION_SUCCESS,
	OPTION_MAX_CONCURRENCY,
	OPTION_RATE_PER_SECOND,
	OPTION_ORDERED,
	OPTION_HUB_SIGNATURE,
	OPTION_ED25519,
	OPTION_CLOUDEVENTS,
	OPTION_VERIFY_TLS,
	OPTION_DISABLED_REASON,
	OPTION_FAILING_SINCE,
	OPTION_FAILURES,
	OPTION_INACTIVE_SINCE,
	OPTION_COUNT
};

/* A schema from a Directus collection definition ({collection, fields:[{field,
 * type, schema:{is_nullable, default_value, max_length, is_primary_key,
 * has_auto_increment}, meta:{required, special}}]}). No fields: free form.
 * Faults: FAILED_VALIDATION / INVALID_PAYLOAD with words. */
enum err schema_from_js(
    struct arena *, struct js definition, struct schema **, struct fault *);
/* Binary form for the store, definition included. */
void schema_pack(const struct schema *, struct buf *);
enum err schema_unpack(struct arena *, struct span, struct schema **);
/* Directus shapes: one collection, its members `meta` and `schema` alone, and
 * the list of its fields (an array text; `/fields/directus_webhooks` shows
 * schema.is_primary_key). */
void schema_put_collection(const struct schema *, struct buf *);
void schema_put_meta(const struct schema *, struct buf *);
void schema_put_table(const struct schema *, struct buf *);
void schema_put_fields(const struct schema *, struct buf *);
bool schema_put_field(const struct schema *, struct span name, struct buf *);

#endif
