/* Field types and schemas at rest: names, look-up, copies.
 *
 * Names of fields and collections always have a NUL behind them (literals,
 * or copies of arena_span), so that .p is a C string as well. */
#include "model/schema.h"

#include <string.h>

#include "model/schema_types.h"

const struct field_trait field_traits[FIELD_TYPE_COUNT] = {
    [FIELD_INTEGER] = {"integer", "integer", VALUE_INT, NULL},
    [FIELD_BIGINTEGER] = {"bigInteger", "bigint", VALUE_INT, NULL},
    [FIELD_FLOAT] = {"float", "real", VALUE_FLOAT, NULL},
    [FIELD_STRING] = {"string", "character varying", VALUE_TEXT, NULL},
    [FIELD_TEXT] = {"text", "text", VALUE_TEXT, NULL},
    [FIELD_BOOLEAN] = {"boolean", "boolean", VALUE_BOOL, "cast-boolean"},
    [FIELD_CSV] = {"csv", "text", VALUE_TEXT, "cast-csv"},
    [FIELD_JSON] = {"json", "json", VALUE_JSON, "cast-json"},
    [FIELD_TIMESTAMP] = {"timestamp", "timestamp with time zone", VALUE_TIME,
	NULL},
    [FIELD_DATE] = {"date", "date", VALUE_TEXT, NULL},
    [FIELD_UUID] = {"uuid", "uuid", VALUE_TEXT, NULL},
};

const char *
field_type_name(enum field_type type)
{
	return type < FIELD_TYPE_COUNT ? field_traits[type].name : "";
}

bool
field_type_parse(struct span name, enum field_type *type)
{
	for (int i = 0; i < FIELD_TYPE_COUNT; i++)
		if (span_is(name, field_traits[i].name)) {
			*type = (enum field_type)i;
			return true;
		}
	return false;
}

int
schema_field(const struct schema *schema, struct span name)
{
	for (size_t i = 0; i < schema->count; i++)
		if (!schema->fields[i].hidden &&
		    span_eq(schema->fields[i].name, name))
			return (int)i;
	return -1;
}

struct schema *
schema_copy(struct arena *arena, const struct schema *schema)
{
	struct schema *copy = arena_alloc(arena, sizeof(*copy));

	*copy = *schema;
	copy->name = arena_span(arena, schema->name);
	copy->definition = arena_span(arena, schema->definition);
	copy->fields =
	    arena_array(arena, schema->count, sizeof(copy->fields[0]));
	for (size_t i = 0; i < schema->count; i++) {
		copy->fields[i] = schema->fields[i];
		copy->fields[i].name =
		    arena_span(arena, schema->fields[i].name);
		copy->fields[i].preset.text =
		    arena_span(arena, schema->fields[i].preset.text);
	}
	return copy;
}
