/* Webhook definitions in memory, so that matching an event costs no read.
 *
 * Two trees: webhooks by id, and for each collection named by any of them
 * the list of those webhooks in order of id. A changed webhook is taken out
 * of both and its new form put in; what was there stays until the group is
 * kept. Inactive ones are in the trees too: whether they fire is asked when
 * an event comes. */
#include "store/outbox.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "store/index.h"
#include "store/priv.h"

struct hook {
	int64_t id;
	bool active;
	unsigned actions;	 /* bit of each enum action */
	struct span collections; /* csv, own memory behind the struct */
	char bytes[];
};

/* The webhooks that name one collection. */
struct hook_list {
	struct span name;	   /* own memory behind the struct */
	const struct hook **hooks; /* by id */
	size_t count, room;
	char bytes[];
};

struct hook_change {
	int64_t id;
	struct hook *before, *after; /* NULL: none */
	struct hook_change *next;
};

static const char *const action_names[ACTION_COUNT] = {
    [ACTION_CREATE] = "create",
    [ACTION_UPDATE] = "update",
    [ACTION_DELETE] = "delete",
};

const char *
action_name(enum action action)
{
	return action_names[action];
}

bool
action_parse(struct span name, enum action *action)
{
	for (int i = 0; i < ACTION_COUNT; i++) {
		if (span_is(name, action_names[i])) {
			*action = (enum action)i;
			return true;
		}
	}
	return false;
}

static int
hook_cmp(const void *a, const void *b)
{
	int64_t x = ((const struct hook *)a)->id;
	int64_t y = ((const struct hook *)b)->id;

	return x < y ? -1 : x > y;
}

static int
list_cmp(const void *a, const void *b)
{
	const struct hook_list *x = a, *y = b;

	return span_cmp(x->name, y->name);
}

static struct hook *
hook_find(const struct hooks *hooks, int64_t id)
{
	struct hook key = {.id = id};
	void *root = hooks->by_id;
	struct hook **node = tfind(&key, &root, hook_cmp);

	return node ? *node : NULL;
}

static struct hook_list *
list_find(const struct hooks *hooks, struct span name)
{
	struct hook_list key = {.name = name};
	void *root = hooks->by_collection;
	struct hook_list **node = tfind(&key, &root, list_cmp);

	return node ? *node : NULL;
}

static struct hook_list *
list_make(struct hooks *hooks, struct span name)
{
	struct hook_list *list = list_find(hooks, name);

	if (list)
		return list;
	list = mem_alloc(sizeof *list + name.n + 1);
	memcpy(list->bytes, name.p, name.n);
	list->name = span_make(list->bytes, name.n);
	if (!tsearch(list, &hooks->by_collection, list_cmp))
		abort();
	return list;
}

static void
list_free(void *node)
{
	struct hook_list *list = node;

	free(list->hooks);
	free(list);
}

