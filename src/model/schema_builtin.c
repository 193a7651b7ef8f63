/* The built-in collections as tables: webhooks (contract 5.1, product
 * "Choices"), events, deliveries, tokens, options (product "Members").
 *
 * The position of a field is its number on disk: append, never reorder. */
#include "model/schema.h"

/* clang-format off: version 14 dies of these tables. */

/* A span that may stand in a static initialiser. */
#define NAME(text) {(text), sizeof(text) - 1}
#define PRESET_TEXT(text_) \
	.has_default = true, .preset = {.type = VALUE_TEXT, .text = NAME(text_)}
#define PRESET_BOOL(b_) \
	.has_default = true, .preset = {.type = VALUE_BOOL, .b = (b_)}
#define PRESET_INT(i_) \
	.has_default = true, .preset = {.type = VALUE_INT, .i = (i_)}

#define ID {.name = NAME("id"), .type = FIELD_INTEGER}

static struct field webhook_fields[WEBHOOK_COUNT] = {
    [WEBHOOK_ID] = ID,
    [WEBHOOK_NAME] = {.name = NAME("name"), .type = FIELD_STRING,
        .max_chars = 255, .required = true},
    [WEBHOOK_METHOD] = {.name = NAME("method"), .type = FIELD_STRING,
        .max_chars = 10, PRESET_TEXT("POST")},
    [WEBHOOK_URL] = {.name = NAME("url"), .type = FIELD_STRING,
        .max_chars = 2048, .required = true},
    [WEBHOOK_STATUS] = {.name = NAME("status"), .type = FIELD_STRING,
        .max_chars = 10, PRESET_TEXT("active")},
    [WEBHOOK_DATA] = {.name = NAME("data"), .type = FIELD_BOOLEAN,
        PRESET_BOOL(true)},
    [WEBHOOK_ACTIONS] = {.name = NAME("actions"), .type = FIELD_CSV,
        .max_chars = 100, .required = true},
    [WEBHOOK_COLLECTIONS] = {.name = NAME("collections"), .type = FIELD_CSV,
        .max_chars = 255, .required = true},
};

/* Members of events and deliveries are written by the program alone. */
#define RO(name_, type_) .name = NAME(name_), .type = (type_), .readonly = true
#define RO_NULL(name_, type_) RO(name_, type_), .nullable = true

static struct field event_fields[EVENT_COUNT] = {
    [EVENT_ID] = ID,
    [EVENT_SOURCE] = {RO("source", FIELD_STRING)},
    [EVENT_ACTION] = {RO("action", FIELD_STRING)},
    [EVENT_COLLECTION] = {RO("collection", FIELD_STRING), .indexed = true},
    [EVENT_KEY] = {RO_NULL("key", FIELD_JSON)},
    [EVENT_KEYS] = {RO_NULL("keys", FIELD_JSON)},
    [EVENT_PAYLOAD] = {RO_NULL("payload", FIELD_JSON)},
    [EVENT_ACCOUNTABILITY] = {RO_NULL("accountability", FIELD_JSON)},
    [EVENT_CREATED_AT] = {RO("created_at", FIELD_TIMESTAMP), .indexed = true},
    [EVENT_DELIVERIES] = {RO("deliveries", FIELD_INTEGER)},
    [EVENT_BODY] = {RO_NULL("body", FIELD_TEXT), .hidden = true},
};

static struct field delivery_fields[DELIVERY_COUNT] = {
    [DELIVERY_ID] = ID,
    [DELIVERY_MESSAGE_ID] = {RO("message_id", FIELD_STRING), .indexed = true},
    [DELIVERY_EVENT] = {RO("event", FIELD_INTEGER), .indexed = true},
    [DELIVERY_WEBHOOK] = {RO("webhook", FIELD_INTEGER), .indexed = true},
    [DELIVERY_ACTION] = {RO("action", FIELD_STRING)},
    [DELIVERY_COLLECTION] = {RO("collection", FIELD_STRING)},
    [DELIVERY_STATE] = {RO("state", FIELD_STRING), .indexed = true},
    [DELIVERY_ATTEMPTS] = {RO("attempts", FIELD_INTEGER)},
    [DELIVERY_CREATED_AT] = {RO("created_at", FIELD_TIMESTAMP),
        .indexed = true},
    [DELIVERY_NEXT_ATTEMPT_AT] = {RO_NULL("next_attempt_at", FIELD_TIMESTAMP),
        .indexed = true},
    [DELIVERY_FINISHED_AT] = {RO_NULL("finished_at", FIELD_TIMESTAMP)},
    [DELIVERY_LAST_STATUS] = {RO_NULL("last_status", FIELD_INTEGER)},
    [DELIVERY_LAST_ERROR] = {RO_NULL("last_error", FIELD_STRING)},
    [DELIVERY_TEST] = {RO("test", FIELD_BOOLEAN), PRESET_BOOL(false)},
    [DELIVERY_LEASE] = {RO_NULL("lease", FIELD_BIGINTEGER), .hidden = true},
    [DELIVERY_LEASE_UNTIL] = {RO_NULL("lease_until", FIELD_TIMESTAMP),
        .hidden = true},
};

