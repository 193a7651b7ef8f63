/* What is kept of an answer: header lines and the beginning of the body,
 * within limits (product chapter 3, "Outcome"). Knows nothing of libcurl. */
#ifndef DELIVERY_EXCHANGE_H
#define DELIVERY_EXCHANGE_H

#include <stdbool.h>

#include "common/buf.h"
#include "model/delivery.h"
#include "model/wire.h"

enum {
	EXCHANGE_BODY_KEPT_BYTES = 16 << 10,
	EXCHANGE_BODY_MAX_BYTES = 1 << 20,
	EXCHANGE_HEADERS_MAX_BYTES = 64 << 10,
	EXCHANGE_HEADERS_KEPT_BYTES = 16 << 10, /* as JSON */
	EXCHANGE_INTERIM_MAX = 10		/* 1xx answers */
};

struct exchange {
	struct buf headers; /* [{"name":..,"value":..}, without ] */
	struct buf body;    /* its beginning */
	size_t header_bytes, body_bytes;
	unsigned interim;
	int64_t retry_after_ms; /* -1: none */
	bool head_complete;	/* the last head's empty line came */
	const char *ended;	/* why we ended it, or NULL; then also */
	enum outcome outcome;	/* how that counts */
};

void exchange_init(struct exchange *);
void exchange_release(struct exchange *);
void exchange_clear(struct exchange *);
/* One line as it came, with its line end; a status line starts anew. False:
 * a limit was passed or 101 came, end it. */
bool exchange_line(struct exchange *, struct span line, int64_t now_ms);
bool exchange_data(struct exchange *, struct span data);
/* Headers as they are recorded: a list of phrase_shorten, secret values
 * masked. Of the answer, once it is over; and of the request. */
void exchange_headers(struct buf *, struct exchange *);
void exchange_sent_headers(struct buf *, const struct wire *);
/* Whether the status means success; `list` is 2xx,304 or empty (2xx). */
bool exchange_success(struct span list, int status);

#endif
