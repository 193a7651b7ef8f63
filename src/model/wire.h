/* The request a webhook gets, as data (contract 9.4, product chapter 3): what
 * the dispatcher sends and the preview shows is made by one pure function. */
#ifndef MODEL_WIRE_H
#define MODEL_WIRE_H

#include "common/mem.h"
#include "model/lease.h"

struct wire {
	struct span method;
	struct span url;	      /* absolute; no user part, no fragment */
	struct lease_header *headers; /* in the order they are sent */
	size_t header_count;
	struct span body;
	bool has_body; /* POST always has one, maybe of no bytes */
};

/* ERR_PAYLOAD: the address or the method cannot be used. `version` stands
 * behind webhooks-fcgi/ in User-Agent. Everything lies in the arena or in
 * the job. */
enum err wire_build(struct arena *, const struct lease_job *, int64_t now_ms,
    const char *version, struct wire *);

/* Scheme, host and port of its address. */
struct span wire_place(const struct wire *);

/* A header a user may add: name of token characters, value without control
 * characters, and none of those the transport or the signature owns. */
bool wire_header_allowed(struct span name, struct span value);
/* The value must not be shown in answers, records and logs. */
bool wire_header_is_secret(struct span name);
/* The address without the user part, for records and logs: `user:pass@`
 * becomes `***@`. In the arena. */
struct span wire_url_masked(struct arena *, struct span url);

#endif
