/* Statistics kept in memory and written by the first report that comes a
 * minute after the oldest one not written yet: a count costs a delivery nothing
 * in the store, and nothing wakes for it where nothing is delivered. A crash
 * loses at most a minute of them, never anything else.
 *
 * One lock over a small table of series by webhook. A series is loaded when
 * it is first needed; the store is never entered with the lock held. Webhook
 * ids may be any number of 32 bits, so the sum of all stands outside them. */
#include "api/stats.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"

enum {
	FLUSH_EVERY_MS = 60000,
	TABLE_SIZE = 256,
	SERIES_BYTES_MAX = 16384,
	NAME_BYTES = 48,
	HOUR_MS = 3600 * 1000,
	DAY_MS = 24 * HOUR_MS
};
#define ALL_WEBHOOKS INT64_MAX

struct entry {
	int64_t webhook;
	bool dirty;
	struct series series;
	struct entry *next;
};

struct stats {
	pthread_mutex_t lock;
	struct entry *table[TABLE_SIZE];
	int64_t due_mono_ms; /* 0: nothing to write */
};

static void
name_of(int64_t webhook, char name[NAME_BYTES])
{
	if (webhook == ALL_WEBHOOKS)
		snprintf(name, NAME_BYTES, "stats/all");
	else
		snprintf(name, NAME_BYTES, "stats/%lld", (long long)webhook);
}

struct record {
	struct arena *arena;
	int64_t webhook;
	struct span packed;
};

static enum err
read_record(struct txn *txn, void *arg)
{
	struct record *r = arg;
	char name[NAME_BYTES];

	name_of(r->webhook, name);
	return meta_get(txn, r->arena, name, &r->packed);
}

static struct entry **
slot_of(struct stats *stats, int64_t webhook)
{
	struct entry **at = &stats->table[(uint64_t)webhook % TABLE_SIZE];

	while (*at && (*at)->webhook != webhook)
		at = &(*at)->next;
	return at;
}

/* Reads the stored series; another thread may have been faster. */
static enum err
load(struct api *api, int64_t webhook)
{
	struct record r = {.arena = arena_new(), .webhook = webhook};
	struct entry *entry = mem_alloc(sizeof(*entry)), **at;
	enum err err = store_read(api->store, read_record, &r);

	/* A record that cannot be read is begun anew: it is statistics. */
	if (!err && series_unpack(r.packed, &entry->series) != ERR_NONE)
		memset(&entry->series, 0, sizeof(entry->series));
	entry->webhook = webhook;
	pthread_mutex_lock(&api->stats->lock);
	at = slot_of(api->stats, webhook);
	if (*at == NULL && (!err || err == ERR_NOT_FOUND)) {
		*at = entry;
		entry = NULL;
	}
	pthread_mutex_unlock(&api->stats->lock);
	free(entry);
	arena_free(r.arena);
	return err == ERR_NOT_FOUND ? ERR_NONE : err;
}

/* The entry with the lock held; NULL, and no lock, when it cannot be had. */
static struct entry *
lock_entry(struct api *api, int64_t webhook)
{
	struct entry *entry;

	pthread_mutex_lock(&api->stats->lock);
	entry = *slot_of(api->stats, webhook);
	if (entry)
		return entry;
	pthread_mutex_unlock(&api->stats->lock);
	if (load(api, webhook) != ERR_NONE)
		return NULL;
	pthread_mutex_lock(&api->stats->lock);
	entry = *slot_of(api->stats, webhook);
	if (entry == NULL)
		pthread_mutex_unlock(&api->stats->lock);
	return entry;
}

/* ---- counting ---- */

static void
add_to(struct api *api, int64_t webhook, const struct lease_report *report)
{
	struct entry *entry = lock_entry(api, webhook);
	int64_t hour = report->at_ms / HOUR_MS, day = report->at_ms / DAY_MS;

	if (entry == NULL)
		return;
	slot_add(&entry->series.hours[hour % STATS_HOURS], hour, report);
	slot_add(&entry->series.days[day % STATS_DAYS], day, report);
	entry->dirty = true;
	if (api->stats->due_mono_ms == 0)
		api->stats->due_mono_ms = clock_mono_ms() + FLUSH_EVERY_MS;
	pthread_mutex_unlock(&api->stats->lock);
}

