/* The cleaner: one pass over foreign bytes, before anything else sees them.
 *
 * A machine of few states over a stack of open brackets, so that depth costs
 * a byte and no C stack. What it lets through is exactly RFC 8259 in valid
 * UTF-8, without U+0000, at most JSON_DEPTH_MAX deep: json-c (which takes
 * NaN, raw line feeds and overlong UTF-8) never has to judge. Any refusal is
 * told once, in words like those of JavaScript's parser (contract ch. 4),
 * with the byte position in the text as it was sent. */
#include "common/json.h"

#include <string.h>

#include "common/utf8.h"

/* What must come next. */
enum want {
	WANT_VALUE,
	WANT_ELEMENT_OR_END, /* just after '[' */
	WANT_NAME_OR_END,    /* just after '{' */
	WANT_NAME,
	WANT_COLON,
	WANT_MORE, /* comma or the closing bracket */
	WANT_END
};

struct cleaner {
	struct span text;
	size_t at;
	char *out;
	size_t n;
	enum want want;
	char open[JSON_DEPTH_MAX];
	int depth, values;
	struct fault *fault;
};

static bool
more(const struct cleaner *c)
{
	return c->at < c->text.n;
}

static char
peek(const struct cleaner *c)
{
	return more(c) ? c->text.p[c->at] : '\0';
}

static void
copy(struct cleaner *c, size_t n)
{
	memcpy(c->out + c->n, c->text.p + c->at, n);
	c->n += n;
	c->at += n;
}

static void
replace(struct cleaner *c, size_t n)
{
	memcpy(c->out + c->n, UTF8_REPLACEMENT, 3);
	c->n += 3;
	c->at += n;
}

