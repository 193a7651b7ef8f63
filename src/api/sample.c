/* Sample events. */
#include "api/sample.h"

/* The member of the request's body, or else what the webhook names first. */
static struct span
wanted(struct call *call, const char *name, struct span first)
{
	struct js member = js_member(call->body, name);

	return member.type == JS_STRING ? js_string(member) : first;
}

static enum err
read_names(struct call *call, const struct row *webhook, struct emit *e)
{
	struct span actions = webhook->values[WEBHOOK_ACTIONS].text;
	struct span names = webhook->values[WEBHOOK_COLLECTIONS].text;
	struct span action = SPAN_NONE, name = SPAN_NONE;

	span_next(&actions, ',', &action);
	span_next(&names, ',', &name);
	action = wanted(call, "action", action.n ? action : SPAN("create"));
	name = wanted(call, "collection", name);
	if (!action_parse(action, &e->action))
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "\"action\" must be one of [create, update, delete]");
	if (name.n > EVENT_COLLECTION_BYTES_MAX)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "\"collection\" is too long");
	e->collection = name.n ? name : SPAN("test");
	return ERR_NONE;
}

enum err
sample_event(struct call *call, const struct row *webhook, struct emit *e)
{
	struct js payload = js_member(call->body, "payload");
	enum err err;

	if ((err = read_names(call, webhook, e)) != ERR_NONE)
		return err;
	e->source = "test";
	if (e->action == ACTION_CREATE)
		e->key = SPAN("1");
	else
		e->keys = SPAN("[\"1\"]");
	e->accountability = emit_accountability(call->arena, &call->caller);
	if (e->action == ACTION_DELETE)
		e->payload = e->keys;
	else if (payload.type == JS_OBJECT)
		e->payload = payload.raw;
	else
		e->payload = SPAN("{\"message\":\"This is a test event.\"}");
	emit_prepare(call->arena, e);
	return ERR_NONE;
}
