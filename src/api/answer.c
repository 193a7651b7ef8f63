/* Responses: faults, plain successes, CORS, OPTIONS.
 *
 * Owns the mapping of outcomes to HTTP. Outcomes that never leave the program
 * (status 0 in err.def) become what a client can act on: a missing record is
 * FORBIDDEN as in Directus (contract 5.3), trouble below is UNAVAILABLE. */
#include "api/answer.h"

#include "common/json.h"

/* Seconds told with 503 (product chapter 5). */
#define RETRY_AFTER "2"

void
answer_reset(struct response *res)
{
	res->status = 200;
	res->content_type = NULL;
	res->headers = NULL;
	res->success_headers = false;
	buf_clear(&res->body);
}

static enum err
outward(enum err err)
{
	if (err_status(err) != 500 || err == ERR_INTERNAL)
		return err;
	switch (err) {
	case ERR_NOT_FOUND:
		return ERR_FORBIDDEN;
	case ERR_EXISTS:
		return ERR_UNIQUE;
	default:
		return ERR_UNAVAILABLE;
	}
}

static void
put_fault(struct buf *out, const struct fault_item *item)
{
	buf_text(out, "{\"message\":");
	json_put_string(out, span_of(item->message));
	buf_text(out, ",\"extensions\":{\"code\":");
	json_put_string(out, span_of(err_code(outward(item->code))));
	buf_text(out, item->extra ? item->extra : "");
	buf_text(out, "}}");
}

/* Under Apache the header Authorization is often taken away before it gets
 * here; a client that did send one should learn why it is refused. */
static void
hint_authorization(struct call *call)
{
	if (call->has_credentials || !call->req->authorization_stripped_maybe)
		return;
	response_header(call->res, "X-Webhooks-Hint",
	    "No Authorization header arrived; under Apache it needs "
	    "CGIPassAuth On or FcgidPassHeader Authorization.");
}

void
answer_fault(struct call *call, enum err err)
{
	struct response *res = call->res;
	struct fault_item *item;

	answer_reset(res);
	if (call->fault->first == NULL)
		fault_plain(call->fault, outward(err));
	/* The first error told decides, as it names the kind of refusal. */
	err = outward(call->fault->first->code);
	res->status = err_status(err);
	res->content_type = ANSWER_JSON;
	buf_text(&res->body, "{\"errors\":[");
	for (item = call->fault->first; item; item = item->next) {
		if (item != call->fault->first)
			buf_char(&res->body, ',');
		put_fault(&res->body, item);
	}
	buf_text(&res->body, "]}");
	if (res->status == 503)
		response_header(res, "Retry-After", RETRY_AFTER);
	if (res->status == 401 || res->status == 403)
		hint_authorization(call);
}

static bool
origin_allowed(struct span list, struct span origin)
{
	struct span part;

	while (span_next(&list, ',', &part)) {
		part = span_trim(part);
		if (span_is(part, "*") || span_ieq(part, origin))
			return true;
	}
	return false;
}

void
answer_cors(struct call *call)
{
	struct span origin = call->req->origin;
	struct response *res = call->res;

	if (call->api->conf->cors_origin[0] == '\0' || origin.n == 0)
		return;
	if (!origin_allowed(span_of(call->api->conf->cors_origin), origin))
		return;
	response_header(res, "Access-Control-Allow-Origin",
	    arena_text(call->arena, origin));
	response_header(res, "Access-Control-Allow-Credentials", "true");
	response_header(res, "Access-Control-Expose-Headers", "Content-Range");
}

void
answer_preflight(struct call *call)
{
	struct response *res = call->res;

	res->status = 204;
	response_header(
	    res, "Access-Control-Allow-Methods", "GET,POST,PATCH,DELETE");
	response_header(
	    res, "Access-Control-Allow-Headers", "Content-Type,Authorization");
	response_header(res, "Access-Control-Max-Age", "18000");
}

void
answer_options(struct call *call)
{
	const char *allow = arena_strdup(call->arena, call->match.allow);

	response_header(call->res, "Allow", allow);
	answer_text(call, 200, ANSWER_HTML, allow);
}

void
answer_text(struct call *call, int status, const char *type, const char *text)
{
	call->res->status = status;
	call->res->content_type = type;
	buf_text(&call->res->body, text);
}

void
answer_json(struct call *call)
{
	call->res->status = 200;
	call->res->content_type = ANSWER_JSON;
	call->res->success_headers = true;
}

void
call_json(struct call *call, struct span text)
{
	answer_json(call);
	buf_span(&call->res->body, text);
}

void
call_empty(struct call *call)
{
	call->res->status = 204;
	call->res->content_type = NULL;
	call->res->success_headers = true;
}
