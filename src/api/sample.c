/* Sample events. */
#include "api/sample.h"

void
sample_event(struct call *call, const struct row *webhook, struct emit *e)
{
	struct span actions = webhook->values[WEBHOOK_ACTIONS].text;
	struct span names = webhook->values[WEBHOOK_COLLECTIONS].text;
	struct span action = SPAN_NONE, name = SPAN_NONE;
	struct js payload = js_member(call->body, "payload");

	span_next(&actions, ',', &action);
	span_next(&names, ',', &name);
	e->source = "test";
	e->collection = name.n ? name : SPAN("test");
	if (!action_parse(action, &e->action))
		e->action = ACTION_CREATE;
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
}