static struct field token_fields[TOKEN_COUNT] = {
    [TOKEN_ID] = ID,
    [TOKEN_NAME] = {.name = NAME("name"), .type = FIELD_STRING,
        .max_chars = 255, .required = true},
    [TOKEN_ROLE] = {.name = NAME("role"), .type = FIELD_STRING,
        .max_chars = 10, .required = true},
    [TOKEN_USER] = {.name = NAME("user"), .type = FIELD_UUID,
        .nullable = true},
    [TOKEN_ROLE_ID] = {.name = NAME("role_id"), .type = FIELD_UUID,
        .nullable = true},
    [TOKEN_COLLECTIONS] = {.name = NAME("collections"), .type = FIELD_CSV,
        .max_chars = 2048, .nullable = true},
    [TOKEN_EXPIRES_AT] = {.name = NAME("expires_at"),
        .type = FIELD_TIMESTAMP, .nullable = true},
    [TOKEN_CREATED_AT] = {RO_NULL("created_at", FIELD_TIMESTAMP)},
    [TOKEN_LAST_USED_AT] = {RO_NULL("last_used_at", FIELD_TIMESTAMP)},
    [TOKEN_PREFIX] = {RO_NULL("prefix", FIELD_STRING)},
    [TOKEN_HASH] = {RO_NULL("hash", FIELD_STRING), .hidden = true,
        .indexed = true},
};

static struct field option_fields[OPTION_COUNT] = {
    [OPTION_ID] = ID,
    [OPTION_HEADERS] = {.name = NAME("headers"), .type = FIELD_JSON,
        .nullable = true},
    [OPTION_TIMEOUT_MS] = {.name = NAME("timeout_ms"), .type = FIELD_INTEGER,
        PRESET_INT(15000)},
    [OPTION_SCHEDULE] = {.name = NAME("schedule"), .type = FIELD_JSON,
        .nullable = true},
    [OPTION_SUCCESS] = {.name = NAME("success"), .type = FIELD_JSON,
        .nullable = true},
    [OPTION_MAX_CONCURRENCY] = {.name = NAME("max_concurrency"),
        .type = FIELD_INTEGER, .nullable = true},
    [OPTION_RATE_PER_SECOND] = {.name = NAME("rate_per_second"),
        .type = FIELD_FLOAT, .nullable = true},
    [OPTION_ORDERED] = {.name = NAME("ordered"), .type = FIELD_BOOLEAN,
        PRESET_BOOL(false)},
    [OPTION_HUB_SIGNATURE] = {.name = NAME("hub_signature"),
        .type = FIELD_BOOLEAN, PRESET_BOOL(false)},
    [OPTION_ED25519] = {.name = NAME("ed25519"), .type = FIELD_BOOLEAN,
        PRESET_BOOL(false)},
    [OPTION_CLOUDEVENTS] = {.name = NAME("cloudevents"),
        .type = FIELD_BOOLEAN, PRESET_BOOL(false)},
    [OPTION_VERIFY_TLS] = {.name = NAME("verify_tls"), .type = FIELD_BOOLEAN,
        PRESET_BOOL(true)},
    [OPTION_DISABLED_REASON] = {RO_NULL("disabled_reason", FIELD_STRING)},
};

#define SYSTEM(name_, no_, fields_, count_) \
	{ \
		.name = NAME(name_), .no = (no_), .system = true, \
		.fields = (fields_), .count = (count_) \
	}

const struct schema schema_webhooks = SYSTEM("directus_webhooks",
    SCHEMA_WEBHOOKS, webhook_fields, WEBHOOK_COUNT);
const struct schema schema_events =
    SYSTEM("directus_events", SCHEMA_EVENTS, event_fields, EVENT_COUNT);
const struct schema schema_deliveries = SYSTEM("directus_deliveries",
    SCHEMA_DELIVERIES, delivery_fields, DELIVERY_COUNT);
const struct schema schema_tokens =
    SYSTEM("directus_tokens", SCHEMA_TOKENS, token_fields, TOKEN_COUNT);
const struct schema schema_options =
    SYSTEM("directus_options", SCHEMA_OPTIONS, option_fields, OPTION_COUNT);
