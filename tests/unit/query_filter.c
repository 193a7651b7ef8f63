/* Filters and search: every operator on every type that has it, and the words
 * of those that have not (contract 7.2, 7.3). Answers are lists of ids. */
#include "query_help.h"

struct filter_case {
	const char *filter; /* JSON, or name[...]= of the query string */
	const char *ids;    /* "1 2", or the fault */
};

/* {"data":[{"id":1},{"id":2}]} -> "1 2" */
static const char *
ids_of(struct step *step, const char *answer)
{
	const char *ids = "";
	const char *at = answer;

	if (strncmp(answer, "{\"data\"", 7) != 0)
		return answer;
	while ((at = strstr(at, "{\"id\":")) != NULL) {
		at += 6;
		ids = arena_printf(step->arena, "%s%s%.*s", ids,
		    *ids ? " " : "", (int)strcspn(at, "}"), at);
	}
	return ids;
}

static void
check_filters(
    enum which_table which, const struct filter_case *cases, size_t count)
{
	struct table *table = table_new(which);

	for (size_t i = 0; i < count; i++) {
		struct step step;
		const char *query, *have;

		step_begin(&step);
		query = arena_printf(step.arena, "fields=id&%s%s",
		    cases[i].filter[0] == '{' ? "filter=" : "",
		    cases[i].filter);
		have = ids_of(&step, ask(&step, table, query, QUERY_LIST));
		if (strcmp(have, cases[i].ids) != 0)
			fail_msg("%s\n  want %s\n  have %s", cases[i].filter,
			    cases[i].ids, have);
		step_end(&step);
	}
	table_free(table);
}

#define OP(type, op)                                                           \
	BAD("\"" type "\" field type does not contain the \"" op               \
	    "\" filter operator")
#define KEY(key) BAD("Invalid filter key \"" key "\" on \"directus_webhooks\"")
#define FUNC(name) BAD("Invalid function specified \"" name "\"")
#define USE(op, name)                                                          \
	BAD("The filter value for \"" op "\" on \"" name                       \
	    "\" can't be used there")

static const struct filter_case texts[] = {
    {"{\"name\":{\"_eq\":\"Alpha\"}}", "1"},
    {"{\"name\":\"Alpha\"}", "1"},
    {"filter[name]=Alpha", "1"},
    {"{\"name\":{\"_eq\":\"alpha\"}}", ""},
    {"{\"name\":{\"_eq\":5}}", ""},
    {"{\"name\":{\"_eq\":null}}", ""},
    {"{\"name\":{\"_neq\":null}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"_neq\":\"Alpha\"}}", "2 3 4 5 6"},
    {"{\"name\":{\"_in\":[\"Alpha\",\"beta\"]}}", "1 2"},
    {"{\"name\":{\"_in\":\"Alpha,beta\"}}", "1 2"},
    {"{\"name\":{\"_in\":[[\"Alpha\"]]}}", "1"},
    {"{\"name\":{\"_in\":[{\"a\":1}]}}", ""},
    {"{\"name\":{\"_in\":{}}}", ""},
    {"{\"name\":{\"_nin\":[\"Alpha\",null]}}", "2 3 4 5 6"},
    {"{\"name\":{\"_contains\":\"alpha\"}}", ""},
    {"{\"name\":{\"_contains\":\"lph\"}}", "1 5"},
    {"{\"name\":{\"_contains\":\"A_p\"}}", "1 5"},
    {"{\"name\":{\"_contains\":\"\\\\%\"}}", "4"},
    {"{\"name\":{\"_contains\":\"\\\\\"}}", "4"},
    {"{\"name\":{\"_contains\":100}}", "4"},
    {"{\"name\":{\"_contains\":null}}", ""},
    {"{\"name\":{\"_contains\":true}}", ""},
    {"{\"name\":{\"_ncontains\":\"lph\"}}", "2 3 4 6"},
    {"{\"name\":{\"_icontains\":\"ALPHA\"}}", "1 5"},
    {"{\"name\":{\"_icontains\":\"\xc3\x9cN\xc3\x8f\"}}", "6"},
    {"{\"name\":{\"_icontains\":5}}", USE("_icontains", "name")},
    {"{\"name\":{\"_starts_with\":\"Al\"}}", "1 5"},
    {"{\"name\":{\"_nstarts_with\":\"Al\"}}", "2 3 4 6"},
    {"{\"name\":{\"_istarts_with\":\"al\"}}", "1 5"},
    {"{\"name\":{\"_nistarts_with\":\"AL\"}}", "2 3 4 6"},
    {"{\"name\":{\"_ends_with\":\"ray\"}}", "3"},
    {"{\"name\":{\"_ends_with\":\"RAY\"}}", ""},
    {"{\"name\":{\"_ends_with\":\"a\\\\\"}}", USE("_ends_with", "name")},
    {"{\"name\":{\"_nends_with\":\"ray\"}}", "1 2 4 5 6"},
    {"{\"name\":{\"_iends_with\":\"RAY\"}}", "3"},
    {"{\"name\":{\"_niends_with\":\"RAY\"}}", "1 2 4 5 6"},
    {"{\"name\":{\"_null\":true}}", ""},
    {"{\"name\":{\"_null\":false}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"_null\":null}}", ""},
    {"{\"name\":{\"_nnull\":true}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"_nnull\":false}}", ""},
    {"filter[name][_nnull]=true", "1 2 3 4 5 6"},
    {"{\"name\":{\"_gt\":\"b\"}}", OP("string", "_gt")},
    {"{\"name\":{\"_between\":[\"a\",\"b\"]}}", OP("string", "_between")},
    {"{\"name\":{\"_regex\":\"^A\"}}", OP("string", "_regex")},
    {"{\"name\":{\"_ieq\":\"A\"}}", OP("string", "_ieq")},
    {"{\"name\":{\"_nicontains\":\"A\"}}", OP("string", "_nicontains")},
    {"{\"name\":{\"_EQ\":\"A\"}}", OP("string", "_EQ")},
    {"{\"name\":{\"_intersects\":{\"type\":\"Point\"}}}",
	OP("string", "_intersects")},
    /* csv members are the joined text */
    {"{\"actions\":{\"_eq\":\"create,update\"}}", "2"},
    {"{\"actions\":{\"_eq\":\"update,create\"}}", ""},
    {"{\"actions\":{\"_contains\":\"pdat\"}}", "2 3 5 6"},
    {"{\"actions\":{\"_in\":\"create,update\"}}", "1 6"},
    {"{\"actions\":{\"_in\":[\"create,update\"]}}", "2"},
    {"{\"actions\":{\"_gt\":\"d\"}}", OP("csv", "_gt")},
    {"{\"actions\":{\"_empty\":true}}", ""},
    {"{\"actions\":{\"_nempty\":true}}", "1 2 3 4 5 6"},
};

