/* One request and its answer, whatever brought it: FastCGI or CGI. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/fcgi.h"
#include "http/response_edge.h"
#include "http/serve.h"

/* How bytes come in and go out. */
struct wire {
	size_t (*read)(void *of, char *p, size_t n); /* short: the end */
	bool (*cut)(void *of);			     /* it ended badly */
	bool (*write)(void *of, struct span);
	void *of;
};

struct conn;

/* Parking of one exchange; guarded by the serve's lock. */
struct parked {
	struct exchange *exchange;
	void (*on_gone)(void *arg);
	void *arg;
	struct parked *prev, *next; /* all parked ones */
	struct parked *done_next;   /* those to be answered */
	bool asked;		    /* serve_park was called */
	bool soon;	   /* its answer is waited for at the server's end */
	bool again;	   /* the handler is to be called once more */
	bool waiting;	   /* the handler has returned */
	bool finished;	   /* serve_finish was called */
	bool gone;	   /* no answer is to be written any more */
	bool gone_running; /* on_gone has not returned */
};

struct exchange {
	struct serve *serve; /* NULL under CGI */
	struct cgi *cgi;
	struct conn *conn;
	struct fcgi_call *call;
	struct arena *arena;
	struct request req;
	struct response res;
	struct buf body; /* as received */
	struct buf head; /* of the answer */
	struct parked park;
	int64_t started_us;
};

struct exchange *exchange_new(void);
void exchange_free(struct exchange *);
/* Ready for the next request; called when one is over. */
void exchange_reset(struct exchange *);

struct exchange_rules {
	const char *base_path;
	int64_t body_max_bytes;
	int64_t deadline_ms;
};
/* Fills the request from its variables and reads the body to its end. */
void exchange_receive(struct exchange *, const struct wire *,
    char *const *variables, enum door, const struct exchange_rules *);
/* Its relay's client has been told already that nothing came. */
bool exchange_is_late(const struct exchange *);
/* Writes the response. False when the web server did not take it all. */
bool exchange_answer(struct exchange *, const struct wire *);
/* cgi.c: parking where there is one request only. */
struct parked *cgi_park(struct parked *);
void cgi_finish(struct parked *);

/* One log line: errors of ours as notices, all others as traces. */
void exchange_log(const struct exchange *);

#endif
