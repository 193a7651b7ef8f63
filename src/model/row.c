/* Rows: one value for each declared field and, for free-form collections, the
 * further members in the order they were sent. The record form and the JSON
 * form. Reading a record takes any bytes: damage is told, never believed. */
#include "model/row.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "common/json.h"
#include "common/pack.h"
#include "model/schema_types.h"

enum { ROW_FORMAT = 1 };
_Static_assert(SCHEMA_FIELDS_MAX <= UINT8_MAX, "field numbers are one byte");

struct row *
row_new(struct arena *arena, const struct schema *schema)
{
	struct row *row = arena_alloc(arena, sizeof(*row));

	row->schema = schema;
	row->values = arena_array(arena, schema->count, sizeof(row->values[0]));
	return row;
}

struct row *
row_copy(struct arena *arena, const struct row *row)
{
	struct row *copy = arena_alloc(arena, sizeof(*copy));
	size_t count = row->schema->count;

	*copy = *row;
	copy->values = arena_array(arena, count, sizeof(copy->values[0]));
	memcpy(copy->values, row->values, count * sizeof(copy->values[0]));
	return copy;
}

/* 0 for a row the store has not numbered yet. */
int64_t
row_id(const struct row *row)
{
	return row->values[0].type == VALUE_INT ? row->values[0].i : 0;
}

const struct value *
row_value(const struct row *row, struct span name)
{
	int field = schema_field(row->schema, name);

	if (field >= 0)
		return &row->values[field];
	for (size_t i = 0; i < row->member_count; i++)
		if (span_eq(row->members[i].name, name))
			return &row->members[i].value;
	return NULL;
}

/* Record: format, version, number of values, (field, value)..., number of
 * members, (name, value)... */
void
row_pack(const struct row *row, struct buf *out)
{
	const struct schema *schema = row->schema;
	uint32_t count = 0;

	for (size_t i = 0; i < schema->count; i++)
		count += row->values[i].type != VALUE_NULL;
	pack_u8(out, ROW_FORMAT);
	pack_u64(out, row->version);
	pack_u8(out, (uint8_t)count);
	/* Nulls take no room: most rows have many, and a field that is added
	 * later is null in old records. */
	for (size_t i = 0; i < schema->count; i++) {
		if (row->values[i].type == VALUE_NULL)
			continue;
		assert(row->values[i].type ==
		       field_traits[schema->fields[i].type].stored);
		pack_u8(out, (uint8_t)i);
		value_pack(row->values[i], out);
	}
	pack_u32(out, (uint32_t)row->member_count);
	for (size_t i = 0; i < row->member_count; i++) {
		pack_span(out, row->members[i].name);
		value_pack(row->members[i].value, out);
	}
}

static enum err
unpack_values(struct unpack *in, struct row *row)
{
	const struct schema *schema = row->schema;
	unsigned count = unpack_u8(in);

	while (count-- > 0) {
		size_t field = unpack_u8(in);
		struct value v;

		if (in->bad)
			return ERR_DAMAGED;
		/* Fields are only ever appended: a newer program wrote it. */
		if (field >= schema->count)
			return ERR_FORMAT;
		if (!value_unpack(in, &v) ||
		    v.type != field_traits[schema->fields[field].type].stored)
			return ERR_DAMAGED;
		row->values[field] = v;
	}
	return ERR_NONE;
}

static enum err
unpack_members(struct arena *arena, struct unpack *in, struct row *row)
{
	uint32_t count = unpack_u32(in);

	/* Bounds the array by what the record can hold: a name's length and a
	 * type byte each. */
	if (in->bad || count > in->rest.n / 5)
		return ERR_DAMAGED;
	row->members = arena_array(arena, count, sizeof(row->members[0]));
	row->member_count = count;
	for (uint32_t i = 0; i < count; i++) {
		row->members[i].name = unpack_span(in);
		if (!value_unpack(in, &row->members[i].value))
			return ERR_DAMAGED;
	}
	return unpack_done(in) ? ERR_NONE : ERR_DAMAGED;
}

enum err
row_unpack(struct arena *arena, const struct schema *schema, struct span record,
    struct row *row)
{
	struct unpack in = unpack_start(record);
	uint8_t format = unpack_u8(&in);
	enum err err;

	if (format > ROW_FORMAT)
		return ERR_FORMAT;
	*row = (struct row){.schema = schema, .version = unpack_u64(&in)};
	if (in.bad || format != ROW_FORMAT)
		return ERR_DAMAGED;
	row->values = arena_array(arena, schema->count, sizeof(row->values[0]));
	err = unpack_values(&in, row);
	if (err == ERR_NONE)
		err = unpack_members(arena, &in, row);
	return err;
}

/* "a,,b" is three elements, the empty text none (contract 5.1). */
static void
put_csv(struct span text, struct buf *out)
{
	struct span part;
	bool more = text.n > 0;

	buf_char(out, '[');
	for (bool first = true; more && span_next(&text, ',', &part);
	     first = false) {
		if (!first)
			buf_char(out, ',');
		json_put_string(out, part);
	}
	buf_char(out, ']');
}

static void
put_time(int64_t wall_ms, struct buf *out)
{
	char iso[CLOCK_ISO_BYTES];

	clock_iso(wall_ms, iso);
	buf_char(out, '"');
	buf_text(out, iso);
	buf_char(out, '"');
}

void
value_put_json(struct value v, enum field_type type, struct buf *out)
{
	switch (v.type) {
	case VALUE_NULL:
		buf_span(out, SPAN("null"));
		break;
	case VALUE_BOOL:
		json_put_bool(out, v.b);
		break;
	case VALUE_INT:
		json_put_i64(out, v.i);
		break;
	case VALUE_FLOAT:
		json_put_f64(out, v.f);
		break;
	case VALUE_TIME:
		put_time(v.i, out);
		break;
	case VALUE_TEXT:
		if (type == FIELD_CSV)
			put_csv(v.text, out);
		else
			json_put_string(out, v.text);
		break;
	/* Both are kept as the client wrote them. */
	case VALUE_JSON:
	case VALUE_NUMBER:
		buf_span(out, v.text);
		break;
	}
}

static void
put_name(struct span name, bool *first, struct buf *out)
{
	if (!*first)
		buf_char(out, ',');
	*first = false;
	json_put_string(out, name);
	buf_char(out, ':');
}

void
row_put_json(const struct row *row, struct buf *out)
{
	const struct schema *schema = row->schema;
	bool first = true;

	buf_char(out, '{');
	for (size_t i = 0; i < schema->count; i++) {
		if (schema->fields[i].hidden)
			continue;
		put_name(schema->fields[i].name, &first, out);
		value_put_json(row->values[i], schema->fields[i].type, out);
	}
	for (size_t i = 0; i < row->member_count; i++) {
		put_name(row->members[i].name, &first, out);
		value_put_json(row->members[i].value, FIELD_TYPE_COUNT, out);
	}
	buf_char(out, '}');
}
