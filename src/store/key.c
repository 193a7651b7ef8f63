/* Keys: see key.h. A key never grows past KEY_BYTES_MAX: its parts are fixed
 * numbers and at most one text of KEY_TEXT_BYTES_MAX; more is our mistake. */
#include "store/key.h"

#include <assert.h>
#include <string.h>

#include "common/digest.h"

/* Kinds of indexed values; part of the disk format. */
enum {
	KIND_BOOL = 1,
	KIND_WHOLE = 2,
	KIND_FLOAT = 3,
	KIND_TEXT = 4,
	KIND_DIGEST = 5
};

static void
key_number(struct key *key, uint64_t number, size_t bytes)
{
	assert(key->n + bytes <= KEY_BYTES_MAX);
	for (size_t i = bytes; i > 0; i--)
		key->p[key->n++] = (uint8_t)(number >> (8 * (i - 1)));
}

void
key_u8(struct key *key, uint8_t number)
{
	key_number(key, number, 1);
}

void
key_u16(struct key *key, uint16_t number)
{
	key_number(key, number, 2);
}

void
key_u32(struct key *key, uint32_t number)
{
	key_number(key, number, 4);
}

void
key_i64(struct key *key, int64_t number)
{
	key_number(key, (uint64_t)number ^ (UINT64_C(1) << 63), 8);
}

void
key_bytes(struct key *key, const void *p, size_t n)
{
	assert(key->n + n <= KEY_BYTES_MAX);
	if (n > 0)
		memcpy(key->p + key->n, p, n);
	key->n += n;
}

bool
key_starts(const struct key *key, const struct key *prefix)
{
	return key->n >= prefix->n && memcmp(key->p, prefix->p, prefix->n) == 0;
}

static uint64_t
key_read(const struct key *key, size_t at, size_t bytes)
{
	uint64_t number = 0;

	for (size_t i = at; i < at + bytes && i < key->n; i++)
		number = number << 8 | key->p[i];
	return number;
}

uint32_t
key_read_u32(const struct key *key, size_t at)
{
	return (uint32_t)key_read(key, at, 4);
}

int64_t
key_read_i64(const struct key *key, size_t at)
{
	return (int64_t)(key_read(key, at, 8) ^ (UINT64_C(1) << 63));
}

/* The usual trick: turn the sign of positive numbers, all bits of negative
 * ones, and doubles sort as whole numbers. Minus zero counts as zero. */
static void
key_f64(struct key *key, double number)
{
	uint64_t bits;

	if (number == 0.0)
		number = 0.0;
	memcpy(&bits, &number, sizeof bits);
	bits = bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
	key_number(key, bits, 8);
}

/* 00 becomes 00 ff and the end is 00 00: no text is the prefix of another. */
static void
key_text(struct key *key, struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		key_u8(key, (uint8_t)text.p[i]);
		if (text.p[i] == '\0')
			key_u8(key, 0xff);
	}
	key_u16(key, 0);
}

void
key_whole_kind(struct key *key)
{
	key_u8(key, KIND_WHOLE);
}

bool
key_value(struct key *key, struct value value)
{
	uint8_t digest[DIGEST_BYTES];

	switch (value.type) {
	case VALUE_BOOL:
		key_u8(key, KIND_BOOL);
		key_u8(key, value.b);
		return true;
	case VALUE_INT:
	case VALUE_TIME:
		key_whole_kind(key);
		key_i64(key, value.i);
		return true;
	case VALUE_FLOAT:
		key_u8(key, KIND_FLOAT);
		key_f64(key, value.f);
		return true;
	case VALUE_TEXT:
		if (value.text.n <= KEY_TEXT_BYTES_MAX) {
			key_u8(key, KIND_TEXT);
			key_text(key, value.text);
			return true;
		}
		key_u8(key, KIND_DIGEST);
		digest_sha256(value.text, digest);
		key_bytes(key, digest, sizeof digest);
		return true;
	case VALUE_NULL:
	case VALUE_JSON:
	case VALUE_NUMBER:
		break;
	}
	return false;
}

bool
key_after_prefix(struct key *key)
{
	while (key->n > 0 && key->p[key->n - 1] == 0xff)
		key->n--;
	if (key->n == 0)
		return false;
	key->p[key->n - 1]++;
	return true;
}
