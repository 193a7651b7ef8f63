/* What a name in a query stands for: a field, a free-form member, or a
 * function of one (contract 7.11). Resolved once, at bind time; reading it
 * from a row looks up no name, save for free-form members. */
#ifndef QUERY_OPERAND_H
#define QUERY_OPERAND_H

#include "model/row.h"

enum func {
	FUNC_NONE,
	FUNC_YEAR,
	FUNC_MONTH,
	FUNC_WEEK,
	FUNC_DAY,
	FUNC_WEEKDAY,
	FUNC_HOUR,
	FUNC_MINUTE,
	FUNC_SECOND,
	FUNC_COUNT
};

struct operand {
	int field;	    /* -1: a free-form member */
	struct span member; /* its name */
	enum func func;
	enum field_type type; /* FIELD_TYPE_COUNT: free-form */
	struct span shown;    /* its name in answers: published_at_year */
};

/* ERR_NOT_FOUND: no such member, nothing told. ERR_QUERY: a function that is
 * none, or not for this type. */
enum err operand_find(struct arena *, const struct schema *, struct span name,
    struct operand *, struct fault *);
/* Borrows from the row. Functions give numbers, or null of null. */
struct value operand_value(const struct operand *, const struct row *);
/* The value as answers show it; `raw_csv` shows the joined text. */
void operand_put_json(
    const struct operand *, struct value, bool raw_csv, struct buf *);

#endif
