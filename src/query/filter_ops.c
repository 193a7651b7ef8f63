/* THE table of filter operators: what each does and on which types it may be
 * used (contract 7.2, chapter 11 for the `_i...` forms). */
#include "query/filter.h"

#define TEXTS (CLASS_TEXT | CLASS_FREE)
#define ORDERED (CLASS_NUMBER | CLASS_TIME | CLASS_FREE)
#define LISTED                                                                 \
	(CLASS_TEXT | CLASS_UUID | CLASS_NUMBER | CLASS_TIME | CLASS_FREE)
#define PLAIN (LISTED | CLASS_BOOLEAN)
#define EVERY (PLAIN | CLASS_JSON)

static const struct op_row op_rows[] = {
    {"_eq", TEST_EQUAL, false, 0, PLAIN},
    {"_neq", TEST_EQUAL, true, 0, PLAIN},
    {"_lt", TEST_LESS, false, 0, ORDERED},
    {"_lte", TEST_LESS_EQUAL, false, 0, ORDERED},
    {"_gt", TEST_MORE, false, 0, ORDERED},
    {"_gte", TEST_MORE_EQUAL, false, 0, ORDERED},
    {"_between", TEST_BETWEEN, false, 0, ORDERED},
    {"_nbetween", TEST_BETWEEN, true, 0, ORDERED},
    {"_in", TEST_IN, false, 0, LISTED},
    {"_nin", TEST_IN, true, 0, LISTED},
    {"_null", TEST_NULL, false, 0, EVERY},
    {"_nnull", TEST_NULL, true, 0, EVERY},
    {"_empty", TEST_EMPTY, false, 0, TEXTS},
    {"_nempty", TEST_EMPTY, true, 0, TEXTS},
    {"_contains", TEST_LIKE, false, LIKE_CONTAINS, TEXTS},
    {"_ncontains", TEST_LIKE, true, LIKE_CONTAINS, TEXTS},
    {"_icontains", TEST_LIKE_FOLDED, false, LIKE_CONTAINS, TEXTS},
    {"_starts_with", TEST_LIKE, false, LIKE_STARTS, TEXTS},
    {"_nstarts_with", TEST_LIKE, true, LIKE_STARTS, TEXTS},
    {"_istarts_with", TEST_LIKE_FOLDED, false, LIKE_STARTS, TEXTS},
    {"_nistarts_with", TEST_LIKE_FOLDED, true, LIKE_STARTS, TEXTS},
    {"_ends_with", TEST_LIKE, false, LIKE_ENDS, TEXTS},
    {"_nends_with", TEST_LIKE, true, LIKE_ENDS, TEXTS},
    {"_iends_with", TEST_LIKE_FOLDED, false, LIKE_ENDS, TEXTS},
    {"_niends_with", TEST_LIKE_FOLDED, true, LIKE_ENDS, TEXTS},
};

const struct op_row *
op_find(struct span name)
{
	for (size_t i = 0; i < sizeof op_rows / sizeof *op_rows; i++)
		if (span_is(name, op_rows[i].name))
			return &op_rows[i];
	return NULL;
}

unsigned
op_class(enum field_type type)
{
	static const unsigned classes[] = {[FIELD_INTEGER] = CLASS_NUMBER,
	    [FIELD_BIGINTEGER] = CLASS_NUMBER,
	    [FIELD_FLOAT] = CLASS_NUMBER,
	    [FIELD_STRING] = CLASS_TEXT,
	    [FIELD_TEXT] = CLASS_TEXT,
	    [FIELD_BOOLEAN] = CLASS_BOOLEAN,
	    [FIELD_CSV] = CLASS_TEXT,
	    [FIELD_JSON] = CLASS_JSON,
	    [FIELD_TIMESTAMP] = CLASS_TIME,
	    [FIELD_DATE] = CLASS_TIME,
	    [FIELD_UUID] = CLASS_UUID,
	    [FIELD_TYPE_COUNT] = CLASS_FREE};

	return classes[type];
}
