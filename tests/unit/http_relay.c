/* The relay between a client and an owner that does what a script says. All in
 * one process, over sockets in a directory of its own. */
#include "http_owner.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "http/fcgi_client.h"
#include "http/listen.h"
#include "http/relay.h"
#include "http/relay_wire.h"

enum { DEADLINE_MS = 1000, WAIT_MS = 10000, BODY_MAX = 1000 };

struct bench {
	char dir[64];
	int dir_fd, web_fd;
	struct owner owner;
	struct serve *serve;
	struct relay *relay;
	pthread_t thread;
	atomic_bool owns;
	atomic_int turns, own_after; /* turns until it is ours; -1: never */
	enum relay_turn in_vain;
};

static enum relay_turn
turn(void *ctx)
{
	struct bench *b = ctx;
	int n = atomic_fetch_add(&b->turns, 1) + 1;

	if (b->own_after < 0 || n < b->own_after)
		return b->in_vain;
	atomic_store(&b->owns, true);
	return RELAY_OWN;
}

static enum reply
handle(void *ctx, struct request *q, struct response *r)
{
	struct bench *b = ctx;

	if (!atomic_load(&b->owns))
		return relay_handle(b->relay, q, r);
	r->content_type = "text/plain";
	buf_printf(&r->body, "self %.*s", SPAN_FMT(q->body));
	return REPLY_DONE;
}

static void *
bench_run(void *arg)
{
	serve_run(((struct bench *)arg)->serve);
	return NULL;
}

