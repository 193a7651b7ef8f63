/* Collections of users: the table of definitions and its copy in memory.
 *
 * Record: the packed schema with its number; key: the name. The number is
 * counted up and never used again, so that a collection made under the name of
 * a dropped one shares no row with it. */
#include "store/records.h"

#include <search.h>
#include <stdlib.h>

#include "store/priv.h"

/* Never changed once made: a change puts another in its place. */
struct collection {
	struct arena *arena;
	struct schema *schema;
};

struct collection_change {
	struct collection *before, *after; /* NULL: none */
	struct collection_change *next;
};

static const struct schema *const built_in[] = {
    &schema_webhooks,
    &schema_events,
    &schema_deliveries,
    &schema_tokens,
    &schema_options,
};

static const struct schema *
built_in_find(struct span name)
{
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
		if (span_eq(built_in[i]->name, name))
			return built_in[i];
	}
	return NULL;
}

static int
name_cmp(const void *a, const void *b)
{
	const struct collection *x = a, *y = b;

	return span_cmp(x->schema->name, y->schema->name);
}

static int
no_cmp(const void *a, const void *b)
{
	const struct collection *x = a, *y = b;

	return x->schema->no < y->schema->no ? -1
					     : x->schema->no > y->schema->no;
}

static struct collection *
registry_name(const struct registry *registry, struct span name)
{
	struct schema schema = {.name = name};
	struct collection key = {.schema = &schema};
	void *root = registry->by_name;
	struct collection **node = tfind(&key, &root, name_cmp);

	return node ? *node : NULL;
}

bool
registry_has(const struct registry *registry, const struct schema *schema)
{
	struct schema sought = {.no = schema->no};
	struct collection key = {.schema = &sought};
	void *root = registry->by_no;

	return schema->no < SCHEMA_FIRST_USER || tfind(&key, &root, no_cmp);
}

static void
registry_swap(
    struct registry *registry, struct collection *out, struct collection *in)
{
	if (out) {
		tdelete(out, &registry->by_name, name_cmp);
		tdelete(out, &registry->by_no, no_cmp);
	}
	if (in && (!tsearch(in, &registry->by_name, name_cmp) ||
		      !tsearch(in, &registry->by_no, no_cmp)))
		abort();
}

static void
collection_free(struct collection *collection)
{
	if (collection)
		arena_free(collection->arena);
	free(collection);
}

static struct collection *
collection_new(const struct schema *schema)
{
	struct collection *collection = mem_alloc(sizeof *collection);

	collection->arena = arena_new();
	collection->schema = schema_copy(collection->arena, schema);
	return collection;
}

static void
registry_change(struct registry *registry, struct collection *before,
    struct collection *after)
{
	struct collection_change *change = mem_alloc(sizeof *change);

	change->before = before;
	change->after = after;
	change->next = registry->changes;
	registry->changes = change;
	registry_swap(registry, before, after);
}

void
registry_keep(struct registry *registry)
{
	struct collection_change *change;

	while ((change = registry->changes)) {
		registry->changes = change->next;
		collection_free(change->before);
		free(change);
	}
}

void
registry_undo(struct registry *registry)
{
	struct collection_change *change;

	while ((change = registry->changes)) {
		registry->changes = change->next;
		registry_swap(registry, change->after, change->before);
		collection_free(change->after);
		free(change);
	}
}

static void
node_keep(void *node)
{
	(void)node;
}

static void
node_free(void *node)
{
	collection_free(node);
}

void
registry_free(struct registry *registry)
{
	registry_undo(registry);
	tdestroy(registry->by_no, node_keep);
	tdestroy(registry->by_name, node_free);
	*registry = (struct registry){0};
}

static enum err
collection_load(struct txn *txn, const struct key *key, struct span record)
{
	struct collection *collection = mem_alloc(sizeof *collection);

	collection->arena = arena_new();
	if (schema_unpack(collection->arena, record, &collection->schema) ||
	    !span_eq(collection->schema->name, span_make(key->p, key->n)) ||
	    collection->schema->no < SCHEMA_FIRST_USER) {
		collection_free(collection);
		return txn_damaged(txn, TABLE_COLLECTIONS);
	}
	registry_swap(&txn->store->registry, NULL, collection);
	return ERR_NONE;
}

