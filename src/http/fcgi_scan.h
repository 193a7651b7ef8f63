/* Looking at received bytes without taking them: is a request complete?
 *
 * A pure function over what recv(MSG_PEEK) saw. Only a request that it calls
 * complete (or large, with all its parameters checked) is given to libfcgi,
 * so libfcgi neither waits for a peer nor sees a length it would choke on. */
#ifndef HTTP_FCGI_SCAN_H
#define HTTP_FCGI_SCAN_H

#include "common/span.h"

enum {
	/* A request's parameters must end within the looked-at window: no
	 * web server passes more header bytes than this (32 KiB nginx). */
	SCAN_WINDOW_BYTES = 64 << 10,
	/* From here on a request without end counts as large. Less than the
	 * window, because a TCP receive buffer may never hold all of it. */
	SCAN_LARGE_BYTES = 32 << 10,
	SCAN_PARAMS_MAX = 1000
};

enum scan_what {
	SCAN_MORE,	 /* not decided before `need` bytes are there */
	SCAN_REQUEST,	 /* complete: `bytes` long */
	SCAN_LARGE,	 /* parameters complete and good, body goes on */
	SCAN_ABORTED,	 /* given up by the web server, `bytes` long */
	SCAN_ROLE,	 /* complete up to `bytes`, but not for a responder */
	SCAN_MANAGEMENT, /* one record with id 0, `bytes` long */
	SCAN_STRAY,	 /* one record of no request, `bytes` long */
	SCAN_BAD	 /* no FastCGI, or over a limit: close */
};

struct scan {
	enum scan_what what;
	size_t bytes;
	size_t need;
	uint16_t id;
	uint8_t type; /* SCAN_MANAGEMENT: of the record */
	bool keep;
	bool params; /* a responder's parameters are complete and good */
};

struct scan fcgi_scan(struct span seen);

#endif