void
stats_add(struct api *api, const struct lease_report *report)
{
	if (api->stats == NULL || report->at_ms <= 0)
		return;
	add_to(api, report->webhook, report);
	add_to(api, ALL_WEBHOOKS, report);
}

/* ---- writing ---- */

struct flush {
	struct arena *arena;
	struct record *records;
	size_t count;
};

static enum err
flush_body(struct txn *txn, void *arg)
{
	struct flush *f = arg;
	char name[NAME_BYTES];
	struct row *row;
	enum err err;
	size_t i;

	for (i = 0; i < f->count; i++) {
		const struct record *r = &f->records[i];

		err = r->webhook == ALL_WEBHOOKS
			  ? ERR_NONE
			  : record_get(txn, f->arena, &schema_webhooks,
				r->webhook, &row);
		if (err == ERR_NOT_FOUND)
			continue;
		name_of(r->webhook, name);
		if (!err)
			err = meta_put(txn, name, r->packed);
		if (err)
			return err;
	}
	return ERR_NONE;
}

static void
pack_dirty(struct stats *stats, struct flush *f)
{
	struct entry *entry;
	struct buf out;
	size_t i, n = 0;

	for (i = 0; i < TABLE_SIZE; i++) {
		for (entry = stats->table[i]; entry; entry = entry->next)
			n += entry->dirty;
	}
	f->records = arena_array(f->arena, n + 1, sizeof(*f->records));
	buf_init(&out, SERIES_BYTES_MAX);
	for (i = 0; i < TABLE_SIZE; i++) {
		for (entry = stats->table[i]; entry; entry = entry->next) {
			if (!entry->dirty)
				continue;
			buf_clear(&out);
			series_pack(&entry->series, &out);
			f->records[f->count].webhook = entry->webhook;
			f->records[f->count++].packed =
			    arena_span(f->arena, buf_view(&out));
			entry->dirty = false;
		}
	}
	buf_release(&out);
}

static void
flush(struct api *api)
{
	struct flush f = {.arena = arena_new()};
	enum err err;

	pthread_mutex_lock(&api->stats->lock);
	pack_dirty(api->stats, &f);
	api->stats->due_mono_ms = 0;
	pthread_mutex_unlock(&api->stats->lock);
	err = f.count ? store_record(api->store, flush_body, &f) : ERR_NONE;
	if (err)
		log_event(LOG_WARNING, "stats_unwritten", "why=\"%s\"",
		    err_text(err));
	arena_free(f.arena);
}

void
stats_keep(struct api *api)
{
	int64_t due_mono_ms;

	if (api->stats == NULL)
		return;
	pthread_mutex_lock(&api->stats->lock);
	due_mono_ms = api->stats->due_mono_ms;
	pthread_mutex_unlock(&api->stats->lock);
	if (due_mono_ms != 0 && due_mono_ms <= clock_mono_ms())
		flush(api);
}

void
stats_start(struct api *api)
{
	api->stats = mem_alloc(sizeof(*api->stats));
	pthread_mutex_init(&api->stats->lock, NULL);
}

void
stats_stop(struct api *api)
{
	struct entry *entry;
	size_t i;

	if (api->stats == NULL)
		return;
	flush(api);
	for (i = 0; i < TABLE_SIZE; i++) {
		while ((entry = api->stats->table[i]) != NULL) {
			api->stats->table[i] = entry->next;
			free(entry);
		}
	}
	pthread_mutex_destroy(&api->stats->lock);
	free(api->stats);
	api->stats = NULL;
}

/* ---- reading ---- */

enum err
stats_read(struct api *api, int64_t webhook, struct series *series)
{
	struct entry *entry = NULL;

	memset(series, 0, sizeof(*series));
	if (api->stats == NULL)
		return ERR_NONE;
	entry = lock_entry(api, webhook);
	if (entry == NULL)
		return ERR_UNAVAILABLE;
	*series = entry->series;
	pthread_mutex_unlock(&api->stats->lock);
	return ERR_NONE;
}

enum err
stats_read_all(struct api *api, struct series *series)
{
	return stats_read(api, ALL_WEBHOOKS, series);
}

enum err
stats_drop(struct txn *txn, struct arena *arena, int64_t webhook)
{
	char name[NAME_BYTES];
	struct span record;
	enum err err;

	name_of(webhook, name);
	err = meta_get(txn, arena, name, &record);
	if (err == ERR_NOT_FOUND)
		return ERR_NONE;
	return err ? err : meta_put(txn, name, SPAN(""));
}