enum err
registry_load(struct txn *txn)
{
	return table_each(txn, TABLE_COLLECTIONS, collection_load);
}

enum err
collection_find(struct txn *txn, struct arena *arena, struct span name,
    struct schema **schema)
{
	const struct collection *collection;
	const struct schema *found = built_in_find(name);

	if (!found) {
		collection = registry_name(&txn->store->registry, name);
		if (!collection)
			return ERR_NOT_FOUND;
		found = collection->schema;
	}
	*schema = schema_copy(arena, found);
	return ERR_NONE;
}

struct listing {
	struct arena *arena;
	struct schema **schemas;
	size_t count;
};

static void
listing_count(const void *node, VISIT visit, void *listing)
{
	(void)node;
	if (visit == postorder || visit == leaf)
		((struct listing *)listing)->count++;
}

static void
listing_add(const void *node, VISIT visit, void *arg)
{
	const struct collection *collection =
	    *(const struct collection *const *)node;
	struct listing *listing = arg;

	if (visit == postorder || visit == leaf)
		listing->schemas[listing->count++] =
		    schema_copy(listing->arena, collection->schema);
}

enum err
collection_list(struct txn *txn, struct arena *arena, struct schema ***schemas,
    size_t *count)
{
	struct listing listing = {.arena = arena};
	const void *root = txn->store->registry.by_name;

	twalk_r(root, listing_count, &listing);
	listing.schemas =
	    arena_array(arena, listing.count, sizeof *listing.schemas);
	listing.count = 0;
	twalk_r(root, listing_add, &listing);
	*schemas = listing.schemas;
	*count = listing.count;
	return ERR_NONE;
}

static enum err
collection_key(struct key *key, struct span name)
{
	key->n = 0;
	if (name.n == 0 || name.n > SCHEMA_NAME_BYTES_MAX)
		return ERR_PAYLOAD;
	key_bytes(key, name.p, name.n);
	return ERR_NONE;
}

static enum err
collection_put(struct txn *txn, const struct schema *schema)
{
	struct key key;
	enum err e = collection_key(&key, schema->name);

	if (e)
		return e;
	buf_clear(&txn->buf);
	schema_pack(schema, &txn->buf);
	if (txn->buf.over)
		return ERR_PAYLOAD;
	return table_put(txn, TABLE_COLLECTIONS, &key, buf_view(&txn->buf));
}

enum err
collection_create(struct txn *txn, struct schema *schema)
{
	struct registry *registry = &txn->store->registry;
	int64_t no;
	enum err e;

	if (built_in_find(schema->name) ||
	    registry_name(registry, schema->name))
		return ERR_EXISTS;
	e = counter_take(txn, COUNTER_COLLECTIONS, 1, &no);
	if (e || no > UINT32_MAX)
		return ERR_RANGE;
	schema->no = (uint32_t)no;
	e = collection_put(txn, schema);
	if (!e)
		registry_change(registry, NULL, collection_new(schema));
	return e;
}

enum err
collection_replace(struct txn *txn, const struct schema *schema)
{
	struct registry *registry = &txn->store->registry;
	struct collection *before = registry_name(registry, schema->name);
	enum err e;

	if (!before || before->schema->no != schema->no)
		return ERR_NOT_FOUND;
	e = collection_put(txn, schema);
	if (!e)
		registry_change(registry, before, collection_new(schema));
	return e;
}

enum err
collection_drop(struct txn *txn, struct span name)
{
	struct registry *registry = &txn->store->registry;
	struct collection *before = registry_name(registry, name);
	struct key key, no = {.n = 0};
	enum err e;

	if (!before)
		return ERR_NOT_FOUND;
	e = collection_key(&key, name);
	if (!e)
		e = table_del(txn, TABLE_COLLECTIONS, &key);
	key_u32(&no, before->schema->no);
	if (!e)
		e = table_put(txn, TABLE_DROPS, &no, SPAN_NONE);
	if (e)
		return e;
	drops_add(&txn->store->drops, before->schema->no);
	registry_change(registry, before, NULL);
	return ERR_NONE;
}
