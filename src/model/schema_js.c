/* Schemas from Directus collection definitions. The definition itself is kept
 * as it came, so that its meta members come back in answers. */
#include "model/schema.h"

#include <string.h>

#include "model/coerce.h"

/* A definition is kept with its schema and copied for each use of it. */
enum {
	DEFINITION_BYTES_MAX = 64 << 10,
	MAX_LENGTH_MOST = 1 << 20 /* a body cannot hold more */
};

static enum err
fault_field(struct fault *fault, struct span field, const char *words)
{
	return fault_add(fault, ERR_PAYLOAD, NULL, "Field \"%.*s\" %s.",
	    SPAN_FMT(field), words);
}

/* Names end up in addresses, in comma lists and in the query language. */
static bool
is_name(struct span name)
{
	if (name.n < 1 || name.n > SCHEMA_NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];

		if (c < 0x80 && c != '_' && c != '-' &&
		    !(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'z') &&
		    !(c >= 'A' && c <= 'Z'))
			return false;
	}
	return true;
}

static bool
flag(struct js object, const char *name, bool otherwise)
{
	struct js js = js_member(object, name);

	return js.type == JS_BOOL ? js_bool(js) : otherwise;
}

/* Only strings have a length; other types pass the member over, as Directus
 * itself shows one with every column. */
static enum err
read_length(struct js column, struct field *field, struct fault *fault)
{
	struct js js = js_member(column, "max_length");
	int64_t n = SCHEMA_STRING_CHARS;

	if (field->type != FIELD_STRING)
		return ERR_NONE;
	if (js.type != JS_NONE && js.type != JS_NULL &&
	    (js.type != JS_NUMBER || !js_is_i64(js, &n) || n < 1 ||
		n > MAX_LENGTH_MOST))
		return fault_field(
		    fault, field->name, "needs a max_length from 1 to 1048576");
	field->max_chars = (uint32_t)n;
	return ERR_NONE;
}

static enum err
read_default(struct arena *arena, struct js column, struct field *field,
    struct fault *fault)
{
	struct js js = js_member(column, "default_value");
	struct value preset;

	if (js.type == JS_NONE || js.type == JS_NULL)
		return ERR_NONE;
	if (coerce(arena, field, js, &preset) != ERR_NONE)
		return fault_field(
		    fault, field->name, "has a default_value it cannot hold");
	/* The schema outlives the document the text is borrowed from. */
	preset.text = arena_span(arena, preset.text);
	field->preset = preset;
	field->has_default = preset.type != VALUE_NULL;
	return ERR_NONE;
}

/* Directus asks for a member in a create when its column takes no null and
 * has no default; `meta.required` asks for it as well. */
static enum err
read_column(
    struct arena *arena, struct js js, struct field *field, struct fault *fault)
{
	struct js column = js_member(js, "schema");
	enum err err;

	field->nullable = flag(column, "is_nullable", true);
	err = read_length(column, field, fault);
	if (err == ERR_NONE)
		err = read_default(arena, column, field, fault);
	field->required = !field->has_default &&
			  (!field->nullable ||
			      flag(js_member(js, "meta"), "required", false));
	return err;
}

static enum err
read_field(
    struct arena *arena, struct js js, struct field *field, struct fault *fault)
{
	struct js name = js_member(js, "field");
	struct js type = js_member(js, "type");

	if (name.type != JS_STRING || !is_name(js_string(name)))
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "Each field needs a name of 1 to %d letters, digits, "
		    "'_' or '-'.",
		    SCHEMA_NAME_BYTES_MAX);
	field->name = arena_span(arena, js_string(name));
	/* The filter language has these words where names stand. */
	if (span_is(field->name, "_and") || span_is(field->name, "_or"))
		return fault_field(fault, field->name, "has a reserved name");
	if (type.type != JS_STRING ||
	    !field_type_parse(js_string(type), &field->type))
		return fault_field(fault, field->name,
		    "needs a type: integer, bigInteger, float, string, text, "
		    "boolean, csv, json, timestamp, date or uuid");
	return read_column(arena, js, field, fault);
}

