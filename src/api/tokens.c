/* Making tokens (product chapter 2). Only the hash is stored. The text is
 * made here; one of the administrator's choice is taken through owner.sock
 * alone, where quickstart and webhooks-ctl ask. */
#include "api/tokens.h"

#include <string.h>

#include "common/clock.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/rand.h"

#include "api/answer.h"
#include "api/auth.h"
#include "model/check.h"

/* 40 characters of 56 carry more than 230 bits. */
enum { TOKEN_CHARS = 40, TOKEN_BYTES_MAX = 255, PREFIX_CHARS = 6 };

const struct resource tokens_resource = {.schema = &schema_tokens};

struct token_write {
	struct call *call;
	struct row *row;
	struct span text;
};

static enum err
check_role(struct call *call, const struct row *row)
{
	struct span collections = row->values[TOKEN_COLLECTIONS].text;
	enum role role;

	if (!role_parse(row->values[TOKEN_ROLE].text, &role) ||
	    role == ROLE_PUBLIC)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"role\",\"type\":\"in\",\"valid\":["
		    "\"admin\",\"editor\",\"reader\",\"dispatcher\"]",
		    "\"role\" must be one of "
		    "[admin, editor, reader, dispatcher]");
	if (role == ROLE_EDITOR && collections.n == 0)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"collections\",\"type\":\"required\"",
		    "\"collections\" is required");
	return ERR_NONE;
}

static enum err
choose_text(struct token_write *w)
{
	struct call *call = w->call;
	struct js given = js_member(call->body, "token");
	char *text;

	if (given.type != JS_NONE && call->req->door != DOOR_OWNER)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"token\"", "\"token\" is not allowed");
	if (given.type == JS_NONE) {
		text = arena_bytes(call->arena, TOKEN_CHARS + 1);
		rand_name(text, TOKEN_CHARS);
		w->text = span_make(text, TOKEN_CHARS);
		return ERR_NONE;
	}
	w->text = js_string(given);
	if (given.type != JS_STRING || w->text.n == 0 ||
	    w->text.n > TOKEN_BYTES_MAX || span_find(w->text, ' ') >= 0)
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"token\"",
		    "\"token\" must be a text of 1 to %d bytes without blanks",
		    TOKEN_BYTES_MAX);
	return ERR_NONE;
}

/* The same id for every token of a role, as Directus has one per role: a
 * version 8 UUID (RFC 9562) over the role's name. */
static struct span
role_uuid(struct arena *arena, struct span role)
{
	uint8_t d[DIGEST_BYTES];

	digest_sha256(span_of(arena_printf(
			  arena, "webhooks-fcgi role %.*s", SPAN_FMT(role))),
	    d);
	d[6] = (uint8_t)((d[6] & 0x0f) | 0x80);
	d[8] = (uint8_t)((d[8] & 0x3f) | 0x80);
	return span_of(arena_printf(arena,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    d[0], d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10],
	    d[11], d[12], d[13], d[14], d[15]));
}

static void
fill_row(struct token_write *w)
{
	struct arena *arena = w->call->arena;
	struct value *v = w->row->values;
	char uuid[37];

	if (v[TOKEN_USER].type == VALUE_NULL) {
		rand_uuid(uuid);
		v[TOKEN_USER] = value_text(arena_span(arena, span_of(uuid)));
	}
	if (v[TOKEN_ROLE_ID].type == VALUE_NULL)
		v[TOKEN_ROLE_ID] =
		    value_text(role_uuid(arena, v[TOKEN_ROLE].text));
	v[TOKEN_CREATED_AT] = value_time(clock_wall_ms());
	/* Of a short chosen token nothing is shown. */
	v[TOKEN_PREFIX] = value_text(w->text.n >= 4 * PREFIX_CHARS
					 ? span_head(w->text, PREFIX_CHARS)
					 : SPAN(""));
	v[TOKEN_HASH] = value_text(auth_hash(arena, w->text));
	v[TOKEN_ID] = value_null();
}

static enum err
create_body(struct txn *txn, void *arg)
{
	struct token_write *w = arg;
	struct row *other;
	int64_t id;
	enum err err;

	err = record_find(txn, w->call->arena, &schema_tokens, TOKEN_HASH,
	    w->row->values[TOKEN_HASH], &other);
	if (err != ERR_NOT_FOUND)
		return err ? err : ERR_EXISTS;
	err = record_take_ids(txn, &schema_tokens, 1, &id);
	if (err)
		return err;
	w->row->values[TOKEN_ID] = value_int(id);
	return record_insert(txn, w->row);
}

static enum err
answer_token(struct call *call, void *arg)
{
	const struct token_write *w = arg;
	struct buf *out = &call->res->body;

	answer_json(call);
	buf_text(out, "{\"data\":");
	row_put_json(w->row, out);
	/* Inside the object just closed. */
	out->n--;
	buf_text(out, ",\"token\":");
	json_put_string(out, w->text);
	buf_text(out, "}}");
	return ERR_NONE;
}

enum err
tokens_create(struct call *call)
{
	struct token_write w = {.call = call};
	enum err err;

	err = check_create(
	    call->arena, &schema_tokens, call->body, &w.row, call->fault);
	if (!err)
		err = check_role(call, w.row);
	if (!err)
		err = choose_text(&w);
	if (err)
		return err;
	fill_row(&w);
	err = call_write(call, create_body, answer_token, &w);
	if (err == ERR_EXISTS)
		return fault_add(call->fault, ERR_UNIQUE,
		    ",\"collection\":\"directus_tokens\",\"field\":\"token\"",
		    "Field \"token\" has to be unique.");
	return err;
}
