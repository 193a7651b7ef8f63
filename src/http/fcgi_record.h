/* The FastCGI 1.0 record: eight bytes of header, the types, and the lengths
 * in front of names and values. Shared by the walker, the client and the
 * few answers the edge writes without libfcgi. */
#ifndef HTTP_FCGI_RECORD_H
#define HTTP_FCGI_RECORD_H

#include "common/buf.h"

enum {
	FCGI_VERSION = 1,
	FCGI_HEADER_BYTES = 8,
	FCGI_CONTENT_MAX = 65535,
	FCGI_RESPONDER = 1,
	FCGI_KEEP = 1 /* flag of BEGIN */
};

/* FastCGI 1.0, chapter 8 */
enum fcgi_type {
	FCGI_BEGIN = 1,
	FCGI_ABORT,
	FCGI_END,
	FCGI_PARAMS,
	FCGI_STDIN,
	FCGI_STDOUT,
	FCGI_STDERR,
	FCGI_DATA,
	FCGI_GET_VALUES,
	FCGI_GET_VALUES_RESULT,
	FCGI_UNKNOWN_TYPE
};

/* Protocol status of END (FastCGI 1.0, 5.5). */
enum fcgi_end { FCGI_COMPLETE, FCGI_CANT_MPX, FCGI_OVERLOADED, FCGI_ROLE };

struct fcgi_header {
	uint8_t version, type;
	uint16_t id, content_bytes;
	uint8_t padding_bytes;
};

/* From FCGI_HEADER_BYTES bytes. */
struct fcgi_header fcgi_header_read(const char *p);
/* Content and padding behind the header. */
size_t fcgi_header_rest(const struct fcgi_header *);

void fcgi_put_header(
    struct buf *, enum fcgi_type, uint16_t id, size_t content_bytes);
void fcgi_put_begin(struct buf *, uint16_t id, bool keep);
void fcgi_put_end(struct buf *, uint16_t id, enum fcgi_end);
/* A stream's bytes in as many records as it takes; not its end. */
void fcgi_put_stream(
    struct buf *, enum fcgi_type, uint16_t id, struct span bytes);
/* One name and value, as they stand in PARAMS. */
void fcgi_put_pair(struct buf *, struct span name, struct span value);

#endif