/* The declared `id`, or any other field that says it is the key. */
static enum err
check_key(struct js js, const struct field *field, struct fault *fault)
{
	bool is_id = span_is(field->name, "id");
	bool is_key = flag(js_member(js, "schema"), "is_primary_key", is_id);

	if (is_id != is_key || (is_id && field->type != FIELD_INTEGER))
		return fault_field(fault, field->name,
		    "cannot be so: the primary key is the integer \"id\"");
	return ERR_NONE;
}

/* `id` is there already as field 0, whether declared or not. */
static enum err
add_field(struct arena *arena, struct js js, struct schema *schema,
    struct fault *fault)
{
	struct field field = {0};
	enum err err = read_field(arena, js, &field, fault);

	if (err == ERR_NONE)
		err = check_key(js, &field, fault);
	if (err != ERR_NONE || span_is(field.name, "id"))
		return err;
	if (schema_field(schema, field.name) >= 0)
		return fault_field(fault, field.name, "is there twice");
	schema->fields[schema->count++] = field;
	return ERR_NONE;
}

static enum err
read_fields(struct arena *arena, struct js list, struct schema *schema,
    struct fault *fault)
{
	struct js_iter it = js_iter(list);
	struct span none;
	struct js js;
	enum err err;

	while (js_next(&it, &none, &js)) {
		if (js.type != JS_OBJECT)
			return fault_add(fault, ERR_PAYLOAD, NULL,
			    "Each of \"fields\" must be an object.");
		err = add_field(arena, js, schema, fault);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

static enum err
read_name(struct arena *arena, struct js definition, struct span *out,
    struct fault *fault)
{
	struct js js = js_member(definition, "collection");
	struct span name;

	if (js.type == JS_NONE || js.type == JS_NULL)
		return fault_add(fault, ERR_VALIDATION,
		    ",\"field\":\"collection\",\"type\":\"required\"",
		    "\"collection\" is required");
	if (js.type != JS_STRING || !is_name(js_string(js)))
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "\"collection\" must be a name of 1 to %d letters, "
		    "digits, '_' or '-'.",
		    SCHEMA_NAME_BYTES_MAX);
	/* The names of built-in collections, in any letter case: routes do not
	 * tell them apart. */
	name = js_string(js);
	if (name.n >= 9 && span_iis(span_head(name, 9), "directus_"))
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "Collections can't start with \"directus_\".");
	*out = arena_span(arena, name);
	return ERR_NONE;
}

static enum err
check_shape(struct js definition, struct js list, struct fault *fault)
{
	if (definition.type != JS_OBJECT)
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "A collection must be an object.");
	if (definition.raw.n > DEFINITION_BYTES_MAX)
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "A collection's definition is longer than %d bytes.",
		    DEFINITION_BYTES_MAX);
	if (list.type != JS_NONE && list.type != JS_NULL &&
	    list.type != JS_LIST)
		return fault_add(
		    fault, ERR_PAYLOAD, NULL, "\"fields\" must be a list.");
	if (list.type == JS_LIST && js_count(list) >= SCHEMA_FIELDS_MAX)
		return fault_add(fault, ERR_PAYLOAD, NULL,
		    "A collection has at most %d fields.",
		    SCHEMA_FIELDS_MAX - 1);
	return ERR_NONE;
}

enum err
schema_from_js(struct arena *arena, struct js definition, struct schema **out,
    struct fault *fault)
{
	struct js list = js_member(definition, "fields");
	struct schema *schema = arena_alloc(arena, sizeof(*schema));
	size_t count = list.type == JS_LIST ? js_count(list) : 0;
	enum err err = check_shape(definition, list, fault);

	if (err == ERR_NONE)
		err = read_name(arena, definition, &schema->name, fault);
	if (err != ERR_NONE)
		return err;
	schema->definition = arena_span(arena, definition.raw);
	schema->freeform = count == 0;
	schema->fields =
	    arena_array(arena, count + 1, sizeof(schema->fields[0]));
	schema->fields[schema->count++] =
	    (struct field){.name = SPAN("id"), .type = FIELD_INTEGER};
	if (count > 0)
		err = read_fields(arena, list, schema, fault);
	if (err == ERR_NONE)
		*out = schema;
	return err;
}
