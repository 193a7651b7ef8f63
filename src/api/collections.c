/* Collections of users, and the read-only definitions of the system's. */
#include "api/collections.h"

#include "api/answer.h"
#include "api/records.h"

/* Shown beside the users' own. */
static const struct schema *const shown[] = {
    &schema_webhooks,
    &schema_events,
    &schema_deliveries,
};
enum { SHOWN_COUNT = sizeof(shown) / sizeof(shown[0]) };

struct collections {
	struct call *call;
	struct schema **list;
	size_t count;
};

static enum err
read_all(struct txn *txn, void *arg)
{
	struct collections *c = arg;

	return collection_list(txn, c->call->arena, &c->list, &c->count);
}

static const struct schema *
nth(const struct collections *c, size_t i)
{
	return i < c->count ? c->list[i] : shown[i - c->count];
}

/* What the query language sees of a collection: a row, its id being its place
 * in the list. */
enum { LISTED_PLACE, LISTED_NAME, LISTED_META, LISTED_SCHEMA, LISTED_COUNT };

static struct field listed_fields[LISTED_COUNT] = {
    {.name = {"place", 5}, .type = FIELD_INTEGER, .hidden = true},
    {.name = {"collection", 10}, .type = FIELD_STRING},
    {.name = {"meta", 4}, .type = FIELD_JSON},
    {.name = {"schema", 6}, .type = FIELD_JSON},
};
static const struct schema listed = {
    .name = {"directus_collections", 20},
    .system = true,
    .fields = listed_fields,
    .count = LISTED_COUNT,
};

static struct row *
listed_row(struct arena *arena, const struct schema *schema, size_t place)
{
	struct row *row = row_new(arena, &listed);
	struct buf text;

	buf_init(&text, RESPONSE_BYTES_MAX);
	row->values[LISTED_PLACE] = value_int((int64_t)place);
	row->values[LISTED_NAME] = value_text(schema->name);
	schema_put_meta(schema, &text);
	row->values[LISTED_META] =
	    value_json(arena_span(arena, buf_view(&text)));
	buf_clear(&text);
	schema_put_table(schema, &text);
	row->values[LISTED_SCHEMA] =
	    value_json(arena_span(arena, buf_view(&text)));
	buf_release(&text);
	return row;
}

/* All of them without a limit, as Directus gives them. */
enum err
collections_list(struct call *call)
{
	struct collections c = {.call = call};
	struct query_run *run;
	struct arena *scratch;
	bool more = true;
	enum err err;

	err = records_bind(call, &listed, NULL, QUERY_WHOLE, &run);
	if (!err)
		err = store_read(call->api->store, read_all, &c);
	if (err)
		return err;
	scratch = arena_new();
	query_run_total(run, (int64_t)(c.count + SHOWN_COUNT));
	for (size_t i = 0; more && i < c.count + SHOWN_COUNT; i++) {
		more = query_take(run, listed_row(scratch, nth(&c, i), i));
		arena_reset(scratch);
	}
	arena_free(scratch);
	err = records_answer(call, run, false, false);
	query_release(run);
	return err;
}

static enum err
read_one(struct txn *txn, void *arg)
{
	struct collections *c = arg;
	struct schema *schema;
	enum err err;

	err = collection_find(txn, c->call->arena, c->call->args[0], &schema);
	if (!err)
		c->call->schema = schema;
	return err;
}

/* Sets call->schema; ERR_FORBIDDEN for what is not shown. */
static enum err
find(struct call *call)
{
	struct collections c = {.call = call};
	enum err err;
	size_t i;

	for (i = 0; i < SHOWN_COUNT; i++) {
		if (span_eq(shown[i]->name, call->args[0])) {
			call->schema = shown[i];
			return ERR_NONE;
		}
	}
	err = store_read(call->api->store, read_one, &c);
	if (err == ERR_NOT_FOUND || (!err && call->schema->system))
		return ERR_FORBIDDEN;
	return err;
}

static enum err
answer_one(struct call *call, void *arg)
{
	const struct schema *schema = arg;

	answer_json(call);
	buf_text(&call->res->body, "{\"data\":");
	schema_put_collection(schema, &call->res->body);
	buf_char(&call->res->body, '}');
	return ERR_NONE;
}

enum err
collections_one(struct call *call)
{
	enum err err = find(call);

	return err ? err : answer_one(call, (void *)call->schema);
}

enum err
fields_list(struct call *call)
{
	enum err err = find(call);

	if (err)
		return err;
	answer_json(call);
	buf_text(&call->res->body, "{\"data\":");
	schema_put_fields(call->schema, &call->res->body);
	buf_char(&call->res->body, '}');
	return ERR_NONE;
}

enum err
fields_one(struct call *call)
{
	enum err err = find(call);

	if (err)
		return err;
	answer_json(call);
	buf_text(&call->res->body, "{\"data\":");
	if (!schema_put_field(call->schema, call->args[1], &call->res->body))
		return ERR_FORBIDDEN;
	buf_char(&call->res->body, '}');
	return ERR_NONE;
}

enum err
fields_all(struct call *call)
{
	struct collections c = {.call = call};
	struct buf *out = &call->res->body;
	struct buf fields;
	enum err err;
	size_t i;

	err = store_read(call->api->store, read_all, &c);
	if (err)
		return err;
	answer_json(call);
	buf_init(&fields, RESPONSE_BYTES_MAX);
	buf_text(out, "{\"data\":[");
	for (i = 0; i < c.count + SHOWN_COUNT; i++) {
		struct span inner;

		buf_clear(&fields);
		schema_put_fields(nth(&c, i), &fields);
		/* The list without its brackets. */
		inner = buf_view(&fields);
		if (i > 0)
			buf_char(out, ',');
		buf_span(out, span_make(inner.p + 1, inner.n - 2));
	}
	buf_text(out, "]}");
	buf_release(&fields);
	return ERR_NONE;
}

/* ---- writing ---- */

struct collection_write {
	struct call *call;
	struct schema *schema;
};

static enum err
create_body(struct txn *txn, void *arg)
{
	struct collection_write *w = arg;

	return collection_create(txn, w->schema);
}

static enum err
answer_created(struct call *call, void *arg)
{
	const struct collection_write *w = arg;

	return answer_one(call, w->schema);
}

enum err
collections_create(struct call *call)
{
	struct collection_write w = {.call = call};
	enum err err;

	err = schema_from_js(call->arena, call->body, &w.schema, call->fault);
	if (err)
		return err;
	err = call_write(call, create_body, answer_created, &w);
	if (err == ERR_EXISTS)
		return fault_add(call->fault, ERR_PAYLOAD, NULL,
		    "Collection \"%.*s\" already exists.",
		    SPAN_FMT(w.schema->name));
	return err;
}

static enum err
drop_body(struct txn *txn, void *arg)
{
	struct call *call = arg;

	return collection_drop(txn, call->args[0]);
}

static enum err
answer_dropped(struct call *call, void *arg)
{
	(void)arg;
	call_empty(call);
	return ERR_NONE;
}

enum err
collections_delete(struct call *call)
{
	enum err err = find(call);

	if (err)
		return err;
	if (call->schema->system)
		return ERR_FORBIDDEN;
	return call_write(call, drop_body, answer_dropped, call);
}
