/* Plain CGI: one request from the environment and stdin, its answer to
 * stdout, through the same handler as FastCGI. */
#ifndef HTTP_CGI_H
#define HTTP_CGI_H

#include "http/serve.h"

/* True when fd 0 is no listening socket; ask before anything touches it. */
bool cgi_is(void);
/* Serves the one request; of the options handler, ctx, base_path, the body's
 * maximum and the deadline count. A parked answer is waited for. ERR_IO when
 * the web server did not take the answer. */
enum err cgi_serve(const struct serve_options *);

#endif
