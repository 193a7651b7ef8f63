/* Binary records: what the store keeps and what owner and dispatcher say to
 * each other. Integers big-endian, spans with a 32-bit length in front. */
#ifndef COMMON_PACK_H
#define COMMON_PACK_H

#include "common/buf.h"

void pack_u8(struct buf *, uint8_t);
void pack_u32(struct buf *, uint32_t);
void pack_u64(struct buf *, uint64_t);
void pack_i64(struct buf *, int64_t);
void pack_f64(struct buf *, double);
void pack_span(struct buf *, struct span);

/* Reading: anything past the end gives zero or an empty span and sets `bad`;
 * check once, at the end. Spans point into the record. */
struct unpack {
	struct span rest;
	bool bad;
};

struct unpack unpack_start(struct span record);
uint8_t unpack_u8(struct unpack *);
uint32_t unpack_u32(struct unpack *);
uint64_t unpack_u64(struct unpack *);
int64_t unpack_i64(struct unpack *);
double unpack_f64(struct unpack *);
struct span unpack_span(struct unpack *);
bool unpack_done(const struct unpack *); /* all read and nothing bad */

#endif
