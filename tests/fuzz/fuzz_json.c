/* json_clean and what is built on its promise: a cleaned text cleans to
 * itself, parses, and survives being indented. */
#include "common/js.h"
#include "common/json.h"

#include "fuzz.h"

static void
walk(struct js value, size_t *seen)
{
	struct js_iter iter;
	struct span name;
	struct js inner;

	(*seen)++;
	if (value.type == JS_STRING)
		(void)js_string(value);
	if (value.type != JS_LIST && value.type != JS_OBJECT)
		return;
	iter = js_iter(value);
	while (js_next(&iter, &name, &inner))
		walk(inner, seen);
}

static void
check_clean(struct arena *arena, struct span clean, struct fault *fault)
{
	struct span again;
	struct js_doc *doc;
	struct js root;
	struct buf indented;
	size_t seen = 0;

	CHECK(json_clean(arena, clean, &again, fault) == ERR_NONE);
	CHECK(span_eq(clean, again));
	CHECK(js_parse(clean, &doc, &root, fault) == ERR_NONE);
	walk(root, &seen);
	CHECK(seen <= JSON_VALUES_MAX);
	js_doc_free(doc);
	buf_init(&indented, FUZZ_OUT_MAX);
	json_put_indented(&indented, clean, 0);
	CHECK(!indented.over);
	CHECK(
	    json_clean(arena, buf_view(&indented), &again, fault) == ERR_NONE);
	CHECK(span_eq(clean, again));
	buf_release(&indented);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fault fault = {.arena = arena};
	struct span clean;
	double number;

	if (json_clean(arena, span_make(data, size), &clean, &fault) ==
	    ERR_NONE) {
		CHECK(clean.n <= 3 * size);
		CHECK(clean.p[clean.n] == '\0');
		check_clean(arena, clean, &fault);
	} else {
		CHECK(fault.first && fault.first->message[0]);
	}
	(void)json_js_number(span_make(data, size), &number);
	arena_free(arena);
	return 0;
}
