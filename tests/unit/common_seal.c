/* Sealing: what is sealed opens for the same key and place only, byte by byte;
 * which key files are taken, and with which words others are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/mem.h"
#include "common/seal.h"

#define ZEROS "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define OTHER "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE="

struct folder {
	char dir[64], file[96];
	struct arena *arena;
	struct fault fault;
};

static int
setup(void **state)
{
	struct folder *f = mem_alloc(sizeof *f);

	snprintf(f->dir, sizeof f->dir, "/tmp/wf-seal-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->file, sizeof f->file, "%s/key", f->dir);
	f->arena = arena_new();
	f->fault.arena = f->arena;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct folder *f = *state;

	unlink(f->file);
	rmdir(f->dir);
	arena_free(f->arena);
	free(f);
	return 0;
}

static void
write_file(struct folder *f, const void *text, size_t n, mode_t mode)
{
	FILE *file;

	unlink(f->file);
	file = fopen(f->file, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	fclose(file);
	assert_int_equal(chmod(f->file, mode), 0);
}

static struct seal_key *
key_of(struct folder *f, const char *text)
{
	struct seal_key *key = NULL;

	write_file(f, text, strlen(text), 0600);
	assert_int_equal(
	    seal_key_read(f->file, geteuid(), &key, &f->fault), ERR_NONE);
	return key;
}

static void
refused(struct folder *f, const char *words, uid_t reader)
{
	struct seal_key *key = NULL;
	const char *said;

	f->fault.first = f->fault.last = NULL;
	assert_int_equal(
	    seal_key_read(f->file, reader, &key, &f->fault), ERR_CONFIG);
	assert_null(key);
	said = f->fault.first->message;
	if (!strstr(said, words) || !strstr(said, f->file))
		fail_msg("\"%s\" lacks \"%s\" or the file", said, words);
}

/* ---- the cipher ---- */

/* McGrew and Viega, The Galois/Counter Mode of Operation, test case 14. */
static void
standard_vector(void **state)
{
	static const char sealed[] = "\x80\0\0\0\0\0\0\0\0\0\0\0\0"
				     "\xce\xa7\x40\x3d\x4d\x60\x6b\x6e"
				     "\x07\x4e\xc5\xd3\xba\xf3\x9d\x18"
				     "\xd0\xd1\xc8\xa7\x99\x99\x6b\xf0"
				     "\x26\x5b\x98\xb5\xd4\x8a\xb9\x19";
	struct seal_key *key = key_of(*state, ZEROS "\n");
	char out[16];

	memset(out, 1, sizeof out);
	assert_true(seal_open(key, SPAN_NONE, SPAN(sealed), out));
	assert_memory_equal(out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	seal_key_free(key);
}

static void
opens_for_the_same_only(void **state)
{
	struct seal_key *key = key_of(*state, ZEROS);
	struct seal_key *other = key_of(*state, OTHER);
	struct span text = SPAN("whsec_what nobody may read"), sealed;
	struct buf made, again;
	char out[64] = "";

	buf_init(&made, text.n + SEAL_EXTRA_BYTES);
	seal_put(key, SPAN("row 1"), text, &made);
	sealed = buf_view(&made);
	assert_false(made.over);
	assert_int_equal(sealed.n, text.n + SEAL_EXTRA_BYTES);
	assert_null(memmem(sealed.p, sealed.n, "nobody", 6));
	assert_true(seal_open(key, SPAN("row 1"), sealed, out));
	assert_memory_equal(out, text.p, text.n);
	assert_false(seal_open(key, SPAN("row 2"), sealed, out));
	assert_false(seal_open(key, SPAN(""), sealed, out));
	assert_false(seal_open(other, SPAN("row 1"), sealed, out));
	/* not the same twice */
	buf_init(&again, text.n + SEAL_EXTRA_BYTES);
	seal_put(key, SPAN("row 1"), text, &again);
	assert_memory_not_equal(again.p, made.p, 1 + 12);
	assert_memory_not_equal(again.p + 13, made.p + 13, text.n);
	buf_release(&again);
	buf_release(&made);
	seal_key_free(key);
	seal_key_free(other);
}

/* Each bit of it counts, and each byte of its length; what does not open
 * leaves nothing of the text behind. */
static void
no_byte_may_change(void **state)
{
	struct seal_key *key = key_of(*state, OTHER);
	struct span text = SPAN("0123456789abcdefghijklmnopq"), sealed;
	char out[64], copy[128];
	struct buf made;

	buf_init(&made, text.n + SEAL_EXTRA_BYTES);
	seal_put(key, SPAN("p"), text, &made);
	sealed = buf_view(&made);
	memcpy(copy, sealed.p, sealed.n);
	for (size_t bit = 0; bit < sealed.n * 8; bit++) {
		copy[bit / 8] ^= (char)(1 << bit % 8);
		assert_false(
		    seal_open(key, SPAN("p"), span_make(copy, sealed.n), out));
		copy[bit / 8] ^= (char)(1 << bit % 8);
	}
	for (size_t n = 0; n < sealed.n; n++)
		assert_false(
		    seal_open(key, SPAN("p"), span_head(sealed, n), out));
	copy[sealed.n - 1] ^= 1;
	assert_false(seal_open(key, SPAN("p"), span_make(copy, sealed.n), out));
	for (size_t i = 0; i < text.n; i++)
		assert_int_equal(out[i], 0);
	buf_release(&made);
	seal_key_free(key);
}

static void
an_empty_text(void **state)
{
	struct seal_key *key = key_of(*state, ZEROS);
	struct buf made;
	char out[1];

	buf_init(&made, SEAL_EXTRA_BYTES);
	seal_put(key, SPAN("p"), SPAN_NONE, &made);
	assert_int_equal(made.n, SEAL_EXTRA_BYTES);
	assert_true(seal_open(key, SPAN("p"), buf_view(&made), out));
	assert_false(seal_open(key, SPAN("q"), buf_view(&made), out));
	buf_clear(&made);
	seal_put(key, SPAN("p"), SPAN("1"), &made);
	assert_true(made.over);
	buf_release(&made);
	seal_key_free(key);
}

/* ---- the file ---- */

static void
files_that_hold_no_key(void **state)
{
	static const struct {
		const char *text;
		size_t n;
	} cases[] = {
	    {"", 0},
	    {"\n", 1},
	    {ZEROS, 43}, /* cut */
	    {ZEROS ZEROS, 88},
	    {ZEROS "\nmore\n", 50},
	    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 44}, /* 33 */
	    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", 44}, /* 31 */
	    {"AAAAAAAAAAAAAAAAAAAAA\0AAAAAAAAAAAAAAAAAAAAA=", 44},
	    {"AAAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAAAAAAAAAAAA=", 44},
	};
	char much[4096];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_file(*state, cases[i].text, cases[i].n, 0600);
		refused(*state, "holds no key", geteuid());
	}
	/* a key, and far more than a key */
	memset(much, '\n', sizeof much);
	memcpy(much, ZEROS, strlen(ZEROS));
	write_file(*state, much, sizeof much, 0600);
	refused(*state, "holds no key", geteuid());
	write_file(*state, much, 100, 0600);
	seal_key_free(key_of(*state, ZEROS "  \r\n\n"));
}

