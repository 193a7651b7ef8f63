/* From what a client sent to rows (contract chapter 1, steps 8 and 9): first
 * presence and null of all members together, then values one at a time, then
 * the rules a built-in collection has beyond its schema. Every member of the
 * body is looked at once. */
#include "model/check.h"

#include <math.h>

#include "common/json.h"
#include "model/coerce.h"
#include "model/rules.h"

/* One body being checked. */
struct intake {
	struct arena *arena;
	const struct schema *schema;
	struct fault *fault;
	bool create;
	struct js *given; /* by field; JS_NONE: not there, or not taken */
	struct row *row;
};

/* Number() of the oracle is a double: an id too large for one is out of range
 * anyway. */
static bool
id_from_f64(double f, int64_t *id, bool *in_range)
{
	if (!isfinite(f) || f != floor(f))
		return false;
	*in_range = f >= INT32_MIN && f <= INT32_MAX;
	*id = *in_range ? (int64_t)f : 0;
	return true;
}

bool
check_id_text(struct span text, int64_t *id, bool *in_range)
{
	double f;

	return json_js_number(text, &f) && id_from_f64(f, id, in_range);
}

bool
check_id_js(struct js js, int64_t *id, bool *in_range)
{
	if (js.type == JS_NUMBER)
		return id_from_f64(js_f64(js), id, in_range);
	return js.type == JS_STRING && js_string(js).n > 0 &&
	       check_id_text(js_string(js), id, in_range);
}

static enum err
fault_type(
    struct intake *in, struct span name, const char *type, const char *words)
{
	const char *extra = arena_printf(in->arena,
	    ",\"field\":\"%.*s\",\"type\":\"%s\"", SPAN_FMT(name), type);

	return fault_add(in->fault, ERR_VALIDATION, extra, "\"%.*s\" %s",
	    SPAN_FMT(name), words);
}

static enum err
fault_too_long(struct intake *in)
{
	const char *extra =
	    arena_printf(in->arena, ",\"collection\":\"%.*s\",\"field\":null",
		SPAN_FMT(in->schema->name));

	return fault_add(
	    in->fault, ERR_TOO_LONG, extra, "%s", err_text(ERR_TOO_LONG));
}

enum err
check_range_fault(struct arena *arena, const struct schema *schema,
    struct span column, struct fault *fault)
{
	const char *extra = arena_printf(arena,
	    ",\"collection\":\"%.*s\",\"field\":null,\"invalid\":\"%.*s\"",
	    SPAN_FMT(schema->name), SPAN_FMT(column));

	return fault_add(fault, ERR_RANGE, extra, "%s", err_text(ERR_RANGE));
}

/* The oracle tells the second column of its SQL statement: inserts have them
 * sorted by name, updates in the schema's order, `id` at the end. */
static struct span
column_by_accident(const struct intake *in)
{
	struct span first = SPAN_NONE, second = SPAN_NONE;

	for (size_t i = 0; i < in->schema->count; i++) {
		struct span name = in->schema->fields[i].name;

		if (in->given[i].type == JS_NONE || (!in->create && i == 0))
			continue;
		if (first.p == NULL ||
		    (in->create && span_cmp(name, first) < 0)) {
			second = first;
			first = name;
		} else if (second.p == NULL ||
			   (in->create && span_cmp(name, second) < 0)) {
			second = name;
		}
	}
	return second.p != NULL ? second : SPAN("id");
}

static enum err
fault_value(struct intake *in, const struct field *field, enum err err)
{
	const char *extra;

	switch (err) {
	case ERR_TOO_LONG:
		return fault_too_long(in);
	case ERR_RANGE:
		return check_range_fault(
		    in->arena, in->schema, column_by_accident(in), in->fault);
	default:
		extra = arena_printf(
		    in->arena, ",\"field\":\"%.*s\"", SPAN_FMT(field->name));
		return fault_add(in->fault, err, extra, "\"%.*s\" must be %s.",
		    SPAN_FMT(field->name), coerce_wanted(field->type));
	}
}

static enum err
take_member(struct intake *in, struct span name, struct js js)
{
	struct row *row = in->row;

	if (row->member_count == ROW_MEMBERS_MAX)
		return fault_add(in->fault, ERR_PAYLOAD, NULL,
		    "More than %d members in an item.", ROW_MEMBERS_MAX);
	if (name.n > ROW_MEMBER_NAME_BYTES_MAX)
		return fault_add(in->fault, ERR_PAYLOAD, NULL,
		    "A member's name is longer than %d bytes.",
		    ROW_MEMBER_NAME_BYTES_MAX);
	row->members[row->member_count++] =
	    (struct member){.name = name, .value = coerce_free(js)};
	return ERR_NONE;
}

