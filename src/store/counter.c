/* Counters: next id and number of rows of each collection.
 *
 * Ids are never given twice: `next` only grows, also when rows go, and is
 * durable with the rows that took from it. Row counts change with the rows in
 * the same transaction, so that counting needs no scan. */
#include "store/caches.h"

#include <search.h>
#include <stdlib.h>

#include "store/priv.h"

enum { COUNTER_FORMAT = 1, COUNTER_BYTES_MAX = 64 };

struct counter {
	uint32_t no;
	int64_t next, rows;
	bool gone;
	/* before the group, while touched */
	bool touched;
	int64_t next_before, rows_before;
	struct counter *next_touched;
};

static int
counter_cmp(const void *a, const void *b)
{
	uint32_t x = ((const struct counter *)a)->no;
	uint32_t y = ((const struct counter *)b)->no;

	return x < y ? -1 : x > y;
}

static struct counter *
counter_find(const struct counters *counters, uint32_t no)
{
	struct counter key = {.no = no};
	void *root = counters->tree;
	struct counter **node = tfind(&key, &root, counter_cmp);

	return node ? *node : NULL;
}

static struct counter *
counter_make(struct counters *counters, uint32_t no)
{
	struct counter *counter = counter_find(counters, no);

	if (counter)
		return counter;
	counter = mem_alloc(sizeof *counter);
	counter->no = no;
	counter->next = no == COUNTER_COLLECTIONS ? SCHEMA_FIRST_USER : 1;
	if (!tsearch(counter, &counters->tree, counter_cmp))
		abort();
	return counter;
}

static struct counter *
counter_touch(struct txn *txn, uint32_t no)
{
	struct counters *counters = &txn->store->counters;
	struct counter *counter = counter_make(counters, no);

	txn_wrote(txn, 0);
	if (!counter->touched) {
		counter->touched = true;
		counter->next_before = counter->next;
		counter->rows_before = counter->rows;
		counter->next_touched = counters->touched;
		counters->touched = counter;
	}
	return counter;
}

enum err
counter_take(struct txn *txn, uint32_t no, size_t n, int64_t *first)
{
	struct counter *counter = counter_touch(txn, no);

	if (n > INT32_MAX || counter->next > INT64_MAX - (int64_t)n)
		return ERR_RANGE;
	*first = counter->next;
	counter->next += (int64_t)n;
	return ERR_NONE;
}

void
counter_add_rows(struct txn *txn, uint32_t no, int by)
{
	counter_touch(txn, no)->rows += by;
}

void
counter_set_rows(struct txn *txn, uint32_t no, int64_t rows)
{
	counter_touch(txn, no)->rows = rows;
}

bool
counter_is_known(const struct counters *counters, uint32_t no)
{
	return counter_find(counters, no) != NULL;
}

int64_t
counter_rows(const struct counters *counters, uint32_t no)
{
	struct counter *counter = counter_find(counters, no);

	return counter ? counter->rows : 0;
}

void
counter_forget(struct txn *txn, uint32_t no)
{
	counter_touch(txn, no)->gone = true;
}

static void
counter_key(struct key *key, uint32_t no)
{
	key->n = 0;
	key_u32(key, no);
}

static enum err
counter_save(struct txn *txn, const struct counter *counter)
{
	struct key key;
	enum err e;

	counter_key(&key, counter->no);
	if (counter->gone) {
		e = table_del(txn, TABLE_COUNTERS, &key);
		return e == ERR_NOT_FOUND ? ERR_NONE : e;
	}
	buf_clear(&txn->buf);
	pack_u8(&txn->buf, COUNTER_FORMAT);
	pack_i64(&txn->buf, counter->next);
	pack_i64(&txn->buf, counter->rows);
	return table_put(txn, TABLE_COUNTERS, &key, buf_view(&txn->buf));
}

enum err
counters_save(struct txn *txn)
{
	struct counter *counter = txn->store->counters.touched;
	enum err e = ERR_NONE;

	for (; counter && !e; counter = counter->next_touched)
		e = counter_save(txn, counter);
	return e;
}

static void
counter_untouch(struct counters *counters, struct counter *counter)
{
	counter->touched = false;
	counter->next_touched = NULL;
	if (counter->gone) {
		tdelete(counter, &counters->tree, counter_cmp);
		free(counter);
	}
}

void
counters_keep(struct counters *counters)
{
	struct counter *counter, *next;

	for (counter = counters->touched; counter; counter = next) {
		next = counter->next_touched;
		counter_untouch(counters, counter);
	}
	counters->touched = NULL;
}

void
counters_undo(struct counters *counters)
{
	struct counter *counter;

	for (counter = counters->touched; counter;
	     counter = counter->next_touched) {
		counter->gone = false;
		counter->next = counter->next_before;
		counter->rows = counter->rows_before;
	}
	counters_keep(counters);
}

static enum err
counter_load(struct txn *txn, const struct key *key, struct span record)
{
	struct unpack unpack = unpack_start(record);
	struct counter *counter;

	if (unpack_u8(&unpack) != COUNTER_FORMAT || key->n != 4)
		return txn_damaged(txn, TABLE_COUNTERS);
	counter = counter_make(&txn->store->counters, key_read_u32(key, 0));
	counter->next = unpack_i64(&unpack);
	counter->rows = unpack_i64(&unpack);
	if (!unpack_done(&unpack))
		return txn_damaged(txn, TABLE_COUNTERS);
	return ERR_NONE;
}

enum err
counters_load(struct txn *txn)
{
	return table_each(txn, TABLE_COUNTERS, counter_load);
}

void
counters_free(struct counters *counters)
{
	tdestroy(counters->tree, free);
	*counters = (struct counters){0};
}
