/* The table of rights, written down a second time from product chapter 2. */
#include "model_help.h"

#include "model/role.h"

/* One letter for each right in order: . no, o own collections, a all. */
static const struct {
	enum role role;
	const char *grants;
} table[] = {
    /* ping, webhooks r w, items r w, events r report, deliveries r act,
     * collections r w, secrets, tokens, metrics, server */
    {ROLE_PUBLIC, "a..o..........."},
    {ROLE_READER, "aa.a.a.a.a...aa"},
    {ROLE_EDITOR, "a..oooo........"},
    {ROLE_ADMIN, "aaaaaaaaaaaaaaa"},
    {ROLE_DISPATCHER, "a.............."},
};

static void
test_table(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(table), ROLE_COUNT);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		assert_int_equal(strlen(table[i].grants), RIGHT_COUNT);
		for (int right = 0; right < RIGHT_COUNT; right++) {
			static const char letters[] = ".oa";

			assert_int_equal(letters[role_grant(
					     table[i].role, (enum right)right)],
			    table[i].grants[right]);
		}
	}
}

static const struct {
	enum role role;
	const char *collections;
	enum right right;
	const char *collection;
	bool may;
} questions[] = {
    {ROLE_EDITOR, "articles", RIGHT_ITEMS_WRITE, "articles", true},
    {ROLE_EDITOR, "a, articles ,b", RIGHT_ITEMS_WRITE, "articles", true},
    {ROLE_EDITOR, "articles", RIGHT_ITEMS_WRITE, "article", false},
    {ROLE_EDITOR, "articles", RIGHT_ITEMS_READ, "authors", false},
    {ROLE_EDITOR, "articles", RIGHT_EVENTS_READ, "", true},
    {ROLE_EDITOR, "", RIGHT_EVENTS_READ, "", false},
    {ROLE_EDITOR, "", RIGHT_ITEMS_READ, "articles", false},
    {ROLE_EDITOR, "directus_webhooks", RIGHT_WEBHOOKS_READ, "directus_webhooks",
	false},
    {ROLE_PUBLIC, "authors", RIGHT_ITEMS_READ, "authors", true},
    {ROLE_PUBLIC, "authors", RIGHT_ITEMS_WRITE, "authors", false},
    {ROLE_PUBLIC, "", RIGHT_PING, "", true},
    {ROLE_READER, "", RIGHT_ITEMS_READ, "articles", true},
    {ROLE_READER, "articles", RIGHT_ITEMS_WRITE, "articles", false},
    {ROLE_READER, "", RIGHT_SECRETS, "", false},
    {ROLE_ADMIN, "", RIGHT_ITEMS_WRITE, "anything", true},
};

static void
test_callers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(questions); i++) {
		struct caller caller = {.role = questions[i].role,
		    .collections = span_of(questions[i].collections)};

		assert_int_equal(caller_may(&caller, questions[i].right,
				     span_of(questions[i].collection)),
		    questions[i].may);
	}
}

static void
test_names(void **state)
{
	enum role got;

	(void)state;
	for (int i = 0; i < ROLE_COUNT; i++) {
		assert_true(role_parse(span_of(role_name((enum role)i)), &got));
		assert_int_equal(got, i);
	}
	assert_false(role_parse(SPAN("root"), &got));
	assert_int_equal(role_grant(ROLE_COUNT, RIGHT_PING), GRANT_NO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_callers),
	    cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