static void
files_of_others(void **state)
{
	static const mode_t open_modes[] = {
	    0604, 0602, 0640, 0620, 0644, 0660, 0666, 0777};
	struct folder *f = *state;
	struct seal_key *key = NULL;

	for (size_t i = 0; i < sizeof open_modes / sizeof *open_modes; i++) {
		write_file(f, ZEROS, 44, open_modes[i]);
		refused(f, "chmod 600", geteuid());
	}
	write_file(f, ZEROS, 44, 0600);
	if (geteuid() != 0) {
		refused(f, "belongs to user", geteuid() + 1);
		return;
	}
	/* root's, which a group may read but not write */
	write_file(f, ZEROS, 44, 0640);
	assert_int_equal(
	    seal_key_read(f->file, 1000, &key, &f->fault), ERR_NONE);
	seal_key_free(key);
	write_file(f, ZEROS, 44, 0660);
	refused(f, "chmod 600", 1000);
	write_file(f, ZEROS, 44, 0600);
	refused(f, "is closed to user 1000", 1000);
	write_file(f, ZEROS, 44, 0600);
	assert_int_equal(chown(f->file, 1001, 1001), 0);
	refused(f, "belongs to user 1001, and user 1000", 1000);
	refused(f, "belongs to user 1001, and user 0", 0);
}

static void
what_is_no_file(void **state)
{
	struct folder *f = *state;

	unlink(f->file);
	refused(f, "No such file", geteuid());
	assert_int_equal(mkdir(f->file, 0700), 0);
	refused(f, "is no file", geteuid());
	rmdir(f->file);
	assert_int_equal(mkfifo(f->file, 0600), 0);
	refused(f, "is no file", geteuid()); /* and does not wait */
}

static void
a_new_key(void **state)
{
	struct folder *f = *state;
	struct seal_key *key = NULL, *other = NULL;
	struct stat s;
	struct buf made;
	char out[3];

	assert_int_equal(
	    seal_key_make(f->file, geteuid(), getegid(), &f->fault), ERR_NONE);
	assert_int_equal(stat(f->file, &s), 0);
	assert_int_equal(s.st_mode & 07777, 0600);
	assert_int_equal(s.st_size, 45);
	assert_int_equal(
	    seal_key_read(f->file, geteuid(), &key, &f->fault), ERR_NONE);
	/* never over what is there */
	assert_int_equal(
	    seal_key_make(f->file, geteuid(), getegid(), &f->fault), ERR_IO);
	assert_non_null(strstr(f->fault.first->message, "File exists"));
	unlink(f->file);
	assert_int_equal(
	    seal_key_make(f->file, geteuid(), getegid(), &f->fault), ERR_NONE);
	assert_int_equal(
	    seal_key_read(f->file, geteuid(), &other, &f->fault), ERR_NONE);
	buf_init(&made, 100);
	seal_put(key, SPAN_NONE, SPAN("abc"), &made);
	assert_false(seal_open(other, SPAN_NONE, buf_view(&made), out));
	assert_true(seal_open(key, SPAN_NONE, buf_view(&made), out));
	buf_release(&made);
	seal_key_free(key);
	seal_key_free(other);
	seal_key_free(NULL);
}

/* VmFlags of proc(5): dd, "do not include area into core dump". */
static void
no_core_has_the_key(void **state)
{
	struct seal_key *key = key_of(*state, OTHER);
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long from, to;
	bool inside = false, found = false;
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps)) {
		if (sscanf(line, "%lx-%lx ", &from, &to) == 2)
			inside = from <= (uintptr_t)key && (uintptr_t)key < to;
		if (inside && strncmp(line, "VmFlags:", 8) == 0)
			found = strstr(line, " dd") != NULL;
	}
	fclose(maps);
	assert_true(found);
	seal_key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	    TEST(standard_vector),
	    TEST(opens_for_the_same_only),
	    TEST(no_byte_may_change),
	    TEST(an_empty_text),
	    TEST(files_that_hold_no_key),
	    TEST(files_of_others),
	    TEST(what_is_no_file),
	    TEST(a_new_key),
	    TEST(no_core_has_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
