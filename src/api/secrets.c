/* GET /webhooks/:id/secret and POST .../secret/rotate: the signing secret of
 * a webhook (product chapters 2 and 3). Admins only; never logged. */
#include "model/secret.h"

#include "common/clock.h"
#include "common/json.h"

#include "api/answer.h"
#include "api/webhooks.h"

/* Product chapter 2: overlap of a rotation. */
enum { OVERLAP_DEFAULT_S = 24 * 3600, OVERLAP_MAX_S = 7 * 24 * 3600 };
enum { RECORD_BYTES_MAX = 1024 };

struct secret_call {
	struct call *call;
	int64_t id;
	int64_t now_ms, overlap_ms;
	struct secret secret;
};

static enum err
load(struct txn *txn, void *arg)
{
	struct secret_call *c = arg;
	struct arena *arena = c->call->arena;
	struct row *webhook;
	struct span record;
	enum err err;

	err = record_get(txn, arena, &schema_webhooks, c->id, &webhook);
	if (!err)
		err = secret_get(txn, arena, c->id, &record);
	return err ? err : secret_unpack(record, &c->secret);
}

static void
put_time(struct buf *out, const char *name, int64_t wall_ms)
{
	char iso[CLOCK_ISO_BYTES];

	clock_iso(wall_ms, iso);
	buf_printf(out, ",\"%s\":\"%s\"", name, iso);
}

static void
put_public(struct call *call, const char *name, struct span seed)
{
	struct span text = secret_public(call->arena, seed);
	struct buf *out = &call->res->body;

	buf_printf(out, ",\"%s\":", name);
	if (text.n > 0)
		json_put_string(out, text);
	else
		buf_text(out, "null");
}

static enum err
answer_secret(struct call *call, void *arg)
{
	const struct secret_call *c = arg;
	struct secret_pair live[SECRET_IN_FORCE_MAX] = {0};

	secret_in_force(&c->secret, c->now_ms, live);
	struct buf *out = &call->res->body;

	answer_json(call);
	buf_text(out, "{\"data\":{\"secret\":");
	json_put_string(out, live[0].text);
	put_public(call, "public_key", live[0].seed);
	put_time(out, "created_at", c->secret.created_ms);
	if (live[1].text.n > 0) {
		buf_text(out, ",\"previous\":");
		json_put_string(out, live[1].text);
		put_time(out, "previous_until", c->secret.previous_until_ms);
	} else {
		buf_text(out, ",\"previous\":null,\"previous_until\":null");
	}
	put_public(call, "previous_public_key", live[1].seed);
	buf_text(out, "}}");
	return ERR_NONE;
}

enum err
webhooks_secret_read(struct call *call)
{
	struct secret_call c = {.call = call, .now_ms = clock_wall_ms()};
	enum err err;

	if ((err = webhooks_id(call, &c.id)) != ERR_NONE ||
	    (err = store_read(call->api->store, load, &c)) != ERR_NONE)
		return err;
	return answer_secret(call, &c);
}

static enum err
save(struct txn *txn, int64_t id, const struct secret *secret)
{
	struct buf packed;
	enum err err;

	buf_init(&packed, RECORD_BYTES_MAX);
	secret_pack(secret, &packed);
	err = secret_put(txn, id, buf_view(&packed));
	buf_release(&packed);
	return err;
}

enum err
webhooks_secret_complete(struct txn *txn, struct arena *arena, int64_t id)
{
	struct secret secret;
	struct span record;
	enum err err = secret_get(txn, arena, id, &record);

	if (!err)
		err = secret_unpack(record, &secret);
	if (!err && secret_complete(arena, &secret))
		err = save(txn, id, &secret);
	return err;
}

static enum err
rotate(struct txn *txn, void *arg)
{
	struct secret_call *c = arg;
	enum err err;

	if ((err = load(txn, c)) != ERR_NONE)
		return err;
	secret_rotate(c->call->arena, &c->secret, c->now_ms, c->overlap_ms);
	err = save(txn, c->id, &c->secret);
	return err ? err
		   : queue_webhook_changed(c->call->api->queue, txn, c->id);
}

static enum err
read_overlap(struct call *call, int64_t *overlap_ms)
{
	struct js overlap = js_member(call->body, "overlap");
	int64_t seconds = OVERLAP_DEFAULT_S;

	if (overlap.type != JS_NONE &&
	    (overlap.type != JS_NUMBER || !js_is_i64(overlap, &seconds) ||
		seconds < 0 || seconds > OVERLAP_MAX_S))
		return fault_add(call->fault, ERR_VALIDATION,
		    ",\"field\":\"overlap\",\"type\":\"between\"",
		    "\"overlap\" must be whole seconds between 0 and %d",
		    OVERLAP_MAX_S);
	*overlap_ms = seconds * 1000;
	return ERR_NONE;
}

enum err
webhooks_secret_rotate(struct call *call)
{
	struct secret_call c = {.call = call, .now_ms = clock_wall_ms()};
	enum err err;

	if ((err = webhooks_id(call, &c.id)) != ERR_NONE ||
	    (err = read_overlap(call, &c.overlap_ms)) != ERR_NONE)
		return err;
	return call_write(call, rotate, answer_secret, &c);
}
