/* JSON as bytes: checking what comes in, writing what goes out.
 *
 * json_clean stands before every parse (notes: json-c lets bad input through
 * even when strict). Its result is what `payload` on the wire is made of. */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include <stdbool.h>
#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum {
	JSON_DEPTH_MAX = 32, /* nested lists and objects, product ch. 2 */
	JSON_VALUES_MAX = 100000
};

/* Checks one JSON value (any kind; blanks round it) by RFC 8259 and gives it
 * back without the blanks outside strings and nothing else changed, except:
 * a byte order mark in front is skipped, bytes that are not UTF-8 become
 * U+FFFD (one for each maximal bad part) and so do lone surrogate escapes.
 * Refused with ERR_PAYLOAD and words: bad grammar, trailing bytes, raw
 * control characters in strings, NUL (raw or \u0000), too deep, too many.
 * *out lies in the arena with a NUL behind it. Linear in time, bounded in
 * memory by three times the input. */
enum err json_clean(
    struct arena *, struct span text, struct span *out, struct fault *);

/* Writing. Strings escape only '"', '\' and control characters (\b \f \n \r
 * \t, else \u00xx), as JavaScript's JSON.stringify (contract 5.1). */
void json_put_string(struct buf *, struct span text);
void json_put_i64(struct buf *, int64_t);
void json_put_bool(struct buf *, bool);
/* A number as JavaScript writes it: 1, 1.5, 1e+21, 1e-7; NaN is null. */
void json_put_f64(struct buf *, double);
/* `{"a":1}` -> the same indented by one tab and ": " after names, [] and {}
 * stay on one line, as JSON.stringify(x, null, "\t") (contract 7.10); `depth`:
 * tabs before the lines behind the first. */
void json_put_indented(struct buf *, struct span clean, int depth);
/* A new line with so many tabs. */
void json_put_line(struct buf *, int depth);
/* JavaScript's Number(text): blanks cut, empty is 0, hex 0x, octal 0o,
 * binary 0b, exponents; false when that would be NaN. Infinity is given. */
bool json_js_number(struct span text, double *out);

#endif
