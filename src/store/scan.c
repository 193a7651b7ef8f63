/* Pages of rows. A page is one short read: the cursor is closed before it is
 * handed out, and the next page goes on behind the last id, so that nobody
 * waits for a reader that is slow, and rows that come or go meanwhile do no
 * harm. */
#include "store/records.h"

#include "store/index.h"
#include "store/priv.h"

enum { PAGE_ROWS_MAX = 500, PAGE_BYTES_MAX = 1 << 20 };

/* Where a row stands in a scan; the value is 0 where all have the same. */
struct mark {
	int64_t value, id;
};

/* What is left of a scan, as a range of keys: prefix, then value where the
 * scan is by value, then id. */
struct page {
	struct record_scan *scan;
	struct arena *arena;
	struct walk walk;
	enum table table;
	struct key prefix;
	struct mark low, high, last;
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
	    .from_value = INT64_MIN,
	    .to_value = INT64_MAX,
	    .limit = -1,
	};
}

static bool
page_prefix(struct page *page)
{
	const struct record_scan *scan = page->scan;

	if (scan->field >= 0) {
		page->table = TABLE_INDEX;
		if (!scan->by_value)
			return index_prefix(&page->prefix, scan->schema,
			    scan->field, scan->equal);
		index_whole_prefix(&page->prefix, scan->schema, scan->field);
		return true;
	}
	page->table = record_table(scan->schema);
	page->prefix.n = 0;
	key_u32(&page->prefix, scan->schema->no);
	return true;
}

static int
mark_cmp(struct mark a, struct mark b)
{
	if (a.value != b.value)
		return a.value < b.value ? -1 : 1;
	return (a.id > b.id) - (a.id < b.id);
}

/* The mark before or behind; false when there is none. */
static bool
mark_step(struct mark *mark, bool back, bool by_value)
{
	int64_t end = back ? INT64_MIN : INT64_MAX;

	if (mark->id != end) {
		mark->id += back ? -1 : 1;
		return true;
	}
	if (!by_value || mark->value == end)
		return false;
	mark->value += back ? -1 : 1;
	mark->id = back ? INT64_MAX : INT64_MIN;
	return true;
}

static void
page_limits(struct page *page)
{
	const struct record_scan *scan = page->scan;

	page->low = (struct mark){0, scan->from_id};
	page->high = (struct mark){0, scan->to_id};
	if (scan->by_value) {
		page->low = (struct mark){scan->from_value, INT64_MIN};
		page->high = (struct mark){scan->to_value, INT64_MAX};
	}
}

/* False when nothing can be left. */
static bool
page_range(struct page *page)
{
	const struct record_scan *scan = page->scan;
	struct mark *next = scan->descending ? &page->high : &page->low;

	page_limits(page);
	if (scan->started) {
		*next = (struct mark){scan->last_value, scan->last_id};
		if (!mark_step(next, scan->descending, scan->by_value))
			return false;
	}
	page->room = PAGE_ROWS_MAX;
	if (scan->limit >= 0 && (uint64_t)scan->limit < page->room)
		page->room = (size_t)scan->limit;
	return mark_cmp(page->low, page->high) <= 0 && page->room > 0 &&
	       page_prefix(page);
}

static void
key_mark(struct key *key, const struct page *page, struct mark mark)
{
	*key = page->prefix;
	if (page->scan->by_value)
		key_i64(key, mark.value);
	key_i64(key, mark.id);
}

static struct mark
key_read_mark(const struct key *key, const struct page *page)
{
	size_t at = page->prefix.n;

	if (!page->scan->by_value)
		return (struct mark){0, key_read_i64(key, at)};
	return (struct mark){
	    key_read_i64(key, at), key_read_i64(key, at + sizeof(int64_t))};
}

/* Goes to the first key of the page; its value is read only by id. */
static enum err
page_first(struct page *page, struct span *record)
{
	struct walk *walk = &page->walk;
	struct arena *arena = page->scan->field < 0 ? page->arena : NULL;

	if (!page->scan->descending) {
		key_mark(&walk->key, page, page->low);
		return walk_step(walk, WALK_FROM, arena, record);
	}
	key_mark(&walk->key, page, page->high);
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
		struct mark mark = key_read_mark(key, page);

		if (!key_starts(key, &page->prefix) ||
		    mark_cmp(mark, page->low) < 0 ||
		    mark_cmp(mark, page->high) > 0)
			return ERR_NOT_FOUND;
		page->last = mark;
		e = page_take(page, mark.id, record);
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
	scan->last_id = page.last.id;
	scan->last_value = page.last.value;
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
