/* The body of a request: from bytes to JSON (contract chapter 1, step 1). */
#ifndef API_BODY_H
#define API_BODY_H

#include "api/api.h"

/* Fills call->doc and call->body when the body is declared as JSON; a body
 * of another type is not read at all. ERR_PAYLOAD. */
enum err body_read(struct call *);
/* Value of a parameter of a content type, quotes removed; empty if absent. */
struct span body_type_parameter(struct span content_type, const char *name);

#endif
