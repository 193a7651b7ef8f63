/* Binary records, big-endian whatever the machine. Reading is total: damage
 * can only show as `bad`, never as a wild pointer. */
#include "common/pack.h"

#include <endian.h>
#include <string.h>

void
pack_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, sizeof v);
}

void
pack_u32(struct buf *b, uint32_t v)
{
	v = htobe32(v);
	buf_put(b, &v, sizeof v);
}

void
pack_u64(struct buf *b, uint64_t v)
{
	v = htobe64(v);
	buf_put(b, &v, sizeof v);
}

void
pack_i64(struct buf *b, int64_t v)
{
	pack_u64(b, (uint64_t)v);
}

void
pack_f64(struct buf *b, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	pack_u64(b, bits);
}

void
pack_span(struct buf *b, struct span s)
{
	if (s.n > UINT32_MAX) { /* past every limit of ours */
		b->over = true;
		return;
	}
	pack_u32(b, (uint32_t)s.n);
	buf_span(b, s);
}

struct unpack
unpack_start(struct span record)
{
	return (struct unpack){record, false};
}

static bool
unpack_take(struct unpack *u, void *out, size_t n)
{
	if (u->bad || u->rest.n < n) {
		u->bad = true;
		return false;
	}
	memcpy(out, u->rest.p, n);
	u->rest = span_from(u->rest, n);
	return true;
}

uint8_t
unpack_u8(struct unpack *u)
{
	uint8_t v;

	return unpack_take(u, &v, sizeof v) ? v : 0;
}

uint32_t
unpack_u32(struct unpack *u)
{
	uint32_t v;

	return unpack_take(u, &v, sizeof v) ? be32toh(v) : 0;
}

uint64_t
unpack_u64(struct unpack *u)
{
	uint64_t v;

	return unpack_take(u, &v, sizeof v) ? be64toh(v) : 0;
}

int64_t
unpack_i64(struct unpack *u)
{
	return (int64_t)unpack_u64(u);
}

double
unpack_f64(struct unpack *u)
{
	uint64_t bits = unpack_u64(u);
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

struct span
unpack_span(struct unpack *u)
{
	uint32_t n = unpack_u32(u);
	struct span s;

	if (u->bad || n > u->rest.n) {
		u->bad = true;
		return SPAN_NONE;
	}
	s = span_head(u->rest, n);
	u->rest = span_from(u->rest, n);
	return s;
}

bool
unpack_done(const struct unpack *u)
{
	return !u->bad && u->rest.n == 0;
}
