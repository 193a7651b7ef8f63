/* See store_helper.h. */
#include "store_helper.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/log.h"

void
place_remove(const char *dir)
{
	char path[512];
	struct dirent *entry;
	DIR *d = opendir(dir);

	while (d && (entry = readdir(d))) {
		snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(dir);
}

enum err
place_try_open(struct place *place)
{
	place->fault = (struct fault){.arena = place->arena};
	return store_open(&place->options, &place->store, &place->fault);
}

int
place_setup(void **state)
{
	struct place *place = mem_alloc(sizeof *place);

	log_setup("test", LOG_TO_STDERR, LOG_ERROR);
	snprintf(place->dir, sizeof place->dir, "/tmp/wf-store-XXXXXX");
	if (!mkdtemp(place->dir))
		return -1;
	place->arena = arena_new();
	place->options = (struct store_options){
	    .dir = place->dir,
	    .cache_bytes = 16 << 20,
	    .checkpoint_bytes = 16 << 20,
	};
	*state = place;
	return place_try_open(place) ? -1 : 0;
}

int
place_teardown(void **state)
{
	struct place *place = *state;

	store_close(place->store);
	place_remove(place->dir);
	arena_free(place->arena);
	free(place);
	return 0;
}

void
place_reopen(struct place *place)
{
	store_close(place->store);
	place->store = NULL;
	assert_int_equal(place_try_open(place), ERR_NONE);
}

void
must_write(struct place *place, store_body *body, void *arg)
{
	assert_int_equal(store_write(place->store, body, arg, 0), ERR_NONE);
}

void
must_read(struct place *place, store_body *body, void *arg)
{
	assert_int_equal(store_read(place->store, body, arg), ERR_NONE);
}

static struct value
text_or_null(const char *text)
{
	return text ? value_text(span_of(text)) : value_null();
}

struct row *
webhook_row(struct arena *arena, const char *status, const char *actions,
    const char *collections)
{
	struct row *row = row_new(arena, &schema_webhooks);

	row->values[WEBHOOK_NAME] = value_text(SPAN("hook"));
	row->values[WEBHOOK_METHOD] = value_text(SPAN("POST"));
	row->values[WEBHOOK_URL] = value_text(SPAN("http://example.org/"));
	row->values[WEBHOOK_STATUS] = text_or_null(status);
	row->values[WEBHOOK_DATA] = value_bool(true);
	row->values[WEBHOOK_ACTIONS] = text_or_null(actions);
	row->values[WEBHOOK_COLLECTIONS] = text_or_null(collections);
	return row;
}

struct schema *
freeform_schema(struct arena *arena, const char *name)
{
	struct schema *schema = arena_alloc(arena, sizeof *schema);

	schema->name = span_of(name);
	schema->freeform = true;
	schema->count = 1;
	schema->fields = arena_array(arena, 1, sizeof *schema->fields);
	schema->fields[0].name = SPAN("id");
	schema->fields[0].type = FIELD_INTEGER;
	schema->definition = SPAN("{}");
	return schema;
}

struct row *
freeform_row(struct arena *arena, const struct schema *schema, const char *text)
{
	struct row *row = row_new(arena, schema);

	row->members = arena_array(arena, 1, sizeof *row->members);
	row->member_count = 1;
	row->members[0].name = SPAN("text");
	row->members[0].value = value_text(span_of(text));
	return row;
}

enum err
insert_body(struct txn *txn, void *row)
{
	return record_insert(txn, row);
}

enum err
update_body(struct txn *txn, void *row)
{
	return record_update(txn, row);
}

enum err
create_body(struct txn *txn, void *schema)
{
	return collection_create(txn, schema);
}

struct count {
	const struct schema *schema;
	int64_t rows;
};

static enum err
count_body(struct txn *txn, void *arg)
{
	struct count *count = arg;

	return record_count(txn, count->schema, &count->rows);
}

int64_t
count_of(struct place *place, const struct schema *schema)
{
	struct count count = {.schema = schema};

	must_read(place, count_body, &count);
	return count.rows;
}

enum err
bulk_body(struct txn *txn, void *arg)
{
	struct bulk *bulk = arg;
	enum err e = ERR_NONE;

	for (int64_t id = bulk->first; !e && id <= bulk->last; id++) {
		struct row *row = freeform_row(bulk->arena, bulk->schema, "x");

		row->values[0] = value_int(id);
		e = record_insert(txn, row);
	}
	return e;
}
