/* A row: one value for each declared field, and for free-form collections
 * the further members in the order they were sent. */
#ifndef MODEL_ROW_H
#define MODEL_ROW_H

#include "model/schema.h"

enum { ROW_MEMBERS_MAX = 1000, ROW_MEMBER_NAME_BYTES_MAX = 255 };

struct member {
	struct span name;
	struct value value;
};

struct row {
	const struct schema *schema;
	struct value *values;	/* schema->count of them */
	struct member *members; /* free form only */
	size_t member_count;
	uint64_t version; /* grows with each write of this row */
};

/* What a row must have in one field. A list by indexes goes by a few. */
enum { ROW_EQUALS_MAX = 4 };
struct row_equal {
	int field;
	struct value value;
};

struct row *row_new(struct arena *, const struct schema *); /* all null */
struct row *row_copy(struct arena *, const struct row *);   /* same texts */
int64_t row_id(const struct row *);
/* Value of a declared field or free-form member; NULL when there is none. */
const struct value *row_value(const struct row *, struct span name);

/* Record form: format byte, version, then (field number, type, value) of the
 * values that are not null, then members. Reading takes records of older
 * schemas (missing fields are null) and refuses newer formats. Values of an
 * unpacked row point into the record, which must outlive it. */
void row_pack(const struct row *, struct buf *);
enum err row_unpack(
    struct arena *, const struct schema *, struct span record, struct row *);

/* One value as it is shown in answers (csv as list, times as ISO text ...).
 * The type is the field's; FIELD_TYPE_COUNT for free-form members. */
void value_put_json(struct value, enum field_type, struct buf *);
/* The whole row as an object, all shown members in order. */
void row_put_json(const struct row *, struct buf *);

#endif
