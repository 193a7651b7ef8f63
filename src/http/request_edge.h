/* Building a request from a web server's variables: the edge's side of
 * request.h. */
#ifndef HTTP_REQUEST_EDGE_H
#define HTTP_REQUEST_EDGE_H

#include "http/request.h"

/* What a request's variables may add up to, besides SCAN_WINDOW_BYTES. */
enum { REQUEST_PARAMS_MAX = 1000, REQUEST_PARAM_BYTES_MAX = 256 << 10 };

struct request_param {
	struct span name, value;
};

/* Copies "NAME=value" strings (a list ended by NULL; past the maxima they are
 * left out) into the arena and reads what it needs from them. arena and door
 * are set before. *length: CONTENT_LENGTH, -1 when unknown. */
void request_fill(struct request *, char *const *variables,
    const char *base_path, int64_t *length);

#endif
