/* Unpacking with zlib, into a buffer that stops at the caller's maximum: a
 * small body that unpacks to gigabytes costs max_bytes and no more. */
#include "common/inflate.h"

#include <limits.h>

#include <zlib.h>

#include "common/buf.h"

enum {
	WINDOW_GZIP = 15 + 16, /* zlib's way of asking for the wrapper */
	WINDOW_ZLIB = 15,
	WINDOW_RAW = -15,
	STEP_BYTES = 16 * 1024
};

static enum err
inflate_run(z_stream *z, struct buf *out)
{
	int rc;

	do {
		/* a byte past the maximum tells "too long" from "full" */
		size_t left = out->max_bytes - out->n;
		size_t n = left < STEP_BYTES ? left : STEP_BYTES;
		char *room = buf_room(out, n);

		z->next_out = (Bytef *)room;
		z->avail_out = (uInt)n;
		rc = inflate(z, Z_NO_FLUSH);
		buf_added(out, n - z->avail_out);
		if (out->n == out->max_bytes)
			return ERR_TOO_LONG;
	} while (rc == Z_OK && (z->avail_in || !z->avail_out));
	return rc == Z_STREAM_END && !z->avail_in ? ERR_NONE : ERR_PAYLOAD;
}

static enum err
inflate_window(struct span in, int window, struct buf *out)
{
	z_stream z = {
	    .next_in = (Bytef *)(uintptr_t)in.p,
	    .avail_in = (uInt)in.n,
	};
	enum err err;

	if (in.n > UINT_MAX || inflateInit2(&z, window) != Z_OK)
		return ERR_PAYLOAD;
	err = inflate_run(&z, out);
	inflateEnd(&z);
	return err;
}

enum err
inflate_body(struct arena *a, struct span in, bool gzip, size_t max_bytes,
    struct span *out)
{
	struct buf b;
	enum err err;

	*out = SPAN_NONE;
	buf_init(&b, max_bytes + 1);
	err = inflate_window(in, gzip ? WINDOW_GZIP : WINDOW_ZLIB, &b);
	if (err == ERR_PAYLOAD && !gzip) {
		buf_clear(&b);
		err = inflate_window(in, WINDOW_RAW, &b);
	}
	if (!err)
		*out = arena_span(a, buf_view(&b));
	buf_release(&b);
	return err;
}

const char *
inflate_library(void)
{
	return zlibVersion();
}
