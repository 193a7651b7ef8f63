/* LIKE against a slow obvious matcher, and in time. */
#include "query_help.h"

#include <stdio.h>
#include <time.h>

#include "query/fold.h"
#include "query/like.h"

struct like_case {
	enum like_form form;
	const char *value, *text;
	bool matches;
};

static const struct like_case cases[] = {
    {LIKE_CONTAINS, "b", "abc", true},
    {LIKE_CONTAINS, "", "abc", true},
    {LIKE_CONTAINS, "", "", true},
    {LIKE_CONTAINS, "abcd", "abc", false},
    {LIKE_CONTAINS, "a%c", "xabbcx", true},
    {LIKE_CONTAINS, "a%c", "cba", false},
    {LIKE_CONTAINS, "_", "", false},
    {LIKE_CONTAINS, "_", "x", true},
    {LIKE_CONTAINS, "a_c", "xabc", true},
    {LIKE_CONTAINS, "a_c", "ac", false},
    {LIKE_CONTAINS, "a_c",
	"a\xc3\xbc"
	"c",
	true},
    {LIKE_CONTAINS, "a__c",
	"a\xc3\xbc"
	"c",
	false},
    {LIKE_CONTAINS, "\xc3\xbc_", "x\xc3\xbcy", true},
    {LIKE_CONTAINS, "\\%", "100%", true},
    {LIKE_CONTAINS, "\\%", "100", false},
    {LIKE_CONTAINS, "\\_", "a_b", true},
    {LIKE_CONTAINS, "\\_", "axb", false},
    /* the sign behind the value is escaped */
    {LIKE_CONTAINS, "\\", "100%", true},
    {LIKE_CONTAINS, "\\", "100%x", false},
    {LIKE_STARTS, "ab", "abc", true},
    {LIKE_STARTS, "b", "abc", false},
    {LIKE_STARTS, "", "", true},
    {LIKE_STARTS, "_b", "abc", true},
    {LIKE_STARTS, "a\\", "a%", true},
    {LIKE_STARTS, "a\\", "a%b", false},
    {LIKE_ENDS, "bc", "abc", true},
    {LIKE_ENDS, "b", "abc", false},
    {LIKE_ENDS, "b_", "abc", true},
    {LIKE_ENDS, "\xc3\xbc_",
	"a\xc3\xbc"
	"c",
	true},
    {LIKE_ENDS, "a%b", "ab", true},
    {LIKE_ENDS, "a%ba", "aba", true},
    {LIKE_ENDS, "aba%ba", "aba", false},
};

static void
table(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct arena *arena = arena_new();
		struct like *like =
		    like_new(arena, cases[i].form, span_of(cases[i].value));

		assert_non_null(like);
		if (like_match(like, span_of(cases[i].text)) !=
		    cases[i].matches)
			fail_msg(
			    "\"%s\" in \"%s\"", cases[i].value, cases[i].text);
		arena_free(arena);
	}
}

static void
unusable(void **state)
{
	struct arena *arena = arena_new();
	char long_wild[300];

	(void)state;
	memset(long_wild, '_', sizeof long_wild);
	assert_null(like_new(arena, LIKE_ENDS, SPAN("a\\")));
	assert_null(like_new(
	    arena, LIKE_CONTAINS, span_make(long_wild, sizeof long_wild)));
	assert_non_null(
	    like_new(arena, LIKE_CONTAINS, span_make(long_wild, 256)));
	arena_free(arena);
}

/* Obvious and slow: pattern and text are characters of one byte. */
static bool
slow(const char *pattern, const char *text)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (*pattern == '%')
		return slow(pattern + 1, text) ||
		       (*text != '\0' && slow(pattern, text + 1));
	if (*text == '\0')
		return false;
	if (*pattern == '\\')
		return pattern[1] == *text && slow(pattern + 2, text + 1);
	return (*pattern == '_' || *pattern == *text) &&
	       slow(pattern + 1, text + 1);
}

static void
random_text(unsigned *seed, const char *of, size_t most, char *out)
{
	size_t n = (size_t)rand_r(seed) % (most + 1);

	for (size_t i = 0; i < n; i++)
		out[i] = of[(size_t)rand_r(seed) % strlen(of)];
	out[n] = '\0';
}

static void
against_slow(void **state)
{
	unsigned seed = (unsigned)time(NULL), start = seed;
	static const char *const before[] = {"%", "", "%"};
	static const char *const after[] = {"%", "%", ""};

	(void)state;
	printf("# seed %u\n", start);
	for (int i = 0; i < 20000; i++) {
		struct arena *arena = arena_new();
		char value[16], text[24], pattern[24];
		enum like_form form = (enum like_form)(rand_r(&seed) % 3);
		struct like *like;

		random_text(&seed, "ab_%%", 8, value);
		random_text(&seed, "ab", 16, text);
		snprintf(pattern, sizeof pattern, "%s%s%s", before[form], value,
		    after[form]);
		like = like_new(arena, form, span_of(value));
		assert_non_null(like);
		if (like_match(like, span_of(text)) != slow(pattern, text))
			fail_msg("seed %u: %s in %s", start, pattern, text);
		arena_free(arena);
	}
}

/* A megabyte of what matches nearly everywhere, in bounded processor time. */
static void
hostile(void **state)
{
	static const char *const values[] = {"a%a%a%a%a%a%ab", "_a_a_a_a_b",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "%%%%%%%%%%%%%%%b", "_%_%_%b"};
	size_t n = 1 << 20;
	char *text = mem_alloc(n);
	clock_t start = clock();

	(void)state;
	memset(text, 'a', n);
	for (size_t i = 0; i < COUNT_OF(values); i++) {
		struct arena *arena = arena_new();
		struct like *like =
		    like_new(arena, LIKE_CONTAINS, span_of(values[i]));

		assert_false(like_match(like, span_make(text, n)));
		arena_free(arena);
	}
	free(text);
	assert_true(clock() - start < 2 * CLOCKS_PER_SEC);
}

static void
folding(void **state)
{
	static const char *const pairs[][2] = {{"ABC xyz", "abc xyz"},
	    {"\xc3\x9cN\xc3\x8f", "\xc3\xbcn\xc3\xaf"},
	    {"\xce\xa3", "\xcf\x83"}, {"\xc3\x9f", "\xc3\x9f"},
	    {"\xc8\xba", "\xe2\xb1\xa5"}, {"\xff", "\xff"}, {"", ""}};
	struct arena *arena = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(pairs); i++)
		assert_true(span_is(
		    fold_copy(arena, span_of(pairs[i][0])), pairs[i][1]));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(table),
	    cmocka_unit_test(unusable),
	    cmocka_unit_test(against_slow),
	    cmocka_unit_test(hostile),
	    cmocka_unit_test(folding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
