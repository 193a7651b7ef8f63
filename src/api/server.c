/* /server/..., /users/me and the redirect of /. */
#include "api/server.h"

#include "common/clock.h"
#include "common/json.h"

#include "api/answer.h"

enum err
server_root(struct call *call)
{
	response_header(call->res, "Location", "./admin");
	answer_text(call, 302, ANSWER_PLAIN, "Found. Redirecting to ./admin");
	return ERR_NONE;
}

enum err
server_ping(struct call *call)
{
	answer_text(call, 200, ANSWER_HTML, "pong");
	return ERR_NONE;
}

/* The public learns the status only (product "Rights"). */
enum err
server_health(struct call *call)
{
	struct buf *out = &call->res->body;
	struct store_counts counts;

	store_count(call->api->store, &counts);
	call->res->status = 200;
	call->res->content_type = "application/health+json";
	buf_text(out, "{\"status\":\"ok\"");
	if (role_grant(call->caller.role, RIGHT_SERVER_READ) == GRANT_ALL)
		buf_printf(out,
		    ",\"releaseId\":\"%s\",\"serviceId\":\"webhooks-fcgi\","
		    "\"checks\":{\"store:commits\":[{\"status\":\"ok\","
		    "\"observedValue\":%llu}],\"queue:dispatchers\":[{"
		    "\"status\":\"%s\",\"observedValue\":%d}],"
		    "\"owner:stays\":[{\"status\":\"ok\","
		    "\"observedValue\":%s}]}",
		    PACKAGE_VERSION, (unsigned long long)counts.commits,
		    queue_has_session(call->api->queue) ? "ok" : "warn",
		    queue_has_session(call->api->queue),
		    call->api->stays ? "true" : "false");
	buf_char(out, '}');
	return ERR_NONE;
}

enum err
server_info(struct call *call)
{
	struct buf *out = &call->res->body;
	int64_t up_ms = clock_wall_ms() - call->api->started_ms;

	answer_json(call);
	buf_text(
	    out, "{\"data\":{\"project\":{\"project_name\":\"webhooks-fcgi\"}");
	if (role_grant(call->caller.role, RIGHT_SERVER_READ) == GRANT_ALL)
		buf_printf(out,
		    ",\"webhooks\":{\"version\":\"%s\",\"uptime\":%lld,"
		    "\"body_max_bytes\":%lld,\"max_batch\":%lld}",
		    PACKAGE_VERSION, (long long)(up_ms / 1000),
		    (long long)call->api->conf->body_max_bytes,
		    (long long)call->api->conf->max_batch);
	buf_text(out, "}}");
	return ERR_NONE;
}

/* On owner.sock only: the path is one of this machine. */
enum err
server_backup(struct call *call)
{
	struct js to = js_member(call->body, "to");
	enum err err;

	if (to.type != JS_STRING)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "\"to\" must be the path of a new directory.");
	err = store_backup(call->api->store,
	    arena_text(call->arena, js_string(to)), call->fault);
	if (!err)
		call_empty(call);
	return err;
}

static void
put_text_or_null(struct buf *out, const char *name, struct span text)
{
	buf_printf(out, ",\"%s\":", name);
	if (text.n)
		json_put_string(out, text);
	else
		buf_text(out, "null");
}

static void
put_collections(struct buf *out, struct span csv)
{
	struct span part;
	bool first = true;

	buf_text(out, ",\"collections\":[");
	while (csv.n && span_next(&csv, ',', &part)) {
		if (!first)
			buf_char(out, ',');
		json_put_string(out, part);
		first = false;
	}
	buf_char(out, ']');
}

enum err
users_me(struct call *call)
{
	const struct caller *caller = &call->caller;
	struct buf *out = &call->res->body;

	if (caller->role == ROLE_PUBLIC)
		return ERR_FORBIDDEN;
	answer_json(call);
	buf_text(out, "{\"data\":{\"id\":");
	if (caller->user.n)
		json_put_string(out, caller->user);
	else
		buf_text(out, "null");
	put_text_or_null(out, "role", caller->role_id);
	buf_printf(out, ",\"token\":%lld", (long long)caller->token_id);
	put_text_or_null(out, "role_name", span_of(role_name(caller->role)));
	put_collections(out, caller->collections);
	buf_text(out, "}}");
	return ERR_NONE;
}
