/* Events of item writes: how many there are and what they say (contract 9.2,
 * 9.3). Everything is formatted before the store is entered but the key of a
 * new item, which is known only inside. */
#include "api/items.h"

#include <string.h>

#include "common/json.h"

/* End of the JSON value (or name) that starts at `at`. */
static size_t
skip_value(struct span text, size_t at)
{
	size_t depth = 0;

	for (; at < text.n; at++) {
		char c = text.p[at];

		if (c == '"') {
			while (++at < text.n && text.p[at] != '"')
				at += text.p[at] == '\\';
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (c == '}' || c == ']') {
			if (depth == 0)
				return at;
			depth--;
		} else if ((c == ',' || c == ':') && depth == 0) {
			return at;
		}
	}
	return at;
}

struct span
items_without(struct arena *arena, struct span compact, const char *member)
{
	char *out = arena_bytes(arena, compact.n + 3);
	size_t at = 1, n = 0, length = strlen(member);

	out[n++] = '{';
	while (at < compact.n && compact.p[at] != '}') {
		size_t colon = skip_value(compact, at);
		size_t end = skip_value(compact, colon + 1);
		bool named = colon - at == length + 2 &&
			     memcmp(compact.p + at + 1, member, length) == 0;

		if (!named) {
			if (n > 1)
				out[n++] = ',';
			memcpy(out + n, compact.p + at, end - at);
			n += end - at;
		}
		at = end + (end < compact.n && compact.p[end] == ',');
	}
	out[n++] = '}';
	return span_make(out, n);
}

static struct span
payload_of(struct js body)
{
	/* A body that was not read counts as {} (contract 5.2). */
	return body.type == JS_NONE ? SPAN("{}") : body.raw;
}

static void
list_emits(struct write *w)
{
	struct arena *arena = w->call->arena;
	size_t i;

	for (i = 0; i < w->emit_count; i++) {
		struct emit *e = &w->emits[i];

		if (w->action == ACTION_CREATE) {
			e->payload = payload_of(w->bodies[i]);
		} else if (w->each) {
			e->keys = emit_keys(arena, &w->keys.list[i], 1, false);
			e->payload =
			    items_without(arena, w->bodies[i].raw, "id");
		} else {
			e->keys = emit_keys(arena, w->keys.list, w->keys.count,
			    w->action == ACTION_UPDATE);
			e->payload = w->action == ACTION_DELETE
					 ? e->keys
					 : payload_of(w->bodies[0]);
		}
	}
}

static size_t
count_emits(const struct write *w)
{
	if (w->action == ACTION_CREATE)
		return w->count;
	if (w->each)
		return w->patch_count;
	return w->keys.picked && w->keys.count == 0 ? 0 : 1;
}

static enum err
prepare(struct write *w)
{
	struct arena *arena = w->call->arena;
	struct span who = emit_accountability(arena, &w->call->caller);
	size_t i;

	w->emit_count = count_emits(w);
	w->emits = arena_array(arena, w->emit_count + 1, sizeof(*w->emits));
	for (i = 0; i < w->emit_count; i++) {
		w->emits[i].action = w->action;
		w->emits[i].source = "items";
		w->emits[i].collection = w->schema->name;
		w->emits[i].accountability = who;
	}
	list_emits(w);
	for (i = 0; i < w->emit_count; i++)
		emit_prepare(arena, &w->emits[i]);
	return ERR_NONE;
}

static enum err
written(struct txn *txn, struct write *w)
{
	struct arena *arena = w->call->arena;
	size_t i;
	enum err err;

	for (i = 0; i < w->emit_count; i++) {
		if (w->action == ACTION_CREATE)
			w->emits[i].key = span_of(arena_printf(arena, "%lld",
			    (long long)row_id(w->targets[i].row)));
		err = emit(
		    txn, w->call->api->queue, arena, w->now_ms, &w->emits[i]);
		if (err)
			return err;
	}
	return ERR_NONE;
}

const struct resource items_resource = {
    .meta_first = true,
    .search_keys = true,
    .prepare = prepare,
    .written = written,
};
