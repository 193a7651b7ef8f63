/* Names and functions. All times are UTC. */
#include "query/operand.h"

#include "common/clock.h"
#include "common/json.h"

static const char *const func_names[] = {[FUNC_YEAR] = "year",
    [FUNC_MONTH] = "month",
    [FUNC_WEEK] = "week",
    [FUNC_DAY] = "day",
    [FUNC_WEEKDAY] = "weekday",
    [FUNC_HOUR] = "hour",
    [FUNC_MINUTE] = "minute",
    [FUNC_SECOND] = "second",
    [FUNC_COUNT] = "count"};

static bool
func_fits(enum func func, enum field_type type)
{
	if (type == FIELD_TYPE_COUNT)
		return true;
	if (func == FUNC_COUNT)
		return type == FIELD_JSON;
	return type == FIELD_TIMESTAMP ||
	       (type == FIELD_DATE && func < FUNC_HOUR);
}

static enum func
func_parse(struct span name)
{
	for (size_t i = FUNC_YEAR; i <= FUNC_COUNT; i++)
		if (span_is(name, func_names[i]))
			return (enum func)i;
	return FUNC_NONE;
}

static enum err
find_plain(const struct schema *schema, struct span name, struct operand *out)
{
	out->field = schema_field(schema, name);
	out->member = name;
	out->func = FUNC_NONE;
	out->shown = name;
	out->type = FIELD_TYPE_COUNT;
	if (out->field >= 0)
		out->type = schema->fields[out->field].type;
	else if (!schema->freeform)
		return ERR_NOT_FOUND;
	return ERR_NONE;
}

enum err
operand_find(struct arena *arena, const struct schema *schema, struct span name,
    struct operand *out, struct fault *fault)
{
	ptrdiff_t open = span_find(name, '(');
	struct span word, inner;
	enum err err;

	if (open < 0 || !span_ends(name, ")"))
		return find_plain(schema, name, out);
	word = span_head(name, (size_t)open);
	inner = span_make(name.p + open + 1, name.n - (size_t)open - 2);
	if (inner.n == 0)
		return fault_add(fault, ERR_QUERY, NULL,
		    "Invalid function specified \"%.*s\"", SPAN_FMT(word));
	err = find_plain(schema, span_trim(inner), out);
	if (err)
		return err;
	out->func = func_parse(word);
	if (out->func == FUNC_NONE || !func_fits(out->func, out->type) ||
	    span_trim(inner).n != inner.n)
		return fault_add(fault, ERR_QUERY, NULL,
		    "Invalid function specified \"%.*s\"", SPAN_FMT(word));
	out->shown = span_of(arena_printf(
	    arena, "%.*s_%s", SPAN_FMT(out->member), func_names[out->func]));
	return ERR_NONE;
}

/* Elements of a list or members of an object, in compact JSON. */
static struct value
json_length(struct span json)
{
	int64_t count = 0;
	size_t depth = 0;
	bool quoted = false;

	if (json.n < 2 || (json.p[0] != '[' && json.p[0] != '{'))
		return value_null();
	if (json.n == 2)
		return value_int(0);
	for (size_t i = 0; i < json.n; i++) {
		char c = json.p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == '{'))
			depth++;
		else if (!quoted && (c == ']' || c == '}'))
			depth--;
		else if (!quoted && c == ',' && depth == 1)
			count++;
	}
	return value_int(count + 1);
}

static struct value
time_part(enum func func, int64_t wall_ms)
{
	struct clock_civil at;

	clock_split(wall_ms, &at);
	switch (func) {
	case FUNC_YEAR:
		return value_int(at.year);
	case FUNC_MONTH:
		return value_int(at.month);
	case FUNC_WEEK:
		return value_int(at.iso_week);
	case FUNC_DAY:
		return value_int(at.day);
	case FUNC_WEEKDAY:
		return value_int(at.weekday);
	case FUNC_HOUR:
		return value_int(at.hour);
	case FUNC_MINUTE:
		return value_int(at.minute);
	case FUNC_SECOND:
		return value_f64(at.second + at.ms / 1000.0);
	case FUNC_NONE:
	case FUNC_COUNT:
		break;
	}
	return value_null();
}

static struct value
apply(enum func func, struct value value)
{
	int64_t wall_ms;

	if (func == FUNC_COUNT)
		return value.type == VALUE_JSON ? json_length(value.text)
						: value_null();
	if (value.type == VALUE_TIME)
		return time_part(func, value.i);
	if (value.type == VALUE_TEXT && clock_parse(value.text, &wall_ms))
		return time_part(func, wall_ms);
	return value_null();
}

struct value
operand_value(const struct operand *operand, const struct row *row)
{
	const struct value *value;

	if (operand->field >= 0)
		value = &row->values[operand->field];
	else
		value = row_value(row, operand->member);
	if (!value)
		return value_null();
	return operand->func == FUNC_NONE ? *value
					  : apply(operand->func, *value);
}

void
operand_put_json(const struct operand *operand, struct value value,
    bool raw_csv, struct buf *out)
{
	enum field_type type = operand->type;

	if (raw_csv && type == FIELD_CSV)
		type = FIELD_TEXT;
	if (operand->func == FUNC_NONE) {
		value_put_json(value, type, out);
	} else if (value.type == VALUE_NULL) {
		buf_text(out, "null");
	} else if (operand->func == FUNC_COUNT) {
		json_put_i64(out, value.i);
	} else if (operand->func == FUNC_SECOND) {
		buf_printf(out, "\"%.6f\"", value.f);
	} else {
		/* Parts of times are text (contract 7.11). */
		buf_char(out, '"');
		json_put_i64(out, value.i);
		buf_char(out, '"');
	}
}
