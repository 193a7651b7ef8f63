/* A series: rings of hours and days, each slot a few counters. Pure. A slot
 * belongs to one period; adding to another period empties it first, so old
 * ones need no cleaning. */
#include <string.h>

#include "api/stats.h"
#include "common/pack.h"

enum { SERIES_FORMAT = 1 };

const uint32_t stats_bounds_ms[STATS_BUCKETS - 1] = {
    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000};

static size_t
bucket_of(uint32_t us)
{
	size_t i = 0;

	while (i < STATS_BUCKETS - 1 && us > stats_bounds_ms[i] * 1000)
		i++;
	return i;
}

void
slot_add(struct slot *slot, int64_t period, const struct lease_report *report)
{
	if (slot->period != period) {
		memset(slot, 0, sizeof(*slot));
		slot->period = period;
	}
	if (report->outcome == OUTCOME_DELIVERED)
		slot->delivered++;
	else
		slot->failed++;
	slot->sum_us += report->total_us;
	if (report->total_us > slot->max_us)
		slot->max_us = report->total_us;
	slot->buckets[bucket_of(report->total_us)]++;
}

double
slot_percentile_ms(const struct slot *slot, double share)
{
	uint64_t all = (uint64_t)slot->delivered + slot->failed, seen = 0;
	double max_ms = slot->max_us / 1000.0;
	size_t i;

	for (i = 0; i < STATS_BUCKETS - 1; i++) {
		seen += slot->buckets[i];
		if ((double)seen >= share * (double)all)
			break;
	}
	if (i == STATS_BUCKETS - 1 || max_ms < stats_bounds_ms[i])
		return max_ms;
	return stats_bounds_ms[i];
}

static void
pack_slots(struct buf *out, const struct slot *slots, size_t count)
{
	uint32_t used = 0;
	size_t i, b;

	for (i = 0; i < count; i++)
		used += slots[i].period != 0;
	pack_u32(out, used);
	for (i = 0; i < count; i++) {
		if (slots[i].period == 0)
			continue;
		pack_i64(out, slots[i].period);
		pack_u32(out, slots[i].delivered);
		pack_u32(out, slots[i].failed);
		pack_u64(out, slots[i].sum_us);
		pack_u32(out, slots[i].max_us);
		for (b = 0; b < STATS_BUCKETS; b++)
			pack_u32(out, slots[i].buckets[b]);
	}
}

static void
unpack_slots(struct unpack *in, struct slot *slots, size_t count)
{
	uint32_t used = unpack_u32(in), i;
	size_t b;

	for (i = 0; i < used && !in->bad; i++) {
		struct slot slot = {.period = unpack_i64(in)};

		slot.delivered = unpack_u32(in);
		slot.failed = unpack_u32(in);
		slot.sum_us = unpack_u64(in);
		slot.max_us = unpack_u32(in);
		for (b = 0; b < STATS_BUCKETS; b++)
			slot.buckets[b] = unpack_u32(in);
		if (!in->bad && slot.period > 0)
			slots[(size_t)slot.period % count] = slot;
	}
}

void
series_pack(const struct series *series, struct buf *out)
{
	pack_u8(out, SERIES_FORMAT);
	pack_slots(out, series->hours, STATS_HOURS);
	pack_slots(out, series->days, STATS_DAYS);
}

enum err
series_unpack(struct span record, struct series *series)
{
	struct unpack in = unpack_start(record);

	memset(series, 0, sizeof(*series));
	if (record.n == 0)
		return ERR_NONE;
	if (unpack_u8(&in) != SERIES_FORMAT)
		return ERR_FORMAT;
	unpack_slots(&in, series->hours, STATS_HOURS);
	unpack_slots(&in, series->days, STATS_DAYS);
	return unpack_done(&in) ? ERR_NONE : ERR_DAMAGED;
}
