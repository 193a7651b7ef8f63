/* Pages of rows. A page is one short read: the cursor is closed before it is
 * handed out, and the next page goes on behind the last id, so that nobody
 * waits for a reader that is slow, and rows that come or go meanwhile do no
 * harm. */
#include "store/records.h"

#include "store/index.h"
#include "store/priv.h"

enum { PAGE_ROWS_MAX = 500, PAGE_BYTES_MAX = 1 << 20 };

/* What is left of a scan, as a range of keys: prefix, then id. */
struct page {
	struct record_scan *scan;
	struct arena *arena;
	struct walk walk;
	enum table table;
	struct key prefix;
	int64_t low, high;
	struct row **rows;
	size_t count, room, bytes;
};

void
record_scan_start(struct record_scan *scan, const struct schema *schema)
{
	*scan = (struct record_scan){
	    .schema = schema,
	    .from_id = INT64_MIN,
	    .to_id = INT64_MAX,
	    .field = -1,
	    .limit = -1,
	};
}

static bool
page_prefix(struct page *page)
{
	const struct record_scan *scan = page->scan;

	if (scan->field >= 0) {
		page->table = TABLE_INDEX;
		return index_prefix(
		    &page->prefix, scan->schema, scan->field, scan->equal);
	}
	page->table = record_table(scan->schema);
	page->prefix.n = 0;
	key_u32(&page->prefix, scan->schema->no);
	return true;
}

/* False when nothing can be left. */
static bool
page_range(struct page *page)
{
	const struct record_scan *scan = page->scan;

	page->low = scan->from_id;
	page->high = scan->to_id;
	if (scan->started && scan->descending) {
		if (scan->last_id == INT64_MIN)
			return false;
		page->high = scan->last_id - 1;
	} else if (scan->started) {
		if (scan->last_id == INT64_MAX)
			return false;
		page->low = scan->last_id + 1;
	}
	page->room = PAGE_ROWS_MAX;
	if (scan->limit >= 0 && (uint64_t)scan->limit < page->room)
		page->room = (size_t)scan->limit;
	return page->low <= page->high && page->room > 0 && page_prefix(page);
}

/* Goes to the first key of the page; its value is read only by id. */
static enum err
page_first(struct page *page, struct span *record)
{
	struct walk *walk = &page->walk;
	struct arena *arena = page->scan->field < 0 ? page->arena : NULL;

	walk->key = page->prefix;
	if (!page->scan->descending) {
		key_i64(&walk->key, page->low);
		return walk_step(walk, WALK_FROM, arena, record);
	}
	key_i64(&walk->key, page->high);
	key_u8(&walk->key, 0); /* next possible key: `high` is inclusive */
	return walk_step(walk, WALK_BEFORE, arena, record);
}

static enum err
page_next(struct page *page, struct span *record)
{
	return walk_step(&page->walk,
	    page->scan->descending ? WALK_BACK : WALK_NEXT,
	    page->scan->field < 0 ? page->arena : NULL, record);
}

static enum err
page_take(struct page *page, int64_t id, struct span record)
{
	const struct schema *schema = page->scan->schema;
	enum table table = record_table(schema);
	struct txn *txn = page->walk.txn;
	struct row *row = row_new(page->arena, schema);
	struct key key;
	enum err e;

	if (page->scan->field >= 0) {
		record_key(&key, schema, id);
		e = table_get(txn, table, &key, page->arena, &record);
		if (e)
			return e == ERR_NOT_FOUND
				   ? txn_damaged(txn, TABLE_INDEX)
				   : e;
	}
	if (row_unpack(page->arena, schema, record, row) || row_id(row) != id)
		return txn_damaged(txn, table);
	page->rows[page->count++] = row;
	page->bytes += record.n;
	return ERR_NONE;
}

/* ERR_NOT_FOUND when the range is used up. */
static enum err
page_fill(struct page *page)
{
	struct span record = SPAN_NONE;
	enum err e = page_first(page, &record);

	while (!e) {
		const struct key *key = &page->walk.key;
		int64_t id = key_read_i64(key, page->prefix.n);

		if (!key_starts(key, &page->prefix) || id < page->low ||
		    id > page->high)
			return ERR_NOT_FOUND;
		e = page_take(page, id, record);
		if (page->count == page->room || page->bytes > PAGE_BYTES_MAX)
			break;
		if (!e)
			e = page_next(page, &record);
	}
	return e;
}

static enum err
page_read(struct txn *txn, struct page *page)
{
	enum err e;

	page->rows = arena_array(page->arena, page->room, sizeof *page->rows);
	e = walk_open(&page->walk, txn, page->table);
	if (!e)
		e = page_fill(page);
	walk_close(&page->walk);
	if (e == ERR_NOT_FOUND) {
		page->scan->ended = true;
		e = txn->trouble;
	}
	return e;
}

enum err
record_page_in(struct txn *txn, struct arena *arena, struct record_scan *scan,
    struct row ***rows, size_t *count)
{
	struct page page = {.scan = scan, .arena = arena};
	enum err e;

	*rows = NULL;
	*count = 0;
	if (scan->ended || !page_range(&page)) {
		scan->ended = true;
		return ERR_NONE;
	}
	e = page_read(txn, &page);
	if (e)
		return e;
	if (page.count == 0) {
		scan->ended = true;
		return ERR_NONE;
	}
	scan->started = true;
	scan->last_id = row_id(page.rows[page.count - 1]);
	if (scan->limit >= 0)
		scan->limit -= (int64_t)page.count;
	*rows = page.rows;
	*count = page.count;
	return ERR_NONE;
}

struct page_call {
	struct arena *arena;
	struct record_scan *scan;
	struct row **rows;
	size_t count;
};

static enum err
page_body(struct txn *txn, void *arg)
{
	struct page_call *call = arg;

	return record_page_in(
	    txn, call->arena, call->scan, &call->rows, &call->count);
}

enum err
record_page(struct store *store, struct arena *arena, struct record_scan *scan,
    struct row ***rows, size_t *count)
{
	struct page_call call = {.arena = arena, .scan = scan};
	enum err e = store_read(store, page_body, &call);

	*rows = call.rows;
	*count = call.count;
	return e;
}
