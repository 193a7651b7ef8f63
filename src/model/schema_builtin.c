/* The built-in collections as tables: webhooks (contract 5.1, product
 * "Choices"), events, deliveries, tokens, options (product "Members").
 *
 * The position of a field is its number on disk: append, never reorder. */
#include "model/schema.h"

/* A span that may stand in a static initialiser. */
#define NAME(text)                                                             \
	{                                                                      \
		(text), sizeof(text) - 1                                       \
	}

/* One field: its name, its type, and what else it has of these. */
#define FIELD(name_, ...)                                                      \
	{                                                                      \
		.name = NAME(name_), .type = __VA_ARGS__                       \
	}
#define CHARS(n) .max_chars = (n)
#define REQUIRED .required = true
#define NULLABLE .nullable = true
#define OURS .readonly = true /* written by the program alone */
#define HIDDEN .hidden = true
#define INDEXED .indexed = true
#define FOLLOWS_ID .follows_id = true
#define IS_TEXT(t)                                                             \
	.has_default = true, .preset = {.type = VALUE_TEXT, .text = NAME(t)}
#define IS_BOOL(b_)                                                            \
	.has_default = true, .preset = {.type = VALUE_BOOL, .b = (b_)}
#define IS_INT(i_) .has_default = true, .preset = {.type = VALUE_INT, .i = (i_)}

#define ID FIELD("id", FIELD_INTEGER)

static struct field webhook_fields[WEBHOOK_COUNT] = {
    [WEBHOOK_ID] = ID,
    [WEBHOOK_NAME] = FIELD("name", FIELD_STRING, CHARS(255), REQUIRED),
    [WEBHOOK_METHOD] =
	FIELD("method", FIELD_STRING, CHARS(10), IS_TEXT("POST")),
    [WEBHOOK_URL] = FIELD("url", FIELD_STRING, CHARS(2048), REQUIRED),
    [WEBHOOK_STATUS] =
	FIELD("status", FIELD_STRING, CHARS(10), IS_TEXT("active")),
    [WEBHOOK_DATA] = FIELD("data", FIELD_BOOLEAN, IS_BOOL(true)),
    [WEBHOOK_ACTIONS] = FIELD("actions", FIELD_CSV, CHARS(100), REQUIRED),
    [WEBHOOK_COLLECTIONS] =
	FIELD("collections", FIELD_CSV, CHARS(255), REQUIRED),
};

static struct field event_fields[EVENT_COUNT] = {
    [EVENT_ID] = ID,
    [EVENT_SOURCE] = FIELD("source", FIELD_STRING, OURS),
    [EVENT_ACTION] = FIELD("action", FIELD_STRING, OURS),
    [EVENT_COLLECTION] = FIELD("collection", FIELD_STRING, OURS, INDEXED),
    [EVENT_KEY] = FIELD("key", FIELD_JSON, OURS, NULLABLE),
    [EVENT_KEYS] = FIELD("keys", FIELD_JSON, OURS, NULLABLE),
    [EVENT_PAYLOAD] = FIELD("payload", FIELD_JSON, OURS, NULLABLE),
    [EVENT_ACCOUNTABILITY] =
	FIELD("accountability", FIELD_JSON, OURS, NULLABLE),
    [EVENT_CREATED_AT] =
	FIELD("created_at", FIELD_TIMESTAMP, OURS, INDEXED, FOLLOWS_ID),
    [EVENT_DELIVERIES] = FIELD("deliveries", FIELD_INTEGER, OURS),
    [EVENT_BODY] = FIELD("body", FIELD_TEXT, OURS, NULLABLE, HIDDEN),
    [EVENT_BARE_AT] =
	FIELD("bare_at", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN, INDEXED),
};

static struct field delivery_fields[DELIVERY_COUNT] = {
    [DELIVERY_ID] = ID,
    [DELIVERY_MESSAGE_ID] = FIELD("message_id", FIELD_STRING, OURS, INDEXED),
    [DELIVERY_EVENT] = FIELD("event", FIELD_INTEGER, OURS, INDEXED),
    [DELIVERY_WEBHOOK] = FIELD("webhook", FIELD_INTEGER, OURS, INDEXED),
    [DELIVERY_ACTION] = FIELD("action", FIELD_STRING, OURS),
    [DELIVERY_COLLECTION] = FIELD("collection", FIELD_STRING, OURS),
    [DELIVERY_STATE] = FIELD("state", FIELD_STRING, OURS, INDEXED),
    [DELIVERY_ATTEMPTS] = FIELD("attempts", FIELD_INTEGER, OURS),
    [DELIVERY_CREATED_AT] =
	FIELD("created_at", FIELD_TIMESTAMP, OURS, INDEXED, FOLLOWS_ID),
    [DELIVERY_NEXT_ATTEMPT_AT] =
	FIELD("next_attempt_at", FIELD_TIMESTAMP, OURS, NULLABLE, INDEXED),
    [DELIVERY_FINISHED_AT] =
	FIELD("finished_at", FIELD_TIMESTAMP, OURS, NULLABLE),
    [DELIVERY_LAST_STATUS] =
	FIELD("last_status", FIELD_INTEGER, OURS, NULLABLE),
    [DELIVERY_LAST_ERROR] = FIELD("last_error", FIELD_STRING, OURS, NULLABLE),
    [DELIVERY_TEST] = FIELD("test", FIELD_BOOLEAN, OURS, IS_BOOL(false)),
    [DELIVERY_LEASE] = FIELD("lease", FIELD_BIGINTEGER, OURS, NULLABLE, HIDDEN),
    [DELIVERY_LEASE_UNTIL] =
	FIELD("lease_until", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN),
    [DELIVERY_DONE_AT] =
	FIELD("done_at", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN, INDEXED),
    [DELIVERY_DEAD_AT] =
	FIELD("dead_at", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN, INDEXED),
    [DELIVERY_EARLIER] =
	FIELD("earlier", FIELD_INTEGER, OURS, NULLABLE, HIDDEN),
};