static const struct filter_case numbers[] = {
    {"{\"id\":{\"_eq\":2}}", "2"},
    {"{\"id\":{\"_eq\":\" 0x2 \"}}", "2"},
    {"{\"id\":{\"_eq\":true}}", "1"},
    {"{\"id\":{\"_eq\":null}}", ""},
    {"{\"id\":{\"_neq\":2}}", "1 3 4 5"},
    {"{\"id\":{\"_lt\":\"2.0\"}}", "1"},
    {"{\"id\":{\"_lte\":2}}", "1 2"},
    {"{\"id\":{\"_gt\":3}}", "4 5"},
    {"{\"id\":{\"_gte\":3}}", "3 4 5"},
    {"{\"id\":{\"_in\":[1,\"3\",99]}}", "1 3"},
    {"{\"id\":{\"_in\":[3,3,1]}}", "1 3"},
    {"filter[id][_in]=1,3", "1 3"},
    {"filter[id][_in]=", ""},
    {"{\"id\":{\"_nin\":[1,3]}}", "2 4 5"},
    {"{\"id\":{\"_between\":[2,4]}}", "2 3 4"},
    {"{\"id\":{\"_between\":\"2,4\"}}", "2 3 4"},
    {"{\"id\":{\"_between\":[4,2]}}", ""},
    {"{\"id\":{\"_between\":[2]}}", "1 2 3 4 5"},
    {"{\"id\":{\"_nbetween\":[2,4]}}", "1 5"},
    {"{\"id\":{\"_gt\":1,\"_lt\":4}}", "2 3"},
    {"filter[id][_gt]=1&filter[id][_lt]=4", "2 3"},
    {"{\"id\":{\"_eq\":1.5}}", USE("_eq", "id")},
    {"{\"id\":{\"_eq\":\"abc\"}}", USE("_eq", "id")},
    {"{\"id\":{\"_in\":[1,\"abc\"]}}", USE("_in", "id")},
    {"{\"id\":{\"_eq\":99999999999}}", USE("_eq", "id")},
    {"{\"id\":{\"_gt\":\"$NOW\"}}", USE("_gt", "id")},
    {"{\"id\":{\"_contains\":1}}", OP("integer", "_contains")},
    {"{\"views\":{\"_eq\":10}}", "1 5"},
    {"{\"views\":{\"_lt\":0}}", "4"},
    {"{\"rating\":{\"_eq\":4.5}}", "1 5"},
    {"{\"rating\":{\"_neq\":4.5}}", "3 4"},
    {"{\"rating\":{\"_gt\":3.2}}", "1 3 5"},
    {"{\"rating\":{\"_eq\":\"abc\"}}", ""},
    {"{\"rating\":{\"_neq\":\"abc\"}}", "1 3 4 5"},
    {"{\"rating\":{\"_lt\":\"abc\"}}", "1 3 4 5"},
    {"{\"rating\":{\"_gt\":\"abc\"}}", ""},
    {"{\"rating\":{\"_in\":[null,4.5]}}", "1 5"},
    {"{\"rating\":{\"_in\":[\"abc\",4.5]}}", "1 5"},
    {"{\"rating\":{\"_between\":[3,4]}}", "3"},
    {"{\"rating\":{\"_nbetween\":[3,4]}}", "1 4 5"},
    {"{\"rating\":{\"_null\":true}}", "2"},
    {"{\"rating\":{\"_contains\":\"4\"}}", OP("float", "_contains")},
    {"{\"featured\":{\"_eq\":true}}", "1 4"},
    {"{\"featured\":{\"_eq\":\"YES\"}}", "1 4"},
    {"{\"featured\":{\"_eq\":0}}", "2 3 5"},
    {"{\"featured\":{\"_eq\":\"off\"}}", "2 3 5"},
    {"{\"featured\":{\"_neq\":true}}", "2 3 5"},
    {"{\"featured\":{\"_eq\":null}}", ""},
    {"{\"featured\":{\"_eq\":2}}", USE("_eq", "featured")},
    {"{\"featured\":{\"_eq\":\"o\"}}", USE("_eq", "featured")},
    {"{\"featured\":{\"_in\":[true]}}", OP("boolean", "_in")},
    {"{\"extra\":{\"_null\":true}}", "2"},
    {"{\"extra\":{\"_nnull\":true}}", "1 3 4 5"},
    {"{\"extra\":{\"_eq\":\"text\"}}", OP("json", "_eq")},
    {"{\"count(extra)\":{\"_eq\":3}}", OP("json", "_eq")},
    {"{\"count(extra)\":{\"_null\":true}}", "2"},
    {"{\"body\":{\"_empty\":true}}", "2 4"},
    {"{\"body\":{\"_nempty\":true}}", "1 3 5"},
    {"{\"body\":{\"_empty\":false}}", "1 3 5"},
    {"{\"body\":{\"_neq\":\"Hello world\"}}", "3 4 5"},
    {"{\"body\":{\"_nin\":[\"Hello world\"]}}", "3 4 5"},
    {"{\"body\":{\"_ncontains\":\"Hello\"}}", "3 4 5"},
    {"{\"tags\":{\"_eq\":\"red,green\"}}", "1"},
    {"{\"tags\":{\"_empty\":true}}", "2 5"},
};

