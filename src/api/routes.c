/* THE route table. One row says who may do what where, and which function
 * does it. Rows of one path stand in the order their methods are told in
 * `Allow` (contract chapter 2). */
#include "api/api.h"

#include "api/collections.h"
#include "api/deliveries.h"
#include "api/events.h"
#include "api/internal.h"
#include "api/items.h"
#include "api/server.h"
#include "api/metrics.h"
#include "api/preview.h"
#include "api/shape.h"
#include "api/stats.h"
#include "api/tokens.h"
#include "api/trial.h"
#include "api/webhooks.h"

#define HOOKS .resource = &webhooks_resource
#define EVENTS .resource = &events_resource, .need = NEED_OWN
#define DELIVERIES .resource = &deliveries_resource
#define TOKENS .resource = &tokens_resource
#define OPEN .need = NEED_NONE
#define ITEMS .resource = &items_resource, .need = NEED_COLLECTION

const struct api_row api_rows[] = {
    {METHOD_POST, "/webhooks", records_create, RIGHT_WEBHOOKS_WRITE, HOOKS},
    {METHOD_GET, "/webhooks", records_list, RIGHT_WEBHOOKS_READ, HOOKS},
    {METHOD_SEARCH, "/webhooks", records_search, RIGHT_WEBHOOKS_READ, HOOKS,
	.shape = shape_search},
    {METHOD_PATCH, "/webhooks", records_update_many, RIGHT_WEBHOOKS_WRITE,
	HOOKS, .shape = shape_update},
    {METHOD_DELETE, "/webhooks", records_delete_many, RIGHT_WEBHOOKS_WRITE,
	HOOKS, .shape = shape_delete},
    /* Before :id, which would match it too. */
    {METHOD_GET, "/webhooks/stats", stats_webhooks, RIGHT_WEBHOOKS_READ, HOOKS},
    {METHOD_GET, "/webhooks/:id", records_one, RIGHT_WEBHOOKS_READ, HOOKS},
    {METHOD_PATCH, "/webhooks/:id", records_update_one, RIGHT_WEBHOOKS_WRITE,
	HOOKS},
    {METHOD_DELETE, "/webhooks/:id", records_delete_one, RIGHT_WEBHOOKS_WRITE,
	HOOKS},

    {METHOD_POST, "/items/:collection", records_create, RIGHT_ITEMS_WRITE,
	ITEMS},
    {METHOD_GET, "/items/:collection", records_list, RIGHT_ITEMS_READ, ITEMS},
    {METHOD_SEARCH, "/items/:collection", records_search, RIGHT_ITEMS_READ,
	ITEMS, .shape = shape_search},
    {METHOD_PATCH, "/items/:collection", records_update_many, RIGHT_ITEMS_WRITE,
	ITEMS, .shape = shape_update_list},
    {METHOD_DELETE, "/items/:collection", records_delete_many,
	RIGHT_ITEMS_WRITE, ITEMS, .shape = shape_delete},
    {METHOD_GET, "/items/:collection/:id", records_one, RIGHT_ITEMS_READ,
	ITEMS},
    {METHOD_PATCH, "/items/:collection/:id", records_update_one,
	RIGHT_ITEMS_WRITE, ITEMS},
    {METHOD_DELETE, "/items/:collection/:id", records_delete_one,
	RIGHT_ITEMS_WRITE, ITEMS},

    {METHOD_GET, "/webhooks/:id/options", webhooks_options_read,
	RIGHT_WEBHOOKS_READ, OPEN},
    {METHOD_PATCH, "/webhooks/:id/options", webhooks_options_update,
	RIGHT_WEBHOOKS_WRITE, OPEN},
    {METHOD_GET, "/webhooks/:id/secret", webhooks_secret_read, RIGHT_SECRETS,
	OPEN},
    {METHOD_POST, "/webhooks/:id/secret/rotate", webhooks_secret_rotate,
	RIGHT_SECRETS, OPEN},
    {METHOD_GET, "/webhooks/:id/stats", stats_webhook, RIGHT_WEBHOOKS_READ,
	OPEN},
    {METHOD_POST, "/webhooks/preview", preview_webhook, RIGHT_WEBHOOKS_WRITE,
	OPEN},
    {METHOD_POST, "/webhooks/:id/test", trial_test, RIGHT_WEBHOOKS_WRITE, OPEN},

    {METHOD_POST, "/events", events_report, RIGHT_EVENTS_REPORT, EVENTS},
    {METHOD_GET, "/events", records_list, RIGHT_EVENTS_READ, EVENTS},
    {METHOD_SEARCH, "/events", records_search, RIGHT_EVENTS_READ, EVENTS,
	.shape = shape_search},
    {METHOD_GET, "/events/:id", records_one, RIGHT_EVENTS_READ, EVENTS},

    {METHOD_GET, "/deliveries", records_list, RIGHT_DELIVERIES_READ,
	DELIVERIES},
    {METHOD_SEARCH, "/deliveries", records_search, RIGHT_DELIVERIES_READ,
	DELIVERIES, .shape = shape_search},
    {METHOD_POST, "/deliveries/redeliver", deliveries_redeliver_many,
	RIGHT_DELIVERIES_ACT, DELIVERIES},
    {METHOD_GET, "/deliveries/:id", deliveries_one, RIGHT_DELIVERIES_READ,
	DELIVERIES},
    {METHOD_POST, "/deliveries/:id/redeliver", deliveries_redeliver_one,
	RIGHT_DELIVERIES_ACT, DELIVERIES},
    {METHOD_POST, "/deliveries/:id/cancel", deliveries_cancel,
	RIGHT_DELIVERIES_ACT, DELIVERIES},

    {METHOD_POST, "/collections", collections_create, RIGHT_COLLECTIONS_WRITE,
	OPEN},
    {METHOD_GET, "/collections", collections_list, RIGHT_COLLECTIONS_READ,
	OPEN},
    {METHOD_GET, "/collections/:name", collections_one, RIGHT_COLLECTIONS_READ,
	OPEN},
    {METHOD_DELETE, "/collections/:name", collections_delete,
	RIGHT_COLLECTIONS_WRITE, OPEN},
    {METHOD_GET, "/fields", fields_all, RIGHT_COLLECTIONS_READ, OPEN},
    {METHOD_GET, "/fields/:collection", fields_list, RIGHT_COLLECTIONS_READ,
	OPEN},
    {METHOD_GET, "/fields/:collection/:field", fields_one,
	RIGHT_COLLECTIONS_READ, OPEN},

    {METHOD_POST, "/tokens", tokens_create, RIGHT_TOKENS, TOKENS},
    {METHOD_GET, "/tokens", records_list, RIGHT_TOKENS, TOKENS},
    {METHOD_SEARCH, "/tokens", records_search, RIGHT_TOKENS, TOKENS,
	.shape = shape_search},
    {METHOD_GET, "/tokens/:id", records_one, RIGHT_TOKENS, TOKENS},
    {METHOD_DELETE, "/tokens/:id", records_delete_one, RIGHT_TOKENS, TOKENS},

    {METHOD_GET, "/", server_root, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/ping", server_ping, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/health", server_health, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/stats", stats_server, RIGHT_SERVER_READ, OPEN},
    {METHOD_GET, "/server/info", server_info, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/specs/oas", server_spec, RIGHT_PING, OPEN},
    {METHOD_GET, "/metrics", metrics_read, RIGHT_PING, OPEN},
    {METHOD_GET, "/users/me", users_me, RIGHT_PING, OPEN},

    {METHOD_POST, "/internal/lease", internal_lease, RIGHT_PING,
	.need = NEED_OWNER_DOOR},
    {METHOD_POST, "/internal/backup", server_backup, RIGHT_PING,
	.need = NEED_OWNER_DOOR},
    {METHOD_POST, "/internal/report", internal_report, RIGHT_PING,
	.need = NEED_OWNER_DOOR},
};
const size_t api_row_count = sizeof(api_rows) / sizeof(api_rows[0]);
_Static_assert(sizeof(api_rows) / sizeof(api_rows[0]) <= API_ROWS_MAX,
    "raise API_ROWS_MAX");
