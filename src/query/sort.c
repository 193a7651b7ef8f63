/* Sorting. Text by bytes of UTF-8, false before true; equal rows by id. */
#include "query/sort.h"

#include <stdlib.h>
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
kept_cmp(
    const struct sort_keys *keys, const struct kept *a, const struct kept *b)
{
	for (size_t i = 0; i < keys->count; i++) {
		int order = sort_key_cmp(&keys->at[i], a->keys[i], b->keys[i]);

		if (order)
			return order;
	}
	return (a->id > b->id) - (a->id < b->id);
}

static int
row_cmp(const struct sort_keys *keys, const struct row *row,
    const struct kept *kept)
{
	int64_t id = row_id(row);

	for (size_t i = 0; i < keys->count; i++) {
		struct value value = operand_value(&keys->at[i].operand, row);
		int order = sort_key_cmp(&keys->at[i], value, kept->keys[i]);

		if (order)
			return order;
	}
	return (id > kept->id) - (id < kept->id);
}

void
keeper_init(struct keeper *keeper, const struct sort_keys *keys, size_t most)
{
	*keeper = (struct keeper){.keys = keys, .most = most};
}

bool
keeper_wants(const struct keeper *keeper, const struct row *row)
{
	if (keeper->most == 0)
		return false;
	return keeper->count < keeper->most ||
	       row_cmp(keeper->keys, row, keeper->at[0]) < 0;
}

/* Texts of the keys lie behind the struct, then the JSON. */
static struct kept *
kept_new(const struct sort_keys *keys, const struct row *row, struct span json)
{
	size_t head = sizeof(struct kept) + keys->count * sizeof(struct value);
	size_t bytes = head + json.n;
	struct kept *kept;
	char *at;

	for (size_t i = 0; i < keys->count; i++)
		bytes += operand_value(&keys->at[i].operand, row).text.n;
	kept = mem_alloc(bytes);
	kept->bytes = bytes;
	kept->id = row_id(row);
	at = (char *)kept + head;
	for (size_t i = 0; i < keys->count; i++) {
		kept->keys[i] = operand_value(&keys->at[i].operand, row);
		if (kept->keys[i].text.n == 0)
			continue;
		memcpy(at, kept->keys[i].text.p, kept->keys[i].text.n);
		kept->keys[i].text.p = at;
		at += kept->keys[i].text.n;
	}
	if (json.n)
		memcpy(at, json.p, json.n);
	kept->json = span_make(at, json.n);
	return kept;
}

/* The worst of the best stands on top. */
static void
sift_down(struct keeper *keeper, size_t at)
{
	struct kept *moved = keeper->at[at];

	for (size_t child; (child = 2 * at + 1) < keeper->count; at = child) {
		if (child + 1 < keeper->count &&
		    kept_cmp(keeper->keys, keeper->at[child + 1],
			keeper->at[child]) > 0)
			child++;
		if (kept_cmp(keeper->keys, keeper->at[child], moved) <= 0)
			break;
		keeper->at[at] = keeper->at[child];
	}
	keeper->at[at] = moved;
}

static void
sift_up(struct keeper *keeper, size_t at)
{
	struct kept *moved = keeper->at[at];

	while (at > 0) {
		size_t parent = (at - 1) / 2;

		if (kept_cmp(keeper->keys, keeper->at[parent], moved) >= 0)
			break;
		keeper->at[at] = keeper->at[parent];
		at = parent;
	}
	keeper->at[at] = moved;
}

void
keeper_put(struct keeper *keeper, const struct row *row, struct span json)
{
	struct kept *kept = kept_new(keeper->keys, row, json);

	keeper->bytes += kept->bytes;
	if (keeper->count == keeper->most) {
		keeper->bytes -= keeper->at[0]->bytes;
		free(keeper->at[0]);
		keeper->at[0] = kept;
		sift_down(keeper, 0);
		return;
	}
	if (keeper->count == keeper->room) {
		keeper->room = keeper->room ? 2 * keeper->room : 64;
		keeper->at =
		    mem_grow(keeper->at, keeper->room, sizeof(struct kept *));
	}
	keeper->at[keeper->count++] = kept;
	if (keeper->most != SIZE_MAX)
		sift_up(keeper, keeper->count - 1);
}

static int
order_kept(const void *a, const void *b, void *keys)
{
	return kept_cmp(
	    keys, *(struct kept *const *)a, *(struct kept *const *)b);
}

void
keeper_sort(struct keeper *keeper)
{
	struct sort_keys keys = *keeper->keys;

	if (keeper->count > 1)
		qsort_r(keeper->at, keeper->count, sizeof *keeper->at,
		    order_kept, &keys);
}

void
keeper_release(struct keeper *keeper)
{
	for (size_t i = 0; i < keeper->count; i++)
		free(keeper->at[i]);
	free(keeper->at);
	keeper->at = NULL;
	keeper->count = keeper->room = keeper->bytes = 0;
}
