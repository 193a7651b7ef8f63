/* The queue over a real store: webhooks, deliveries, leases and reports as the
 * queue's tests need them. What fails ends the test. */
#ifndef QUEUE_HELPER_H
#define QUEUE_HELPER_H

#include "store_helper.h"

#include "common/conf.h"
#include "queue/queue.h"

static const int64_t NOW = 1700000000000;
enum { TIMEOUT_MS = 15000, SLACK_MS = 10000, WINDOW = 2 };
enum { BREAKER_MS = 1000, UNPROVEN = 100 };

struct bench {
	struct place *place;
	struct conf conf;
	struct queue *queue;
	_Atomic int ready;
};
int bench_setup(void **state);
int bench_teardown(void **state);
#define BENCH_TEST(name)                                                       \
	cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
void open_queue(struct bench *);
void restart(struct bench *); /* the owner goes and comes back */

/* Arguments and results of bodies. */
struct step {
	struct bench *b;
	struct row *row;
	int64_t id, webhook, due_ms;
	struct lease_request request;
	int64_t now_ms;
	struct queue_job *jobs;
	size_t count;
	struct lease_report report;
	int field;
	struct value value;
	bool fail;
};
store_body nothing_body;
store_body lease_body;	/* fails at the end with s->fail */
store_body report_body; /* the same */
store_body look_body;	/* s->id to s->row */
store_body remove_body; /* cancels s->id by hand */
store_body option_body; /* without telling the queue: s->fail */

int64_t hook(struct bench *, const char *url);
void set_active(struct bench *, int64_t id, bool active);
/* An option of the webhook (enum in model/schema.h), told to the queue. */
void set_option(struct bench *, int64_t webhook, int field, struct value);
int64_t emit(struct bench *, int64_t webhook, int64_t due_ms);
struct step lease(
    struct bench *, uint8_t session, uint32_t want, int64_t now_ms);
void report(struct bench *, const struct lease_job *, enum outcome, int status,
    int64_t now_ms);
/* Bodies run until no webhook has background work left. */
void settle_down(struct bench *);
struct row *look(struct bench *, int64_t delivery);
void expect_state(struct bench *, int64_t delivery, const char *state);
struct queue_counts counts(struct bench *);
uint8_t *session_id(uint8_t byte);

#endif
