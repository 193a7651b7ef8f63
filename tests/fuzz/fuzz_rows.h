/* Rows for the export writers, made of any bytes: JSON is taken as it is; what
 * is no JSON stands as a text, in a list, and as a name. */
#ifndef FUZZ_FUZZ_ROWS_H
#define FUZZ_FUZZ_ROWS_H

#include "common/json.h"
#include "query/run.h"
#include "query/walk.h"

#include "fuzz.h"
#include "../unit/rows_help.h"

/* A list or an object, as every answer is. *text: the bytes, when they were no
 * JSON; its p is NULL otherwise. */
static inline struct span
fuzz_rows(
    struct arena *arena, const uint8_t *data, size_t size, struct span *text)
{
	struct span bytes = span_make(data, size), clean;
	struct buf out;

	*text = SPAN_NONE;
	buf_init(&out, FUZZ_OUT_MAX);
	if (json_clean(arena, bytes, &clean, NULL) == ERR_NONE &&
	    (walk_is_list(clean) || walk_is_object(clean))) {
		buf_release(&out);
		return clean;
	}
	buf_text(&out, "[{\"text\":");
	json_put_string(&out, bytes);
	buf_text(&out, ",\"list\":[");
	json_put_string(&out, bytes);
	buf_text(&out, ",1.5,null],\"in\":{");
	json_put_string(&out, bytes);
	buf_text(&out, ":true}}]");
	if (json_clean(arena, buf_view(&out), &clean, NULL) != ERR_NONE)
		clean = SPAN("[]");
	else
		*text = bytes;
	buf_release(&out);
	return clean;
}

/* A list of anything but objects is no answer: csv knows rows only. */
static inline bool
fuzz_is_rows(struct span json)
{
	struct walk walk = walk_start(json);
	struct span name, row;

	if (walk_is_object(json))
		return true;
	while (walk_next(&walk, &name, &row))
		if (!walk_is_object(row))
			return false;
	return true;
}

#endif
