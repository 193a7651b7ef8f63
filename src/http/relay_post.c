/* Connections as the relay needs them. A kept one that has ended shows at its
 * next use, so the list may hold dead ones; it is short. */
#include "http/relay_post.h"

#include <fcntl.h>
#include <unistd.h>

#include "http/relay_wire.h"
#include "http/request.h"

enum { PING_WAIT_MS = 1000, PING_BYTES_MAX = 4096 };

void
post_init(struct post *p, const char *state_dir)
{
	*p = (struct post){
	    .state_dir = state_dir, .dir_fd = -1, .seen_ms = INT64_MIN};
}

void
post_release(struct post *p)
{
	while (p->kept_count > 0)
		fcgi_client_free(p->kept[--p->kept_count]);
	fcgi_client_free(p->ping);
	if (p->dir_fd >= 0)
		close(p->dir_fd);
}

/* The directory is opened anew after each failure: it may have been made, or
 * replaced, meanwhile. */
static enum err
post_connect(struct post *p, size_t body_max, struct fcgi_client **out)
{
	enum err err;

	if (p->dir_fd < 0)
		p->dir_fd =
		    open(p->state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (p->dir_fd < 0)
		return ERR_UNAVAILABLE;
	err = fcgi_client_connect(p->dir_fd, RELAY_SOCKET, body_max, out);
	if (err) {
		close(p->dir_fd);
		p->dir_fd = -1;
	}
	return err;
}

enum err
post_take(struct post *p, struct fcgi_client **out)
{
	while (p->kept_count > 0) {
		*out = p->kept[--p->kept_count];
		if (fcgi_client_reusable(*out))
			return ERR_NONE;
		fcgi_client_free(*out);
	}
	return post_connect(p, RESPONSE_BYTES_MAX, out);
}

void
post_give(struct post *p, struct fcgi_client *c)
{
	if (p->kept_count < POST_KEPT_MAX && fcgi_client_reusable(c))
		p->kept[p->kept_count++] = c;
	else
		fcgi_client_free(c);
}

bool
post_lives(const struct post *p, int64_t now_ms, int64_t within_ms)
{
	return p->seen_ms > now_ms - within_ms;
}

void
post_ping(struct post *p, int64_t now_ms)
{
	static const char *const params[] = {"REQUEST_METHOD", "GET",
	    "REQUEST_URI", "/server/ping", "SCRIPT_NAME", "", NULL};

	if (p->ping)
		return;
	p->ping_until_ms = now_ms + PING_WAIT_MS;
	if (post_connect(p, PING_BYTES_MAX, &p->ping)) {
		p->ping = NULL;
		return;
	}
	if (fcgi_client_send(p->ping, params, SPAN_NONE)) {
		fcgi_client_free(p->ping);
		p->ping = NULL;
	}
}

void
post_ping_step(struct post *p, int64_t now_ms)
{
	struct fcgi_answer answer;
	bool done = false;

	if (!p->ping)
		return;
	if (fcgi_client_step(p->ping, &done, &answer) == ERR_NONE && !done &&
	    now_ms < p->ping_until_ms)
		return;
	if (done)
		p->seen_ms = now_ms;
	fcgi_client_free(p->ping);
	p->ping = NULL;
}