/* Index of the first webhook with this id or a greater one. */
static size_t
list_place(const struct hook_list *list, int64_t id)
{
	size_t low = 0, high = list->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list->hooks[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
list_add(struct hook_list *list, const struct hook *hook)
{
	size_t at = list_place(list, hook->id);

	/* A collection named twice fires once. */
	if (at < list->count && list->hooks[at] == hook)
		return;
	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 8;
		list->hooks =
		    mem_grow(list->hooks, list->room, sizeof *list->hooks);
	}
	memmove(list->hooks + at + 1, list->hooks + at,
	    (list->count - at) * sizeof *list->hooks);
	list->hooks[at] = hook;
	list->count++;
}

static void
list_cut(struct hooks *hooks, struct hook_list *list, const struct hook *hook)
{
	size_t at = list_place(list, hook->id);

	if (at >= list->count || list->hooks[at] != hook)
		return;
	list->count--;
	memmove(list->hooks + at, list->hooks + at + 1,
	    (list->count - at) * sizeof *list->hooks);
	if (list->count == 0) {
		tdelete(list, &hooks->by_collection, list_cmp);
		list_free(list);
	}
}

static void
hooks_add(struct hooks *hooks, struct hook *hook)
{
	struct span rest = hook->collections, name;

	if (!tsearch(hook, &hooks->by_id, hook_cmp))
		abort();
	while (span_next(&rest, ',', &name)) {
		if (name.n > 0)
			list_add(list_make(hooks, name), hook);
	}
}

static void
hooks_cut(struct hooks *hooks, struct hook *hook)
{
	struct span rest = hook->collections, name;
	struct hook_list *list;

	tdelete(hook, &hooks->by_id, hook_cmp);
	while (span_next(&rest, ',', &name)) {
		list = list_find(hooks, name);
		if (list)
			list_cut(hooks, list, hook);
	}
}

static unsigned
actions_mask(struct span csv)
{
	enum action action;
	struct span name;
	unsigned mask = 0;

	while (span_next(&csv, ',', &name)) {
		if (action_parse(name, &action))
			mask |= 1u << action;
	}
	return mask;
}

static struct hook *
hook_new(int64_t id, const struct row *row)
{
	struct span collections = row->values[WEBHOOK_COLLECTIONS].text;
	struct hook *hook = mem_alloc(sizeof *hook + collections.n + 1);

	hook->id = id;
	hook->active = span_is(row->values[WEBHOOK_STATUS].text, "active");
	hook->actions = actions_mask(row->values[WEBHOOK_ACTIONS].text);
	if (collections.n > 0)
		memcpy(hook->bytes, collections.p, collections.n);
	hook->collections = span_make(hook->bytes, collections.n);
	return hook;
}

void
hooks_changed(struct hooks *hooks, int64_t id, const struct row *row)
{
	struct hook_change *change = mem_alloc(sizeof *change);

	change->id = id;
	change->before = hook_find(hooks, id);
	change->after = row ? hook_new(id, row) : NULL;
	change->next = hooks->changes;
	hooks->changes = change;
	if (change->before)
		hooks_cut(hooks, change->before);
	if (change->after)
		hooks_add(hooks, change->after);
}

void
hooks_keep(struct hooks *hooks)
{
	struct hook_change *change;

	while ((change = hooks->changes)) {
		hooks->changes = change->next;
		free(change->before);
		free(change);
	}
}

void
hooks_undo(struct hooks *hooks)
{
	struct hook_change *change;

	while ((change = hooks->changes)) {
		hooks->changes = change->next;
		if (change->after)
			hooks_cut(hooks, change->after);
		if (change->before)
			hooks_add(hooks, change->before);
		free(change->after);
		free(change);
	}
}

void
hooks_free(struct hooks *hooks)
{
	hooks_undo(hooks);
	tdestroy(hooks->by_collection, list_free);
	tdestroy(hooks->by_id, free);
	*hooks = (struct hooks){0};
}

static enum err
hook_load(struct txn *txn, const struct key *key, struct span record)
{
	struct arena *arena = arena_new();
	struct row row = {.schema = &schema_webhooks};
	enum err e = row_unpack(arena, &schema_webhooks, record, &row);

	if (e || key->n != RECORD_KEY_BYTES)
		e = txn_damaged(txn, TABLE_WEBHOOKS);
	else
		hooks_changed(&txn->store->hooks, key_read_i64(key, 4), &row);
	arena_free(arena);
	return e;
}

enum err
hooks_load(struct txn *txn)
{
	enum err e = table_each(txn, TABLE_WEBHOOKS, hook_load);

	hooks_keep(&txn->store->hooks);
	return e;
}

enum err
hooks_match(struct txn *txn, struct arena *arena, enum action action,
    struct span collection, int64_t **ids, size_t *count)
{
	const struct hook_list *list =
	    list_find(&txn->store->hooks, collection);

	*count = 0;
	*ids = NULL;
	if (!list)
		return ERR_NONE;
	*ids = arena_array(arena, list->count, sizeof **ids);
	for (size_t i = 0; i < list->count; i++) {
		const struct hook *hook = list->hooks[i];

		if (hook->active && (hook->actions & 1u << action))
			(*ids)[(*count)++] = hook->id;
	}
	return ERR_NONE;
}

bool
hooks_is_active(struct txn *txn, int64_t webhook)
{
	const struct hook *hook = hook_find(&txn->store->hooks, webhook);

	return hook && hook->active;
}
