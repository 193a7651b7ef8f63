/* search (contract 7.3): any string or text member contains the text, without
 * regard to case, or a number equals it. */
#include <math.h>

#include "common/json.h"
#include "query/filter.h"
#include "query/fold.h"

struct search {
	const struct like *like;
	bool is_number;
	struct value number;
	struct span uuid; /* lower case; empty: none */
};

/* Directus fails where the text is a number that no integer column can be
 * compared with, and every collection has one: its id. */
static enum err
read_number(const struct binder *b, struct span text, struct search *search)
{
	double f;

	if (!json_js_number(text, &f))
		return ERR_NONE;
	if (!(f >= INT32_MIN && f <= INT32_MAX) || f != trunc(f))
		return fault_add(b->fault, ERR_QUERY, NULL,
		    "\"search\" must be an integer of 32 bits where it is a "
		    "number");
	search->is_number = true;
	search->number = value_int((int64_t)f);
	return ERR_NONE;
}

enum err
search_bind(const struct binder *b, struct span text, struct search **out)
{
	struct search *search = arena_alloc(b->arena, sizeof *search);
	struct span folded = fold_copy(b->arena, text);
	enum err err = read_number(b, text, search);

	if (err)
		return err;
	search->like = like_new(b->arena, LIKE_CONTAINS, folded);
	if (!search->like)
		return fault_add(b->fault, ERR_QUERY, NULL,
		    "\"search\" has too long a run with `_`");
	search->uuid = folded;
	*out = search;
	return ERR_NONE;
}

static bool
search_value(const struct search *search, struct value value,
    enum field_type type, struct buf *scratch)
{
	unsigned class = op_class(type);

	if (value_is_number(value) && value.type != VALUE_TIME)
		return search->is_number &&
		       value_cmp(value, search->number) == 0;
	if (value.type != VALUE_TEXT)
		return false;
	if (class == CLASS_UUID)
		return span_eq(value.text, search->uuid);
	if (type != FIELD_STRING && type != FIELD_TEXT && class != CLASS_FREE)
		return false;
	buf_clear(scratch);
	fold_put(scratch, value.text);
	return like_match(search->like, buf_view(scratch));
}

bool
search_match(
    const struct search *search, const struct row *row, struct buf *scratch)
{
	const struct schema *schema = row->schema;

	for (size_t i = 0; i < schema->count; i++)
		if (!schema->fields[i].hidden &&
		    search_value(search, row->values[i], schema->fields[i].type,
			scratch))
			return true;
	for (size_t i = 0; i < row->member_count; i++)
		if (search_value(search, row->members[i].value,
			FIELD_TYPE_COUNT, scratch))
			return true;
	return false;
}
