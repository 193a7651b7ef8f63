/* Rules of the built-in collections beyond their schemas. Private to model;
 * check_webhook stands in check.h. */
#ifndef MODEL_RULES_H
#define MODEL_RULES_H

#include "model/row.h"

/* Those of the row's schema, if it has any. `set`: only these fields; NULL:
 * all. All that is wrong is told, in column order. */
enum err check_rules(const struct row *, const bool *set, struct fault *);
/* Options of a webhook (options.c). */
enum err check_options(const struct row *, const bool *set, struct fault *);

#endif
