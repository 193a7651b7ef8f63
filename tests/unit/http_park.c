/* Requests that wait, peers that hang up meanwhile, moments to wake at. */
#include "http_helper.h"

#include <unistd.h>

#include "common/clock.h"
#include "http/fcgi_record.h"

static void
test_park(void **state)
{
	struct house h;
	struct asking k = {.house = &h};
	pthread_t t;

	(void)state;
	house_start(&h, WAIT_MS);
	k.client = client_new(&h);
	for (int i = 0; i < 3; i++) {
		pthread_create(&t, NULL, ask_park, &k);
		struct parked *p = house_parked(&h);
		assert_int_equal(house_counts(&h).parked_now, 1);
		/* no thread waits: all workers are free */
		for (int k2 = 0; k2 < WORKERS + 1; k2++)
			house_serves(&h);
		assert_true(span_is(parked_request(p)->target, "/park"));
		buf_text(&parked_response(p)->body, "later");
		pthread_mutex_lock(&h.lock);
		h.parked = NULL;
		pthread_mutex_unlock(&h.lock);
		serve_finish(p);
		pthread_join(t, NULL);
		assert_int_equal(k.rc, ERR_NONE);
		assert_string_equal(k.body, "later");
	}
	client_expect(k.client, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
	assert_int_equal(h.gone, 0);
	assert_int_equal(house_counts(&h).parked_now, 0);
	fcgi_client_free(k.client);
	house_stop(&h);
}

static void
test_park_hangup(void **state)
{
	struct house h;
	struct buf b, p;

	(void)state;
	house_start(&h, WAIT_MS);
	buf_init(&b, 4096);
	buf_init(&p, 256);
	fcgi_put_begin(&b, 1, true);
	fcgi_put_pair(&p, SPAN("REQUEST_URI"), SPAN("/park"));
	fcgi_put_stream(&b, FCGI_PARAMS, 1, buf_view(&p));
	fcgi_put_header(&b, FCGI_PARAMS, 1, 0);
	fcgi_put_header(&b, FCGI_STDIN, 1, 0);
	for (int i = 0; i < 20; i++) {
		int fd = raw_connect(&h);

		raw_send(fd, &b);
		if (i % 2)
			house_parked(&h);
		close(fd); /* for even i perhaps before the parking */
		pthread_mutex_lock(&h.lock);
		while (h.gone <= i)
			pthread_cond_wait(&h.changed, &h.lock);
		pthread_mutex_unlock(&h.lock);
	}
	house_serves(&h);
	buf_release(&p);
	buf_release(&b);
	house_stop(&h);
}

/* The end of a connection that rests between two requests is told where it
 * was asked for, and only there. */
static void
test_tell_end(void **state)
{
	struct fcgi_client *other, *one;
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	for (int i = 0; i < 3; i++) {
		h.closed = 0;
		other = client_new(&h);
		one = client_new(&h);
		client_expect(other, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		client_expect(
		    one, "GET", "/tell-end", SPAN_NONE, "GET /tell-end 0 0 ");
		client_expect(one, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		fcgi_client_free(other);
		other = client_new(&h);
		client_expect(other, "GET", "/x", SPAN_NONE, "GET /x 0 0 ");
		pthread_mutex_lock(&h.lock);
		assert_int_equal(h.closed, 0);
		pthread_mutex_unlock(&h.lock);
		fcgi_client_free(one);
		pthread_mutex_lock(&h.lock);
		while (h.closed == 0)
			pthread_cond_wait(&h.changed, &h.lock);
		assert_int_equal(h.closed, h.told);
		pthread_mutex_unlock(&h.lock);
		fcgi_client_free(other);
	}
	house_stop(&h);
}

static void
test_wake(void **state)
{
	struct house h;

	(void)state;
	house_start(&h, WAIT_MS);
	serve_wake_at(h.serve, clock_wall_ms() + 3600000);
	serve_wake_at(h.serve, INT64_MAX);
	serve_wake_at(h.serve, clock_wall_ms() + 3600000);
	serve_wake_at(h.serve, clock_wall_ms() - 1);
	pthread_mutex_lock(&h.lock);
	while (h.timers == 0)
		pthread_cond_wait(&h.changed, &h.lock);
	assert_int_equal(h.timers, 1);
	pthread_mutex_unlock(&h.lock);
	serve_wake_at(h.serve, clock_wall_ms() + 20);
	pthread_mutex_lock(&h.lock);
	while (h.timers == 1)
		pthread_cond_wait(&h.changed, &h.lock);
	pthread_mutex_unlock(&h.lock);
	house_stop(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_park),
	    cmocka_unit_test(test_park_hangup),
	    cmocka_unit_test(test_tell_end),
	    cmocka_unit_test(test_wake),
	};

	serve_block_signals();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
