/* THE route table. One row says who may do what where, and which function
 * does it. Rows of one path stand in the order their methods are told in
 * `Allow` (contract chapter 2). */
#include "api/api.h"

#include "api/internal.h"
#include "api/items.h"
#include "api/server.h"
#include "api/shape.h"
#include "api/trial.h"
#include "api/webhooks.h"

#define HOOKS .resource = &webhooks_resource
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

    {METHOD_GET, "/", server_root, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/ping", server_ping, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/health", server_health, RIGHT_PING, OPEN},
    {METHOD_GET, "/server/info", server_info, RIGHT_PING, OPEN},
    {METHOD_GET, "/users/me", users_me, RIGHT_PING, OPEN},

    {METHOD_POST, "/internal/lease", internal_lease, RIGHT_PING,
	.need = NEED_OWNER_DOOR},
    {METHOD_POST, "/internal/report", internal_report, RIGHT_PING,
	.need = NEED_OWNER_DOOR},
};
const size_t api_row_count = sizeof(api_rows) / sizeof(api_rows[0]);
_Static_assert(sizeof(api_rows) / sizeof(api_rows[0]) <= API_ROWS_MAX,
    "raise API_ROWS_MAX");
