/* The query string as a tree, and what is told without a collection: each
 * message, and which one when there are several (contract chapters 1, 6, 7). */
#include "query_help.h"

#include "query/node.h"
#include "query/qs.h"

static void
check_tree(const char *text, const char *json)
{
	struct arena *arena = arena_new();
	struct node *root = qs_parse(arena, span_of(text));
	struct span have = node_as_text(arena, root);

	if (!span_is(have, json))
		fail_msg(
		    "%s\n  want %s\n  have %.*s", text, json, SPAN_FMT(have));
	arena_free(arena);
}

static void
trees(void **state)
{
	static const struct ask_case cases[] = {
	    {"", "{}"},
	    {"&&a=1&&", "{\"a\":\"1\"}"},
	    {"a", "{\"a\":\"\"}"},
	    {"=x", "{}"},
	    {"a=b=c", "{\"a\":\"b=c\"}"},
	    {"a+b=c+d", "{\"a b\":\"c d\"}"},
	    {"%61=%62", "{\"a\":\"b\"}"},
	    {"a=%", "{\"a\":\"%\"}"},
	    {"a=1%zz+", "{\"a\":\"1%zz \"}"},
	    {"a=%C3", "{\"a\":\"%C3\"}"},
	    {"a=%C3%BC", "{\"a\":\"\xc3\xbc\"}"},
	    {"a=\xff", "{\"a\":\"\xef\xbf\xbd\"}"},
	    {"a=1&a=2", "{\"a\":[\"1\",\"2\"]}"},
	    {"a=1&a=2&a=3", "{\"a\":[\"1\",\"2\",\"3\"]}"},
	    {"a[]=1", "{\"a\":[\"1\"]}"},
	    {"a[]=1&a[]=2", "{\"a\":[\"1\",\"2\"]}"},
	    {"a[1]=x&a[0]=y", "{\"a\":[\"y\",\"x\"]}"},
	    {"a[5]=x&a[2]=y", "{\"a\":[\"y\",\"x\"]}"},
	    {"a[20]=x", "{\"a\":[\"x\"]}"},
	    {"a[21]=x", "{\"a\":{\"21\":\"x\"}}"},
	    {"a[0]=x&a[21]=y", "{\"a\":{\"0\":\"x\",\"21\":\"y\"}}"},
	    {"a[01]=x", "{\"a\":{\"01\":\"x\"}}"},
	    {"a[b]=1&a[c]=2", "{\"a\":{\"b\":\"1\",\"c\":\"2\"}}"},
	    {"a%5Bb%5D=1", "{\"a\":{\"b\":\"1\"}}"},
	    {"a[b=c]=1", "{\"a\":{\"b=c\":\"1\"}}"},
	    {"a[b=1", "{\"a[b\":\"1\"}"},
	    {"a]b=1", "{\"a]b\":\"1\"}"},
	    {"[a]=1", "{\"a\":\"1\"}"},
	    {"a[b][]=1&a[b][]=2", "{\"a\":{\"b\":[\"1\",\"2\"]}}"},
	    {"a[0][b]=1&a[1][b]=2", "{\"a\":[{\"b\":\"1\"},{\"b\":\"2\"}]}"},
	    {"a[0][b]=1&a[0][c]=2", "{\"a\":[{\"b\":\"1\",\"c\":\"2\"}]}"},
	    {"a[][b]=1&a[][b]=2", "{\"a\":[{\"b\":[\"1\",\"2\"]}]}"},
	    {"a[b]=1&a=x", "{\"a\":{\"b\":\"1\",\"x\":true}}"},
	    {"a[b]=1&a=", "{\"a\":{\"b\":\"1\"}}"},
	    {"a=x&a[b]=1", "{\"a\":[\"x\",{\"b\":\"1\"}]}"},
	    {"__proto__[x]=1", "{}"},
	    {"constructor=1", "{}"},
	    {"a[toString]=1", "{}"},
	    {"a[b][c][d][e][f][g][h][i][j][k][l]=1",
		"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{"
		"\"i\":{\"j\":{\"k\":{\"[l]\":\"1\"}}}}}}}}}}}}"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_tree(cases[i].query, cases[i].answer);
}

static void
parameters_are_counted(void **state)
{
	struct arena *arena = arena_new();
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	for (int i = 0; i < 1001; i++)
		buf_printf(&text, "x%d=1&", i);
	assert_int_equal(qs_parse(arena, buf_view(&text))->count, 1000);
	buf_clear(&text);
	for (int i = 0; i < 1000; i++)
		buf_text(&text, "a[]=1&");
	assert_int_equal(
	    node_named(qs_parse(arena, buf_view(&text)), "a")->count, 1000);
	buf_release(&text);
	arena_free(arena);
}

#define EMPTY(list) BAD("\"" list "\" is not allowed to be empty")
#define NUMBER(name) BAD("\"" name "\" must be a number")
#define META(n)                                                                \
	BAD("\"meta[" n "]\" must be one of [total_count, filter_count]")
#define EXPORT BAD("\"export\" must be one of [csv, json, xml, yaml]")
#define DEPTH BAD("Max relational depth exceeded.")
#define ALIAS BAD("\"alias\" has to be an object")
#define ALIAS_TEXT BAD("\"alias\" value has to be a string. \"string\" given.")
#define ALIAS_POINT                                                            \
	BAD("\"alias\" key/value can't contain a period character `.`")
#define PLAIN(op)                                                              \
	BAD("The filter value for \"" op "\" has to be a string, number, "     \
	    "or boolean")
#define NO_TEXT(op)                                                            \
	BAD("You can't filter for an empty string in \"" op "\". Use \"_empty" \
	    "\" or \"_nempty\" instead")
#define DEEP11                                                                 \
	"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":{\"g\":{\"h\":{\"i\":{"     \
	"\"j\":{"

static const struct ask_case refused[] = {
    {"limit=abc", NUMBER("limit")},
    {"limit=null", NUMBER("limit")},
    {"limit=1&limit=2", NUMBER("limit")},
    {"limit[a]=1", NUMBER("limit")},
    {"limit=1.5", BAD("\"limit\" must be an integer")},
    {"limit=-1.5", BAD("\"limit\" must be an integer")},
    {"limit=-2", BAD("\"limit\" must be greater than or equal to -1")},
    {"limit=Infinity", BAD("\"limit\" cannot be infinity")},
    {"limit=-1e999", BAD("\"limit\" cannot be infinity")},
    {"limit=9007199254740992", BAD("\"limit\" must be a safe number")},
    {"offset=-1", BAD("\"offset\" must be greater than or equal to 0")},
    {"offset=99999999999999999999", BAD("\"offset\" must be a safe number")},
    {"page=-1", BAD("\"page\" must be greater than or equal to 0")},
    {"page=x", NUMBER("page")},
    {"fields[]=", EMPTY("fields[0]")},
    {"fields=id,,name", EMPTY("fields[1]")},
    {"fields=a.b.c.d.e.f.g.h.i.j.k", DEPTH},
    {"fields[0][a]=x", BAD("\"fields[0]\" must be a string")},
    {"groupBy=status,", EMPTY("group[1]")},
    {"sort=,", EMPTY("sort[0]")},
    {"sort[]=", EMPTY("sort[0]")},
    {"sort=a.b.c.d.e.f.g.h.i.j.k", DEPTH},
    {"meta=nope", META("0")},
    {"meta=total_count,nope", META("1")},
    {"meta=*,total_count", META("0")},
    {"meta= total_count", META("0")},
    {"meta[a]=total_count", META("0")},
    {"export=pdf", EXPORT},
    {"export[]=csv", EXPORT},
    {"alias=nope", ALIAS},
    {"alias=5", ALIAS},
    {"alias={bad", ALIAS},
    {"alias=[]", ALIAS},
    {"alias={\"a\":5}", ALIAS_TEXT},
    {"alias={\"a\":[\"name\"]}", ALIAS_TEXT},
    {"alias[a.b]=name", ALIAS_POINT},
    {"alias[a]=b.c", ALIAS_POINT},
    {"aggregate=[]", BAD("\"aggregate\" must be of type object")},
    {"aggregate=text", BAD("\"aggregate\" must be of type object")},
    {"aggregate[count][a]=id", BAD("\"aggregate.count\" must name members")},
    {"filter=null", BAD("\"filter\" must be of type object")},
    {"filter=\"\"", NO_TEXT("_eq")},
    {"filter={\"name\":{\"_eq\":\"\"}}", NO_TEXT("_eq")},
    {"filter[name]=", NO_TEXT("_eq")},
    {"filter[name][_contains]=", NO_TEXT("_contains")},
    {"filter={\"name\":{\"_eq\":[]}}", PLAIN("_eq")},
    {"filter={\"name\":{\"_eq\":{\"a\":1}}}", PLAIN("_eq")},
    {"filter={\"name\":{\"_lt\":\"$NOW(tomorrow)\"}}", PLAIN("_lt")},
    {"filter={\"id\":{\"_eq\":1e30}}",
	BAD("The filter value for \"_eq\" is not a valid number")},
    {"filter={\"id\":{\"_in\":[]}}",
	BAD("\"_in\" has to be an array of values")},
    {"filter={\"id\":{\"_between\":[]}}",
	BAD("\"_between\" has to be an array of values")},
    {"filter={\"name\":{\"_null\":\"x\"}}",
	BAD("\"_null\" has to be a boolean")},
    {"filter[name][_null]=", BAD("\"_null\" has to be a boolean")},
    {"filter={\"name\":{\"_empty\":\"yes\"}}",
	BAD("\"_empty\" has to be a boolean")},
    {"filter={\"name\":{\"_intersects\":\"x\"}}",
	BAD("\"_intersects\" has to be a valid GeoJSON object")},
    {"filter={\"_or\":[null]}", BAD("Invalid filter object")},
    {"filter={\"name\":null}", BAD("Invalid filter object")},
    {"filter=" DEEP11 "\"k\":{\"_eq\":1}}}}}}}}}}}}", DEPTH},
    {"deep=" DEEP11 "\"k\":{\"_limit\":1}}}}}}}}}}}}", DEPTH},
    {"deep[name][_nope]=1", BAD("\"_nope\" is not allowed in \"deep\"")},
    /* several at once: which one is told */
    {"offset=-1&limit=abc", NUMBER("limit")},
    {"limit=abc&fields[]=", EMPTY("fields[0]")},
    {"page=x&offset=x", NUMBER("offset")},
    {"meta=x&limit=-5", BAD("\"limit\" must be greater than or equal to -1")},
    {"export=x&meta=x", META("0")},
    {"limit=abc&filter[name][_eq]=", NO_TEXT("_eq")},
    {"alias=x&limit=abc", ALIAS},
    {"alias=x&filter[name][_eq]=", NO_TEXT("_eq")},
    {"limit=abc&fields=a.b.c.d.e.f.g.h.i.j.k", DEPTH},
    {"sort=,&limit=abc", EMPTY("sort[0]")},
    {"filter=null&sort=,", EMPTY("sort[0]")},
    {"filter=null&limit=x", BAD("\"filter\" must be of type object")},
    {"aggregate=[]&export=x", EXPORT},
    {"filter[name][_nope]=1&limit=abc", NUMBER("limit")},
};

static void
refusals(void **state)
{
	(void)state;
	check_cases(HOOKS, QUERY_LIST, refused, COUNT_OF(refused));
}

/* In the body of a SEARCH most mistakes are as if absent (contract 5.8). */
static void
bodies(void **state)
{
	static const struct ask_case cases[] = {
	    {"{\"limit\":\"abc\",\"fields\":[\"id\"],\"filter\":{\"id\":1}}",
		"{\"data\":[{\"id\":1}]}"},
	    {"{\"limit\":-5,\"fields\":\"id\",\"filter\":{\"id\":{\"_lt\":3}}}",
		"{\"data\":[{\"id\":1},{\"id\":2}]}"},
	    {"{\"limit\":\"1\",\"fields\":\"id,,name\"}",
		"{\"data\":[{\"id\":1,\"name\":\"Alpha\"}]}"},
	    {"{\"limit\":0,\"meta\":[\"total_count\",\"nope\"]}",
		"{\"data\":[],\"meta\":{\"total_count\":6}}"},
	    {"{\"filter\":\"{\\\"id\\\":{\\\"_eq\\\":2}}\",\"fields\":\"id\"}",
		"{\"data\":[{\"id\":2}]}"},
	    {"{\"filter\":{\"name\":{\"_eq\":\"\"}}}", "{\"data\":[]}"},
	    {"{\"filter\":{\"name\":{\"_in\":[]}}}", "{\"data\":[]}"},
	    {"{\"sort\":[\"-id\"],\"limit\":1,\"fields\":[\"id\"]}",
		"{\"data\":[{\"id\":6}]}"},
	    {"{\"filter\":{\"nope\":{\"_eq\":1}}}",
		BAD("Invalid filter key \"nope\" on \"directus_webhooks\"")},
	};
	struct table *table = table_new(HOOKS);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;

		step_begin(&step);
		assert_string_equal(
		    ask_js(&step, table, cases[i].query), cases[i].answer);
		step_end(&step);
	}
	table_free(table);
}

static void
tokens(void **state)
{
	static const struct ask_case cases[] = {
	    {"access_token=a%2Bb&x=1", "a+b"}, {"access_token=", ""},
	    {"x=1", ""}, {"access_token=a&access_token=b", ""}};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;
		struct query *query;

		step_begin(&step);
		assert_int_equal(
		    query_parse_text(step.arena, span_of(cases[i].query),
			&query, &step.fault),
		    ERR_NONE);
		assert_true(
		    span_is(query_access_token(query), cases[i].answer));
		step_end(&step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(trees),
	    cmocka_unit_test(parameters_are_counted),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
