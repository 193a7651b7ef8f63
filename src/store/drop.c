/* Rows of dropped collections: removed in slices between the groups.
 *
 * The table holds the numbers of collections whose definition is gone and
 * whose rows are not; it is read at the start, so that a crash only delays
 * the removal. A slice is short: a writer that comes meanwhile waits for one
 * slice at most. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/priv.h"

enum { SLICE_ROWS = 200 };

static enum err
drop_load(struct txn *txn, const struct key *key, struct span value)
{
	(void)value;
	if (key->n != 4)
		return txn_damaged(txn, TABLE_DROPS);
	drops_add(&txn->store->drops, key_read_u32(key, 0));
	return ERR_NONE;
}

enum err
drops_load(struct txn *txn)
{
	enum err e = table_each(txn, TABLE_DROPS, drop_load);

	drops_keep(&txn->store->drops);
	return e;
}

void
drops_add(struct drops *drops, uint32_t no)
{
	if (drops->count == drops->room) {
		drops->room = drops->room ? drops->room * 2 : 16;
		drops->nos =
		    mem_grow(drops->nos, drops->room, sizeof *drops->nos);
	}
	drops->nos[drops->count++] = no;
}

void
drops_keep(struct drops *drops)
{
	if (drops->finished) {
		assert(drops->nos[0] == drops->finished);
		drops->count--;
		memmove(drops->nos, drops->nos + 1,
		    drops->count * sizeof *drops->nos);
	}
	drops->finished = 0;
	drops->kept = drops->count;
}

void
drops_undo(struct drops *drops)
{
	drops->finished = 0;
	drops->count = drops->kept;
}

void
drops_free(struct drops *drops)
{
	free(drops->nos);
	*drops = (struct drops){0};
}

/* Removes up to *room rows with this prefix. The cursor is opened anew for
 * each: a walk over rows being deleted would keep their pages. */
static enum err
drop_some(
    struct txn *txn, enum table table, const struct key *prefix, size_t *room)
{
	struct key found;
	enum err e = ERR_NONE;

	while (!e && *room > 0) {
		e = table_first(txn, table, prefix, &found);
		if (!e)
			e = table_del(txn, table, &found);
		if (!e)
			--*room;
	}
	return e == ERR_NOT_FOUND ? ERR_NONE : e;
}

enum err
drop_slice(struct txn *txn, void *arg)
{
	struct drops *drops = &txn->store->drops;
	struct key key = {.n = 0};
	size_t room = SLICE_ROWS;
	enum err e;

	(void)arg;
	if (drops->kept == 0)
		return ERR_NONE;
	key_u32(&key, drops->nos[0]);
	e = drop_some(txn, TABLE_INDEX, &key, &room);
	if (!e)
		e = drop_some(txn, TABLE_ITEMS, &key, &room);
	if (e || room == 0)
		return e;
	e = table_del(txn, TABLE_DROPS, &key);
	if (e)
		return e;
	counter_forget(txn, drops->nos[0]);
	drops->finished = drops->nos[0];
	return ERR_NONE;
}
