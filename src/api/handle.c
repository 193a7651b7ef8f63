/* The entry: works through contract chapter 1 step by step; the first step
 * that fails answers.
 *
 * The query string is parsed before the token is looked at, because the token
 * may stand in it, but its faults are told after. */
#include "api/answer.h"
#include "api/auth.h"
#include "api/body.h"
#include "api/idem.h"
#include "api/internal.h"
#include "api/records.h"
#include "api/stats.h"
#include "api/starter.h"
#include "api/trial.h"
#include "common/clock.h"
#include "common/log.h"

void
call_parked(struct call *call)
{
	call->parked = true;
}

static enum err
read_query(struct call *call)
{
	return query_parse_text(
	    call->arena, call->req->query, &call->query, call->fault);
}

static enum err
no_route(struct call *call)
{
	if (call->match.path_known)
		response_header(call->res, "Allow",
		    arena_strdup(call->arena, call->match.allow));
	return fault_add(call->fault, ERR_ROUTE, NULL,
	    "Route %.*s doesn't exist.", SPAN_FMT(call->req->target));
}

static enum err
find_route(struct call *call)
{
	const struct api_row *row = call->row;
	size_t i;

	if (call->req->method == METHOD_OPTIONS && call->match.path_known) {
		answer_options(call);
		call->answered = true;
		return ERR_NONE;
	}
	if (row == NULL)
		return no_route(call);
	if (row->resource)
		call->schema = row->resource->schema;
	for (i = 0; i < ROUTE_ARGS_MAX; i++)
		call->args[i] = call->match.args[i];
	return ERR_NONE;
}

struct named {
	struct arena *arena;
	struct span name;
	struct schema *schema;
};

static enum err
find_named(struct txn *txn, void *arg)
{
	struct named *named = arg;

	return collection_find(txn, named->arena, named->name, &named->schema);
}

/* Unknown collections and those of the system are FORBIDDEN (contract
 * chapter 10), before the shape of a body is looked at. */
static enum err
find_collection(struct call *call)
{
	struct named named = {.arena = call->arena, .name = call->args[0]};
	enum err err;

	if (!(call->row->need & NEED_COLLECTION))
		return ERR_NONE;
	err = store_read(call->api->store, find_named, &named);
	if (err == ERR_NOT_FOUND || (!err && named.schema->system))
		return ERR_FORBIDDEN;
	call->schema = named.schema;
	return err;
}

static enum err
check_shape(struct call *call)
{
	return call->row->shape ? call->row->shape(call) : ERR_NONE;
}

static enum err
run_handler(struct call *call)
{
	return call->row->handler(call);
}

static enum err
work_through(struct call *call)
{
	static enum err (*const steps[])(struct call *) = {
	    body_read,
	    auth_caller,
	    read_query,
	    find_route,
	    find_collection,
	    check_shape,
	    auth_right,
	    idem_answer,
	    run_handler,
	};
	enum err err;
	size_t i;

	for (i = 0; i < sizeof(steps) / sizeof(steps[0]) && !call->answered;
	     i++) {
		if ((err = steps[i](call)) != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* Rows of the owner's door are not there for any other: neither a 404's Allow
 * nor OPTIONS tells of them. */
static void
match_route(struct call *call)
{
	struct route routes[API_ROWS_MAX];
	const struct api_row *row;
	size_t n = 0;

	for (row = api_rows; row < api_rows + api_row_count; row++) {
		if (row->need & NEED_OWNER_DOOR &&
		    call->req->door != DOOR_OWNER)
			continue;
		routes[n++] = (struct route){
		    .method = row->method, .pattern = row->pattern, .row = row};
	}
	route_find(routes, n, call->req, &call->match);
	call->row = call->match.route ? call->match.route->row : NULL;
	call->match.route = NULL; /* it points into this function */
}

/* Header lines put before a fault (Allow) stay beside it. */
static void
answer_refusal(struct call *call, enum err err)
{
	struct header *kept = call->res->headers, *last;

	answer_fault(call, err);
	for (last = kept; last && last->next;)
		last = last->next;
	if (last) {
		last->next = call->res->headers;
		call->res->headers = kept;
	}
	if (call->res->status >= 500)
		log_event(LOG_WARNING, "refused", "serial=%llu status=%d",
		    (unsigned long long)call->req->serial, call->res->status);
}

/* For hosts that let only GET and POST through; off by default, as in the
 * contract (chapter 2). */
static void
override_method(struct call *call)
{
	struct request *req = call->req;
	int m;

	if (!call->api->conf->method_override || req->method != METHOD_POST)
		return;
	for (m = 0; m < METHOD_COUNT; m++) {
		const char *name = method_name((enum method)m);

		if (name[0] == '\0' || !span_iis(req->method_override, name))
			continue;
		req->method = (enum method)m;
		req->method_text = span_of(name);
	}
}

/* The call lies on the stack: once a handler has parked, another thread may
 * finish the request at any moment, so nothing of it is touched then. */
enum reply
api_handle(void *ctx, struct request *req, struct response *res)
{
	struct fault fault = {.arena = req->arena};
	struct call call = {
	    .api = ctx,
	    .req = req,
	    .res = res,
	    .arena = req->arena,
	    .fault = &fault,
	};
	enum err err;

	override_method(&call);
	match_route(&call);
	if (req->method == METHOD_OPTIONS && call.api->conf->cors_origin[0])
		answer_preflight(&call);
	else if ((err = work_through(&call)) != ERR_NONE)
		answer_refusal(&call, err);
	if (!call.parked)
		answer_cors(&call);
	js_doc_free(call.doc);
	return call.parked ? REPLY_PARKED : REPLY_DONE;
}

/* Begins to remove what was kept long enough, or tells when to. */
static void
keep_look(struct api *api)
{
	int64_t at_ms = queue_keep_at_ms(api->queue);

	if (at_ms <= clock_wall_ms())
		queue_keep(api->queue);
	else if (at_ms < INT64_MAX && api->serve)
		serve_wake_at(api->serve, at_ms);
}

void
api_timer(void *ctx)
{
	struct api *api = ctx;

	/* What fails for want of room is looked at again with the next one. */
	(void)queue_clock_look(api->queue);
	internal_timer(ctx);
	trial_timer(ctx);
	starter_timer(ctx);
	keep_look(api);
}

void
api_visit(struct api *api)
{
	starter_visit(api);
	keep_look(api);
}

void
api_ready(void *ctx)
{
	internal_ready(ctx);
	trial_look(ctx);
	starter_look(ctx);
	keep_look(ctx);
}
