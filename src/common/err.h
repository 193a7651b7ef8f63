/* Outcomes: what a function that can fail returns, and what the user is told.
 *
 * `enum err` says which kind of failure (err.def is the table); `struct fault`
 * carries the words. Leaves return the code and, where they know the words,
 * add them once; edges (request loop, delivery loop, main) log and answer. */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

#include <stdbool.h>

struct arena;

enum err {
	ERR_NONE = 0,
#define X(name, status, code, temporary, text) ERR_##name,
#include "common/err.def"
#undef X
	ERR_COUNT
};

int err_status(enum err);	 /* HTTP status, 500 where the table has 0 */
const char *err_code(enum err);	 /* wire code */
const char *err_text(enum err);	 /* default words */
bool err_is_temporary(enum err); /* trying again later may help */

/* One told error. `extra` holds further members of "extensions" as JSON text
 * with a leading comma, or "": `,"field":"name","type":"required"`. */
struct fault_item {
	enum err code;
	const char *message;
	const char *extra;
	struct fault_item *next;
};

/* Errors of one request or operation, in the order told. Strings live in
 * `arena`. Zero-initialise all but the arena. */
struct fault {
	struct arena *arena;
	struct fault_item *first, *last;
};

/* Adds an error and returns its code, so that `return fault_add(...)` reads
 * well. `extra` may be NULL; it is kept, not copied, when static or in the
 * arena. `f` may be NULL: then only the code is returned. */
enum err fault_add(struct fault *f, enum err code, const char *extra,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same with the table's own words. */
enum err fault_plain(struct fault *f, enum err code);

#endif
