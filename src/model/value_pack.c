/* Values in binary records: a type byte and what belongs to it. Reading takes
 * any bytes and refuses what no row may hold. */
#include "model/schema_types.h"

#include <math.h>

#include "common/pack.h"

/* Type numbers are those of enum value_type: on disk, so append only. */
void
value_pack(struct value v, struct buf *out)
{
	pack_u8(out, (uint8_t)v.type);
	switch (v.type) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		pack_u8(out, v.b);
		break;
	case VALUE_INT:
	case VALUE_TIME:
		pack_i64(out, v.i);
		break;
	case VALUE_FLOAT:
		pack_f64(out, v.f);
		break;
	case VALUE_NUMBER:
		pack_f64(out, v.f);
		pack_span(out, v.text);
		break;
	case VALUE_TEXT:
	case VALUE_JSON:
		pack_span(out, v.text);
		break;
	}
}

bool
value_unpack(struct unpack *in, struct value *v)
{
	uint8_t type = unpack_u8(in);

	*v = value_null();
	if (type > VALUE_NUMBER)
		return false;
	v->type = (enum value_type)type;
	switch (v->type) {
	case VALUE_NULL:
		break;
	case VALUE_BOOL:
		v->b = unpack_u8(in) != 0;
		break;
	case VALUE_INT:
	case VALUE_TIME:
		v->i = unpack_i64(in);
		break;
	case VALUE_FLOAT:
		v->f = unpack_f64(in);
		return !in->bad && isfinite(v->f);
	case VALUE_NUMBER:
		v->f = unpack_f64(in);
		v->text = unpack_span(in);
		/* Infinite is fine: 1e999 was written so. */
		return !in->bad && !isnan(v->f);
	case VALUE_TEXT:
	case VALUE_JSON:
		v->text = unpack_span(in);
		break;
	}
	return !in->bad;
}
