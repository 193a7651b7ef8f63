/* An owner that others started (--own) leaves when nobody needs it. */
#ifndef CGI_BIN_IDLE_H
#define CGI_BIN_IDLE_H

#include "http/serve.h"

struct idle;

/* Watches from a thread of its own; serve_stop once no connection was open
 * for so long. NULL: the thread could not be made; then it stays. */
struct idle *idle_watch(struct serve *, int64_t idle_ms);
/* After serve_run, before serve_free. NULL is fine. */
void idle_free(struct idle *);

#endif
