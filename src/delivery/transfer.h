/* One attempt over one easy handle: what is asked of libcurl for it, what is
 * kept of the answer, and the report. Shared by send.c and transfer.c only. */
#ifndef DELIVERY_TRANSFER_H
#define DELIVERY_TRANSFER_H

#include "common/conf.h"
#include "delivery/exchange.h"
#include "delivery/guard.h"
#include "model/lease.h"
#include "model/wire.h"

enum {
	TRANSFER_ERROR_BYTES = 200,
	TRANSFER_DETAIL_BYTES = 256 /* CURL_ERROR_SIZE */
};

struct curl_slist;
struct sender_options;
struct transfer {
	const struct sender_options *opt;
	void *easy;			/* CURL */
	struct curl_slist *header_list; /* in the arena */
	struct arena *arena;
	struct lease_job job; /* in the arena */
	struct wire wire;
	struct exchange answer;
	int64_t at_ms;
	const char *refused; /* why the guard said no */
	char refused_address[GUARD_TEXT_BYTES];
	const char *tls; /* version of the connection, NULL: none */
	bool connected;	 /* the guard let some address through */
	bool ready;	 /* connected, TLS included: the request may go */
	char error[TRANSFER_ERROR_BYTES];
	char detail[TRANSFER_DETAIL_BYTES]; /* libcurl's words, not shown */
	struct transfer *next, **link;	    /* the sender's lists */
};

struct transfer *transfer_new(const struct sender_options *);
void transfer_free(struct transfer *);
/* Takes the packed job; an error when it cannot be read. */
enum err transfer_take(struct transfer *, struct span packed);
/* Makes the request of it. ERR_PAYLOAD: its address or method cannot be
 * used. */
enum err transfer_prepare(struct transfer *);
void transfer_clear(struct transfer *);
/* Whether it used a connection that was there before. */
bool transfer_was_kept(const struct transfer *);
/* Reports the end libcurl told (a CURLcode). */
void transfer_report(struct transfer *, int code);
/* Reports one that was never sent, or stopped by us. */
void transfer_fail(struct transfer *, enum outcome, const char *words);

#endif
