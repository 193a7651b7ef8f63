/* What a JSON value becomes in a field of a type (contract 5.1). Private to
 * model. */
#ifndef MODEL_COERCE_H
#define MODEL_COERCE_H

#include "model/schema.h"

/* ERR_TOO_LONG, ERR_RANGE, or ERR_PAYLOAD when it is no such value; no words
 * are added. Text borrows from the value's document or lies in the arena. */
enum err coerce(
    struct arena *, const struct field *, struct js, struct value *);
/* "a whole number", "true or false" ...: for messages. */
const char *coerce_wanted(enum field_type);
/* A member of a free-form collection keeps its JSON type. */
struct value coerce_free(struct js);

#endif