/* Sorts the body's members by field; unknown ones are passed over or, in
 * free-form collections, taken. */
static enum err
gather(struct intake *in, struct js body)
{
	const struct schema *schema = in->schema;
	size_t room = js_count(body);
	struct js_iter it = js_iter(body);
	struct span name;
	struct js js;
	enum err err;

	if (schema->freeform)
		in->row->members = arena_array(in->arena,
		    room < ROW_MEMBERS_MAX ? room : ROW_MEMBERS_MAX,
		    sizeof(in->row->members[0]));
	while (js_next(&it, &name, &js)) {
		int field = schema_field(schema, name);

		if (field >= 0) {
			/* What the program writes itself is passed over like
			 * an unknown member, so that a row read before may be
			 * sent back whole. */
			if (!schema->fields[field].readonly)
				in->given[field] = js;
			continue;
		}
		if (!schema->freeform)
			continue;
		err = take_member(in, name, js);
		if (err != ERR_NONE)
			return err;
	}
	return ERR_NONE;
}

/* Step 8: all that is missing or wrongly null, told together. */
static enum err
check_presence(struct intake *in)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < in->schema->count; i++) {
		const struct field *field = &in->schema->fields[i];

		if (in->given[i].type == JS_NULL && !field->nullable)
			err = fault_type(in, field->name, "nnull",
			    "contains an invalid value");
		else if (in->given[i].type == JS_NONE && in->create &&
			 field->required && !field->readonly)
			err = fault_type(
			    in, field->name, "required", "is required");
	}
	return err;
}

/* An id of the client's own choice (contract 5.1). */
static enum err
take_id(struct intake *in)
{
	int64_t id;
	bool in_range;

	if (!in->create || in->given[0].type == JS_NONE)
		return ERR_NONE;
	if (!check_id_js(in->given[0], &id, &in_range))
		return fault_plain(in->fault, ERR_FORBIDDEN);
	if (!in_range)
		return fault_value(in, &in->schema->fields[0], ERR_RANGE);
	in->row->values[0] = value_int(id);
	return ERR_NONE;
}

/* Step 9: values in column order, the first that cannot be used is told. */
static enum err
take_values(struct intake *in)
{
	enum err err = take_id(in);

	for (size_t i = 1; err == ERR_NONE && i < in->schema->count; i++) {
		const struct field *field = &in->schema->fields[i];
		struct value *v = &in->row->values[i];

		if (in->given[i].type == JS_NONE) {
			if (in->create && field->has_default)
				*v = field->preset;
			continue;
		}
		err = coerce(in->arena, field, in->given[i], v);
		/* The JSON text "null" becomes null as well. */
		if (err != ERR_NONE)
			err = fault_value(in, field, err);
		else if (v->type == VALUE_NULL && !field->nullable)
			err = fault_type(in, field->name, "nnull",
			    "contains an invalid value");
	}
	return err;
}

static enum err
intake_run(struct intake *in, struct js body)
{
	enum err err;

	in->given =
	    arena_array(in->arena, in->schema->count, sizeof(in->given[0]));
	in->row = row_new(in->arena, in->schema);
	/* Anything else counts as {} (contract 5.2, 5.4). */
	if (body.type == JS_OBJECT) {
		err = gather(in, body);
		if (err != ERR_NONE)
			return err;
	}
	err = check_presence(in);
	if (err == ERR_NONE)
		err = take_values(in);
	return err;
}

enum err
check_create(struct arena *arena, const struct schema *schema, struct js body,
    struct row **out, struct fault *fault)
{
	struct intake in = {
	    .arena = arena, .schema = schema, .fault = fault, .create = true};
	enum err err = intake_run(&in, body);

	if (err == ERR_NONE)
		err = check_rules(in.row, NULL, fault);
	if (err == ERR_NONE)
		*out = in.row;
	return err;
}

enum err
check_patch(struct arena *arena, const struct schema *schema, struct js body,
    struct patch *patch, struct fault *fault)
{
	struct intake in = {.arena = arena, .schema = schema, .fault = fault};
	enum err err = intake_run(&in, body);

	if (err != ERR_NONE)
		return err;
	patch->row = in.row;
	patch->set = arena_array(arena, schema->count, sizeof(bool));
	/* From 1: an id cannot be changed, and says so by staying. */
	for (size_t i = 1; i < schema->count; i++)
		patch->set[i] = in.given[i].type != JS_NONE;
	return check_rules(in.row, patch->set, fault);
}
