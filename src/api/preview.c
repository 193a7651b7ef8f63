/* POST /webhooks/preview: {webhook members, "options":{...}, "payload":{...}}
 * of a webhook that need not be saved; nothing is stored or sent (product
 * chapter 2). The request is made by the function the dispatcher uses; the
 * signing key is a sample, so that no secret can be asked for this way. */
#include "api/preview.h"

#include "common/clock.h"
#include "common/json.h"

#include "api/answer.h"
#include "api/lend.h"
#include "api/sample.h"
#include "model/check.h"
#include "model/secret.h"
#include "model/wire.h"

struct preview {
	struct call *call;
	struct row *webhook;
	struct patch options;
	struct emit event;
	struct lease_job job;
	struct wire wire;
};

static bool
flag(const struct preview *p, int field)
{
	const struct value *preset = &schema_options.fields[field].preset;

	return p->options.set[field] ? p->options.row->values[field].b
				     : preset->b;
}

static void
make_job(struct preview *p)
{
	struct arena *arena = p->call->arena;
	const struct value *v = p->webhook->values;
	const struct emit *e = &p->event;
	struct lease_job *job = &p->job;

	job->message_id = SPAN("msg_preview");
	job->attempt = 1;
	job->method = v[WEBHOOK_METHOD].text;
	job->url = v[WEBHOOK_URL].text;
	job->with_data = v[WEBHOOK_DATA].b;
	if (job->with_data)
		job->body = span_of(
		    arena_printf(arena, "%.*s%.*s%.*s", SPAN_FMT(e->head),
			SPAN_FMT(e->action == ACTION_CREATE ? e->key : e->keys),
			SPAN_FMT(e->tail)));
	job->secrets[0] = secret_make(arena);
	job->hub_signature = flag(p, OPTION_HUB_SIGNATURE);
	job->ed25519 = flag(p, OPTION_ED25519);
	job->cloudevents = flag(p, OPTION_CLOUDEVENTS);
	job->verify_tls = flag(p, OPTION_VERIFY_TLS);
	job->test = true;
	job->event_type =
	    span_of(arena_printf(arena, "items.%s", action_name(e->action)));
	job->created_ms = clock_wall_ms();
	if (p->options.row->values[OPTION_HEADERS].type == VALUE_JSON)
		lend_read_headers(
		    arena, p->options.row->values[OPTION_HEADERS].text, job);
}

static void
put_wire(struct buf *out, const struct wire *wire)
{
	size_t i;

	buf_text(out, "{\"data\":{\"method\":");
	json_put_string(out, wire->method);
	buf_text(out, ",\"url\":");
	json_put_string(out, wire->url);
	buf_text(out, ",\"headers\":[");
	for (i = 0; i < wire->header_count; i++) {
		buf_text(out, i ? ",{\"name\":" : "{\"name\":");
		json_put_string(out, wire->headers[i].name);
		buf_text(out, ",\"value\":");
		json_put_string(out, wire->headers[i].value);
		buf_char(out, '}');
	}
	buf_text(out, "],\"body\":");
	if (wire->has_body)
		json_put_string(out, wire->body);
	else
		buf_text(out, "null");
	buf_text(out, "}}");
}

enum err
preview_webhook(struct call *call)
{
	struct preview p = {.call = call};
	struct js options = js_member(call->body, "options");
	enum err err;

	err = check_create(
	    call->arena, &schema_webhooks, call->body, &p.webhook, call->fault);
	if (!err)
		err = check_patch(call->arena, &schema_options, options,
		    &p.options, call->fault);
	if (!err)
		err = sample_event(call, p.webhook, &p.event);
	if (err)
		return err;
	make_job(&p);
	err = wire_build(
	    call->arena, &p.job, p.job.created_ms, PACKAGE_VERSION, &p.wire);
	if (err)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The address or a header cannot be used.");
	answer_json(call);
	put_wire(&call->res->body, &p.wire);
	return ERR_NONE;
}
