/* Random rows and conditions, and a slow and obvious evaluator for them that
 * shares no code with the room: no plan, no heap, no sorted lists. */
#ifndef QUERY_SLOW_H
#define QUERY_SLOW_H

#include "query_help.h"

enum { NODES = 12, VALUES = 4, KEYS = 3, MEMBERS = 7 };

extern unsigned seed; /* of all that is random */
int below(int n);

/* Members of the collection `things`, and what they may be. */
enum kind { KIND_TEXT, KIND_NUMBER, KIND_BOOL, KIND_TIME };

struct thing_member {
	const char *name;
	enum kind kind;
};
extern const struct thing_member members[MEMBERS];
extern const char things_definition[];

/* A value of either side: text, or a number (halves, 0 and 1, milliseconds).
 */
struct plain {
	bool null;
	double number;
	char text[8];
};

struct plain_row {
	struct plain at[MEMBERS];
};

struct plain random_plain(enum kind kind, bool may_be_null);
/* JSON of a value; times as ISO days of January 1970. */
void put_plain(enum kind kind, const struct plain *plain, struct buf *out);

enum slow_op {
	EQ,
	LT,
	LTE,
	GT,
	GTE,
	IN,
	BETWEEN,
	CONTAINS,
	STARTS,
	ENDS,
	NIL,
	EMPTY,
	SLOW_OPS
};

struct slow {
	bool leaf, any; /* else all or any of the children */
	struct slow *at[3];
	int count;
	int member;
	enum slow_op op;
	bool negated;
	struct plain values[VALUES];
};

struct slow *random_slow(struct arena *arena, int depth);
void put_slow(const struct slow *slow, struct buf *out);
bool slow_match(const struct slow *slow, const struct plain_row *row);

struct order {
	int member[KEYS];
	bool down[KEYS];
	int count;
};

int slow_order(const struct order *order, const struct plain_row *a,
    const struct plain_row *b);

#endif
