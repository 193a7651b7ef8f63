/* Reading addresses, blocks of them and their ports. */
#include "common/block.h"

#include <arpa/inet.h>
#include <string.h>

bool
block_parse(struct span text, struct block *block)
{
	char buffer[INET6_ADDRSTRLEN];
	ptrdiff_t slash = span_find(text, '/');
	struct span host = slash < 0 ? text : span_head(text, (size_t)slash);
	unsigned most = 128;
	int64_t bits = 0;

	if (host.n == 0 || host.n >= sizeof(buffer))
		return false;
	memcpy(buffer, host.p, host.n);
	buffer[host.n] = '\0';
	memset(block->bytes, 0, sizeof(block->bytes));
	if (inet_pton(AF_INET, buffer, block->bytes + 12) == 1) {
		block->bytes[10] = block->bytes[11] = 0xff;
		most = 32;
	} else if (inet_pton(AF_INET6, buffer, block->bytes) != 1) {
		return false;
	}
	block->bits = 128;
	if (slash < 0)
		return true;
	if (!span_i64(span_from(text, (size_t)slash + 1), &bits) || bits < 0 ||
	    bits > most)
		return false;
	block->bits = 128 - most + (unsigned)bits;
	return true;
}

bool
block_cut_port(struct span *text, int *port)
{
	ptrdiff_t close = span_find(*text, ']');
	struct span rest;
	int64_t n = 0;

	*port = 0;
	if (text->n > 0 && text->p[0] == '[') {
		if (close < 0)
			return false;
		rest = span_from(*text, (size_t)close + 1);
		*text = span_from(span_head(*text, (size_t)close), 1);
		if (rest.n == 0)
			return true;
		if (rest.p[0] != ':')
			return false;
	} else {
		ptrdiff_t colon = span_find(*text, ':');

		if (colon < 0)
			return true;
		rest = span_from(*text, (size_t)colon);
		if (span_find(span_from(rest, 1), ':') >= 0)
			return true; /* IPv6 without a port */
		*text = span_head(*text, (size_t)colon);
	}
	if (!span_i64(span_from(rest, 1), &n) || n < 1 || n > 65535)
		return false;
	*port = (int)n;
	return true;
}
