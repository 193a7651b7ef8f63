/* One value of one member. Text-like values borrow their bytes. */
#ifndef MODEL_VALUE_H
#define MODEL_VALUE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/span.h"

enum value_type {
	VALUE_NULL,
	VALUE_BOOL,  /* b */
	VALUE_INT,   /* i */
	VALUE_FLOAT, /* f, always finite */
	VALUE_TEXT,  /* text: strings, csv (joined), date, uuid */
	VALUE_TIME,  /* i: milliseconds since 1970 UTC */
	VALUE_JSON,  /* text: compact JSON of any type but null */
	VALUE_NUMBER /* text: a free-form number as it was written; f holds
	                  its nearest double */
};

struct value {
	enum value_type type;
	bool b;
	int64_t i;
	double f;
	struct span text;
};

struct value value_null(void);
struct value value_bool(bool);
struct value value_int(int64_t);
struct value value_f64(double);
struct value value_text(struct span);
struct value value_time(int64_t wall_ms);
struct value value_json(struct span);

/* Orders two values of the same kind: numbers by amount whatever their type,
 * text by bytes of UTF-8, false before true. Different kinds (free-form
 * members): null < bool < number < text < json. Nulls compare equal. */
int value_cmp(struct value a, struct value b);
bool value_is_number(struct value);
double value_as_f64(struct value); /* of a number */

#endif
