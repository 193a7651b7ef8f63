/* See sorter.h. A merge reads all runs side by side, the least on top of a
 * heap; so it needs a few KiB of each, and there are never many of them. */
#include "query/sorter.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum { RUNS_MAX = 64 };

struct source {
	struct spool_reader reader;
	struct sorter_item *now;
};

struct sorter_merge {
	size_t count; /* sources in the heap, the first of all on top */
	size_t left;  /* items to give out */
	bool given;   /* the one on top */
	struct source *heap[RUNS_MAX + 1];
	struct source sources[RUNS_MAX + 1];
};

void
sorter_init(struct sorter *s, const struct sorter_kind *kind, const void *ctx,
    size_t most, const struct room *room)
{
	*s = (struct sorter){
	    .kind = kind, .ctx = ctx, .most = most, .room = *room};
	spool_init(&s->spool, room);
}

struct sorter_item *
sorter_item(size_t bytes)
{
	size_t unit = alignof(max_align_t);
	struct sorter_item *item;

	bytes = (bytes + unit - 1) / unit * unit;
	item = mem_alloc(bytes);
	item->bytes = bytes;
	return item;
}

static int
item_cmp(const struct sorter *s, const struct sorter_item *a,
    const struct sorter_item *b)
{
	int order = s->kind->cmp(a, b, s->ctx);

	return order ? order : (a->order > b->order) - (a->order < b->order);
}

/* ---- in memory ---- */

/* The last of the wanted ones stands on top. */
static void
sift_down(struct sorter *s, size_t at)
{
	struct sorter_item *moved = s->at[at];

	for (size_t child; (child = 2 * at + 1) < s->count; at = child) {
		if (child + 1 < s->count &&
		    item_cmp(s, s->at[child + 1], s->at[child]) > 0)
			child++;
		if (item_cmp(s, s->at[child], moved) <= 0)
			break;
		s->at[at] = s->at[child];
	}
	s->at[at] = moved;
}

static void
sift_up(struct sorter *s, size_t at)
{
	struct sorter_item *moved = s->at[at];

	while (at > 0) {
		size_t parent = (at - 1) / 2;

		if (item_cmp(s, s->at[parent], moved) >= 0)
			break;
		s->at[at] = s->at[parent];
		at = parent;
	}
	s->at[at] = moved;
}

static bool
is_heap(const struct sorter *s)
{
	return s->most != SIZE_MAX && s->filed == 0;
}

const struct sorter_item *
sorter_last(const struct sorter *s)
{
	if (is_heap(s) && s->count > 0 && s->count == s->most)
		return s->at[0];
	return s->bound;
}

static int
order_items(const void *a, const void *b, void *sorter)
{
	return item_cmp(sorter, *(struct sorter_item *const *)a,
	    *(struct sorter_item *const *)b);
}

static void
sort_memory(struct sorter *s)
{
	if (s->count > 1)
		qsort_r(s->at, s->count, sizeof(struct sorter_item *),
		    order_items, s);
}

static void
clear_memory(struct sorter *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->at[i]);
	s->count = s->bytes = 0;
}

/* ---- in the spool ---- */

static bool
source_next(const struct sorter *s, struct source *source)
{
	const struct sorter_item *head;

	if (source->now)
		spool_skip(&source->reader, source->now->bytes);
	source->now = NULL;
	head = (struct sorter_item *)(void *)spool_peek(
	    &source->reader, sizeof *head);
	if (head)
		source->now = (struct sorter_item *)(void *)spool_peek(
		    &source->reader, head->bytes);
	if (source->now)
		s->kind->moved(source->now, s->ctx);
	return source->now != NULL;
}

static void
merge_down(const struct sorter *s, struct sorter_merge *m)
{
	struct source *moved = m->heap[0];
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < m->count; at = child) {
		if (child + 1 < m->count && item_cmp(s, m->heap[child + 1]->now,
						m->heap[child]->now) < 0)
			child++;
		if (item_cmp(s, m->heap[child]->now, moved->now) >= 0)
			break;
		m->heap[at] = m->heap[child];
	}
	m->heap[at] = moved;
}

static int
order_sources(const void *a, const void *b, void *sorter)
{
	return item_cmp(sorter, (*(struct source *const *)a)->now,
	    (*(struct source *const *)b)->now);
}

static struct sorter_merge *
merge_new(struct sorter *s)
{
	struct sorter_merge *m = mem_alloc(sizeof *m);

	m->left = s->most;
	for (size_t i = 0; i < s->run_count; i++) {
		struct source *source = &m->sources[i];

		source->reader =
		    spool_read(&s->spool, s->runs[i].from, s->runs[i].to);
		if (source_next(s, source))
			m->heap[m->count++] = source;
	}
	/* In order, it is a heap. */
	if (m->count > 1)
		qsort_r(m->heap, m->count, sizeof(struct source *),
		    order_sources, s);
	return m;
}

