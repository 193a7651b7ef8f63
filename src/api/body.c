/* Request bodies: type, charset, encoding, size, grammar, in that order.
 *
 * Nothing of a body is looked at unless it is declared application/json
 * (contract 5.2). The limit counts bytes after decompression, so a small
 * body that inflates without end is refused as a large one. */
#include "api/body.h"

#include <ctype.h>

#include "common/inflate.h"
#include "common/json.h"

static bool
is_json(struct span content_type)
{
	struct span name;

	return span_next(&content_type, ';', &name) &&
	       span_iis(span_trim(name), "application/json");
}

struct span
body_type_parameter(struct span content_type, const char *name)
{
	struct span part;

	while (span_next(&content_type, ';', &part)) {
		ptrdiff_t at = span_find(part, '=');
		struct span value;

		if (at < 0 ||
		    !span_iis(span_trim(span_head(part, (size_t)at)), name))
			continue;
		value = span_trim(span_from(part, (size_t)at + 1));
		if (value.n >= 2 && value.p[0] == '"' &&
		    value.p[value.n - 1] == '"')
			value = span_make(value.p + 1, value.n - 2);
		return value;
	}
	return SPAN_NONE;
}

static enum err
check_charset(struct call *call)
{
	struct span name =
	    body_type_parameter(call->req->content_type, "charset");
	char *upper;
	size_t i;

	if (name.n == 0 || span_iis(name, "utf-8") || span_iis(name, "utf8") ||
	    span_iis(name, "us-ascii"))
		return ERR_NONE;
	upper = arena_text(call->arena, name);
	for (i = 0; i < name.n; i++)
		upper[i] = (char)toupper((unsigned char)upper[i]);
	return fault_add(call->fault, ERR_PAYLOAD, NULL,
	    "unsupported charset \"%s\"", upper);
}

static enum err
unpack_body(struct call *call, bool gzip, struct span *body)
{
	enum err err = inflate_body(call->arena, call->req->body, gzip,
	    (size_t)call->api->conf->body_max_bytes, body);

	if (err == ERR_TOO_LONG)
		return fault_add(
		    call->fault, ERR_PAYLOAD, NULL, "request entity too large");
	if (err)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The compressed body is damaged.");
	return ERR_NONE;
}

static enum err
inflate(struct call *call, struct span *body)
{
	struct span name = span_trim(call->req->content_encoding);
	char *lower;
	size_t i;

	*body = call->req->body;
	if (name.n == 0 || span_iis(name, "identity"))
		return ERR_NONE;
	if (span_iis(name, "gzip") || span_iis(name, "deflate"))
		return unpack_body(call, span_iis(name, "gzip"), body);
	lower = arena_text(call->arena, name);
	for (i = 0; i < name.n; i++)
		lower[i] = (char)tolower((unsigned char)lower[i]);
	return fault_add(call->fault, ERR_PAYLOAD, NULL,
	    "unsupported content encoding \"%s\"", lower);
}

static enum err
check_arrival(struct call *call)
{
	if (call->req->body_state == BODY_TOO_LARGE)
		return fault_add(
		    call->fault, ERR_PAYLOAD, NULL, "request entity too large");
	if (call->req->body_state == BODY_CUT)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The body ended before its Content-Length.");
	return ERR_NONE;
}

static enum err
parse(struct call *call, struct span body)
{
	struct span clean;
	enum err err;

	err = json_clean(call->arena, body, &clean, call->fault);
	if (err)
		return err;
	if (clean.n == 0 || (clean.p[0] != '{' && clean.p[0] != '['))
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "The body must be a JSON object or list.");
	return js_parse(clean, &call->doc, &call->body, call->fault);
}

enum err
body_read(struct call *call)
{
	static enum err (*const checks[])(struct call *) = {
	    check_charset,
	    check_arrival,
	};
	struct span body;
	enum err err;
	size_t i;

	if (call->req->body_state == BODY_NONE ||
	    !is_json(call->req->content_type))
		return ERR_NONE;
	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if ((err = checks[i](call)) != ERR_NONE)
			return err;
	}
	if ((err = inflate(call, &body)) != ERR_NONE)
		return err;
	return parse(call, body);
}
