/* Tokens: where they stand in a request, and the caller they stand for.
 *
 * Tokens are kept as SHA-256 only; the look-up goes through the index over
 * the hash, so nothing is compared byte by byte with a secret. Whoever comes
 * through owner.sock without a token is the machine's own administrator: the
 * socket lies in the state directory and only its owner can connect. */
#include "api/auth.h"

#include <stdlib.h>

#include "common/clock.h"
#include "common/digest.h"

#include "query/percent.h"

enum { TOUCH_EVERY_MS = 3600 * 1000 };

static struct span
query_token(struct arena *arena, struct span query)
{
	struct span pair, found = SPAN_NONE;

	while (span_next(&query, '&', &pair)) {
		if (span_starts(pair, "access_token="))
			found = span_from(pair, sizeof("access_token=") - 1);
	}
	return percent_decode(arena, found);
}

struct span
auth_token(struct arena *arena, struct span authorization, struct span query)
{
	struct span rest = authorization, word, token;

	if (span_next(&rest, ' ', &word) && span_iis(word, "bearer") &&
	    span_next(&rest, ' ', &token) && token.n > 0 && rest.p == NULL)
		return token;
	return query_token(arena, query);
}

struct span
auth_hash(struct arena *arena, struct span token)
{
	uint8_t digest[DIGEST_BYTES];
	struct span hex;
	struct buf out;

	digest_sha256(token, digest);
	buf_init(&out, 2 * DIGEST_BYTES + 1);
	digest_hex(&out, span_make(digest, sizeof(digest)));
	hex = arena_span(arena, buf_view(&out));
	buf_release(&out);
	return hex;
}

struct lookup {
	struct arena *arena;
	struct span hash;
	struct row *row;
};

static enum err
find_token(struct txn *txn, void *arg)
{
	struct lookup *find = arg;

	return record_find(txn, find->arena, &schema_tokens, TOKEN_HASH,
	    value_text(find->hash), &find->row);
}

static enum err
caller_from_row(struct caller *caller, const struct row *row)
{
	const struct value *v = row->values;
	int64_t now_ms = clock_wall_ms();

	if (v[TOKEN_EXPIRES_AT].type == VALUE_TIME &&
	    v[TOKEN_EXPIRES_AT].i <= now_ms)
		return ERR_CREDENTIALS;
	if (!role_parse(v[TOKEN_ROLE].text, &caller->role))
		return ERR_CREDENTIALS;
	caller->token_id = row_id(row);
	caller->user = v[TOKEN_USER].text;
	caller->role_id = v[TOKEN_ROLE_ID].text;
	caller->collections = v[TOKEN_COLLECTIONS].text;
	return ERR_NONE;
}

/* last_used_at, at most once an hour and without making anybody wait; a
 * flush is not worth it. */
struct touch {
	struct store_job job;
	int64_t token, now_ms;
};

static enum err
touch_body(struct txn *txn, void *arg)
{
	struct touch *touch = arg;
	struct row *row;
	enum err err =
	    record_get(txn, txn_arena(txn), &schema_tokens, touch->token, &row);

	if (err)
		return err;
	row->values[TOKEN_LAST_USED_AT] = value_time(touch->now_ms);
	return record_update(txn, row);
}

static void
touch_done(struct store_job *job, enum err err)
{
	(void)err;
	free(job->arg);
}

static void
touch_token(struct store *store, const struct row *row, int64_t now_ms)
{
	const struct value *last = &row->values[TOKEN_LAST_USED_AT];
	struct touch *touch;

	if (last->type == VALUE_TIME && now_ms - last->i < TOUCH_EVERY_MS)
		return;
	touch = mem_alloc(sizeof(*touch));
	touch->job.body = touch_body;
	touch->job.arg = touch;
	touch->job.done = touch_done;
	touch->job.without_flush = true;
	touch->token = row_id(row);
	touch->now_ms = now_ms;
	store_submit(store, &touch->job);
}

static void
caller_without_token(struct call *call)
{
	if (call->req->door == DOOR_OWNER) {
		call->caller.role = ROLE_ADMIN;
		return;
	}
	call->caller.role = ROLE_PUBLIC;
	call->caller.collections = span_of(call->api->conf->public_read);
}

enum err
auth_caller(struct call *call)
{
	struct request *req = call->req;
	struct lookup find = {.arena = call->arena};
	struct span token;
	enum err err;

	token = auth_token(call->arena, req->authorization, req->query);
	if (token.n == 0) {
		caller_without_token(call);
		return ERR_NONE;
	}
	call->has_credentials = true;
	find.hash = auth_hash(call->arena, token);
	err = store_read(call->api->store, find_token, &find);
	if (err == ERR_NOT_FOUND)
		return ERR_CREDENTIALS;
	if (!err)
		err = caller_from_row(&call->caller, find.row);
	if (!err)
		touch_token(call->api->store, find.row, clock_wall_ms());
	return err;
}

enum err
auth_right(struct call *call)
{
	const struct api_row *row = call->row;
	struct caller *caller = &call->caller;
	enum grant grant = role_grant(caller->role, row->right);

	if (row->need & NEED_COLLECTION)
		return caller_may(caller, row->right, call->schema->name)
			   ? ERR_NONE
			   : ERR_FORBIDDEN;
	if (grant == GRANT_ALL || (grant == GRANT_OWN && row->need & NEED_OWN))
		return ERR_NONE;
	return ERR_FORBIDDEN;
}
