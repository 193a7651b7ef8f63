/* sort (contract 7.4): the keys, and the keeping of rows until all are seen.
 * With a limit only the best are kept, in a heap. */
#ifndef QUERY_SORT_H
#define QUERY_SORT_H

#include "query/ask.h"
#include "query/operand.h"

struct sort_key {
	struct operand operand;
	bool descending;
};

struct sort_keys {
	struct sort_key *at;
	size_t count;
};

/* One row that is kept: its keys, its id and its JSON, in one piece. */
struct kept {
	int64_t id;
	struct span json;
	size_t bytes;
	struct value keys[];
};

struct keeper {
	const struct sort_keys *keys;
	struct kept **at;
	size_t count, room;
	size_t most;  /* SIZE_MAX: all */
	size_t bytes; /* of all that is kept */
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

void keeper_init(struct keeper *, const struct sort_keys *, size_t most);
/* Whether the row is among the best so far; only then it must be formatted
 * and put in. */
bool keeper_wants(const struct keeper *, const struct row *);
void keeper_put(struct keeper *, const struct row *, struct span json);
void keeper_sort(struct keeper *);
void keeper_release(struct keeper *);

#endif
