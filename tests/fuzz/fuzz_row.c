/* Stored records: rows of every built-in schema and of a stored schema, read
 * from any bytes; what is read can be written and read again. */
#include "model/row.h"

#include "fuzz.h"

static void
try_row(struct arena *arena, const struct schema *schema, struct span record)
{
	struct row *row = row_new(arena, schema), *back;
	struct buf once, twice;

	if (row_unpack(arena, schema, record, row) != ERR_NONE)
		return;
	buf_init(&once, FUZZ_OUT_MAX);
	buf_init(&twice, FUZZ_OUT_MAX);
	row_put_json(row, &once);
	buf_clear(&once);
	row_pack(row, &once);
	back = row_new(arena, schema);
	CHECK(row_unpack(arena, schema, buf_view(&once), back) == ERR_NONE);
	row_pack(back, &twice);
	CHECK(span_eq(buf_view(&once), buf_view(&twice)));
	buf_release(&once);
	buf_release(&twice);
}

static void
try_schema(struct arena *arena, struct span record)
{
	struct schema *schema, *back;
	struct buf out;

	if (schema_unpack(arena, record, &schema) != ERR_NONE)
		return;
	CHECK(schema->count >= 1 && schema->count <= SCHEMA_FIELDS_MAX);
	buf_init(&out, FUZZ_OUT_MAX);
	schema_put_collection(schema, &out);
	schema_put_fields(schema, &out);
	buf_clear(&out);
	schema_pack(schema, &out);
	CHECK(schema_unpack(arena, buf_view(&out), &back) == ERR_NONE);
	CHECK(back->count == schema->count);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct schema *const schemas[] = {&schema_webhooks,
	    &schema_events, &schema_deliveries, &schema_tokens,
	    &schema_options};
	struct arena *arena = arena_new();
	struct span record = span_make(data, size);

	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++)
		try_row(arena, schemas[i], record);
	try_schema(arena, record);
	arena_free(arena);
	return 0;
}
