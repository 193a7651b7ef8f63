/* Randomness, straight from the kernel: nothing is kept between calls, so a
 * fork cannot make two processes draw the same numbers. */
#include "common/rand.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void
rand_bytes(void *out, size_t n)
{
	char *p = out;

	while (n) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			abort(); /* secrets must not be guessed instead */
		p += got;
		n -= (size_t)got;
	}
}

uint64_t
rand_u64(void)
{
	uint64_t v;

	rand_bytes(&v, sizeof v);
	return v;
}

uint64_t
rand_below(uint64_t n)
{
	uint64_t reject = -n % n; /* 2^64 mod n: the uneven part */
	uint64_t v;

	do
		v = rand_u64();
	while (v < reject);
	return v % n;
}

void
rand_name(char *out, size_t n)
{
	/* without 0 O o, 1 I l: they are mixed up when read aloud */
	static const char letters[] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
				      "abcdefghijkmnpqrstuvwxyz";
	enum { COUNT = sizeof letters - 1, EVEN = 256 / COUNT * COUNT };
	unsigned char draw[64];
	size_t have = 0;

	out[n] = '\0';
	while (n) {
		if (!have) {
			rand_bytes(draw, sizeof draw);
			have = sizeof draw;
		}
		if (draw[--have] < EVEN)
			out[--n] = letters[draw[have] % COUNT];
	}
}

void
rand_uuid(char out[37])
{
	unsigned char b[16];

	rand_bytes(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122: version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* and its variant */
	snprintf(out, 37,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
}
