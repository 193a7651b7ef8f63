/* What a LIKE pattern costs, counted in what is looked at: linear in the text
 * and the pattern together, whatever both are. The matcher is compiled in here,
 * with the counter. */
#include <stddef.h>

static size_t steps;
#define LIKE_LOOKED_AT(n) ((void)(steps += (n)))
#include "../../src/query/like.c"

#include "query_help.h"

enum {
	TEXT_BYTES = 1 << 15,
	DOUBLINGS = 5,
	/* For each byte: itself, four words of a mask, the way to its mask
	 * among 256. */
	STEPS_MAX = 13
};

/* Characters whose masks are far apart. */
#define MANY                                                                   \
	"\xd0\x90\xd0\x91\xd0\x92\xd0\x93\xd0\x94\xd0\x95\xd0\x96\xd0\x97"     \
	"\xd0\x98\xd0\x99\xd0\x9a\xd0\x9b\xd0\x9c\xd0\x9d\xd0\x9e\xd0\x9f"     \
	"\xd0\xa0\xd0\xa1\xd0\xa2\xd0\xa3\xd0\xa4\xd0\xa5\xd0\xa6\xd0\xa7"     \
	"\xe4\xb8\x80\xe4\xb9\x80\xe4\xba\x80\xe4\xbb\x80\xe4\xbc\x80"

/* `part` again and again, then `end`; longer with the text. */
static const struct pattern {
	const char *text; /* likewise */
	const char *part, *end;
	size_t repeats; /* 0: as long as a quarter of the text */
} patterns[] = {
    {"a", "a%", "b", 0},
    {"a", "%", "b", 0},
    {"a", "a", "b", 0},
    {"a", "_%", "b", 0},
    {"a", "_a%", "b", 0},
    {"a", "a%_", "b", 0},
    {"ab", "a_%b%", "c", 0},
    {"a", "_a", "b", 100},
    {"a", "a_", "ab", 100},
    {"ab", "ab_", "c", 80},
    {"abc", "_", "%d", 200},
    {"\xc3\xbc", "\xc3\xbc_", "a", 100},
    {"\xc3\xbc", "\xc3\xbc%", "a", 0},
    {"\xff", "_", "a", 250},
    {"abcdefghijklmnopqrstuvwxyz", "z_y%", "0", 0},
    {"\xd0\x90", MANY "_", "a", 1},
    {MANY, MANY "_", "a", 1},
    {"0123456789", "9_8_7_6_5_4_3_2_1_0%", "x", 5},
};

static struct span
filled(char *p, const char *part, size_t bytes)
{
	size_t n = strlen(part), at = 0;

	for (; at + n <= bytes; at += n)
		memcpy(p + at, part, n);
	return span_make(p, at);
}

static size_t
count(const struct pattern *pattern, enum like_form form, size_t bytes,
    size_t *length)
{
	struct arena *arena = arena_new();
	size_t part = strlen(pattern->part), end = strlen(pattern->end);
	size_t most = pattern->repeats ? pattern->repeats * part : bytes / 4;
	char *text = mem_alloc(bytes), *value = mem_alloc(most + end);
	struct span subject = filled(text, pattern->text, bytes);
	struct span wanted = filled(value, pattern->part, most);
	struct like *like;

	memcpy(value + wanted.n, pattern->end, end);
	wanted.n += end;
	steps = 0;
	like = like_new(arena, form, wanted);
	assert_non_null(like);
	like_match(like, subject);
	*length = subject.n + wanted.n;
	free(text);
	free(value);
	arena_free(arena);
	return steps;
}

static void
linear(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		for (int form = LIKE_CONTAINS; form <= LIKE_ENDS; form++) {
			size_t bytes = TEXT_BYTES;

			for (int n = 0; n < DOUBLINGS; n++, bytes *= 2) {
				size_t length;
				size_t have = count(&patterns[i],
				    (enum like_form)form, bytes, &length);

				if (have > STEPS_MAX * length)
					fail_msg("\"%s\" in \"%s\", %zu "
						 "bytes: %zu steps",
					    patterns[i].part, patterns[i].text,
					    length, have);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(linear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
