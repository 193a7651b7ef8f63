/* From a handler's response to CGI output: the edge's side of request.h. */
#ifndef HTTP_RESPONSE_EDGE_H
#define HTTP_RESPONSE_EDGE_H

#include "http/request.h"

void response_init(struct response *, struct arena *);
void response_release(struct response *);
/* Empty again for the next request; keeps a body buffer of ordinary size. */
void response_reset(struct response *);
/* Writes the header block with its blank line and gives the body that goes
 * behind it (none for HEAD, 204, 304). May turn the status into 304, and into
 * 500 when the body is larger than RESPONSE_BYTES_MAX. */
struct span response_head(
    const struct request *, struct response *, struct buf *head);
/* An error answer as the contract words them (chapter 4). */
void response_error(struct response *, enum err);

#endif
