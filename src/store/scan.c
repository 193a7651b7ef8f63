/* Pages of rows. A page is one short read: the cursor is closed before it is
 * handed out, and the next page goes on behind the last id, so that nobody
 * waits for a reader that is slow, and rows that come or go meanwhile do no
 * harm. */
#include "store/records.h"

#include "store/index.h"
#include "store/priv.h"

enum {
	PAGE_ROWS_MAX = 500,
	PAGE_BYTES_MAX = 1 << 20,
	PAGE_GROWS_BY = 4,
	/* A few neighbours are cheaper to pass than a way down the tree. */
	LANE_STEPS_MAX = 4,
	/* Entries looked at in one read: about a millisecond. */
	PAGE_LOOKS_MAX = 2000
};

/* Where a row stands in a scan; the value is 0 where all have the same. */
struct mark {
	int64_t value, id;
};

/* A range of keys that is walked: prefix, then value where the scan is by
 * value, then id. */
struct lane {
	struct walk walk;
	struct key prefix;
	struct mark at;
	bool stands;
};

/* What is left of a scan. Where several values are asked for, each has its
 * lane, and a row counts where all lanes meet: all are in order of id, so none
 * needs to stop at what another lacks. */
struct page {
	struct txn *txn;
	struct record_scan *scan;
	struct arena *arena;
	enum table table;
	struct lane lanes[ROW_EQUALS_MAX];
	size_t lane_count;
	struct mark low, high, last;
	struct span record; /* of a row, where rows are walked */
	size_t looks;
	bool paused; /* looked at enough for one read */
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
	    .from_value = INT64_MIN,
	    .to_value = INT64_MAX,
	    .limit = -1,
	};
}

void
record_scan_equal(struct record_scan *scan, int field, struct value value)
{
	if (scan->equal_count < ROW_EQUALS_MAX)
		scan->equals[scan->equal_count++] =
		    (struct row_equal){field, value};
}

static bool
page_by_rows(const struct page *page)
{
	return page->table != TABLE_INDEX;
}

/* False: no row can have the value. */
static bool
page_lanes(struct page *page)
{
	const struct record_scan *scan = page->scan;
	struct key *first = &page->lanes[0].prefix;

	page->lane_count = 1;
	page->table = TABLE_INDEX;
	if (scan->by_value) {
		index_whole_prefix(first, scan->schema, scan->field);
		return true;
	}
	if (scan->equal_count == 0) {
		page->table = record_table(scan->schema);
		first->n = 0;
		key_u32(first, scan->schema->no);
		return true;
	}
	page->lane_count = scan->equal_count;
	for (size_t i = 0; i < page->lane_count; i++)
		if (!index_prefix(&page->lanes[i].prefix, scan->schema,
			scan->equals[i].field, scan->equals[i].value))
			return false;
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
	if (scan->page_rows > 0 && (uint64_t)scan->page_rows < page->room)
		page->room = (size_t)scan->page_rows;
	if (scan->limit >= 0 && (uint64_t)scan->limit < page->room)
		page->room = (size_t)scan->limit;
	return mark_cmp(page->low, page->high) <= 0 && page->room > 0 &&
	       page_lanes(page);
}

/* Reads where the lane stands after a step; ERR_NOT_FOUND: out of range. */
static enum err
lane_look(struct page *page, struct lane *lane, enum err e)
{
	const struct key *key = &lane->walk.key;
	size_t at = lane->prefix.n;

	page->looks++;
	if (e)
		return e;
	if (!key_starts(key, &lane->prefix))
		return ERR_NOT_FOUND;
	lane->at.value = 0;
	if (page->scan->by_value) {
		lane->at.value = key_read_i64(key, at);
		at += sizeof(int64_t);
	}
	lane->at.id = key_read_i64(key, at);
	lane->stands = true;
	return mark_cmp(lane->at, page->low) < 0 ||
		       mark_cmp(lane->at, page->high) > 0
		   ? ERR_NOT_FOUND
		   : ERR_NONE;
}

/* Goes to the first key at the mark or behind it, in the order of the scan.
 * Values of keys are read only where they are rows. */
static enum err
lane_seek(struct page *page, struct lane *lane, struct mark mark)
{
	struct key *key = &lane->walk.key;
	bool down = page->scan->descending;

	*key = lane->prefix;
	if (page->scan->by_value)
		key_i64(key, mark.value);
	key_i64(key, mark.id);
	if (down)
		key_u8(key, 0); /* the next possible key */
	return lane_look(page, lane,
	    walk_step(&lane->walk, down ? WALK_BEFORE : WALK_FROM,
		page_by_rows(page) ? page->arena : NULL, &page->record));
}

