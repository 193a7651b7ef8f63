/* Keys of the tables: big-endian numbers and escaped texts that sort right
 * by plain bytes, so that no tool needs our comparison. */
#ifndef STORE_KEY_H
#define STORE_KEY_H

#include "model/value.h"

enum {
	/* Longest text that an index keeps in order, escaped: at most twice
	 * as many bytes. Longer ones are kept by digest, for equality only. */
	KEY_TEXT_BYTES_MAX = 200,
	KEY_BYTES_MAX = 512
};

struct key {
	uint8_t p[KEY_BYTES_MAX];
	size_t n;
};

void key_u8(struct key *, uint8_t);
void key_u16(struct key *, uint16_t);
void key_u32(struct key *, uint32_t);
void key_i64(struct key *, int64_t); /* sorts negative before positive */
void key_bytes(struct key *, const void *p, size_t n);
bool key_starts(const struct key *, const struct key *prefix);
uint32_t key_read_u32(const struct key *, size_t at);
int64_t key_read_i64(const struct key *, size_t at);

/* The value as an index keeps it: kind byte, then bytes that sort as
 * value_cmp does within the kind. False for kinds that are not indexed. */
bool key_value(struct key *, struct value);
/* The kind byte of whole numbers and times; what follows is a key_i64. */
void key_whole_kind(struct key *);

/* Next key that does not begin with this one: adds one to it as a number.
 * False when there is none (all bytes are 0xff). */
bool key_after_prefix(struct key *);

#endif
