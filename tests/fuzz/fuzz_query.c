/* The query string, parsed, bound to /webhooks and run over three rows: an
 * answer that is JSON (or an export), or a fault with words. */
#include "common/json.h"
#include "query/query.h"

#include "fuzz.h"

static struct row *
webhook(struct arena *arena, int64_t id, struct span name, bool data)
{
	struct row *row = row_new(arena, &schema_webhooks);
	struct value *v = row->values;

	v[WEBHOOK_ID] = value_int(id);
	v[WEBHOOK_NAME] = value_text(name);
	v[WEBHOOK_METHOD] = value_text(SPAN("POST"));
	v[WEBHOOK_URL] = value_text(SPAN("https://example.com/"));
	v[WEBHOOK_STATUS] = value_text(SPAN("active"));
	v[WEBHOOK_DATA] = value_bool(data);
	v[WEBHOOK_ACTIONS] = value_text(SPAN("create,update"));
	v[WEBHOOK_COLLECTIONS] = value_text(SPAN("articles"));
	return row;
}

/* An alias may hold a NUL, which we write but do not take. */
static bool
tells_nul(const struct buf *out)
{
	return memmem(out->p, out->n, "\\u0000", 6) != NULL;
}

static void
run(struct arena *arena, struct query_run *query, struct fault *fault)
{
	struct query_plan plan;
	const char *type = NULL, *disposition = NULL;
	struct span clean;
	struct buf out;

	query_plan(query, &plan);
	query_run_total(query, 3);
	if (query_take(query, webhook(arena, 1, SPAN("Alpha"), true)) &&
	    query_take(query, webhook(arena, 2, SPAN("b\xc3\xa4ta"), false)))
		query_take(query, webhook(arena, 3, SPAN(""), true));
	buf_init(&out, FUZZ_OUT_MAX);
	if (query_finish(query, false, false, &out, &type, &disposition,
		fault) == ERR_NONE) {
		CHECK(type != NULL);
		if (disposition == NULL && !tells_nul(&out)) {
			CHECK(json_clean(arena, buf_view(&out), &clean,
				  fault) == ERR_NONE);
			CHECK(span_eq(buf_view(&out), clean));
		}
	} else {
		CHECK(fault->first != NULL);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct fault fault = {.arena = arena};
	struct query_context context = {.now_ms = 1611482400000};
	struct query *query;
	struct query_run *bound;

	if (size > 16384)
		size = 16384;
	if (query_parse_text(arena, span_make(data, size), &query, &fault)) {
		CHECK(fault.first != NULL);
	} else if (query_bind(arena, query, &schema_webhooks, &context,
		       QUERY_LIST, &bound, &fault)) {
		CHECK(fault.first != NULL);
	} else {
		run(arena, bound, &fault);
	}
	arena_free(arena);
	return 0;
}
