/* See store_keys.h. */
#include "store_keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/seal.h"
#include "store/priv.h"

struct keys
make_keys(const struct place *place)
{
	struct keys keys;

	snprintf(keys.a, sizeof keys.a, "%s.key-a", place->dir);
	snprintf(keys.b, sizeof keys.b, "%s.key-b", place->dir);
	unlink(keys.a);
	unlink(keys.b);
	assert_int_equal(
	    seal_key_make(keys.a, geteuid(), getegid(), NULL), ERR_NONE);
	assert_int_equal(
	    seal_key_make(keys.b, geteuid(), getegid(), NULL), ERR_NONE);
	return keys;
}

void
remove_keys(const struct keys *keys)
{
	unlink(keys->a);
	unlink(keys->b);
}

void
use_keys(struct place *place, const char *key, const char *old)
{
	store_close(place->store);
	place->store = NULL;
	place->options.secret_key_file = key;
	place->options.secret_key_file_old = old;
}

void
opens_with(struct place *place, const char *key, const char *old)
{
	use_keys(place, key, old);
	if (place_try_open(place) != ERR_NONE)
		fail_msg("%s", place->fault.first->message);
}

void
refused_with(
    struct place *place, const char *key, const char *old, const char *words)
{
	const char *said;

	use_keys(place, key, old);
	assert_int_equal(place_try_open(place), ERR_CONFIG);
	place->store = NULL;
	said = place->fault.first->message;
	if (!strstr(said, words))
		fail_msg("\"%s\" lacks \"%s\"", said, words);
}

void
starts_empty(struct place *place, const char *key)
{
	use_keys(place, key, NULL);
	place_remove(place->dir);
	opens_with(place, key, NULL);
}

struct rows {
	struct arena *arena;
	int64_t from, to; /* ids of webhooks */
};

static struct row *
options_row(struct arena *arena, int64_t id)
{
	struct row *row = row_new(arena, &schema_options);

	row->values[0] = value_int(id);
	row->values[OPTION_HEADERS] = value_json(SPAN(TOKEN));
	return row;
}

static void
idem_key(uint8_t key[32], int64_t id)
{
	memset(key, 7, 32);
	memcpy(key, &id, sizeof id);
}

static enum err
fill_body(struct txn *txn, void *arg)
{
	const struct rows *rows = arg;
	int64_t until_ms = clock_wall_ms() + 1000000;
	uint8_t key[32];
	enum err e = ERR_NONE;

	for (int64_t id = rows->from; !e && id < rows->to; id++) {
		struct row *hook =
		    webhook_row(rows->arena, "active", "create", "a");

		hook->values[0] = value_int(id);
		hook->values[WEBHOOK_URL] = value_text(SPAN(PASSWORD));
		e = record_insert(txn, hook);
		if (!e)
			e = record_insert(txn, options_row(rows->arena, id));
		if (!e)
			e = secret_put(txn, id, SPAN(SECRET));
		idem_key(key, id);
		if (!e)
			e = idem_put(txn, key, until_ms, SPAN(ANSWER));
	}
	return e;
}

void
fill(struct place *place, int64_t from, int64_t to)
{
	struct rows rows = {place->arena, from, to};

	must_write(place, fill_body, &rows);
}

static enum err
check_one(struct txn *txn, struct arena *arena, int64_t id)
{
	struct span value = SPAN_NONE;
	struct row *row;
	uint8_t key[32];

	assert_int_equal(
	    record_get(txn, arena, &schema_webhooks, id, &row), ERR_NONE);
	assert_true(span_is(row->values[WEBHOOK_URL].text, PASSWORD));
	assert_int_equal(
	    record_get(txn, arena, &schema_options, id, &row), ERR_NONE);
	assert_true(span_is(row->values[OPTION_HEADERS].text, TOKEN));
	assert_int_equal(secret_get(txn, arena, id, &value), ERR_NONE);
	assert_true(span_is(value, SECRET));
	idem_key(key, id);
	assert_int_equal(idem_get(txn, arena, key, &value), ERR_NONE);
	assert_true(span_is(value, ANSWER));
	return ERR_NONE;
}

static enum err
check_body(struct txn *txn, void *arg)
{
	const struct rows *rows = arg;
	struct record_scan scan;
	struct row **page;
	size_t count, all = 0;
	int64_t *ids;

	for (int64_t id = rows->from; id < rows->to; id++) {
		arena_reset(rows->arena);
		check_one(txn, rows->arena, id);
	}
	record_scan_start(&scan, &schema_webhooks);
	do {
		assert_int_equal(
		    record_page_in(txn, rows->arena, &scan, &page, &count),
		    ERR_NONE);
		all += count;
	} while (count > 0);
	assert_int_equal(all, rows->to - rows->from);
	hooks_match(txn, rows->arena, ACTION_CREATE, SPAN("a"), &ids, &count);
	assert_int_equal(count, all);
	return ERR_NONE;
}

void
check(struct place *place, int64_t from, int64_t to)
{
	struct rows rows = {arena_new(), from, to};

	must_read(place, check_body, &rows);
	arena_free(rows.arena);
}

static bool
file_has(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);
	char *all = mem_alloc((size_t)size + 1);
	bool found;

	assert_int_equal(pread(fd, all, (size_t)size, 0), size);
	found = memmem(all, (size_t)size, text, strlen(text)) != NULL;
	free(all);
	close(fd);
	return found;
}

int
files_with(const struct place *place, const char *text, const char *ending)
{
	DIR *dir = opendir(place->dir);
	struct dirent *entry;
	int found = 0, looked = 0;

	while ((entry = readdir(dir))) {
		if (entry->d_type != DT_REG ||
		    !span_ends(span_of(entry->d_name), ending))
			continue;
		looked++;
		found += file_has(dirfd(dir), entry->d_name, text);
	}
	closedir(dir);
	assert_true(looked > 0);
	return found;
}

struct format_check {
	struct arena *arena;
	uint32_t format;
};

static enum err
format_body(struct txn *txn, void *arg)
{
	struct format_check *c = arg;
	struct span value = SPAN_NONE;
	struct unpack u;
	enum err e = meta_get(txn, c->arena, "format", &value);

	u = unpack_start(value);
	c->format = unpack_u32(&u);
	return e;
}

uint32_t
format_of(struct place *place)
{
	struct format_check c = {place->arena, 0};

	must_read(place, format_body, &c);
	return c.format;
}
