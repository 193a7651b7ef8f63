/* The relay's connections to the owner: made, kept for the next request, and
 * one beside them that asks whether the owner lives. */
#ifndef HTTP_RELAY_POST_H
#define HTTP_RELAY_POST_H

#include "http/fcgi_client.h"

enum { POST_KEPT_MAX = 8 };

struct post {
	const char *state_dir;
	int dir_fd; /* -1: not open */
	struct fcgi_client *kept[POST_KEPT_MAX];
	size_t kept_count;
	struct fcgi_client *ping;
	int64_t ping_until_ms;
	int64_t seen_ms; /* when a ping was answered last */
};

void post_init(struct post *, const char *state_dir);
void post_release(struct post *);
/* A connection that is free; ERR_UNAVAILABLE: nobody listens. */
enum err post_take(struct post *, struct fcgi_client **);
/* Back after its answer. */
void post_give(struct post *, struct fcgi_client *);

/* Has the owner shown that it works, `within_ms` from now back? */
bool post_lives(const struct post *, int64_t now_ms, int64_t within_ms);
/* Asks, unless that is under way. */
void post_ping(struct post *, int64_t now_ms);
void post_ping_step(struct post *, int64_t now_ms);

#endif
