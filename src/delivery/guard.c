/* The address guard. Addresses are compared as 16 bytes; IPv4 lives in
 * ::ffff:0:0/96, and so do, once unwrapped, NAT64 (64:ff9b::/96, RFC 6052)
 * and 6to4 (2002::/16, RFC 3056). Whatever is not AF_INET or AF_INET6 is
 * refused. */
#include "delivery/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/block.h"
#include "common/mem.h"

enum { ADDRESS_BYTES = 16, V4_AT = 12, V4_BITS = 96 };

struct address {
	uint8_t b[ADDRESS_BYTES];
	bool four;
};

struct rule {
	struct address net;
	unsigned bits; /* of 128 */
	int port;      /* 0: any */
	const char *why;
};
struct rules {
	struct rule *all;
	size_t count;
};
struct guard {
	struct rules deny, allow, special;
	bool allow_private;
};

/* The special-purpose blocks (IANA registries; RFC 6890 and later ones). Of
 * IPv6 only 2000::/3 is public at all. */
/* clang-format off */
static const struct special {
	const char *net, *why;
} blocks[] = {
	{"0.0.0.0/8", "unspecified address"},
	{"10.0.0.0/8", "private address"},
	{"100.64.0.0/10", "carrier-grade NAT address"},
	{"127.0.0.0/8", "loopback address"},
	{"169.254.0.0/16", "link-local address"},
	{"172.16.0.0/12", "private address"},
	{"192.0.0.0/24", "protocol assignment"},
	{"192.0.2.0/24", "documentation address"},
	{"192.88.99.0/24", "6to4 relay address"},
	{"192.168.0.0/16", "private address"},
	{"198.18.0.0/15", "benchmarking address"},
	{"198.51.100.0/24", "documentation address"},
	{"203.0.113.0/24", "documentation address"},
	{"224.0.0.0/4", "multicast address"},
	{"240.0.0.0/4", "reserved or broadcast address"},
	{"::1/128", "loopback address"},
	{"fe80::/10", "link-local address"},
	{"fc00::/7", "private address"},
	{"ff00::/8", "multicast address"},
	{"2001::/23", "protocol assignment"},
	{"2001:db8::/32", "documentation address"},
	{"3fff::/20", "documentation address"},
	{"::/3", "not a public address"},
	{"4000::/2", "not a public address"},
	{"8000::/1", "not a public address"},
};
/* clang-format on */

static void
set_four(struct address *a, const void *four_bytes)
{
	memset(a->b, 0, 10);
	a->b[10] = a->b[11] = 0xff;
	memcpy(a->b + V4_AT, four_bytes, 4);
	a->four = true;
}

/* The IPv4 address an IPv6 one carries takes its place. */
static void
unwrap(struct address *a)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	static const uint8_t nat64[12] = {0x00, 0x64, 0xff, 0x9b};
	uint8_t inner[4];

	if (a->four)
		return;
	if (memcmp(a->b, mapped, 12) == 0 || memcmp(a->b, nat64, 12) == 0)
		memcpy(inner, a->b + V4_AT, 4);
	else if (a->b[0] == 0x20 && a->b[1] == 0x02)
		memcpy(inner, a->b + 2, 4);
	else
		return;
	set_four(a, inner);
}

static bool
parse_address(struct span text, struct address *a)
{
	char copy[INET6_ADDRSTRLEN];
	uint8_t four[4];

	if (text.n == 0 || text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	if (inet_pton(AF_INET, copy, four) == 1) {
		set_four(a, four);
		return true;
	}
	a->four = false;
	return inet_pton(AF_INET6, copy, a->b) == 1;
}

static bool
from_sockaddr(const struct sockaddr *sa, struct address *a, int *port)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, sa, sizeof(in));
		set_four(a, &in.sin_addr);
		*port = ntohs(in.sin_port);
		return true;
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, sa, sizeof(in6));
		memcpy(a->b, &in6.sin6_addr, ADDRESS_BYTES);
		a->four = false;
		*port = ntohs(in6.sin6_port);
		return true;
	}
	return false;
}

static bool
same_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(a, b, whole) != 0)
		return false;
	return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

