/* export=json: without its blanks it is what was put in. */
#include "fuzz_rows.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span text, json = fuzz_rows(arena, data, size, &text), clean;
	struct rows rows;
	struct buf out;

	buf_init(&out, FUZZ_OUT_MAX);
	rows_of_json(&rows, json, FUZZ_OUT_MAX);
	export_json(&rows, &out);
	CHECK(!out.over);
	CHECK(json_clean(arena, buf_view(&out), &clean, NULL) == ERR_NONE);
	CHECK(span_eq(clean, json));
	rows_release(&rows);
	buf_release(&out);
	arena_free(arena);
	return 0;
}
