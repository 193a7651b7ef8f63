/* Matching a request to a row of a route table. Path patterns are written
 * "/webhooks/:id"; letter case does not matter, one or more slashes at the
 * end are fine, doubled ones elsewhere are not (contract chapter 2). */
#ifndef HTTP_ROUTE_H
#define HTTP_ROUTE_H

#include "http/request.h"

enum { ROUTE_ARGS_MAX = 4 };

struct route {
	enum method method; /* HEAD is served by GET's row */
	const char *pattern;
	const void *row; /* the caller's own row */
};
struct route_match {
	const struct route *route;	  /* NULL: unknown */
	struct span args[ROUTE_ARGS_MAX]; /* decoded values of :names */
	bool path_known;		  /* some method fits the path */
	char allow[96];			  /* "POST,GET,HEAD,..." */
};
void route_find(const struct route *, size_t count, const struct request *,
    struct route_match *);

#endif
