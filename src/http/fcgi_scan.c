/* Walks FastCGI record headers, and the lengths inside the parameters, over
 * bytes that stay in the socket.
 *
 * Invariant: a request called complete or large has a well-formed BEGIN for
 * one id, parameters whose lengths add up exactly, at most SCAN_PARAMS_MAX of
 * them, and no foreign record in between. Everything else is closed. */
#include "http/fcgi_scan.h"

#include "http/fcgi_record.h"

/* The parameter stream, fed record by record: lengths may be cut anywhere. */
struct pairs {
	size_t count;
	size_t skip;	      /* bytes of name and value still to pass */
	size_t length[2];     /* name, value */
	unsigned which;	      /* length being read */
	unsigned length_left; /* bytes of a four-byte length to come */
	bool bad;
};

struct walk {
	struct scan *out;
	struct span rest;
	size_t at;
	struct pairs pairs;
	bool begun, params_done, role;
};

static void
pairs_length_done(struct pairs *p)
{
	if (p->length[p->which] > SCAN_WINDOW_BYTES) {
		p->bad = true;
		return;
	}
	if (++p->which < 2)
		return;
	p->skip = p->length[0] + p->length[1];
	p->length[0] = p->length[1] = 0;
	p->which = 0;
	if (++p->count > SCAN_PARAMS_MAX)
		p->bad = true;
}

static void
pairs_byte(struct pairs *p, unsigned char c)
{
	if (p->length_left > 0) {
		p->length[p->which] = p->length[p->which] << 8 | c;
		p->length_left--;
	} else if (c & 0x80) {
		p->length[p->which] = c & 0x7f;
		p->length_left = 3;
	} else {
		p->length[p->which] = c;
	}
	if (p->length_left == 0)
		pairs_length_done(p);
}

static void
pairs_feed(struct pairs *p, struct span content)
{
	while (content.n > 0 && !p->bad) {
		size_t pass = p->skip < content.n ? p->skip : content.n;

		p->skip -= pass;
		content = span_from(content, pass);
		if (content.n == 0)
			break;
		pairs_byte(p, (unsigned char)content.p[0]);
		content = span_from(content, 1);
	}
}

static bool
pairs_whole(const struct pairs *p)
{
	return !p->bad && p->skip == 0 && p->which == 0 && p->length_left == 0;
}

static bool
scan_end(struct walk *w, enum scan_what what)
{
	w->out->what = what;
	w->out->bytes = w->at;
	return false;
}

static bool
scan_begin(struct walk *w, const struct fcgi_header *h, struct span content)
{
	if (w->begun || content.n != 8)
		return scan_end(w, SCAN_BAD);
	w->begun = true;
	w->out->id = h->id;
	w->out->keep = content.p[2] & FCGI_KEEP;
	w->role = content.p[0] == 0 && content.p[1] == FCGI_RESPONDER;
	return true;
}

static bool
scan_params(struct walk *w, struct span content)
{
	if (w->params_done)
		return scan_end(w, SCAN_BAD);
	pairs_feed(&w->pairs, content);
	w->params_done = content.n == 0;
	if (w->pairs.bad || (w->params_done && !pairs_whole(&w->pairs)))
		return scan_end(w, SCAN_BAD);
	return true;
}

static bool
scan_stdin(struct walk *w, struct span content)
{
	if (!w->params_done)
		return scan_end(w, SCAN_BAD);
	if (content.n > 0)
		return true;
	return scan_end(w, w->role ? SCAN_REQUEST : SCAN_ROLE);
}

/* One whole record; false when the answer is known. */
static bool
scan_record(struct walk *w, const struct fcgi_header *h, struct span content)
{
	if (!w->begun && h->type != FCGI_BEGIN) {
		w->out->type = h->type;
		return scan_end(w, h->id == 0 ? SCAN_MANAGEMENT : SCAN_STRAY);
	}
	if (h->id == 0 || (w->begun && h->id != w->out->id))
		return scan_end(w, SCAN_BAD);
	switch (h->type) {
	case FCGI_BEGIN:
		return scan_begin(w, h, content);
	case FCGI_PARAMS:
		return scan_params(w, content);
	case FCGI_STDIN:
		return scan_stdin(w, content);
	case FCGI_ABORT:
		return scan_end(w, SCAN_ABORTED);
	default:
		return scan_end(w, SCAN_BAD);
	}
}

/* The bytes ran out before an end. */
static void
scan_ran_out(struct walk *w, size_t seen, size_t need)
{
	w->out->what = SCAN_MORE;
	w->out->need = need;
	w->out->params = w->params_done && w->role;
	if (w->params_done &&
	    (seen >= SCAN_LARGE_BYTES || need > SCAN_WINDOW_BYTES))
		w->out->what = w->role ? SCAN_LARGE : SCAN_BAD;
	else if (need > SCAN_WINDOW_BYTES)
		w->out->what = SCAN_BAD;
}

struct scan
fcgi_scan(struct span seen)
{
	struct scan out = {0};
	struct walk w = {.out = &out, .rest = seen};

	for (;;) {
		if (w.rest.n < FCGI_HEADER_BYTES) {
			if (w.rest.n > 0 && w.rest.p[0] != FCGI_VERSION)
				out.what = SCAN_BAD;
			else
				scan_ran_out(
				    &w, seen.n, w.at + FCGI_HEADER_BYTES);
			return out;
		}
		struct fcgi_header h = fcgi_header_read(w.rest.p);
		size_t whole = FCGI_HEADER_BYTES + fcgi_header_rest(&h);
		struct span content = span_from(w.rest, FCGI_HEADER_BYTES);

		if (h.version != FCGI_VERSION) {
			out.what = SCAN_BAD;
			return out;
		}
		if (w.rest.n < whole) {
			scan_ran_out(&w, seen.n, w.at + whole);
			return out;
		}
		w.at += whole;
		w.rest = span_from(w.rest, whole);
		if (!scan_record(&w, &h, span_head(content, h.content_bytes)))
			return out;
	}
}
