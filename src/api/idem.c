/* Repeated requests, and the one way handlers write.
 *
 * A record under digest(token, method, path, key) holds the digest of the
 * body and the whole first answer. It is looked up before a request is worked
 * on, and again inside the body of the write, where the committer runs one at
 * a time: of two equal requests at once the second finds the record of the
 * first. The answer is made there as well, from rows in hand, so that write
 * and answer are kept or lost together. Refusals before the write change
 * nothing and are not kept. */
#include "api/idem.h"

#include "common/clock.h"
#include "common/digest.h"
#include "common/pack.h"

#include "api/answer.h"

enum {
	IDEM_KEY_BYTES_MAX = 255,
	IDEM_FORMAT = 1,
	IDEM_ANSWER_BYTES_MAX = 16 << 20
};
#define IDEM_KEPT_MS (24 * 3600 * INT64_C(1000))

struct idem_write {
	struct call *call;
	store_body *body;
	enum err (*answer)(struct call *, void *arg);
	void *arg;
	uint8_t key[DIGEST_BYTES];
	uint8_t body_digest[DIGEST_BYTES];
	int64_t now_ms;
	struct span kept;
};

static bool
takes_key(enum method method)
{
	return method == METHOD_POST || method == METHOD_PATCH ||
	       method == METHOD_DELETE;
}

static void
make_digests(struct idem_write *w)
{
	struct request *req = w->call->req;
	struct buf text;

	buf_init(&text, 1 << 20);
	pack_i64(&text, w->call->caller.token_id);
	pack_span(&text, req->method_text);
	pack_span(&text, req->target);
	pack_span(&text, req->idempotency_key);
	digest_sha256(buf_view(&text), w->key);
	buf_release(&text);
	digest_sha256(req->body, w->body_digest);
}

static void
keep_answer(const struct response *res, const uint8_t *digest, struct buf *out)
{
	const struct header *h;

	pack_u8(out, IDEM_FORMAT);
	pack_span(out, span_make(digest, DIGEST_BYTES));
	pack_u32(out, (uint32_t)res->status);
	pack_u8(out, res->success_headers);
	pack_span(out, span_of(res->content_type));
	pack_span(out, buf_view(&res->body));
	for (h = res->headers; h; h = h->next) {
		pack_span(out, span_of(h->name));
		pack_span(out, span_of(h->value));
	}
}

static enum err
give_kept(struct idem_write *w)
{
	struct call *call = w->call;
	struct unpack in = unpack_start(w->kept);
	struct span digest, type, body;

	if (unpack_u8(&in) != IDEM_FORMAT)
		return ERR_FORMAT;
	digest = unpack_span(&in);
	if (digest.n != DIGEST_BYTES ||
	    !digest_equal(digest.p, w->body_digest, DIGEST_BYTES))
		return fault_plain(call->fault, ERR_REUSED);
	answer_reset(call->res);
	call->res->status = (int)unpack_u32(&in);
	call->res->success_headers = unpack_u8(&in) != 0;
	type = unpack_span(&in);
	body = unpack_span(&in);
	if (type.n)
		call->res->content_type = arena_text(call->arena, type);
	buf_span(&call->res->body, body);
	while (in.rest.n && !in.bad) {
		const char *name = arena_text(call->arena, unpack_span(&in));

		response_header(
		    call->res, name, arena_text(call->arena, unpack_span(&in)));
	}
	return in.bad ? ERR_DAMAGED : ERR_NONE;
}

static enum err
find_kept(struct txn *txn, void *arg)
{
	struct idem_write *w = arg;

	return idem_get(txn, w->call->arena, w->key, &w->kept);
}

static enum err
repeat_body(struct txn *txn, void *arg)
{
	struct idem_write *w = arg;
	enum err err = find_kept(txn, w);

	return err ? err : give_kept(w);
}

/* Through the committer, so that nothing is told again before it is on the
 * disk. */
enum err
idem_answer(struct call *call)
{
	struct idem_write w = {.call = call};
	struct store *store = call->api->store;
	enum err err;

	if (!takes_key(call->req->method) || call->req->idempotency_key.n == 0)
		return ERR_NONE;
	if (call->req->idempotency_key.n > IDEM_KEY_BYTES_MAX)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "An Idempotency-Key has at most %d bytes.",
		    IDEM_KEY_BYTES_MAX);
	make_digests(&w);
	if ((err = store_read(store, find_kept, &w)) == ERR_NONE)
		err = store_write(
		    store, repeat_body, &w, call->req->deadline_mono_ms);
	call->answered = err == ERR_NONE;
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* The write is done and kept even where its answer is a fault (contract
 * chapter 1, step 10). */
static void
make_answer(struct idem_write *w)
{
	struct call *call = w->call;
	enum err err;

	answer_reset(call->res);
	call->fault->first = call->fault->last = NULL;
	err = w->answer(call, w->arg);
	if (err)
		answer_fault(call, err);
}

static enum err
keyed_body(struct txn *txn, void *arg)
{
	struct idem_write *w = arg;
	struct buf packed;
	enum err err;

	err = find_kept(txn, w);
	if (err == ERR_NONE)
		return give_kept(w);
	if (err != ERR_NOT_FOUND)
		return err;
	if ((err = w->body(txn, w->arg)) != ERR_NONE)
		return err;
	make_answer(w);
	buf_init(&packed, IDEM_ANSWER_BYTES_MAX);
	keep_answer(w->call->res, w->body_digest, &packed);
	err = packed.over ? ERR_FULL
			  : idem_put(txn, w->key, w->now_ms + IDEM_KEPT_MS,
				buf_view(&packed));
	buf_release(&packed);
	return err;
}

enum err
call_write(struct call *call, store_body *body,
    enum err (*answer)(struct call *, void *arg), void *arg)
{
	struct idem_write w = {
	    .call = call,
	    .body = body,
	    .answer = answer,
	    .arg = arg,
	    .now_ms = clock_wall_ms(),
	};
	struct store *store = call->api->store;
	int64_t deadline = call->req->deadline_mono_ms;
	enum err err;

	if (call->req->idempotency_key.n == 0) {
		err = store_write(store, body, arg, deadline);
		return err ? err : answer(call, arg);
	}
	make_digests(&w);
	return store_write(store, keyed_body, &w, deadline);
}
