/* Counting attempts: slots, rings, percentiles, the stored form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/stats.h"

static void
add(struct slot *slot, int64_t period, enum outcome outcome, uint32_t ms)
{
	struct lease_report report = {
	    .outcome = outcome,
	    .total_us = ms * 1000,
	};

	slot_add(slot, period, &report);
}

static void
test_slot(void **state)
{
	struct slot slot = {0};
	int i;

	(void)state;
	for (i = 0; i < 95; i++)
		add(&slot, 7, OUTCOME_DELIVERED, 20);
	for (i = 0; i < 5; i++)
		add(&slot, 7, OUTCOME_TIMEOUT, 4000);
	assert_int_equal(slot.delivered, 95);
	assert_int_equal(slot.failed, 5);
	assert_int_equal(slot.sum_us, 95 * 20000 + 5 * 4000000);
	assert_int_equal(slot.max_us, 4000000);
	assert_true(slot_percentile_ms(&slot, 0.5) == 25);
	assert_true(slot_percentile_ms(&slot, 0.95) == 25);
	/* The bucket ends at 5 s, but nothing took longer than 4. */
	assert_true(slot_percentile_ms(&slot, 0.99) == 4000);
	/* A new period begins at nothing. */
	add(&slot, 8, OUTCOME_DELIVERED, 20000);
	assert_int_equal(slot.delivered, 1);
	assert_int_equal(slot.failed, 0);
	assert_true(slot_percentile_ms(&slot, 0.5) == 20000);
}

static void
test_bounds(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < STATS_BUCKETS - 1; i++) {
		struct slot slot = {0};

		add(&slot, 1, OUTCOME_DELIVERED, stats_bounds_ms[i]);
		assert_int_equal(slot.buckets[i], 1);
		add(&slot, 1, OUTCOME_DELIVERED, stats_bounds_ms[i] + 1);
		assert_int_equal(slot.buckets[i + 1], 1);
	}
}

static void
test_packed(void **state)
{
	struct series *a = calloc(1, sizeof(*a)), *b = calloc(1, sizeof(*b));
	struct buf out;
	size_t n;

	(void)state;
	add(&a->hours[0], STATS_HOURS * 10, OUTCOME_DELIVERED, 3);
	add(&a->hours[47], STATS_HOURS * 10 - 1, OUTCOME_DNS, 30);
	add(&a->days[5], STATS_DAYS * 4 + 5, OUTCOME_DELIVERED, 300);
	buf_init(&out, 65536);
	series_pack(a, &out);
	assert_int_equal(series_unpack(buf_view(&out), b), ERR_NONE);
	assert_memory_equal(a, b, sizeof(*a));
	for (n = 1; n < out.n; n++)
		assert_int_equal(
		    series_unpack(span_make(out.p, n), b), ERR_DAMAGED);
	assert_int_equal(series_unpack(SPAN_NONE, b), ERR_NONE);
	assert_int_equal(b->hours[0].period, 0);
	out.p[0]++;
	assert_int_equal(series_unpack(buf_view(&out), b), ERR_FORMAT);
	buf_release(&out);
	free(a);
	free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_slot),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_packed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