static struct sorter_item *
merge_next(const struct sorter *s, struct sorter_merge *m)
{
	if (m->given && m->count > 0) {
		if (!source_next(s, m->heap[0]))
			m->heap[0] = m->heap[--m->count];
		if (m->count > 0)
			merge_down(s, m);
	}
	m->given = true;
	if (m->count == 0 || m->left == 0 || s->spool.err)
		return NULL;
	m->left--;
	return m->heap[0]->now;
}

static void
merge_free(struct sorter_merge *m)
{
	for (size_t i = 0; m && i <= RUNS_MAX; i++)
		spool_reader_release(&m->sources[i].reader);
	free(m);
}

static void
set_bound(struct sorter *s, const struct sorter_item *item)
{
	free(s->bound);
	s->bound = sorter_item(item->bytes);
	memcpy(s->bound, item, item->bytes);
	s->kind->moved(s->bound, s->ctx);
}

/* All runs become one that has what is wanted. */
static void
merge_runs(struct sorter *s)
{
	struct sorter_merge *m = merge_new(s);
	struct sorter_item *item;
	struct spool all;
	size_t count = 0;

	spool_init(&all, &s->room);
	for (; !all.err && (item = merge_next(s, m)); count++) {
		spool_put(&all, item, item->bytes);
		if (count + 1 == s->most)
			set_bound(s, item);
	}
	all.err = all.err ? all.err : s->spool.err;
	merge_free(m);
	spool_release(&s->spool);
	s->spool = all;
	s->err = all.err;
	s->runs[0] = (struct sorter_run){0, spool_bytes(&all)};
	s->run_count = 1;
	s->filed = count;
}

/* What is in memory becomes a run. */
static void
spill(struct sorter *s)
{
	size_t from = spool_bytes(&s->spool);

	sort_memory(s);
	if (is_heap(s) && s->count == s->most)
		set_bound(s, s->at[s->count - 1]);
	for (size_t i = 0; i < s->count; i++)
		spool_put(&s->spool, s->at[i], s->at[i]->bytes);
	if (!s->runs)
		s->runs = mem_array(RUNS_MAX + 1, sizeof *s->runs);
	s->runs[s->run_count++] =
	    (struct sorter_run){from, spool_bytes(&s->spool)};
	s->filed += s->count;
	clear_memory(s);
	s->err = s->spool.err;
	if (!s->err && (s->run_count > RUNS_MAX ||
			   (s->most != SIZE_MAX && s->filed / 2 >= s->most)))
		merge_runs(s);
}

static void
add(struct sorter *s, struct sorter_item *item)
{
	if (s->count == s->slots) {
		s->slots = s->slots ? 2 * s->slots : 64;
		s->at = mem_grow(s->at, s->slots, sizeof(struct sorter_item *));
	}
	s->at[s->count++] = item;
	if (is_heap(s))
		sift_up(s, s->count - 1);
}

void
sorter_put(struct sorter *s, struct sorter_item *item)
{
	const struct sorter_item *last = sorter_last(s);

	item->order = s->taken++;
	if (s->err || s->most == 0 || (last && item_cmp(s, item, last) >= 0)) {
		free(item);
		return;
	}
	s->bytes += item->bytes;
	if (is_heap(s) && s->count == s->most) {
		s->bytes -= s->at[0]->bytes;
		free(s->at[0]);
		s->at[0] = item;
		sift_down(s, 0);
	} else {
		add(s, item);
	}
	if (s->bytes + s->count * sizeof *s->at > s->room.memory_bytes)
		spill(s);
}

static void
start(struct sorter *s)
{
	s->started = true;
	if (s->filed > 0 && s->count > 0)
		spill(s);
	sort_memory(s);
	if (s->filed > 0 && !s->err)
		s->merge = merge_new(s);
}

struct sorter_item *
sorter_next(struct sorter *s)
{
	struct sorter_item *item;

	if (!s->started)
		start(s);
	if (s->err)
		return NULL;
	if (!s->merge)
		return s->next < s->count ? s->at[s->next++] : NULL;
	item = merge_next(s, s->merge);
	s->err = s->spool.err;
	return s->err ? NULL : item;
}

void
sorter_release(struct sorter *s)
{
	merge_free(s->merge);
	clear_memory(s);
	free(s->at);
	free(s->runs);
	free(s->bound);
	spool_release(&s->spool);
	s->merge = NULL;
	s->at = NULL;
	s->runs = NULL;
	s->bound = NULL;
	s->slots = s->run_count = s->filed = s->next = 0;
}
