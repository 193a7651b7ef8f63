/* What owner and dispatcher say to each other over owner.sock: bodies of
 * POST /internal/lease and POST /internal/report, in pack.h records, at most
 * 4 MiB (design "Queue"). Both sides use these functions; nothing else knows
 * the layout. Spans of unpacked structs point into the message. */
#ifndef MODEL_LEASE_H
#define MODEL_LEASE_H

#include "common/err.h"
#include "common/mem.h"
#include "common/pack.h"
#include "model/delivery.h"
#include "model/secret.h"

enum { LEASE_MESSAGE_BYTES_MAX = 4 << 20, LEASE_SESSION_BYTES = 16 };

/* Dispatcher -> owner. The owner answers when at least one job can go or
 * wait_ms is over (then with none). want 0: only hold the session open. */
struct lease_request {
	uint8_t session[LEASE_SESSION_BYTES];
	uint32_t want;
	int64_t wait_ms;
	const int64_t *holding; /* leases (tokens) still being worked on;
	                                told after an owner restart */
	size_t holding_count;
};
void lease_request_pack(const struct lease_request *, struct buf *);
enum err lease_request_unpack(
    struct arena *, struct span, struct lease_request *);

struct lease_header {
	struct span name, value;
};
struct lease_job {
	int64_t delivery, webhook, token; /* token: this lease */
	struct span message_id;		  /* webhook-id on the wire */
	uint32_t attempt;		  /* 1 = first */
	int64_t until_ms;		  /* wall clock; then the row is free */
	struct span method, url;
	bool with_data;	  /* webhook's `data` */
	struct span body; /* exact bytes, empty without data */
	/* New first; texts and seeds may be empty; seeds only if ed25519. */
	struct secret_pair secrets[SECRET_IN_FORCE_MAX];
	uint32_t timeout_ms;
	bool hub_signature, ed25519, cloudevents, verify_tls, test;
	struct span success;	/* csv of statuses or 2xx classes */
	struct span event_type; /* items.create ..., for CloudEvents */
	int64_t created_ms;
	struct lease_header *headers;
	size_t header_count;
};
void lease_job_pack(const struct lease_job *, struct buf *);
/* False at the end of the answer; err on damage. */
enum err lease_job_unpack(
    struct arena *, struct unpack *, struct lease_job *, bool *more);

/* One finished attempt. */
struct lease_report {
	int64_t delivery, token;
	uint32_t attempt;
	int64_t at_ms; /* start, wall clock */
	enum outcome outcome;
	int status;
	int64_t retry_after_ms; /* -1: none */
	uint32_t dns_us, connect_us, tls_us, first_byte_us, total_us;
	struct span url, address, http_version, tls, error;
	struct span request_headers, response_headers; /* JSON lists of
	                                   {"name":..,"value":..}, masked, as
	                                   phrase_shorten makes them */
	struct span response_body; /* first 16 KiB, raw bytes */
	bool response_truncated;
	/* Not packed; queue_report fills them in. */
	bool counted;	    /* it was an attempt of ... */
	int64_t webhook;    /* ... this webhook's */
	int64_t created_ms; /* when its delivery was made */
};
void lease_report_pack(const struct lease_report *, struct buf *);
enum err lease_report_unpack(
    struct unpack *, struct lease_report *, bool *more);
/* A report without delivery and token is also the stored attempt record. */

#endif
