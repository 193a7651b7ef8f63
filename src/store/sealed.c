/* The key of the store: read, checked against the store, changed. See
 * sealed.h.
 *
 * A record is sealed for its table and key, so that none can be put in
 * another's place. meta "seal" holds an empty text sealed with the key that is
 * in force, by which a wrong one is told before anything is touched; a store
 * without sealed records has no such entry. */
#include "store/sealed.h"

#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "store/priv.h"

enum { SEAL_RECORD_FORMAT = 1, SLICE_ROWS = 200 };
#define SEAL_META "seal"

/* secrets: what signs. options: headers of the user's, with tokens in them.
 * webhooks: passwords in addresses. idem: answers that showed any of these.
 * (Of an API token there is only a hash.) */
static const enum table sealed_tables[] = {
    TABLE_SECRETS, TABLE_OPTIONS, TABLE_WEBHOOKS, TABLE_IDEM};
enum { SEALED_TABLES = sizeof sealed_tables / sizeof *sealed_tables };

static bool
is_sealed_table(enum table table)
{
	for (size_t i = 0; i < SEALED_TABLES; i++) {
		if (sealed_tables[i] == table)
			return true;
	}
	return false;
}

static bool
names_file(const char *path)
{
	return path && *path;
}

enum err
seals_read(
    struct seals *seals, const struct store_options *o, struct fault *fault)
{
	enum err e = ERR_NONE;

	if (names_file(o->secret_key_file))
		e = seal_key_read(
		    o->secret_key_file, geteuid(), &seals->key, fault);
	if (!e && names_file(o->secret_key_file_old))
		e = seal_key_read(
		    o->secret_key_file_old, geteuid(), &seals->old, fault);
	return e;
}

void
seals_free(struct seals *seals)
{
	seal_key_free(seals->key);
	seal_key_free(seals->old);
	*seals = (struct seals){0};
}

/* What a record is sealed for: the table's file, a NUL, the key. */
struct place_text {
	char p[32 + KEY_BYTES_MAX];
};

static struct span
place_of(enum table table, const struct key *key, struct place_text *text)
{
	const char *name = table_name(table);
	size_t n = strlen(name) + 1;

	memcpy(text->p, name, n);
	memcpy(text->p + n, key->p, key->n);
	return span_make(text->p, n + key->n);
}

struct span
sealed_value(const struct store *store, enum table table, const struct key *key,
    struct span value, struct buf *room)
{
	struct place_text text;

	if (!store->seals.key || !is_sealed_table(table))
		return value;
	buf_init(room, value.n + SEAL_EXTRA_BYTES);
	seal_put(store->seals.key, place_of(table, key, &text), value, room);
	return buf_view(room);
}

static bool
opens(const struct seal_key *key, struct span place, struct span sealed,
    char *out)
{
	return key && seal_open(key, place, sealed, out);
}

static bool
looks_sealed(struct span record)
{
	return record.n > 0 && (uint8_t)record.p[0] == SEAL_FORMAT;
}

enum err
sealed_open(struct txn *txn, enum table table, const struct key *key,
    struct arena *arena, struct span *value)
{
	const struct seals *seals = &txn->store->seals;
	struct place_text text;
	struct span place;
	char *out;

	if (!is_sealed_table(table))
		return ERR_NONE;
	if (!looks_sealed(*value))
		return seals->key && !seals->changing ? txn_damaged(txn, table)
						      : ERR_NONE;
	if (value->n < SEAL_EXTRA_BYTES)
		return txn_damaged(txn, table);
	place = place_of(table, key, &text);
	out = arena_bytes(arena, value->n - SEAL_EXTRA_BYTES + 1);
	if (!opens(seals->key, place, *value, out) &&
	    !(seals->changing && opens(seals->old, place, *value, out)))
		return txn_damaged(txn, table);
	*value = span_make(out, value->n - SEAL_EXTRA_BYTES);
	return ERR_NONE;
}

/* ---- which key the store has ---- */

/* meta "seal": checks of the key in force and, while records are changed to
 * it, of the one before; an empty check is no key. */
struct seal_state {
	struct span to, from;
	bool changing;
};

static enum err
state_get(struct txn *txn, struct seal_state *state)
{
	struct span record = SPAN_NONE;
	struct unpack u;
	enum err e = meta_get(txn, txn->arena, SEAL_META, &record);

	*state = (struct seal_state){.to = SPAN_NONE};
	if (e)
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	u = unpack_start(record);
	if (unpack_u8(&u) != SEAL_RECORD_FORMAT)
		return txn_damaged(txn, TABLE_META);
	state->to = unpack_span(&u);
	state->from = unpack_span(&u);
	state->changing = unpack_u8(&u) != 0;
	return unpack_done(&u) ? ERR_NONE : txn_damaged(txn, TABLE_META);
}

static enum err
state_put(struct txn *txn, const struct seal_state *state)
{
	buf_clear(&txn->buf);
	pack_u8(&txn->buf, SEAL_RECORD_FORMAT);
	pack_span(&txn->buf, state->to);
	pack_span(&txn->buf, state->from);
	pack_u8(&txn->buf, state->changing);
	return meta_put(txn, SEAL_META, buf_view(&txn->buf));
}