static enum err
refuse(struct cleaner *c)
{
	struct span rest = span_from(c->text, c->at);
	bool good;
	size_t n;

	if (!rest.n)
		return fault_add(c->fault, ERR_PAYLOAD, NULL,
		    "Unexpected end of JSON input");
	if ((uint8_t)rest.p[0] < ' ')
		return fault_add(c->fault, ERR_PAYLOAD, NULL,
		    "Unexpected control character 0x%02x in JSON at position "
		    "%zu",
		    (unsigned)rest.p[0], c->at);
	n = utf8_step(rest, &good);
	if (good)
		rest.n = n;
	else
		rest = SPAN(UTF8_REPLACEMENT);
	return fault_add(c->fault, ERR_PAYLOAD, NULL,
	    "Unexpected token %.*s in JSON at position %zu", SPAN_FMT(rest),
	    c->at);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Copies digits; false when there is none. */
static bool
clean_digits(struct cleaner *c)
{
	if (!is_digit(peek(c)))
		return false;
	while (is_digit(peek(c)))
		copy(c, 1);
	return true;
}

static enum err
clean_number(struct cleaner *c)
{
	if (peek(c) == '-')
		copy(c, 1);
	if (peek(c) == '0')
		copy(c, 1);
	else if (!clean_digits(c))
		return refuse(c);
	if (peek(c) == '.') {
		copy(c, 1);
		if (!clean_digits(c))
			return refuse(c);
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		copy(c, 1);
		if (peek(c) == '+' || peek(c) == '-')
			copy(c, 1);
		if (!clean_digits(c))
			return refuse(c);
	}
	return ERR_NONE;
}

static enum err
clean_word(struct cleaner *c, const char *word)
{
	for (; *word; word++) {
		if (peek(c) != *word)
			return refuse(c);
		copy(c, 1);
	}
	return ERR_NONE;
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of "\uXXXX" at `at`, or -1. */
static int
code_unit(const struct cleaner *c, size_t at)
{
	struct span s = span_from(c->text, at);
	int code = 0;

	if (s.n < 6 || s.p[0] != '\\' || s.p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_value(s.p[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

/* Moves to the first byte of a broken \u escape, for the message. */
static enum err
refuse_hex(struct cleaner *c)
{
	c->at += 2;
	while (hex_value(peek(c)) >= 0)
		c->at++;
	return refuse(c);
}

static enum err
clean_unicode(struct cleaner *c)
{
	int code = code_unit(c, c->at);
	int low;

	if (code < 0)
		return refuse_hex(c);
	if (code == 0)
		return fault_add(c->fault, ERR_PAYLOAD, NULL,
		    "Unexpected NUL character in JSON at position %zu", c->at);
	if (code < 0xD800 || code > 0xDFFF) {
		copy(c, 6);
		return ERR_NONE;
	}
	low = code < 0xDC00 ? code_unit(c, c->at + 6) : -1;
	if (low >= 0xDC00 && low <= 0xDFFF)
		copy(c, 12);
	else
		replace(c, 6);
	return ERR_NONE;
}

static enum err
clean_escape(struct cleaner *c)
{
	struct span rest = span_from(c->text, c->at);

	if (rest.n > 1 && rest.p[1] == 'u')
		return clean_unicode(c);
	if (rest.n > 1 && rest.p[1] && strchr("\"\\/bfnrt", rest.p[1])) {
		copy(c, 2);
		return ERR_NONE;
	}
	c->at++;
	return refuse(c);
}

/* Copies what needs no look: everything but '"', '\', controls, non-ASCII. */
static void
clean_plain(struct cleaner *c)
{
	size_t n = 0;
	struct span rest = span_from(c->text, c->at);

	while (n < rest.n && rest.p[n] >= ' ' && rest.p[n] != '"' &&
	       rest.p[n] != '\\')
		n++;
	if (n)
		copy(c, n);
}

static enum err
clean_string(struct cleaner *c)
{
	enum err err = ERR_NONE;

	copy(c, 1);
	while (!err) {
		clean_plain(c);
		if (!more(c))
			return refuse(c);
		if (peek(c) == '"') {
			copy(c, 1);
			return ERR_NONE;
		}
		if (peek(c) == '\\') {
			err = clean_escape(c);
		} else if ((uint8_t)peek(c) < ' ') {
			err = refuse(c);
		} else {
			bool good;
			size_t n = utf8_step(span_from(c->text, c->at), &good);

			if (good)
				copy(c, n);
			else
				replace(c, n);
		}
	}
	return err;
}

static enum err
clean_open(struct cleaner *c)
{
	bool list = peek(c) == '[';

	if (c->depth == JSON_DEPTH_MAX)
		return fault_add(c->fault, ERR_PAYLOAD, NULL,
		    "JSON is nested more than %d levels deep", JSON_DEPTH_MAX);
	c->open[c->depth++] = list ? ']' : '}';
	copy(c, 1);
	c->want = list ? WANT_ELEMENT_OR_END : WANT_NAME_OR_END;
	return ERR_NONE;
}

static void
clean_close(struct cleaner *c)
{
	copy(c, 1);
	c->want = --c->depth ? WANT_MORE : WANT_END;
}

static enum err
clean_value(struct cleaner *c)
{
	char first = peek(c);

	if (c->values++ == JSON_VALUES_MAX)
		return fault_add(c->fault, ERR_PAYLOAD, NULL,
		    "JSON has more than %d values", JSON_VALUES_MAX);
	if (first == '[' || first == '{')
		return clean_open(c);
	c->want = c->depth ? WANT_MORE : WANT_END;
	switch (first) {
	case '"':
		return clean_string(c);
	case 't':
		return clean_word(c, "true");
	case 'f':
		return clean_word(c, "false");
	case 'n':
		return clean_word(c, "null");
	default:
		return clean_number(c);
	}
}

static enum err
clean_name(struct cleaner *c)
{
	if (peek(c) != '"')
		return refuse(c);
	c->want = WANT_COLON;
	return clean_string(c);
}

static enum err
clean_more(struct cleaner *c)
{
	char close = c->open[c->depth - 1];

	if (peek(c) == close) {
		clean_close(c);
		return ERR_NONE;
	}
	if (peek(c) != ',')
		return refuse(c);
	copy(c, 1);
	c->want = close == ']' ? WANT_VALUE : WANT_NAME;
	return ERR_NONE;
}

static enum err
clean_step(struct cleaner *c)
{
	switch (c->want) {
	case WANT_VALUE:
		return clean_value(c);
	case WANT_NAME:
		return clean_name(c);
	case WANT_MORE:
		return clean_more(c);
	case WANT_ELEMENT_OR_END:
	case WANT_NAME_OR_END:
		if (peek(c) == c->open[c->depth - 1]) {
			clean_close(c);
			return ERR_NONE;
		}
		return c->want == WANT_NAME_OR_END ? clean_name(c)
						   : clean_value(c);
	case WANT_COLON:
		if (peek(c) != ':')
			return refuse(c);
		copy(c, 1);
		c->want = WANT_VALUE;
		return ERR_NONE;
	case WANT_END:
		break;
	}
	return more(c) ? refuse(c) : ERR_NONE;
}

static void
skip_blanks(struct cleaner *c)
{
	while (more(c) && memchr(" \t\n\r", peek(c), 4))
		c->at++;
}

/* A byte that is not UTF-8 may grow to three; only bytes from 0x80 can. */
static size_t
room_needed(struct span text)
{
	size_t high = 0;

	for (size_t i = 0; i < text.n; i++)
		high += (uint8_t)text.p[i] >> 7;
	return text.n + 2 * high + 1;
}

enum err
json_clean(
    struct arena *a, struct span text, struct span *out, struct fault *fault)
{
	struct cleaner c = {.text = text, .fault = fault};
	enum err err;

	*out = SPAN_NONE;
	if (span_starts(text, "\xEF\xBB\xBF"))
		c.at = 3;
	c.out = arena_bytes(a, room_needed(text));
	do {
		skip_blanks(&c);
		err = clean_step(&c);
	} while (!err && (c.want != WANT_END || more(&c)));
	if (err)
		return err;
	c.out[c.n] = '\0';
	*out = span_make(c.out, c.n);
	return ERR_NONE;
}
