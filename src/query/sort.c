/* Sorting. Text by bytes of UTF-8, false before true; equal rows by id. */
#include "query/sort.h"

#include <string.h>

static enum err
unordered(const struct sort_ground *ground, struct span name)
{
	return fault_add(ground->fault, ERR_QUERY, NULL, "Can't %s by \"%.*s\"",
	    ground->verb, SPAN_FMT(name));
}

static enum err
bad_relation(const struct sort_ground *ground, struct span name)
{
	struct span head = span_head(name, (size_t)span_find(name, '.'));

	if (schema_field(ground->schema, head) < 0)
		return unordered(ground, name);
	return fault_add(ground->fault, ERR_QUERY, NULL,
	    "\"%.*s.%.*s\" is not a relational field",
	    SPAN_FMT(ground->schema->name), SPAN_FMT(head));
}

enum err
sort_operand_bind(
    const struct sort_ground *ground, struct span name, struct operand *operand)
{
	enum err err;

	if (span_find(name, '.') >= 0)
		return bad_relation(ground, name);
	/* Names of free-form members may be anything but these. */
	if (name.n == 0 || span_is(name, "*") || span_is(name, "?") ||
	    name.p[0] == '-' || name.p[0] == '+')
		return unordered(ground, name);
	err = operand_find(
	    ground->arena, ground->schema, name, operand, ground->fault);
	if (err == ERR_NOT_FOUND ||
	    (!err && operand->type == FIELD_JSON && !operand->func))
		return unordered(ground, name);
	return err;
}

static bool
same_operand(const struct operand *a, const struct operand *b)
{
	return a->field == b->field && a->func == b->func &&
	       span_eq(a->member, b->member);
}

enum err
sort_bind(struct arena *arena, const struct query *query,
    const struct schema *schema, struct sort_keys *keys, struct fault *fault)
{
	const struct names *names = &query->sort;
	struct sort_ground ground = {arena, schema, "sort", fault};

	keys->at = arena_array(arena, names->count + 1, sizeof *keys->at);
	keys->values =
	    arena_array(arena, names->count + 1, sizeof *keys->values);
	keys->count = 0;
	for (size_t i = 0; i < names->count; i++) {
		struct sort_key *key = &keys->at[keys->count];
		struct span name = names->at[i];
		size_t j = 0;
		enum err err;

		key->descending = span_starts(name, "-");
		if (key->descending)
			name = span_from(name, 1);
		err = sort_operand_bind(&ground, name, &key->operand);
		if (err)
			return err;
		while (j < keys->count &&
		       !same_operand(&keys->at[j].operand, &key->operand))
			j++;
		keys->count += j == keys->count;
	}
	return ERR_NONE;
}

bool
sort_by_id(const struct sort_keys *keys, bool *descending)
{
	*descending = keys->count > 0 && keys->at[0].descending;
	return keys->count == 0 ||
	       (keys->at[0].operand.field == 0 && !keys->at[0].operand.func);
}

int
sort_key_cmp(const struct sort_key *key, struct value a, struct value b)
{
	int order;

	if (a.type == VALUE_NULL || b.type == VALUE_NULL)
		order = (a.type == VALUE_NULL) - (b.type == VALUE_NULL);
	else
		order = value_cmp(a, b);
	return key->descending ? -order : order;
}

static int
kept_cmp(const struct sorter_item *one, const struct sorter_item *two,
    const void *ctx)
{
	const struct kept *a = (const void *)one, *b = (const void *)two;
	const struct sort_keys *keys = ctx;

	for (size_t i = 0; i < keys->count; i++) {
		int order = sort_key_cmp(&keys->at[i], a->keys[i], b->keys[i]);

		if (order)
			return order;
	}
	return (a->id > b->id) - (a->id < b->id);
}

/* Texts of the keys lie behind the struct, then the JSON. */
static void
kept_moved(struct sorter_item *item, const void *ctx)
{
	struct kept *kept = (void *)item;
	const struct sort_keys *keys = ctx;
	char *at = (char *)(kept->keys + keys->count);

	for (size_t i = 0; i < keys->count; i++) {
		kept->keys[i].text.p = at;
		at += kept->keys[i].text.n;
	}
	kept->json.p = at;
}

static const struct sorter_kind kept_kind = {kept_cmp, kept_moved};

void
keeper_init(struct keeper *keeper, const struct sort_keys *keys, size_t most,
    const struct room *room)
{
	keeper->keys = keys;
	sorter_init(&keeper->sorter, &kept_kind, keys, most, room);
}

bool
keeper_wants(const struct keeper *keeper, const struct row *row)
{
	const struct kept *last = (const void *)sorter_last(&keeper->sorter);
	const struct sort_keys *keys = keeper->keys;
	int64_t id = row_id(row);

	if (keeper->sorter.most == 0)
		return false;
	for (size_t i = 0; last && i < keys->count; i++) {
		struct value value = operand_value(&keys->at[i].operand, row);
		int order = sort_key_cmp(&keys->at[i], value, last->keys[i]);

		if (order)
			return order < 0;
	}
	return !last || id < last->id;
}

void
keeper_put_values(struct keeper *keeper, const struct value *values, int64_t id,
    struct span json)
{
	size_t count = keeper->keys->count;
	size_t bytes = sizeof(struct kept) + count * sizeof(struct value);
	struct kept *kept;
	char *at;

	for (size_t i = 0; i < count; i++)
		bytes += values[i].text.n;
	kept = (void *)sorter_item(bytes + json.n);
	kept->id = id;
	at = (char *)(kept->keys + count);
	for (size_t i = 0; i < count; i++) {
		kept->keys[i] = values[i];
		if (values[i].text.n)
			memcpy(at, values[i].text.p, values[i].text.n);
		at += values[i].text.n;
	}
	kept->json.n = json.n;
	if (json.n)
		memcpy(at, json.p, json.n);
	kept_moved(&kept->item, keeper->keys);
	sorter_put(&keeper->sorter, &kept->item);
}

void
keeper_put(struct keeper *keeper, const struct row *row, struct span json)
{
	const struct sort_keys *keys = keeper->keys;

	for (size_t i = 0; i < keys->count; i++)
		keys->values[i] = operand_value(&keys->at[i].operand, row);
	keeper_put_values(keeper, keys->values, row_id(row), json);
}

const struct kept *
keeper_next(struct keeper *keeper)
{
	return (const void *)sorter_next(&keeper->sorter);
}

enum err
keeper_failed(const struct keeper *keeper)
{
	return keeper->sorter.err;
}

void
keeper_release(struct keeper *keeper)
{
	sorter_release(&keeper->sorter);
}