/* The first rule that holds, or NULL. */
static const struct rule *
match(const struct rules *rules, const struct address *a, int port)
{
	for (size_t i = 0; i < rules->count; i++) {
		const struct rule *r = &rules->all[i];

		if (r->net.four == a->four && (!r->port || r->port == port) &&
		    same_bits(a->b, r->net.b, r->bits))
			return r;
	}
	return NULL;
}

static const char *
judge(const struct guard *g, const struct address *a, int port)
{
	struct address inner = *a;
	const struct rule *special;

	unwrap(&inner);
	if (match(&g->deny, a, port) || match(&g->deny, &inner, port))
		return "address is on the deny list";
	if (g->allow_private || match(&g->allow, a, port) ||
	    match(&g->allow, &inner, port))
		return NULL;
	special = match(&g->special, &inner, port);
	return special ? special->why : NULL;
}

const char *
guard_refuses(const struct guard *g, const struct sockaddr *sa)
{
	struct address a;
	int port;

	if (!from_sockaddr(sa, &a, &port))
		return "unknown kind of address";
	return judge(g, &a, port);
}

const char *
guard_refuses_text(const struct guard *g, struct span host, int port)
{
	struct address a;

	if (!parse_address(host, &a))
		return NULL;
	return judge(g, &a, port);
}

void
guard_show(const struct sockaddr *sa, char out[GUARD_TEXT_BYTES])
{
	char text[INET6_ADDRSTRLEN] = "?";
	struct address a;
	int port = 0;

	if (!from_sockaddr(sa, &a, &port)) {
		snprintf(out, GUARD_TEXT_BYTES, "?");
	} else if (a.four) {
		inet_ntop(AF_INET, a.b + V4_AT, text, sizeof(text));
		snprintf(out, GUARD_TEXT_BYTES, "%s:%d", text, port);
	} else {
		inet_ntop(AF_INET6, a.b, text, sizeof(text));
		snprintf(out, GUARD_TEXT_BYTES, "[%s]:%d", text, port);
	}
}

static bool
number(struct span text, int64_t most, int64_t *out)
{
	return span_i64(text, out) && *out >= 0 && *out <= most;
}

static bool
parse_rule(struct span text, struct rule *r)
{
	ptrdiff_t slash;
	int64_t bits = -1;

	if (!block_cut_port(&text, &r->port))
		return false;
	slash = span_find(text, '/');
	if (slash >= 0) {
		if (!number(span_from(text, (size_t)slash + 1), 128, &bits))
			return false;
		text = span_head(text, (size_t)slash);
	}
	if (!parse_address(text, &r->net))
		return false;
	if (r->net.four && bits > 32)
		return false;
	if (bits < 0)
		r->bits = 128;
	else
		r->bits = (unsigned)bits + (r->net.four ? V4_BITS : 0);
	return true;
}

static bool
add_rule(struct rules *rules, struct span text, const char *why)
{
	struct rule *r;

	rules->all =
	    mem_grow(rules->all, rules->count + 1, sizeof(*rules->all));
	r = &rules->all[rules->count];
	r->why = why;
	if (!parse_rule(text, r))
		return false;
	rules->count++;
	return true;
}

static enum err
parse_rules(const char *list, struct rules *rules, struct fault *fault)
{
	struct span rest = span_of(list ? list : ""), part;

	while (span_next(&rest, ',', &part)) {
		part = span_trim(part);
		if (part.n > 0 && !add_rule(rules, part, NULL))
			return fault_add(fault, ERR_CONFIG, NULL,
			    "not an address, block or block:port: %.*s",
			    SPAN_FMT(part));
	}
	return ERR_NONE;
}

enum err
guard_new(const struct conf *conf, struct guard **out, struct fault *fault)
{
	struct guard *g = mem_alloc(sizeof(*g));
	enum err rc;

	g->allow_private = conf->allow_private;
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++)
		if (!add_rule(
			&g->special, span_of(blocks[i].net), blocks[i].why))
			abort(); /* the table above is ours */
	rc = parse_rules(conf->deny_addresses, &g->deny, fault);
	if (!rc)
		rc = parse_rules(conf->allow_addresses, &g->allow, fault);
	if (rc) {
		guard_free(g);
		return rc;
	}
	*out = g;
	return ERR_NONE;
}

void
guard_free(struct guard *g)
{
	if (!g)
		return;
	free(g->deny.all);
	free(g->allow.all);
	free(g->special.all);
	free(g);
}
