/* Keeping an answer. Limits are checked before anything is kept; what is over
 * the kept part is counted and thrown away. */
#include "delivery/exchange.h"

#include "common/json.h"
#include "delivery/retry.h"
#include "model/phrase.h"

static const char MASK[] = "***";

static void
clear_headers(struct exchange *x)
{
	buf_clear(&x->headers);
	buf_char(&x->headers, '[');
	x->retry_after_ms = -1;
}

void
exchange_init(struct exchange *x)
{
	*x = (struct exchange){.retry_after_ms = -1};
	buf_init(&x->headers, EXCHANGE_HEADERS_KEPT_BYTES);
	clear_headers(x);
	buf_init(&x->body, EXCHANGE_BODY_KEPT_BYTES);
}

void
exchange_release(struct exchange *x)
{
	buf_release(&x->headers);
	buf_release(&x->body);
}

void
exchange_clear(struct exchange *x)
{
	clear_headers(x);
	buf_clear(&x->body);
	x->header_bytes = x->body_bytes = 0;
	x->interim = 0;
	x->head_complete = false;
	x->ended = NULL;
}

/* Bytes above ASCII are shown as Latin-1, so that a record is UTF-8 whatever
 * was sent. */
static void
put_value(struct buf *out, struct span value)
{
	struct buf utf8;
	size_t ascii = 0;

	while (ascii < value.n && (unsigned char)value.p[ascii] < 0x80)
		ascii++;
	if (ascii == value.n) {
		json_put_string(out, value);
		return;
	}
	buf_init(&utf8, 2 * EXCHANGE_HEADERS_MAX_BYTES);
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < 0x80) {
			buf_char(&utf8, (char)c);
		} else {
			buf_char(&utf8, (char)(0xc0 | c >> 6));
			buf_char(&utf8, (char)(0x80 | (c & 0x3f)));
		}
	}
	json_put_string(out, buf_view(&utf8));
	buf_release(&utf8);
}

/* Whole headers or none, so that the list stays JSON. */
static void
put_header(struct buf *out, struct span name, struct span value)
{
	size_t before = out->n;

	buf_text(out, before > 1 ? ",{\"name\":" : "{\"name\":");
	put_value(out, name);
	buf_text(out, ",\"value\":");
	put_value(out, wire_header_is_secret(name) ? span_of(MASK) : value);
	buf_text(out, "}");
	if (out->over || out->n == out->max_bytes) {
		out->over = true;
		out->n = before;
		out->p[before] = '\0';
	}
}

/* Always false, for the caller to pass on. */
static bool
end(struct exchange *x, enum outcome outcome, const char *words)
{
	x->outcome = outcome;
	x->ended = words;
	return false;
}

/* No other protocol was asked for: nothing more would be understood. */
static bool
start_head(struct exchange *x, struct span line)
{
	ptrdiff_t blank = span_find(line, ' ');

	clear_headers(x);
	x->head_complete = false;
	if (x->interim++ > EXCHANGE_INTERIM_MAX)
		return end(x, OUTCOME_TOO_LARGE, "too many interim answers");
	if (blank > 0 && span_starts(span_from(line, (size_t)blank), " 101"))
		return end(x, OUTCOME_PROTOCOL,
		    "the receiver switched to another protocol");
	return true;
}

bool
exchange_line(struct exchange *x, struct span line, int64_t now_ms)
{
	bool folded = span_starts(line, " ") || span_starts(line, "\t");
	ptrdiff_t colon;
	struct span name, value;

	x->header_bytes += line.n;
	if (x->header_bytes > EXCHANGE_HEADERS_MAX_BYTES)
		return end(x, OUTCOME_TOO_LARGE,
		    "the answer's headers are over 64 KiB");
	line = span_trim(line);
	if (span_starts(line, "HTTP/"))
		return start_head(x, line);
	if (line.n == 0)
		x->head_complete = true;
	colon = span_find(line, ':');
	/* A line that continues the one before it is no header. */
	if (colon <= 0 || folded)
		return true;
	name = span_head(line, (size_t)colon);
	value = span_trim(span_from(line, (size_t)colon + 1));
	if (span_iis(name, "retry-after"))
		x->retry_after_ms = retry_after_ms(value, now_ms);
	put_header(&x->headers, name, value);
	return true;
}

bool
exchange_data(struct exchange *x, struct span data)
{
	size_t room = EXCHANGE_BODY_KEPT_BYTES - x->body.n;

	x->body_bytes += data.n;
	buf_span(&x->body, span_head(data, room));
	if (x->body_bytes > EXCHANGE_BODY_MAX_BYTES)
		return end(x, OUTCOME_TOO_LARGE, "the answer is over 1 MiB");
	return true;
}

/* The list is closed, whether all fitted or not. */
static void
put_list(struct buf *out, struct buf *list)
{
	list->over = false;
	buf_char(list, ']');
	phrase_shorten(out, buf_view(list));
}

void
exchange_headers(struct buf *out, struct exchange *x)
{
	put_list(out, &x->headers);
}

void
exchange_sent_headers(struct buf *out, const struct wire *wire)
{
	struct buf list;

	buf_init(&list, out->max_bytes);
	buf_char(&list, '[');
	for (size_t i = 0; i < wire->header_count; i++)
		put_header(
		    &list, wire->headers[i].name, wire->headers[i].value);
	put_list(out, &list);
	buf_release(&list);
}

bool
exchange_success(struct span list, int status)
{
	struct span part;
	int64_t n;

	if (list.n == 0)
		return status >= 200 && status <= 299;
	while (span_next(&list, ',', &part)) {
		part = span_trim(part);
		if (span_i64(part, &n) && n == status)
			return true;
		if (part.n == 3 && span_iis(span_from(part, 1), "xx") &&
		    part.p[0] - '0' == status / 100)
			return true;
	}
	return false;
}
