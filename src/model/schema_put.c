/* Collections and fields as Directus shows them: the members that apply. Of
 * user collections the meta members the client declared are shown as well. */
#include "model/schema.h"

#include "common/json.h"
#include "model/row.h"
#include "model/schema_types.h"

static void
put_member(const char *name, struct span text, struct buf *out)
{
	buf_printf(out, ",\"%s\":", name);
	json_put_string(out, text);
}

static void
put_flag(const char *name, bool b, struct buf *out)
{
	buf_printf(out, ",\"%s\":", name);
	json_put_bool(out, b);
}

/* A default stands as it would in a row, but a csv one as its text. */
static void
put_default(const struct field *field, struct buf *out)
{
	buf_span(out, SPAN(",\"default_value\":"));
	if (field->has_default)
		value_put_json(field->preset, FIELD_TYPE_COUNT, out);
	else
		buf_span(out, SPAN("null"));
}

/* Clients look for is_primary_key to learn what to ask for by id. The key is
 * the one member that is unique and counted up. */
static void
put_column(const struct schema *schema, size_t i, struct buf *out)
{
	const struct field *field = &schema->fields[i];

	buf_span(out, SPAN("{\"name\":"));
	json_put_string(out, field->name);
	put_member("table", schema->name, out);
	put_member(
	    "data_type", span_of(field_traits[field->type].data_type), out);
	put_default(field, out);
	buf_span(out, SPAN(",\"max_length\":"));
	if (field->max_chars > 0)
		json_put_i64(out, field->max_chars);
	else
		buf_span(out, SPAN("null"));
	put_flag("is_nullable", field->nullable, out);
	put_flag("is_unique", i == 0, out);
	put_flag("is_primary_key", i == 0, out);
	put_flag("has_auto_increment", i == 0, out);
	buf_char(out, '}');
}

/* The members of the client's meta object that are not in `ours`. */
static void
put_declared(struct js meta, const char *const *ours, struct buf *out)
{
	struct js_iter it;
	struct span name;
	struct js value;

	if (meta.type != JS_OBJECT)
		return;
	it = js_iter(meta);
	while (js_next(&it, &name, &value)) {
		bool known = false;

		for (size_t i = 0; ours[i] != NULL; i++)
			known = known || span_is(name, ours[i]);
		if (known)
			continue;
		buf_char(out, ',');
		json_put_string(out, name);
		buf_char(out, ':');
		buf_span(out, value.raw);
	}
}

/* What the client declared wins; else what the type implies, from which
 * Directus clients know how to show it. */
static void
put_special(const struct field *field, struct js meta, struct buf *out)
{
	struct js special = js_member(meta, "special");
	const char *own = field_traits[field->type].special;

	buf_span(out, SPAN(",\"special\":"));
	if (special.type == JS_LIST)
		buf_span(out, special.raw);
	else if (own != NULL)
		buf_printf(out, "[\"%s\"]", own);
	else
		buf_span(out, SPAN("null"));
}

/* The meta members clients rely on come first, whatever was declared. */
static void
put_field(
    const struct schema *schema, size_t i, struct js meta, struct buf *out)
{
	static const char *const ours[] = {
	    "collection", "field", "special", "required", "readonly", NULL};
	const struct field *field = &schema->fields[i];

	buf_span(out, SPAN("{\"collection\":"));
	json_put_string(out, schema->name);
	put_member("field", field->name, out);
	put_member("type", span_of(field_traits[field->type].name), out);
	buf_span(out, SPAN(",\"schema\":"));
	put_column(schema, i, out);
	buf_span(out, SPAN(",\"meta\":{\"collection\":"));
	json_put_string(out, schema->name);
	put_member("field", field->name, out);
	put_special(field, meta, out);
	put_flag("required", field->required, out);
	put_flag("readonly", field->readonly, out);
	put_declared(meta, ours, out);
	buf_span(out, SPAN("}}"));
}

/* The client's definition; JS_NONE for built-in collections. The document
 * must be freed by the caller. */
static struct js
parse_definition(const struct schema *schema, struct js_doc **doc)
{
	struct js root = {.type = JS_NONE};

	*doc = NULL;
	if (schema->definition.n > 0 &&
	    js_parse(schema->definition, doc, &root, NULL) != ERR_NONE) {
		*doc = NULL;
		root = (struct js){.type = JS_NONE};
	}
	return root;
}

static struct js
declared_meta(struct js definition, struct span field)
{
	struct js list = js_member(definition, "fields");
	struct js js, found = {.type = JS_NONE};
	struct js_iter it;
	struct span none;

	if (list.type != JS_LIST)
		return found;
	it = js_iter(list);
	while (js_next(&it, &none, &js)) {
		struct js name = js_member(js, "field");

		if (name.type == JS_STRING && span_eq(js_string(name), field))
			found = js_member(js, "meta");
	}
	return found;
}

void
schema_put_meta(const struct schema *schema, struct buf *out)
{
	static const char *const ours[] = {"collection", "system", NULL};
	struct js_doc *doc;
	struct js definition = parse_definition(schema, &doc);

	buf_span(out, SPAN("{\"collection\":"));
	json_put_string(out, schema->name);
	put_flag("system", schema->system, out);
	put_declared(js_member(definition, "meta"), ours, out);
	buf_char(out, '}');
	js_doc_free(doc);
}

void
schema_put_table(const struct schema *schema, struct buf *out)
{
	buf_span(out, SPAN("{\"name\":"));
	json_put_string(out, schema->name);
	buf_char(out, '}');
}

void
schema_put_collection(const struct schema *schema, struct buf *out)
{
	buf_span(out, SPAN("{\"collection\":"));
	json_put_string(out, schema->name);
	buf_span(out, SPAN(",\"meta\":"));
	schema_put_meta(schema, out);
	buf_span(out, SPAN(",\"schema\":"));
	schema_put_table(schema, out);
	buf_char(out, '}');
}

void
schema_put_fields(const struct schema *schema, struct buf *out)
{
	struct js_doc *doc;
	struct js definition = parse_definition(schema, &doc);
	bool first = true;

	buf_char(out, '[');
	for (size_t i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];

		if (field->hidden)
			continue;
		if (!first)
			buf_char(out, ',');
		first = false;
		put_field(
		    schema, i, declared_meta(definition, field->name), out);
	}
	buf_char(out, ']');
	js_doc_free(doc);
}

bool
schema_put_field(const struct schema *schema, struct span name, struct buf *out)
{
	int field = schema_field(schema, name);
	struct js_doc *doc;
	struct js definition;

	if (field < 0)
		return false;
	definition = parse_definition(schema, &doc);
	put_field(schema, (size_t)field, declared_meta(definition, name), out);
	js_doc_free(doc);
	return true;
}
