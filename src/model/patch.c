/* The row after a patch. Free-form members keep their place, new ones follow
 * at the end; a table over the old names keeps the work linear, since this
 * runs where all writers wait. */
#include "model/check.h"

#include <string.h>

struct names {
	uint32_t *slots; /* index + 1 of a member, 0: free */
	uint32_t mask;
};

static struct names
names_new(struct arena *arena, size_t count)
{
	struct names names;
	uint32_t size = 16;

	while (size < count * 2)
		size *= 2;
	names.slots = arena_array(arena, size, sizeof(names.slots[0]));
	names.mask = size - 1;
	return names;
}

/* The slot that holds the name, or the free one where it belongs. */
static uint32_t *
names_slot(
    const struct names *names, const struct member *members, struct span name)
{
	uint32_t at = span_hash(name) & names->mask;

	while (names->slots[at] != 0 &&
	       !span_eq(members[names->slots[at] - 1].name, name))
		at = (at + 1) & names->mask;
	return &names->slots[at];
}

static bool
apply_members(struct arena *arena, struct row *row, const struct row *old,
    const struct row *patch)
{
	size_t most = old->member_count + patch->member_count;
	struct names names = names_new(arena, most);

	row->members = arena_array(arena, most, sizeof(row->members[0]));
	row->member_count = old->member_count;
	for (size_t i = 0; i < old->member_count; i++) {
		row->members[i] = old->members[i];
		*names_slot(&names, row->members, old->members[i].name) =
		    (uint32_t)i + 1;
	}
	for (size_t i = 0; i < patch->member_count; i++) {
		uint32_t *slot =
		    names_slot(&names, row->members, patch->members[i].name);

		if (*slot == 0)
			*slot = (uint32_t)++row->member_count;
		row->members[*slot - 1] = patch->members[i];
	}
	return row->member_count <= ROW_MEMBERS_MAX;
}

struct row *
patch_apply(
    struct arena *arena, const struct row *old, const struct patch *patch)
{
	struct row *row = row_new(arena, old->schema);

	row->version = old->version;
	for (size_t i = 0; i < old->schema->count; i++)
		row->values[i] =
		    patch->set[i] ? patch->row->values[i] : old->values[i];
	if (old->member_count + patch->row->member_count > 0 &&
	    !apply_members(arena, row, old, patch->row))
		return NULL;
	return row;
}
