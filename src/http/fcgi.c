/* libfcgi, held by the hand. Three habits of it are worked round here
 * (measured with 2.4.2; the fields used are the same up to 2.4.7):
 *
 * - its accept would make a thread the captive of one kept connection, so the
 *   connection is put into the request as if it had been kept;
 * - its close waits up to 2 s for the web server to close first, so requests
 *   are detached and the descriptor stays ours;
 * - after a broken request it closes the descriptor itself, which is told. */
#include "http/fcgi.h"

#include <limits.h>
#include <stdlib.h>

#include <fcgiapp.h>

#include "common/mem.h"

struct fcgi_call {
	FCGX_Request request;
	bool keep; /* the web server's wish */
};

void
fcgi_start(void)
{
	FCGX_Init();
}

bool
fcgi_is_cgi(void)
{
	return FCGX_IsCGI();
}

struct fcgi_call *
fcgi_call_new(void)
{
	return mem_alloc(sizeof(struct fcgi_call));
}

void
fcgi_call_free(struct fcgi_call *c)
{
	free(c);
}

bool
fcgi_call_open(struct fcgi_call *c, int fd)
{
	FCGX_InitRequest(&c->request, -1, 0); /* -1: it can never accept */
	c->request.ipcFd = fd;
	c->request.keepConnection = 1; /* or its leading Finish closes fd */
	FCGX_Detach(&c->request);
	if (FCGX_Accept_r(&c->request) < 0)
		return false;
	c->keep = c->request.keepConnection;
	return true;
}

char *const *
fcgi_call_params(const struct fcgi_call *c)
{
	return c->request.envp;
}

size_t
fcgi_call_read(struct fcgi_call *c, char *p, size_t n)
{
	int got = FCGX_GetStr(p, n > INT_MAX ? INT_MAX : (int)n, c->request.in);

	return got > 0 ? (size_t)got : 0;
}

bool
fcgi_call_cut(const struct fcgi_call *c)
{
	return FCGX_GetError(c->request.in) != 0;
}

bool
fcgi_call_write(struct fcgi_call *c, struct span bytes)
{
	while (bytes.n > 0) {
		int want = bytes.n > INT_MAX ? INT_MAX : (int)bytes.n;

		if (FCGX_PutStr(bytes.p, want, c->request.out) != want)
			return false;
		bytes = span_from(bytes, (size_t)want);
	}
	return true;
}

enum fcgi_left
fcgi_call_end(struct fcgi_call *c)
{
	FCGX_Detach(&c->request);
	c->request.keepConnection = 1; /* flush, but leave the closing to us */
	FCGX_Finish_r(&c->request);
	if (c->request.ipcFd < 0)
		return FCGI_LEFT_NOTHING;
	return c->keep ? FCGI_LEFT_KEEP : FCGI_LEFT_CLOSE;
}
