#include "common/json.h"
#include "query/run.h"
enum err
export_csv(struct span json, struct buf *out)
{
	buf_span(out, json);
	return ERR_NONE;
}
void
export_json(struct span json, struct buf *out)
{
	json_put_indented(out, json);
}
enum err
export_xml(struct span json, struct buf *out, struct fault *f)
{
	(void)f;
	buf_span(out, json);
	return ERR_NONE;
}
void
export_yaml(struct span json, struct buf *out)
{
	buf_span(out, json);
}
