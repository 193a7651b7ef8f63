/* sort (contract 7.4): the keys, and the keeping of rows until all are seen.
 * With a limit only the best are kept. */
#ifndef QUERY_SORT_H
#define QUERY_SORT_H

#include "query/ask.h"
#include "query/operand.h"
#include "query/sorter.h"

struct sort_key {
	struct operand operand;
	bool descending;
};

struct sort_keys {
	struct sort_key *at;
	struct value *values; /* of one row, by key */
	size_t count;
};

/* One row that is kept: its keys, its id and its JSON, in one piece. */
struct kept {
	struct sorter_item item;
	int64_t id;
	struct span json;
	struct value keys[];
};

struct keeper {
	const struct sort_keys *keys;
	struct sorter sorter;
};

/* `sort` of a list; ERR_QUERY for what cannot be sorted by. */
enum err sort_bind(struct arena *, const struct query *, const struct schema *,
    struct sort_keys *, struct fault *);
/* What names are looked up in; `verb` is for the words of a fault. */
struct sort_ground {
	struct arena *arena;
	const struct schema *schema;
	const char *verb;
	struct fault *fault;
};
/* A member or function that has an order, which groups need, too. */
enum err sort_operand_bind(
    const struct sort_ground *, struct span name, struct operand *);
/* Nulls stand last ascending and first descending. */
int sort_key_cmp(const struct sort_key *, struct value, struct value);
/* Whether the order of ids is all that is asked for. */
bool sort_by_id(const struct sort_keys *, bool *descending);

void keeper_init(struct keeper *, const struct sort_keys *, size_t most,
    const struct room *);
/* Whether the row is among the best so far; only then it must be formatted
 * and put in. */
bool keeper_wants(const struct keeper *, const struct row *);
void keeper_put(struct keeper *, const struct row *, struct span json);
/* The same for what is no row: its values by key. */
void keeper_put_values(
    struct keeper *, const struct value *, int64_t id, struct span json);
/* Rows in order, each valid until the next call; NULL at the end, or when
 * keeper_failed. The first call ends the putting. */
const struct kept *keeper_next(struct keeper *);
enum err keeper_failed(const struct keeper *);
void keeper_release(struct keeper *);

#endif