static const struct filter_case times[] = {
    {"{\"published_at\":{\"_gt\":\"2021-01-01\"}}", "1 3 4"},
    {"{\"published_at\":{\"_lt\":\"2021-01-01\"}}", "5"},
    {"{\"published_at\":{\"_eq\":\"2021-01-24T11:00:00%2B01:00\"}}", "1"},
    {"{\"published_at\":{\"_eq\":\"2021-01-24 10:00:00\"}}", "1"},
    {"{\"published_at\":{\"_neq\":\"2021-01-24T10:00:00Z\"}}", "3 4 5"},
    {"{\"published_at\":{\"_nbetween\":[\"2021-01-01\",\"2021-12-31\"]}}",
	"4 5"},
    {"{\"published_at\":{\"_in\":[\"2021-01-24T10:00:00Z\"]}}", "1"},
    {"{\"published_at\":{\"_null\":true}}", "2"},
    {"{\"published_at\":{\"_eq\":null}}", ""},
    {"{\"published_at\":{\"_lt\":\"yesterday\"}}", USE("_lt", "published_at")},
    {"{\"published_at\":{\"_lt\":5}}", USE("_lt", "published_at")},
    {"{\"published_at\":{\"_contains\":\"x\"}}", OP("timestamp", "_contains")},
    {"{\"published_at\":{\"_empty\":true}}", OP("timestamp", "_empty")},
    /* now is 2021-03-01T12:00:00Z */
    {"{\"published_at\":{\"_lt\":\"$NOW\"}}", "1 3 5"},
    {"{\"published_at\":{\"_lt\":\"$NOWHERE\"}}", "1 3 5"},
    {"{\"published_at\":{\"_lt\":\"$NOW()\"}}", "1 3 5"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-1 week)\"}}", "3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-132 hours)\"}}", "4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-133h)\"}}", "3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW( - 1 day)\"}}",
	BAD("The filter value for \"_gt\" has to be a string, number, or "
	    "boolean")},
    {"{\"published_at\":{\"_gt\":\"$NOW(-36)\"}}", "3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-37)\"}}", "1 3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-2 months)\"}}", "1 3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-1.9 mo)\"}}", "3 4"},
    {"{\"published_at\":{\"_gt\":\"$NOW(-22 years)\"}}", "1 3 4 5"},
    {"{\"published_at\":{\"_lt\":\"$NOW(%2B22 MONTHS)\"}}", "1 3 4 5"},
    {"{\"published_at\":{\"_lt\":\"$NOW(99999999999 years)\"}}",
	BAD("The filter value for \"_lt\" has to be a string, number, or "
	    "boolean")},
    /* functions compare as numbers */
    {"{\"year(published_at)\":{\"_eq\":2021}}", "1 3"},
    {"filter[year(published_at)][_eq]=2021", "1 3"},
    {"{\"month(published_at)\":{\"_eq\":\"2\"}}", "3"},
    {"{\"week(published_at)\":{\"_eq\":52}}", "4"},
    {"{\"weekday(published_at)\":{\"_eq\":0}}", "1"},
    {"{\"day(published_at)\":{\"_gte\":24}}", "1 4"},
    {"{\"hour(published_at)\":{\"_eq\":10}}", "1 5"},
    {"{\"minute(published_at)\":{\"_between\":[30,59]}}", "3 5"},
    {"{\"second(published_at)\":{\"_eq\":0.123}}", "4"},
    {"{\"year(published_at)\":{\"_null\":true}}", "2"},
    {"{\"year(published_at)\":{\"_eq\":\"abc\"}}",
	USE("_eq", "published_at_year")},
    {"{\"day(published_at)\":{\"_in\":[24,31]}}", OP("timestamp", "_in")},
    {"{\"year(title)\":{\"_eq\":1}}", FUNC("year")},
    {"{\"foo(published_at)\":{\"_eq\":1}}", FUNC("foo")},
    {"{\"count(published_at)\":{\"_eq\":1}}", FUNC("count")},
    {"{\"year(nope)\":{\"_eq\":1}}",
	BAD("Invalid filter key \"year(nope)\" on \"articles\"")},
};

