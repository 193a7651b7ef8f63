/* export=json: JSON.stringify's layout, one tab a level. */
#include "common/json.h"
#include "query/run.h"

void
export_json(struct rows *rows, struct buf *out)
{
	struct rows_walk walk = rows_walk(rows);
	bool list = !rows->one, some = false;
	struct span row;

	if (list)
		buf_char(out, '[');
	for (; rows_next(&walk, &row); some = true) {
		if (some)
			buf_char(out, ',');
		if (list)
			json_put_line(out, 1);
		json_put_indented(out, row, list);
	}
	if (list && some)
		json_put_line(out, 0);
	if (list)
		buf_char(out, ']');
}
