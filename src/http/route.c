/* Matching paths to patterns: a plain walk over the table. Of the rows that
 * fit path and method the one with the fewest :names wins, so "/items/stats"
 * goes before "/items/:id" wherever it stands in the table. */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

static bool
pattern_next(const char **at, struct span *segment)
{
	while (**at == '/')
		++*at;
	segment->p = *at;
	segment->n = strcspn(*at, "/");
	*at += segment->n;
	return segment->n > 0;
}

/* Number of :names, or -1 when the path does not fit. */
static int
pattern_fit(const char *pattern, const struct request *r,
    struct span args[ROUTE_ARGS_MAX])
{
	struct span want;
	size_t at = 0;
	int names = 0;

	for (; pattern_next(&pattern, &want); at++) {
		if (at == r->segment_count)
			return -1;
		if (want.p[0] == ':' && names < ROUTE_ARGS_MAX)
			args[names++] = r->segments[at];
		else if (!span_ieq(want, r->segments[at]))
			return -1;
	}
	return at == r->segment_count ? names : -1;
}

static bool
allow_has(const char *list, const char *name)
{
	struct span rest = span_of(list), part;

	while (span_next(&rest, ',', &part))
		if (span_is(part, name))
			return true;
	return false;
}

static void
allow_add(struct route_match *m, const char *name)
{
	size_t n = strlen(m->allow);

	if (name[0] == '\0' || allow_has(m->allow, name) ||
	    n + 1 + strlen(name) >= sizeof m->allow)
		return;
	snprintf(m->allow + n, sizeof m->allow - n, "%s%s", n ? "," : "", name);
}

/* In the table's order, HEAD after GET (contract chapter 2). */
static void
allow_row(struct route_match *m, enum method method)
{
	m->path_known = true;
	allow_add(m, method_name(method));
	if (method == METHOD_GET)
		allow_add(m, method_name(METHOD_HEAD));
}

void
route_find(const struct route *table, size_t count, const struct request *r,
    struct route_match *m)
{
	enum method method = r->method == METHOD_HEAD ? METHOD_GET : r->method;
	struct span args[ROUTE_ARGS_MAX];
	int best = ROUTE_ARGS_MAX + 1;

	*m = (struct route_match){0};
	if (r->bad_path)
		return;
	for (size_t i = 0; i < count; i++) {
		memset(args, 0, sizeof args);
		int names = pattern_fit(table[i].pattern, r, args);

		if (names < 0)
			continue;
		allow_row(m, table[i].method);
		if (table[i].method != method || names >= best)
			continue;
		best = names;
		m->route = &table[i];
		memcpy(m->args, args, sizeof args);
	}
}
