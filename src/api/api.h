/* What the service means: routes, rights, operations over collections. */
#ifndef API_API_H
#define API_API_H

#include "api/tallies.h"
#include "common/conf.h"
#include "http/route.h"
#include "http/serve.h"
#include "model/role.h"
#include "query/query.h"
#include "queue/queue.h"
#include "store/outbox.h"
#include "store/records.h"

/* The service: one per process, read-only after the start. */
struct internal; /* internal.h: parked leases */
struct trial;
struct stats;
struct api {
	const struct conf *conf;
	struct store *store;
	struct queue *queue;
	struct serve *serve;
	struct internal *internal;
	struct trial *trial; /* trial.h: parked test calls */
	struct stats *stats; /* stats.h: counts of attempts */
	struct tallies tallies;
	int64_t started_ms;
	bool stays; /* has a web server's socket: is there between requests */
};

/* One request being answered. */
struct call {
	struct api *api;
	struct request *req;
	struct response *res;
	struct arena *arena;
	struct fault *fault;
	struct caller caller;
	struct query *query; /* of the address, always there */
	struct js_doc *doc;  /* body, or NULL */
	struct js body;	     /* JS_NONE when absent or not read */
	struct span args[ROUTE_ARGS_MAX];
	struct route_match match;
	const struct api_row *row;
	const struct schema *schema; /* collection of the row, if any */
	bool has_credentials;	     /* a token was sent, right or wrong */
	bool parked;
	bool answered; /* by a step before the handler */
};

/* The entry for serve_options.handler; ctx is struct api *. Works through
 * contract chapter 1 in order and answers faults. */
enum reply api_handle(void *ctx, struct request *, struct response *);
void api_timer(void *ctx);    /* for serve_options.timer */
void api_ready(void *ctx);    /* for queue_new */
void api_visit(struct api *); /* after a request without a server: plain CGI */

typedef enum err api_handler(struct call *);
/* A handler that parked (serve_park) calls this and returns ERR_NONE. The
 * arena lives on; the JSON document of the body does not. */
void call_parked(struct call *);

enum need {
	NEED_NONE = 0,
	NEED_OWNER_DOOR = 1 << 0, /* internal: owner.sock only */
	NEED_COLLECTION = 1 << 1, /* args[0] names a user's collection:
	                                  found first, the right is for it */
	NEED_OWN = 1 << 2	  /* a right to own collections is enough
	                                  to come in; the handler looks on */
};
struct resource; /* records.h */
struct api_row {
	enum method method;
	const char *pattern;
	api_handler *handler;
	enum right right;
	unsigned need;
	const struct resource *resource; /* for the handlers of records.h */
	api_handler *shape;		 /* contract ch. 1 step 5, or NULL */
};
enum { API_ROWS_MAX = 96 };
extern const struct api_row api_rows[]; /* routes.c: THE table */
extern const size_t api_row_count;

/* Answers. */
void call_json(struct call *, struct span text); /* 200 with this body */
void call_empty(struct call *);			 /* 204 */
/* A write that honours Idempotency-Key: runs `body` in store_write and then
 * `answer`, which fills call->res from what the body left in `arg` (no store
 * calls, no I/O). With a key the answer is made inside the transaction and
 * kept with it, or the kept one is given and nothing is done. Both may run
 * more than once. */
enum err call_write(struct call *, store_body *body,
    enum err (*answer)(struct call *, void *arg), void *arg);

enum { EVENT_COLLECTION_BYTES_MAX = 255 }; /* as a name of Directus */

/* Emit (emit.c): event row, delivery rows, queue rows, inside the writer's
 * body. emit_prepare formats all that can be outside; the body only joins
 * bytes. An event that no webhook wants is kept all the same. */
struct emit {
	enum action action;
	const char *source; /* items, events, test */
	struct span collection;
	struct span key, keys;	     /* JSON text, one of them empty; `key`
	                                  may be filled in inside the body */
	struct span payload;	     /* JSON text, the client's bytes */
	struct span accountability;  /* JSON text */
	const int64_t *only_webhook; /* test events: just this one; NULL:
	                                  all that match */
	/* filled in */
	struct span head, tail; /* of the wire body, round the key */
	int64_t event_id;
	struct row *event;
	size_t delivery_count;
	int64_t first_delivery;
};
void emit_prepare(struct arena *, struct emit *);
enum err emit(struct txn *, struct queue *, struct arena *, int64_t now_ms,
    struct emit *);
/* {"user":U,"role":R} of a caller, in the arena. */
struct span emit_accountability(struct arena *, const struct caller *);
/* ["1",2] of keys in the order given or sorted as text (contract 9.3). */
struct key;
struct span emit_keys(
    struct arena *, const struct key *, size_t count, bool sorted);

#endif
