/* Filters as JSON, over a collection with a field of every type and over a
 * free-form one: a fault with words, or a condition that says the same inside
 * an _and and inside an _or, and whose plan passes over no row it matches. */
#include "common/js.h"
#include "common/json.h"
#include "query/query.h"

#include "fuzz.h"

enum { ROWS = 6 };

static const char kinds[] =
    "{\"collection\":\"kinds\",\"fields\":[{\"field\":\"id\",\"type\":"
    "\"integer\",\"schema\":{\"is_primary_key\":true}},"
    "{\"field\":\"i\",\"type\":\"integer\"},"
    "{\"field\":\"big\",\"type\":\"bigInteger\"},"
    "{\"field\":\"f\",\"type\":\"float\"},{\"field\":\"s\",\"type\":"
    "\"string\"},{\"field\":\"t\",\"type\":\"text\"},{\"field\":\"b\","
    "\"type\":\"boolean\"},{\"field\":\"c\",\"type\":\"csv\"},"
    "{\"field\":\"j\",\"type\":\"json\"},{\"field\":\"at\",\"type\":"
    "\"timestamp\"},{\"field\":\"d\",\"type\":\"date\"},{\"field\":\"u\","
    "\"type\":\"uuid\"}]}";
static const char loose[] = "{\"collection\":\"loose\"}";

static struct js
read_json(struct arena *arena, struct span text, struct js_doc **doc)
{
	struct js root = {.type = JS_NONE};
	struct span clean;

	*doc = NULL;
	if (json_clean(arena, text, &clean, NULL) == ERR_NONE)
		js_parse(clean, doc, &root, NULL);
	return root;
}

/* Built once; every field but csv and json may be picked by an index. */
static const struct schema *
schema_of(size_t which)
{
	static struct schema *schemas[2];
	static struct arena *arena;
	const char *text = which ? loose : kinds;
	struct fault fault = {0};
	struct js_doc *doc;
	struct schema *schema;

	if (schemas[which])
		return schemas[which];
	if (!arena)
		arena = arena_new();
	fault.arena = arena;
	CHECK(schema_from_js(arena, read_json(arena, span_of(text), &doc),
		  &schema, &fault) == ERR_NONE);
	for (size_t i = 1; i < schema->count; i++)
		schema->fields[i].indexed =
		    schema->fields[i].type != FIELD_CSV &&
		    schema->fields[i].type != FIELD_JSON;
	schemas[which] = schema_copy(arena, schema);
	js_doc_free(doc);
	return schemas[which];
}

static struct row *
row_of(struct arena *arena, const struct schema *schema, size_t no)
{
	static const char *const texts[] = {
	    "", "a", "AB", "\xc3\x9c", "a,b", "1"};
	static const char *const uuids[] = {
	    "0b1e7f6a-5a3c-4f0e-9d57-0d9a4f6f2a11",
	    "ffffffff-ffff-4fff-bfff-ffffffffffff"};
	struct row *row = row_new(arena, schema);
	struct value *v = row->values;
	int64_t n = (int64_t)no;

	v[0] = value_int(n + 1);
	if (schema->freeform) {
		struct member *members = arena_array(arena, 2, sizeof *members);

		members[0].name = SPAN("s");
		members[0].value = value_text(span_of(texts[no]));
		members[1].name = SPAN("i");
		members[1].value = no % 2 ? value_int(n) : value_bool(no > 3);
		row->members = members;
		row->member_count = 2;
		return row;
	}
	if (no == 5) /* all null */
		return row;
	v[1] = value_int(n - 2);
	v[2] = value_int(n << 40);
	v[3] = value_f64((double)n / 2);
	v[4] = v[5] = v[7] = value_text(span_of(texts[no]));
	v[6] = value_bool(no & 1);
	v[8] = value_json(no & 1 ? SPAN("[1,2]") : SPAN("{}"));
	v[9] = value_time(n * 86400000 * 400);
	v[10] = value_text(no & 1 ? SPAN("1970-01-01") : SPAN("2021-01-24"));
	v[11] = value_text(span_of(uuids[no & 1]));
	return row;
}

/* Whether the plan reads the row. */
static bool
is_planned(const struct query_plan *plan, const struct row *row)
{
	int64_t id = row_id(row);
	bool named = false;

	if (plan->nothing)
		return false;
	for (size_t i = 0; plan->by_ids && i < plan->id_count; i++)
		named |= plan->ids[i] == id;
	if (plan->by_ids)
		return named;
	if (id < plan->from_id || id > plan->to_id)
		return false;
	for (size_t i = 0; i < plan->equal_count; i++)
		if (value_cmp(row->values[plan->equals[i].field],
			plan->equals[i].value) != 0)
			return false;
	return true;
}

/* Bits of the rows that match; -1: refused. */
static int
matches(struct arena *arena, const struct schema *schema, struct span filter)
{
	struct fault fault = {.arena = arena};
	struct query_context context = {
	    .user = SPAN("u"), .now_ms = 1611482400000};
	struct query_run *run;
	struct query_plan plan;
	struct query *query;
	struct js_doc *doc;
	struct js root = read_json(arena, filter, &doc);
	const int64_t *ids;
	size_t count;
	int bits = 0;

	if (query_parse_js(arena, root, &query, &fault) ||
	    query_bind(
		arena, query, schema, &context, QUERY_PICK, &run, &fault)) {
		CHECK(fault.first != NULL);
		js_doc_free(doc);
		return -1;
	}
	query_plan(run, &plan);
	for (size_t i = 0; i < ROWS; i++)
		query_take(run, row_of(arena, schema, i));
	CHECK(query_picked(run, &ids, &count, &fault) == ERR_NONE);
	for (size_t i = 0; i < count; i++) {
		bits |= 1 << (ids[i] - 1);
		CHECK(is_planned(
		    &plan, row_of(arena, schema, (size_t)ids[i] - 1)));
	}
	query_release(run);
	js_doc_free(doc);
	return bits;
}

static int
matches_in(struct arena *arena, const struct schema *schema, const char *before,
    struct span filter, const char *after)
{
	char *text = arena_printf(
	    arena, "{\"filter\":%s%.*s%s}", before, SPAN_FMT(filter), after);

	return matches(arena, schema, span_of(text));
}

static void
check_filter(
    struct arena *arena, const struct schema *schema, struct span filter)
{
	int bits = matches_in(arena, schema, "", filter, "");
	int both = matches_in(arena, schema, "{\"_and\":[{},", filter, ",{}]}");
	int either = matches_in(
	    arena, schema, "{\"_or\":[{\"id\":{\"_gt\":9}},", filter, "]}");

	CHECK((bits < 0) == (both < 0));
	CHECK((bits < 0) == (either < 0));
	CHECK(bits == both && bits == either);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span clean;

	if (json_clean(arena, span_make(data, size), &clean, NULL) ==
		ERR_NONE &&
	    clean.n > 0 && clean.p[0] == '{') {
		check_filter(arena, schema_of(0), clean);
		check_filter(arena, schema_of(1), clean);
	}
	arena_free(arena);
	return 0;
}