static const struct filter_case logic[] = {
    {"{}", "1 2 3 4 5 6"},
    {"filter=", "1 2 3 4 5 6"},
    {"filter=[]", "1 2 3 4 5 6"},
    {"{\"_and\":[]}", "1 2 3 4 5 6"},
    {"{\"_and\":[{}]}", "1 2 3 4 5 6"},
    {"{\"_or\":[]}", "1 2 3 4 5 6"},
    {"{\"_or\":[{},{\"id\":{\"_eq\":1}}]}", "1 2 3 4 5 6"},
    {"{\"_or\":[[]]}", "1 2 3 4 5 6"},
    {"{\"_and\":[{},{\"id\":{\"_eq\":1}}]}", "1"},
    {"{\"status\":\"active\",\"data\":true}", "1 4 6"},
    {"{\"_or\":[{\"status\":\"inactive\",\"data\":true},{\"id\":1}]}", "1 5"},
    {"{\"_or\":{\"id\":1}}", "1"},
    {"{\"_and\":[{\"_or\":[{\"id\":1},{\"id\":2}]},{\"_or\":[{\"id\":2},{"
     "\"id\":3}]}]}",
	"2"},
    {"{\"name\":{\"_or\":[{\"_eq\":\"Alpha\"},{\"_eq\":\"beta\"}]}}", "1 2"},
    {"{\"name\":{\"_and\":[{\"_contains\":\"Al\"},{\"_contains\":\"bet\"}]}}",
	"5"},
    {"filter[_or][0][id][_eq]=1&filter[_or][1][id][_eq]=3", "1 3"},
    {"filter[_or][][id][_eq]=1&filter[_or][][id][_eq]=3",
	BAD("The filter value for \"_eq\" has to be a string, number, or "
	    "boolean")},
    /* passed over where nothing is related */
    {"{\"name\":{\"x\":1}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"x\":{\"y\":{\"_eq\":1}}}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"eq\":\"Alpha\"}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"\":1}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"_some\":{\"x\":1}}}", "1 2 3 4 5 6"},
    {"{\"name\":[\"Alpha\"]}", "1 2 3 4 5 6"},
    {"{\"name\":{}}", BAD("The filter on \"name\" has no operator")},
    {"{\"nope\":{\"_eq\":1}}", KEY("nope")},
    {"{\"id.x\":{\"_eq\":1}}", KEY("id.x")},
    {"{\"\":{\"_eq\":1}}", KEY("")},
    {"{\"_eq\":1}", KEY("_eq")},
    {"{\"_or\":[\"x\"]}", KEY("_eq")},
    {"{\"_and\":[{\"nope\":{\"_eq\":1}}]}", KEY("nope")},
    {"filter=text", KEY("_eq")},
    {"filter={bad", KEY("_eq")},
    {"filter[]=x", KEY("0")},
    {"filter[name]=Alpha&filter=x", KEY("x")},
    /* who asks */
    {"{\"name\":{\"_neq\":\"$CURRENT_ROLE\"}}", "1 2 3 4 5 6"},
    {"{\"name\":{\"_eq\":\"$CURRENT_USER.email\"}}", ""},
    {"{\"name\":{\"_in\":[\"$CURRENT_USER\",\"Alpha\"]}}", "1"},
    {"{\"name\":{\"_eq\":\"$OTHER\"}}", ""},
};

