/* From outcomes to responses: the one place where faults become HTTP. */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "api/api.h"

/* Status, type and body for err and call->fault (contract chapter 4). */
void answer_fault(struct call *, enum err);
/* The response as it was at the start; before an answer is made again. */
void answer_reset(struct response *);
/* CORS headers of contract chapter 8, when the settings ask for them. */
void answer_cors(struct call *);
/* OPTIONS under CORS, on any path. */
void answer_preflight(struct call *);
/* OPTIONS else: what `Allow` says. */
void answer_options(struct call *);
/* 200 with a body of the handler's own in res->body. */
void answer_json(struct call *);
/* "status" of a text answer that is no JSON. */
void answer_text(struct call *, int status, const char *type, const char *text);

#define ANSWER_JSON "application/json; charset=utf-8"
#define ANSWER_HTML "text/html; charset=utf-8"
#define ANSWER_PLAIN "text/plain; charset=utf-8"

#endif
