/* Transactions: begin, commit, abort, and what an abort must bring back. */
#include <assert.h>
#include <string.h>

#include "store/priv.h"

void
txn_wrote(struct txn *txn, size_t bytes)
{
	txn->body_wrote = txn->wrote = true;
	txn->bytes += bytes;
}

void
txn_mark_row(struct txn *txn, struct row *row)
{
	if (txn->mark_count == txn->mark_room) {
		txn->mark_room = txn->mark_room ? txn->mark_room * 2 : 64;
		txn->marks =
		    mem_grow(txn->marks, txn->mark_room, sizeof *txn->marks);
	}
	txn->marks[txn->mark_count++] = (struct row_mark){
	    .row = row,
	    .id = row->values[0],
	    .version = row->version,
	};
}

struct arena *
txn_arena(struct txn *txn)
{
	return txn->kept;
}

/* Backwards: a row written twice gets its first look back. */
static void
unmark_rows(struct txn *txn)
{
	while (txn->mark_count > 0) {
		const struct row_mark *mark = &txn->marks[--txn->mark_count];

		mark->row->values[0] = mark->id;
		mark->row->version = mark->version;
	}
}

static void
caches_keep(struct store *store)
{
	counters_keep(&store->counters);
	orders_keep(store->orders);
	registry_keep(&store->registry);
	drops_keep(&store->drops);
	hooks_keep(&store->hooks);
}

static void
caches_undo(struct store *store)
{
	counters_undo(&store->counters);
	orders_undo(store->orders);
	registry_undo(&store->registry);
	drops_undo(&store->drops);
	hooks_undo(&store->hooks);
}

enum err
txn_begin(struct store *store, struct txn *txn)
{
	int rc;

	txn->store = store;
	txn->write = true;
	txn->body_wrote = txn->wrote = txn->deadlock = false;
	txn->trouble = ERR_NONE;
	txn->bytes = 0;
	txn->mark_count = 0;
	rc = store->env->txn_begin(store->env, NULL, &txn->handle, 0);
	if (rc)
		txn->handle = NULL;
	return db_err(rc);
}

void
txn_abort(struct txn *txn)
{
	/* A failing abort is a panic, and that ends the process. */
	if (txn->handle)
		(void)txn->handle->abort(txn->handle);
	txn->handle = NULL;
	unmark_rows(txn);
	arena_reset(txn->kept);
	caches_undo(txn->store);
}

/* An abort would write to them all: under the sanitizers a body that let one of
 * its rows go is found by any commit, not only by the rare abort. */
static void
marks_check(const struct txn *txn)
{
	for (size_t i = 0; i < txn->mark_count; i++)
		assert(txn->marks[i].row->version > 0);
}

enum err
txn_commit(struct txn *txn)
{
	enum err e = txn->wrote ? counters_save(txn) : ERR_NONE;
	DB_TXN *handle = txn->handle;

	marks_check(txn);
	if (e) {
		txn_abort(txn);
		return e;
	}
	txn->handle = NULL;
	if (txn->wrote)
		e = txn_failed(txn, TABLE_META,
		    handle->commit(handle, DB_TXN_WRITE_NOSYNC));
	else
		(void)handle->abort(handle);
	if (e) {
		txn_abort(txn);
		return e;
	}
	txn->mark_count = 0;
	arena_reset(txn->kept);
	caches_keep(txn->store);
	return ERR_NONE;
}

enum err
txn_alone(struct store *store, store_body *body, void *arg)
{
	struct txn *txn = &store->txn;
	enum err e = txn_begin(store, txn);

	if (!e)
		e = body(txn, arg);
	if (!e && !txn->trouble)
		return txn_commit(txn);
	txn_abort(txn);
	return txn->trouble ? txn->trouble : e;
}