static const struct filter_case searches[] = {
    {"search=alpha", "1 5"},
    {"search=ALPHA", "1 5"},
    {"search=post", "1 3 5 6"},
    {"search=02", "2"},
    {"search=1", "1 3 4"},
    {"search=1.0", "1"},
    {"search=articles", ""},
    {"search=", "1 2 3 4 5 6"},
    {"search=%25", "1 2 3 4 5 6"},
    {"search=100%25", "4"},
    {"search=%5C", "4"},
    {"search=%20", "3 6"},
    {"search=%C3%9CN%C3%8FCODE", "6"},
    {"search[]=alpha", "1 2 3 4 5 6"},
    {"search=null", ""},
    {"search=1.5",
	BAD("\"search\" must be an integer of 32 bits where it is a number")},
    {"search=99999999999",
	BAD("\"search\" must be an integer of 32 bits where it is a number")},
};

/* Free-form members compare by their own type; another never matches. Text of
 * a query string, where all is text, stands for the number it spells, too. */
static const struct filter_case free_form[] = {
    {"{\"n\":{\"_eq\":10}}", "1"},
    {"{\"n\":{\"_eq\":\"10\"}}", "2"},
    {"filter[n][_eq]=10", "1 2"},
    {"filter[n][_gt]=9", "1 3"},
    {"filter[n][_between]=9,11", "1 3"},
    {"filter[n][_in]=10,9.5", "1 2 3"},
    {"{\"n\":{\"_lt\":10}}", "3"},
    {"{\"n\":{\"_neq\":10}}", "2 3"},
    {"{\"n\":{\"_null\":true}}", "4 5"},
    {"{\"n\":{\"_nnull\":true}}", "1 2 3"},
    {"{\"t\":{\"_empty\":true}}", "2 3 5"},
    {"{\"t\":{\"_contains\":\"en\"}}", "1 4"},
    {"{\"t\":{\"_icontains\":\"TEN\"}}", "1 4"},
    {"{\"n\":{\"_contains\":\"1\"}}", "2"},
    {"{\"b\":{\"_eq\":true}}", "3"},
    {"filter[b][_eq]=true", "3 5"},
    {"{\"nope\":{\"_eq\":1}}", ""},
    {"{\"year(w)\":{\"_eq\":2021}}", "5"},
    {"{\"id\":{\"_gt\":3}}", "4 5"},
    {"{\"n\":{\"_regex\":1}}", OP("unknown", "_regex")},
    {"search=ten", "1 4"},
    {"search=10", "1 2 5"},
};

#define TEST_OF(name, which)                                                   \
	static void check_##name(void **state)                                 \
	{                                                                      \
		(void)state;                                                   \
		check_filters(which, name, COUNT_OF(name));                    \
	}
TEST_OF(texts, HOOKS)
TEST_OF(numbers, ARTICLES)
TEST_OF(times, ARTICLES)
TEST_OF(logic, HOOKS)
TEST_OF(searches, HOOKS)
TEST_OF(free_form, NOTES)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(check_texts),
	    cmocka_unit_test(check_numbers),
	    cmocka_unit_test(check_times),
	    cmocka_unit_test(check_logic),
	    cmocka_unit_test(check_searches),
	    cmocka_unit_test(check_free_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