static int
setup(void **state)
{
	struct bench *b = calloc(1, sizeof *b);
	struct serve_listen listen = {.door = DOOR_WEB};
	struct serve_options options = {
	    .listen = &listen,
	    .listen_count = 1,
	    .workers = 2,
	    .body_max_bytes = BODY_MAX,
	    .receive_timeout_ms = WAIT_MS,
	    .base_path = "",
	    .request_deadline_ms = DEADLINE_MS,
	    .handler = handle,
	    .ctx = b,
	};
	struct relay_options relay = {
	    .state_dir = b->dir, .has_web = true, .turn = turn, .ctx = b};

	b->own_after = -1;
	b->in_vain = RELAY_WAIT;
	strcpy(b->dir, "/tmp/http-relay-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	b->dir_fd = open(b->dir, O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(listen_unix(b->dir_fd, "web", &b->web_fd), ERR_NONE);
	listen.fd = b->web_fd;
	assert_int_equal(serve_new(&options, &b->serve), ERR_NONE);
	b->relay = relay_new(&relay);
	assert_non_null(b->relay);
	assert_int_equal(pthread_create(&b->thread, NULL, bench_run, b), 0);
	*state = b;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *b = *state;

	serve_stop(b->serve);
	pthread_join(b->thread, NULL);
	owner_stop(&b->owner);
	relay_free(b->relay);
	serve_free(b->serve);
	close(b->web_fd);
	listen_unlink(b->dir_fd, "web");
	close(b->dir_fd);
	rmdir(b->dir);
	free(b);
	return 0;
}

/* ---- the client ---- */

struct got {
	int status;
	char headers[512], body[512];
	int64_t ms;
};

static struct got
ask(struct bench *b, const char *method, struct span body, const char *key)
{
	const char *params[] = {"REQUEST_METHOD", method, "REQUEST_URI",
	    "/x?y=1", "SCRIPT_NAME", "", "HTTP_ODD", "", "HTTP_ODD", "twice",
	    RELAY_DEADLINE_MS, "1", key ? "HTTP_IDEMPOTENCY_KEY" : NULL, key,
	    NULL};
	struct got got = {.ms = clock_mono_ms()};
	struct fcgi_answer a = {0};
	struct fcgi_client *c;
	bool done = false;

	assert_int_equal(
	    fcgi_client_connect(b->dir_fd, "web", 4096, &c), ERR_NONE);
	assert_int_equal(fcgi_client_send(c, params, body), ERR_NONE);
	while (!done && clock_mono_ms() - got.ms < WAIT_MS) {
		struct pollfd p = {fcgi_client_fd(c), fcgi_client_events(c), 0};

		poll(&p, 1, 100);
		assert_int_equal(fcgi_client_step(c, &done, &a), ERR_NONE);
	}
	assert_true(done);
	got.status = a.status;
	snprintf(got.headers, sizeof got.headers, "%.*s", SPAN_FMT(a.headers));
	snprintf(got.body, sizeof got.body, "%.*s", SPAN_FMT(a.body));
	got.ms = clock_mono_ms() - got.ms;
	fcgi_client_free(c);
	return got;
}

#define ASK(method) ask(b, method, SPAN("{}"), NULL)
#define SCRIPT(...)                                                            \
	owner_start(&b->owner, b->dir_fd, (const enum act[]){__VA_ARGS__},     \
	    sizeof((const enum act[]){__VA_ARGS__}) / sizeof(enum act))

/* ---- tests ---- */

static void
test_passes_on(void **state)
{
	struct bench *b = *state;
	struct got got;

	SCRIPT(ANSWER, ANSWER, ANSWER);
	for (int i = 0; i < 3; i++) {
		got = ASK("PATCH");
		assert_int_equal(got.status, 418);
		assert_string_equal(got.body, "body");
		assert_non_null(strstr(got.headers, "Set-Thing: 1\r\n"));
		assert_non_null(strstr(got.headers, "Set-Thing: 2\r\n"));
		assert_non_null(strstr(got.headers, "ETag: W/\"own\"\r\n"));
		assert_null(strstr(got.headers, "Content-Security"));
	}
	assert_true(owner_saw(&b->owner, "REQUEST_METHODPATCH"));
	assert_true(owner_saw(&b->owner, "REQUEST_URI/x?y=1"));
	assert_true(owner_saw(&b->owner, "HTTP_ODDtwice"));
	assert_true(owner_saw(&b->owner, RELAY_HAS_WEB "yes"));
	assert_true(owner_saw(&b->owner, RELAY_DEADLINE_MS));
	/* what the web server said of it does not count */
	assert_false(owner_saw(&b->owner, RELAY_DEADLINE_MS "1\t"));
	assert_false(owner_saw(&b->owner, RELAY_BODY));
	assert_true(owner_saw(&b->owner, "{}"));
	/* kept; the other asked for a sign of life, so short is the time */
	assert_in_range(b->owner.accepted, 1, 2);
}

static void
test_large_body(void **state)
{
	char large[BODY_MAX + 1] = "";
	struct bench *b = *state;

	SCRIPT(ANSWER);
	memset(large, 'x', sizeof large);
	ask(b, "POST", span_make(large, sizeof large), NULL);
	assert_true(owner_saw(&b->owner, RELAY_BODY RELAY_BODY_TOO_LARGE));
	assert_false(owner_saw(&b->owner, "xxxxxxxxxx"));
}

/* The owner died: a write is never sent twice, what only reads is. */
static void
test_lost(void **state)
{
	static const struct {
		const char *method, *key;
		enum act first;
		int status, requests;
		bool retry_after;
	} rows[] = {
	    {"POST", NULL, CLOSE, 503, 1, false},
	    {"POST", "k", CLOSE, 503, 1, true},
	    {"DELETE", NULL, HALF, 503, 1, false},
	    {"GET", NULL, CLOSE, 418, 2, false},
	    {"SEARCH", NULL, HALF, 418, 2, false},
	};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct got got;

		SCRIPT(rows[i].first, ANSWER, ANSWER);
		atomic_store(&b->owner.requests, 0);
		got = ask(b, rows[i].method, SPAN("{}"), rows[i].key);
		assert_int_equal(got.status, rows[i].status);
		assert_int_equal(b->owner.requests, rows[i].requests);
		assert_int_equal(strstr(got.headers, "Retry-After") != NULL,
		    rows[i].retry_after);
		assert_int_equal(strstr(got.body, "OUTCOME_UNKNOWN") != NULL,
		    rows[i].status == 503);
		owner_stop(&b->owner);
	}
}