static bool
is_key_of(const struct seal_key *key, struct span check)
{
	char nothing;

	return key ? seal_open(key, SPAN(SEAL_META), check, &nothing)
		   : check.n == 0;
}

static struct span
check_of(const struct seal_key *key, struct arena *arena)
{
	struct buf made;
	struct span check;

	if (!key)
		return SPAN_NONE;
	buf_init(&made, SEAL_EXTRA_BYTES);
	seal_put(key, SPAN(SEAL_META), SPAN_NONE, &made);
	check = arena_span(arena, buf_view(&made));
	buf_release(&made);
	return check;
}

struct settling {
	const struct store_options *options;
	struct fault *fault;
	/* where the slices are */
	enum table table;
	struct key from;
	bool ended;
	size_t rows;
};

static enum err
refuse(const struct txn *txn, const struct settling *s,
    const struct seal_state *state)
{
	const struct store_options *o = s->options;
	const char *dir = txn->store->dir;
	const struct seals *seals = &txn->store->seals;

	if (state->changing)
		return fault_add(s->fault, ERR_CONFIG, NULL,
		    "the store in %s was being changed from one key to "
		    "another: store.secret_key_file and "
		    "store.secret_key_file_old must name the files they named "
		    "then",
		    dir);
	if (!seals->key && !seals->old)
		return fault_add(s->fault, ERR_CONFIG, NULL,
		    "the store in %s is sealed: store.secret_key_file must "
		    "name the file of its key",
		    dir);
	return fault_add(s->fault, ERR_CONFIG, NULL,
	    "the store in %s is sealed with another key than that in %s%s%s",
	    dir, seals->key ? o->secret_key_file : o->secret_key_file_old,
	    seals->key && seals->old ? " and that in " : "",
	    seals->key && seals->old ? o->secret_key_file_old : "");
}

/* Compares keys and store; begins a change where one is asked for. */
static enum err
begin_body(struct txn *txn, void *arg)
{
	const struct settling *s = arg;
	struct seals *seals = &txn->store->seals;
	struct seal_state state;
	bool ours;
	enum err e = state_get(txn, &state);

	if (e)
		return e;
	ours = is_key_of(seals->key, state.to);
	seals->changing = state.changing || !ours;
	if (!seals->changing)
		return ERR_NONE;
	/* The key before: of a change under way, else the one in force. */
	if ((state.changing && !ours) ||
	    !(ours ? state.from.n == 0 || is_key_of(seals->old, state.from)
		   : state.to.n == 0 || is_key_of(seals->old, state.to)))
		return refuse(txn, s, &state);
	if (state.changing)
		return ERR_NONE;
	state = (struct seal_state){
	    .to = check_of(seals->key, txn->arena),
	    .from = state.to,
	    .changing = true,
	};
	e = format_put(txn, STORE_FORMAT);
	return e ? e : state_put(txn, &state);
}

/* What is read is opened, what is written is sealed: nothing more to do. */
static enum err
slice_body(struct txn *txn, void *arg)
{
	struct settling *s = arg;
	struct span value = SPAN_NONE;
	struct key found;
	enum err e = ERR_NONE;

	for (int i = 0; i < SLICE_ROWS && txn->bytes < GROUP_BYTES_MAX; i++) {
		e = table_next(txn, s->table, &s->from, &found, NULL);
		s->ended = e == ERR_NOT_FOUND;
		if (e)
			break;
		arena_reset(txn->arena);
		e = table_get(txn, s->table, &found, txn->arena, &value);
		if (!e)
			e = table_put(txn, s->table, &found, value);
		if (e)
			break;
		s->from = found;
		key_u8(&s->from, 0);
		s->rows++;
	}
	return s->ended ? ERR_NONE : e;
}

static enum err
end_body(struct txn *txn, void *arg)
{
	struct seal_state state;
	enum err e;

	(void)arg;
	if (!txn->store->seals.key) {
		e = meta_del(txn, SEAL_META);
		return e ? e : format_put(txn, STORE_FORMAT_PLAIN);
	}
	e = state_get(txn, &state);
	if (e)
		return e;
	state.from = SPAN_NONE;
	state.changing = false;
	return state_put(txn, &state);
}

/* Ends with a checkpoint, so that the log of what was there before can go. */
static enum err
change_all(struct store *store, struct settling *s)
{
	enum err e = ERR_NONE;

	for (size_t i = 0; !e && i < SEALED_TABLES; i++) {
		s->table = sealed_tables[i];
		s->from.n = 0;
		do
			e = txn_alone(store, slice_body, s);
		while (!e && !s->ended);
	}
	if (!e)
		e = txn_alone(store, end_body, s);
	if (e)
		return e;
	store->seals.changing = false;
	(void)checkpoint_now(store);
	log_event(LOG_NOTICE, "secrets", "sealed=%s rows=%zu",
	    store->seals.key ? "yes" : "no", s->rows);
	return ERR_NONE;
}

enum err
seals_settle(
    struct store *store, const struct store_options *o, struct fault *fault)
{
	struct settling s = {.options = o, .fault = fault};
	enum err e = txn_alone(store, begin_body, &s);

	return e || !store->seals.changing ? e : change_all(store, &s);
}
