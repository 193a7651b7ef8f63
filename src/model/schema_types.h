/* What the room knows of each field type, as one table. Private to model. */
#ifndef MODEL_SCHEMA_TYPES_H
#define MODEL_SCHEMA_TYPES_H

#include "model/schema.h"

struct field_trait {
	const char *name;	/* as in Directus */
	const char *data_type;	/* the column type Directus would show */
	enum value_type stored; /* the one type its values have, or null */
	const char *special;	/* Directus meta.special, or NULL */
};
extern const struct field_trait field_traits[FIELD_TYPE_COUNT];

/* Values in binary records (row.c and schema_codec.c share the form): a type
 * byte and what belongs to it. False: a value no row may have. */
struct unpack;
void value_pack(struct value, struct buf *);
bool value_unpack(struct unpack *, struct value *);

#endif