static enum err
lane_next(struct page *page, struct lane *lane)
{
	return lane_look(page, lane,
	    walk_step(&lane->walk,
		page->scan->descending ? WALK_BACK : WALK_NEXT,
		page_by_rows(page) ? page->arena : NULL, &page->record));
}

static bool
lane_is_short(const struct page *page, const struct lane *lane, struct mark of)
{
	int order = mark_cmp(lane->at, of);

	return page->scan->descending ? order > 0 : order < 0;
}

static enum err
lane_reach(struct page *page, struct lane *lane, struct mark mark)
{
	enum err e = ERR_NONE;

	if (!lane->stands)
		return lane_seek(page, lane, mark);
	for (int i = 0; i < LANE_STEPS_MAX && lane_is_short(page, lane, mark);
	     i++)
		if ((e = lane_next(page, lane)) != ERR_NONE)
			return e;
	return lane_is_short(page, lane, mark) ? lane_seek(page, lane, mark)
					       : ERR_NONE;
}

/* Takes the lanes on to where all meet, or pauses on the way. */
static enum err
lanes_meet(struct page *page)
{
	struct mark mark = page->lanes[0].at;
	size_t met = 1;
	enum err e;

	for (size_t i = 1; met < page->lane_count;
	     i = (i + 1) % page->lane_count) {
		struct lane *lane = &page->lanes[i];

		if (page->looks > PAGE_LOOKS_MAX) {
			page->last = mark;
			page->paused = mark_step(
			    &page->last, !page->scan->descending, false);
			if (page->paused)
				return ERR_NONE;
		}
		if ((e = lane_reach(page, lane, mark)) != ERR_NONE)
			return e;
		met = mark_cmp(lane->at, mark) == 0 ? met + 1 : 1;
		mark = lane->at;
	}
	return ERR_NONE;
}

static enum err
page_take(struct page *page, struct mark mark)
{
	const struct schema *schema = page->scan->schema;
	struct row *row;
	struct key key;
	enum err e;

	if (!page_by_rows(page)) {
		record_key(&key, schema, mark.id);
		e = table_get(page->txn, record_table(schema), &key,
		    page->arena, &page->record);
		if (e)
			return e == ERR_NOT_FOUND
				   ? txn_damaged(page->txn, TABLE_INDEX)
				   : e;
	}
	e = record_row(
	    page->txn, page->arena, schema, mark.id, page->record, &row);
	if (e)
		return e;
	if (!page->rows)
		page->rows =
		    arena_array(page->arena, page->room, sizeof *page->rows);
	page->rows[page->count++] = row;
	page->bytes += page->record.n;
	page->last = mark;
	return ERR_NONE;
}

/* ERR_NOT_FOUND when the range is used up. */
static enum err
page_fill(struct page *page)
{
	struct lane *first = &page->lanes[0];
	enum err e = lane_seek(
	    page, first, page->scan->descending ? page->high : page->low);

	while (!e) {
		e = lanes_meet(page);
		if (!e && !page->paused)
			e = page_take(page, first->at);
		if (page->paused || page->count == page->room ||
		    page->bytes > PAGE_BYTES_MAX)
			break;
		if (!e)
			e = lane_next(page, first);
	}
	return e;
}

static enum err
page_read(struct page *page)
{
	enum err e = ERR_NONE;
	size_t open = 0;

	for (; !e && open < page->lane_count; open++)
		e = walk_open(&page->lanes[open].walk, page->txn, page->table);
	if (!e)
		e = page_fill(page);
	while (open > 0)
		walk_close(&page->lanes[--open].walk);
	if (e == ERR_NOT_FOUND) {
		page->scan->ended = true;
		e = page->txn->trouble;
	}
	return e;
}

enum err
record_page_in(struct txn *txn, struct arena *arena, struct record_scan *scan,
    struct row ***rows, size_t *count)
{
	struct page page = {.txn = txn, .scan = scan, .arena = arena};
	enum err e;

	*rows = NULL;
	*count = 0;
	if (scan->ended || !page_range(&page)) {
		scan->ended = true;
		return ERR_NONE;
	}
	e = page_read(&page);
	if (e || (page.count == 0 && !page.paused))
		return e;
	scan->started = true;
	scan->last_id = page.last.id;
	scan->last_value = page.last.value;
	if (scan->limit >= 0)
		scan->limit -= (int64_t)page.count;
	if (scan->page_rows > 0 && scan->page_rows < PAGE_ROWS_MAX)
		scan->page_rows *= PAGE_GROWS_BY;
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
	enum err e;

	do
		e = store_read(store, page_body, &call);
	while (!e && call.count == 0 && !scan->ended);
	*rows = call.rows;
	*count = call.count;
	return e;
}
