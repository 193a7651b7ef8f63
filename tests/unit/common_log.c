/* Log lines: what is quoted, and how; levels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/log.h"

static const struct {
	const char *value, *quoted;
} quote_cases[] = {
    {"plain/1.2:3", "plain/1.2:3"},
    {"", "\"\""},
    {"two words", "\"two words\""},
    {"a=b", "\"a=b\""},
    {"\"\\\n\x7F\xC3", "\"\\\"\\\\\\x0a\\x7f\\xc3\""},
    {"0123456789012345678901234567890123456789",
	"0123456789012345678901234567890"},
    {"\n\n\n\n\n\n\n\n\n\n", "\"\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\\x0a\""},
};

static void
log_quoting(void **state)
{
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof quote_cases / sizeof *quote_cases; i++)
		assert_string_equal(
		    log_quote(span_of(quote_cases[i].value), out, sizeof out),
		    quote_cases[i].quoted);
}

static void
log_lines(void **state)
{
	int ends[2], keep = dup(STDERR_FILENO);
	char line[4096], *second;
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	log_setup("test", LOG_TO_STDERR, LOG_NOTICE);
	log_event(LOG_TRACE, "hidden", "x=%d", 1);
	log_event(LOG_WARNING, "shown", "a=%s b=%d", "x\ny", 2);
	log_event(LOG_ERROR, "bare", "%s", "");
	dup2(keep, STDERR_FILENO);
	close(keep);
	n = read(ends[0], line, sizeof line - 1);
	assert_true(n > 0);
	line[n] = '\0';
	second = strchr(line, '\n') + 1;
	assert_memory_equal(line + 24, " warning shown a=x y b=2\n", 25);
	assert_string_equal(second + 24, " error bare\n");
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(log_quoting),
	    cmocka_unit_test(log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
