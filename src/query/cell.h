/* One aggregated value: a function of a member, and its state. */
#ifndef QUERY_CELL_H
#define QUERY_CELL_H

#include "query/ask.h"
#include "query/operand.h"

struct function;

struct cell {
	const struct function *function;
	bool every; /* count=*: all rows */
	bool distinct;
	struct operand operand;
	struct span key; /* `,"id":` */
	struct span member;
};

struct cell_state {
	int64_t count;	   /* values taken */
	bool inexact;	   /* some value was no whole number */
	__int128 whole;	   /* sum of whole numbers */
	double sum;	   /* sum of all */
	struct value best; /* least or greatest */
	char *text;	   /* room of best's text */
	size_t room;
};

struct cells {
	struct cell *at; /* by function, in the order asked for */
	size_t count;
};

bool cell_is_known(struct span function);
enum err cells_bind(struct arena *, const struct query *, const struct schema *,
    struct cells *, struct fault *);
/* All tell the number of rows. */
bool cells_are_counts(const struct cells *);
/* A value that is not null. */
void cell_take(
    const struct cell *, struct cell_state *, struct value, struct arena *);
/* Adds what another state of the cell took after this one. */
void cell_merge(const struct cell *, struct cell_state *,
    const struct cell_state *, struct arena *);
/* Members of the answer; `comma`: there are some before. */
void cells_put(
    const struct cells *, const struct cell_state *, bool comma, struct buf *);

#endif
