/* One request as the handler sees it: filled once at the edge, then plain
 * data. All spans live as long as the request. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "common/buf.h"
#include "common/err.h"
#include "common/mem.h"

enum method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_SEARCH,
	METHOD_OPTIONS,
	METHOD_PUT,
	METHOD_OTHER,
	METHOD_COUNT
};

/* Which socket it came through: public routes for WEB and RELAY, internal
 * ones for OWNER only. */
enum door { DOOR_WEB, DOOR_RELAY, DOOR_OWNER };

enum { REQUEST_SEGMENTS_MAX = 16 };

/* What can be wrong with the transport; told by the handler in its order
 * (contract chapter 1: body before token). */
enum body_state {
	BODY_NONE, /* no body, or an empty one */
	BODY_OK,
	BODY_TOO_LARGE, /* over the cap, read to its end and thrown away */
	BODY_CUT	/* fewer bytes than CONTENT_LENGTH */
};

struct request {
	struct arena *arena;
	enum method method;
	struct span method_text;
	enum door door;
	struct span target; /* path as sent, without query: messages */
	struct span
	    segments[REQUEST_SEGMENTS_MAX]; /* decoded once, non-empty */
	size_t segment_count;
	bool bad_path;	   /* bad escape, %00, leading // ...: 404 */
	struct span query; /* raw, without '?' */
	struct span content_type, content_encoding;
	struct span authorization, idempotency_key, if_none_match,
	    cache_control, origin, remote_address, method_override;
	bool authorization_stripped_maybe; /* Apache and no Authorization */
	enum body_state body_state;
	struct span body;	       /* as received */
	int64_t deadline_mono_ms;      /* 0: none */
	uint64_t serial;	       /* for the log line */
	struct request_params *params; /* all variables; see below */
	void *transport;	       /* the edge's own */
};

/* FastCGI or CGI variable by name, SPAN_NONE when absent. */
struct span request_param(const struct request *, const char *name);
/* The i-th of them, in the order received; false past the end. */
bool request_param_at(
    const struct request *, size_t i, struct span *name, struct span *value);
const char *method_name(enum method); /* "" for METHOD_OTHER */
enum method method_of(struct span name);
/* Changes nothing, so it may be asked again (RFC 9110, 9.2.1; SEARCH as the
 * contract has it). */
bool method_is_safe(enum method);

struct header {
	const char *name, *value;
	struct header *next;
};
/* The answer. Starts as 200 with an empty body. */
struct response {
	struct arena *arena; /* the request's */
	int status;
	const char *content_type; /* NULL: none is sent */
	struct buf body;
	struct header *headers;
	bool success_headers; /* Cache-Control and Vary of contract ch. 8 */
	bool no_etag;
	bool whole; /* body is an answer made elsewhere: its
	                              header block first, sent as it is */
};
void response_header(struct response *, const char *name, const char *value);
enum { RESPONSE_BYTES_MAX = 256 << 20 };

#endif
