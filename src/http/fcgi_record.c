/* FastCGI records as bytes. Writing only; whoever reads checks for himself
 * (fcgi_scan.c, fcgi_client.c). */
#include "http/fcgi_record.h"

#include <string.h>

struct fcgi_header
fcgi_header_read(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (struct fcgi_header){
	    .version = u[0],
	    .type = u[1],
	    .id = (uint16_t)(u[2] << 8 | u[3]),
	    .content_bytes = (uint16_t)(u[4] << 8 | u[5]),
	    .padding_bytes = u[6],
	};
}

size_t
fcgi_header_rest(const struct fcgi_header *h)
{
	return (size_t)h->content_bytes + h->padding_bytes;
}

void
fcgi_put_header(
    struct buf *out, enum fcgi_type type, uint16_t id, size_t content_bytes)
{
	char h[FCGI_HEADER_BYTES] = {
	    FCGI_VERSION,
	    (char)type,
	    (char)(id >> 8),
	    (char)id,
	    (char)(content_bytes >> 8),
	    (char)content_bytes,
	};

	buf_put(out, h, sizeof h);
}

void
fcgi_put_begin(struct buf *out, uint16_t id, bool keep)
{
	char body[8] = {0, FCGI_RESPONDER, keep ? FCGI_KEEP : 0};

	fcgi_put_header(out, FCGI_BEGIN, id, sizeof body);
	buf_put(out, body, sizeof body);
}

void
fcgi_put_end(struct buf *out, uint16_t id, enum fcgi_end status)
{
	char body[8] = {0, 0, 0, 0, (char)status};

	fcgi_put_header(out, FCGI_END, id, sizeof body);
	buf_put(out, body, sizeof body);
}

void
fcgi_put_stream(
    struct buf *out, enum fcgi_type type, uint16_t id, struct span bytes)
{
	while (bytes.n > 0) {
		struct span part = span_head(bytes,
		    bytes.n < FCGI_CONTENT_MAX ? bytes.n : FCGI_CONTENT_MAX);

		fcgi_put_header(out, type, id, part.n);
		buf_span(out, part);
		bytes = span_from(bytes, part.n);
	}
}

/* One byte below 128, else four with the highest bit set (FastCGI 1.0, 3.4) */
static void
put_length(struct buf *out, size_t n)
{
	char long_form[4] = {
	    (char)(n >> 24 | 0x80), (char)(n >> 16), (char)(n >> 8), (char)n};

	if (n < 128)
		buf_char(out, (char)n);
	else
		buf_put(out, long_form, sizeof long_form);
}

void
fcgi_put_pair(struct buf *out, struct span name, struct span value)
{
	put_length(out, name.n);
	put_length(out, value.n);
	buf_span(out, name);
	buf_span(out, value);
}