static void
test_own_turn(void **state)
{
	struct bench *b = *state;
	struct got got;

	b->own_after = 3;
	got = ASK("POST");
	assert_int_equal(got.status, 200);
	assert_string_equal(got.body, "self {}");
	assert_int_equal(b->turns, 3);
	assert_int_equal(ASK("GET").status, 200);
	assert_int_equal(b->turns, 3);
}

static void
test_nobody_comes(void **state)
{
	struct bench *b = *state;
	struct got got = ASK("POST");
	int paused;

	assert_int_equal(got.status, 503);
	assert_non_null(strstr(got.body, "SERVICE_UNAVAILABLE"));
	assert_non_null(strstr(got.headers, "Retry-After: 1"));
	assert_in_range(got.ms, DEADLINE_MS / 2, DEADLINE_MS);
	assert_in_range(b->turns, 5, 100); /* it did pause between */
	paused = b->turns;
	b->in_vain = RELAY_SOON;
	assert_int_equal(ASK("POST").status, 503);
	assert_true(b->turns - paused > 2 * paused); /* but not for long */
	b->in_vain = RELAY_NEVER;
	got = ASK("POST");
	assert_int_equal(got.status, 503);
	assert_in_range(got.ms, 0, DEADLINE_MS / 2);
}

/* A kept connection that ended meanwhile is no loss. */
static void
test_owner_changes(void **state)
{
	struct bench *b = *state;
	struct got got;

	SCRIPT(ANSWER);
	assert_int_equal(ASK("GET").status, 418);
	owner_stop(&b->owner);
	b->owner.requests = 0;
	SCRIPT(ANSWER);
	got = ASK("POST");
	assert_int_equal(got.status, 418);
}

static void
test_silent(void **state)
{
	struct bench *b = *state;
	struct got got;

	SCRIPT(SILENT, SILENT, SLOWLY);
	got = ASK("POST");
	assert_int_equal(got.status, 503);
	assert_non_null(strstr(got.body, "OUTCOME_UNKNOWN"));
	assert_in_range(got.ms, DEADLINE_MS / 2, DEADLINE_MS);
	assert_in_range(b->owner.pings, 1, 10);
	got = ASK("GET");
	assert_non_null(strstr(got.body, "SERVICE_UNAVAILABLE"));
	/* one that lives may take its time */
	atomic_store(&b->owner.lives, true);
	got = ASK("POST");
	assert_int_equal(got.status, 418);
	assert_in_range(got.ms, SLOWLY_MS - 100, SLOWLY_MS + 2000);
}

static void *
ask_in_thread(void *arg)
{
	struct bench *b = arg;
	struct got *got = malloc(sizeof *got);

	*got = ASK("POST");
	return got;
}

/* The relay is told to end while a request is at the owner. */
static void
end_while(struct bench *b, enum act act, const char *words)
{
	int64_t began = clock_mono_ms();
	pthread_t client;
	struct got *got;
	void *out;

	SCRIPT(act);
	assert_int_equal(pthread_create(&client, NULL, ask_in_thread, b), 0);
	while (b->owner.requests == 0 && clock_mono_ms() - began < WAIT_MS)
		poll(NULL, 0, 1);
	serve_stop(b->serve);
	pthread_join(client, &out);
	got = out;
	assert_non_null(strstr(got->body, words));
	assert_in_range(got->ms, 0, 1500);
	free(got);
}

static void
test_end_waits(void **state)
{
	end_while(*state, LATER, "body");
}

static void
test_end_in_doubt(void **state)
{
	end_while(*state, SILENT, "OUTCOME_UNKNOWN");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_passes_on),
	    T(test_large_body),
	    T(test_lost),
	    T(test_own_turn),
	    T(test_nobody_comes),
	    T(test_owner_changes),
	    T(test_silent),
	    T(test_end_waits),
	    T(test_end_in_doubt),
	};

	serve_block_signals();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