static struct field token_fields[TOKEN_COUNT] = {
    [TOKEN_ID] = ID,
    [TOKEN_NAME] = FIELD("name", FIELD_STRING, CHARS(255), REQUIRED),
    [TOKEN_ROLE] = FIELD("role", FIELD_STRING, CHARS(10), REQUIRED),
    [TOKEN_USER] = FIELD("user", FIELD_UUID, NULLABLE),
    [TOKEN_ROLE_ID] = FIELD("role_id", FIELD_UUID, NULLABLE),
    [TOKEN_COLLECTIONS] =
	FIELD("collections", FIELD_CSV, CHARS(2048), NULLABLE),
    [TOKEN_EXPIRES_AT] = FIELD("expires_at", FIELD_TIMESTAMP, NULLABLE),
    [TOKEN_CREATED_AT] = FIELD("created_at", FIELD_TIMESTAMP, OURS, NULLABLE),
    [TOKEN_LAST_USED_AT] =
	FIELD("last_used_at", FIELD_TIMESTAMP, OURS, NULLABLE),
    [TOKEN_PREFIX] = FIELD("prefix", FIELD_STRING, OURS, NULLABLE),
    [TOKEN_HASH] = FIELD("hash", FIELD_STRING, OURS, NULLABLE, HIDDEN, INDEXED),
};

static struct field option_fields[OPTION_COUNT] = {
    [OPTION_ID] = ID,
    [OPTION_HEADERS] = FIELD("headers", FIELD_JSON, NULLABLE),
    [OPTION_TIMEOUT_MS] = FIELD("timeout_ms", FIELD_INTEGER, IS_INT(15000)),
    [OPTION_SCHEDULE] = FIELD("schedule", FIELD_JSON, NULLABLE),
    [OPTION_SUCCESS] = FIELD("success", FIELD_JSON, NULLABLE),
    [OPTION_MAX_CONCURRENCY] =
	FIELD("max_concurrency", FIELD_INTEGER, NULLABLE),
    [OPTION_RATE_PER_SECOND] = FIELD("rate_per_second", FIELD_FLOAT, NULLABLE),
    [OPTION_ORDERED] = FIELD("ordered", FIELD_BOOLEAN, IS_BOOL(false)),
    [OPTION_HUB_SIGNATURE] =
	FIELD("hub_signature", FIELD_BOOLEAN, IS_BOOL(false)),
    [OPTION_ED25519] = FIELD("ed25519", FIELD_BOOLEAN, IS_BOOL(false)),
    [OPTION_CLOUDEVENTS] = FIELD("cloudevents", FIELD_BOOLEAN, IS_BOOL(false)),
    [OPTION_VERIFY_TLS] = FIELD("verify_tls", FIELD_BOOLEAN, IS_BOOL(true)),
    [OPTION_DISABLED_REASON] =
	FIELD("disabled_reason", FIELD_STRING, OURS, NULLABLE),
    [OPTION_FAILING_SINCE] =
	FIELD("failing_since", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN),
    [OPTION_FAILURES] =
	FIELD("failures", FIELD_INTEGER, OURS, NULLABLE, HIDDEN),
    [OPTION_INACTIVE_SINCE] =
	FIELD("inactive_since", FIELD_TIMESTAMP, OURS, NULLABLE, HIDDEN),
};

#define SYSTEM(name_, no_, fields_, count_)                                    \
	{                                                                      \
		.name = NAME(name_), .no = (no_), .system = true,              \
		.fields = (fields_), .count = (count_)                         \
	}

const struct schema schema_webhooks =
    SYSTEM("directus_webhooks", SCHEMA_WEBHOOKS, webhook_fields, WEBHOOK_COUNT);
const struct schema schema_events =
    SYSTEM("directus_events", SCHEMA_EVENTS, event_fields, EVENT_COUNT);
const struct schema schema_deliveries = SYSTEM(
    "directus_deliveries", SCHEMA_DELIVERIES, delivery_fields, DELIVERY_COUNT);
const struct schema schema_tokens =
    SYSTEM("directus_tokens", SCHEMA_TOKENS, token_fields, TOKEN_COUNT);
const struct schema schema_options =
    SYSTEM("directus_options", SCHEMA_OPTIONS, option_fields, OPTION_COUNT);
