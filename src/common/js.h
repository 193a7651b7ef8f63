/* Reading cleaned JSON: the only door to json-c.
 *
 * A `struct js` is a value handle: the json-c node and the very bytes it was
 * parsed from, so that payloads, json members and numbers beyond 64 bits are
 * kept as written. Handles borrow from their document; never free them. */
#ifndef COMMON_JS_H
#define COMMON_JS_H

#include <stdbool.h>
#include "common/err.h"
#include "common/mem.h"
#include "common/span.h"

enum js_type {
	JS_NONE, /* no such member */
	JS_NULL,
	JS_BOOL,
	JS_NUMBER,
	JS_STRING,
	JS_LIST,
	JS_OBJECT
};

struct js {
	void *node;
	struct span raw; /* its bytes, compact; a NUL is not behind it */
	enum js_type type;
};

struct js_doc;
/* Parses text that json_clean gave. The tree is freed by js_doc_free. */
enum err js_parse(
    struct span clean, struct js_doc **, struct js *root, struct fault *);
void js_doc_free(struct js_doc *);

const char *js_library(void); /* json-c: "0.16" */

/* Members by name; the last of doubles counts. JS_NONE when absent. */
struct js js_member(struct js object, const char *name);
size_t js_count(struct js list_or_object); /* doubles count once */

/* Members (each once, in order of first appearance, value of the last) or
 * elements, in order. Linear over a whole walk. */
struct js_iter {
	struct js of;
	size_t at;
	void *entry;
};
struct js_iter js_iter(struct js list_or_object);
bool js_next(struct js_iter *, struct span *name, struct js *value);

bool js_bool(struct js);
struct span js_string(struct js);	 /* decoded bytes of a JS_STRING */
bool js_is_i64(struct js, int64_t *out); /* written as a whole number (also
                                           1.0, 1e3) that fits 64 bits */
double js_f64(struct js);		 /* JS_NUMBER; may be infinite */
/* The value as text the way JavaScript's String() gives it for strings,
 * numbers and booleans, and compact JSON for lists and objects (contract
 * 5.1 "Text members"). null gives "null". */
struct span js_as_text(struct arena *, struct js);
/* Compact JSON as JSON.stringify writes it: doubles once, escapes undone,
 * numbers in their shortest form. For the bytes as sent take `raw`. */
struct buf;
void js_put(struct buf *, struct js);

#endif
