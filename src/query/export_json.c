/* export=json: JSON.stringify's layout, one tab a level. */
#include "common/json.h"
#include "query/run.h"

void
export_json(struct span json, struct buf *out)
{
	json_put_indented(out, json);
}
