/* Counters and histograms as in the exposition format 0.0.4: the buckets of a
 * histogram count all that is not above them, so they are added up here. */
#include "api/tallies.h"

static const struct bound {
	uint64_t us;
	const char *seconds;
} bounds[TIMES_BOUNDS] = {
    {1000, "0.001"},
    {2500, "0.0025"},
    {5000, "0.005"},
    {10000, "0.01"},
    {25000, "0.025"},
    {50000, "0.05"},
    {100000, "0.1"},
    {250000, "0.25"},
    {500000, "0.5"},
    {1000000, "1"},
    {2500000, "2.5"},
    {5000000, "5"},
    {10000000, "10"},
    {60000000, "60"},
};

static void
times_add(struct times *t, uint64_t us)
{
	size_t i = 0;

	while (i < TIMES_BOUNDS && us > bounds[i].us)
		i++;
	atomic_fetch_add(&t->counts[i], 1);
	atomic_fetch_add(&t->sum_us, us);
}

void
tallies_add(struct tallies *t, const struct lease_report *r)
{
	int64_t waited_ms = r->at_ms - r->created_ms;

	if ((unsigned)r->outcome < OUTCOME_COUNT)
		atomic_fetch_add(&t->outcomes[r->outcome], 1);
	times_add(&t->request, r->total_us);
	/* An attempt without an answer may have reached nobody; one before its
	 * event is another clock's. */
	if (r->attempt == 1 && r->status != 0 && waited_ms >= 0)
		times_add(&t->first_byte, (uint64_t)waited_ms * 1000 +
					      r->dns_us + r->connect_us +
					      r->tls_us);
}

static void
times_put(struct times *t, const char *name, const char *help, struct buf *out)
{
	uint64_t sum_us = atomic_load(&t->sum_us), count = 0;

	buf_printf(out, "# HELP webhooks_%s %s\n# TYPE webhooks_%s histogram\n",
	    name, help, name);
	for (size_t i = 0; i <= TIMES_BOUNDS; i++) {
		count += atomic_load(&t->counts[i]);
		buf_printf(out, "webhooks_%s_bucket{le=\"%s\"} %llu\n", name,
		    i < TIMES_BOUNDS ? bounds[i].seconds : "+Inf",
		    (unsigned long long)count);
	}
	buf_printf(out, "webhooks_%s_sum %.6f\nwebhooks_%s_count %llu\n", name,
	    (double)sum_us / 1e6, name, (unsigned long long)count);
}

void
tallies_put(struct tallies *t, struct buf *out)
{
	buf_text(out,
	    "# HELP webhooks_attempts_total Attempts by how they ended.\n"
	    "# TYPE webhooks_attempts_total counter\n");
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (i != OUTCOME_ABORTED) /* is no attempt */
			buf_printf(out,
			    "webhooks_attempts_total{outcome=\"%s\"} %llu\n",
			    outcome_name((enum outcome)i),
			    (unsigned long long)atomic_load(&t->outcomes[i]));
	times_put(&t->request, "attempt_seconds",
	    "How long attempts took, to their answer or failure.", out);
	times_put(&t->first_byte, "first_byte_seconds",
	    "From an event to the first byte at the receiver; first attempts "
	    "that were answered.",
	    out);
}
