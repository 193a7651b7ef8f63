/* Schemas as the store keeps them: format byte, name, number, flags, fields,
 * the client's definition. Reading takes any bytes: damage is told, never
 * believed. */
#include "model/schema.h"

#include <assert.h>

#include "common/pack.h"
#include "model/schema_types.h"

enum { SCHEMA_FORMAT = 1 };
/* Flag bits on disk: append, never use one again. */
enum { SCHEMA_IS_FREEFORM = 1 << 0, SCHEMA_IS_SYSTEM = 1 << 1 };
enum {
	FIELD_IS_REQUIRED = 1 << 0,
	FIELD_IS_NULLABLE = 1 << 1,
	FIELD_IS_READONLY = 1 << 2,
	FIELD_IS_HIDDEN = 1 << 3,
	FIELD_IS_INDEXED = 1 << 4,
	FIELD_HAS_DEFAULT = 1 << 5
};

static void
pack_field(const struct field *field, struct buf *out)
{
	unsigned flags = (field->required ? FIELD_IS_REQUIRED : 0u) |
			 (field->nullable ? FIELD_IS_NULLABLE : 0u) |
			 (field->readonly ? FIELD_IS_READONLY : 0u) |
			 (field->hidden ? FIELD_IS_HIDDEN : 0u) |
			 (field->indexed ? FIELD_IS_INDEXED : 0u) |
			 (field->has_default ? FIELD_HAS_DEFAULT : 0u);

	pack_span(out, field->name);
	pack_u8(out, (uint8_t)field->type);
	pack_u32(out, field->max_chars);
	pack_u8(out, (uint8_t)flags);
	if (field->has_default)
		value_pack(field->preset, out);
}

void
schema_pack(const struct schema *schema, struct buf *out)
{
	unsigned flags = (schema->freeform ? SCHEMA_IS_FREEFORM : 0u) |
			 (schema->system ? SCHEMA_IS_SYSTEM : 0u);

	assert(schema->count >= 1 && schema->count <= SCHEMA_FIELDS_MAX);
	pack_u8(out, SCHEMA_FORMAT);
	pack_span(out, schema->name);
	pack_u32(out, schema->no);
	pack_u8(out, (uint8_t)flags);
	pack_u32(out, (uint32_t)schema->count);
	for (size_t i = 0; i < schema->count; i++)
		pack_field(&schema->fields[i], out);
	pack_span(out, schema->definition);
}

static bool
is_name(struct span name)
{
	return name.n >= 1 && name.n <= SCHEMA_NAME_BYTES_MAX;
}

/* Names are copied, so that they get the NUL that schema.c promises and the
 * record may go. */
static bool
unpack_field(struct arena *arena, struct unpack *in, struct field *field)
{
	struct span name = unpack_span(in);
	uint8_t type = unpack_u8(in), flags;

	field->max_chars = unpack_u32(in);
	flags = unpack_u8(in);
	if (in->bad || !is_name(name) || type >= FIELD_TYPE_COUNT)
		return false;
	field->name = arena_span(arena, name);
	field->type = (enum field_type)type;
	field->required = flags & FIELD_IS_REQUIRED;
	field->nullable = flags & FIELD_IS_NULLABLE;
	field->readonly = flags & FIELD_IS_READONLY;
	field->hidden = flags & FIELD_IS_HIDDEN;
	field->indexed = flags & FIELD_IS_INDEXED;
	field->has_default = flags & FIELD_HAS_DEFAULT;
	if (!field->has_default)
		return true;
	if (!value_unpack(in, &field->preset) ||
	    field->preset.type != field_traits[field->type].stored)
		return false;
	field->preset.text = arena_span(arena, field->preset.text);
	return true;
}

static enum err
unpack_fields(struct arena *arena, struct unpack *in, struct schema *schema)
{
	uint32_t count = unpack_u32(in);

	if (in->bad || count < 1 || count > SCHEMA_FIELDS_MAX)
		return ERR_DAMAGED;
	schema->count = count;
	schema->fields = arena_array(arena, count, sizeof(schema->fields[0]));
	for (uint32_t i = 0; i < count; i++)
		if (!unpack_field(arena, in, &schema->fields[i]))
			return ERR_DAMAGED;
	/* All rooms take values[0] for the id without looking. */
	if (schema->fields[0].type != FIELD_INTEGER ||
	    !span_is(schema->fields[0].name, "id"))
		return ERR_DAMAGED;
	return ERR_NONE;
}

enum err
schema_unpack(struct arena *arena, struct span record, struct schema **out)
{
	struct unpack in = unpack_start(record);
	struct schema *schema = arena_alloc(arena, sizeof(*schema));
	struct span name;
	uint8_t format = unpack_u8(&in), flags;
	enum err err;

	if (format > SCHEMA_FORMAT)
		return ERR_FORMAT;
	name = unpack_span(&in);
	schema->no = unpack_u32(&in);
	flags = unpack_u8(&in);
	if (format != SCHEMA_FORMAT || in.bad || !is_name(name))
		return ERR_DAMAGED;
	schema->name = arena_span(arena, name);
	schema->freeform = flags & SCHEMA_IS_FREEFORM;
	schema->system = flags & SCHEMA_IS_SYSTEM;
	err = unpack_fields(arena, &in, schema);
	if (err != ERR_NONE)
		return err;
	schema->definition = arena_span(arena, unpack_span(&in));
	if (!unpack_done(&in))
		return ERR_DAMAGED;
	*out = schema;
	return ERR_NONE;
}
