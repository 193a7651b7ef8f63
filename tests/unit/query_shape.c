/* The shape of answers: fields, alias, sort, pages, meta, aggregates, groups,
 * functions; and what a plan asks the store for (contract chapters 5 and 7). */
#include "query_help.h"

#define ID(n) "{\"id\":" #n "}"
#define DATA(rows) "{\"data\":[" rows "]}"
#define ALL6 ID(1) "," ID(2) "," ID(3) "," ID(4) "," ID(5) "," ID(6)
#define HOOK1                                                                  \
	"\"id\":1,\"name\":\"Alpha\",\"method\":\"POST\",\"url\":"             \
	"\"https://a.example.com/one\",\"status\":\"active\",\"data\":true"    \
	",\"actions\":[\"create\"],\"collections\":[\"articles\"]"
#define FUNC(name) BAD("Invalid function specified \"" name "\"")
#define SORT(name) BAD("Can't sort by \"" name "\"")

static const struct ask_case hooks[] = {
    /* fields */
    {"fields=*&limit=1", DATA("{" HOOK1 "}")},
    {"fields=&limit=1", DATA("{" HOOK1 "}")},
    {"fields=*.*&limit=1", DATA("{" HOOK1 "}")},
    {"fields=*.id&limit=1", DATA("{" HOOK1 "}")},
    {"fields=url,name,id&limit=1",
	DATA("{\"url\":\"https://a.example.com/one\",\"name\":\"Alpha\","
	     "\"id\":1}")},
    {"fields=status,*&limit=1&filter[id]=7", DATA("")},
    {"fields=id,id, name ,id&limit=1", DATA("{\"id\":1,\"name\":\"Alpha\"}")},
    {"fields[]=id,name&fields[]=data&limit=1",
	DATA("{\"id\":1,\"name\":\"Alpha\",\"data\":true}")},
    {"fields=nope&limit=2", DATA("{},{}")},
    {"fields=ID,na*,id\"&limit=1", DATA("{}")},
    {"fields=name.foo&limit=1", DATA("{}")},
    {"fields=id,name.foo&limit=1", DATA(ID(1))},
    {"fields=year(nope)&limit=1", DATA("{}")},
    {"fields=count(id)&limit=1", FUNC("count")},
    {"fields=foo(name)&limit=1", FUNC("foo")},
    {"fields=()&limit=1", FUNC("")},
    /* alias */
    {"alias[title]=name&fields=id,title&limit=1",
	DATA("{\"id\":1,\"title\":\"Alpha\"}")},
    {"alias[title]=name&limit=1", DATA("{" HOOK1 ",\"title\":\"Alpha\"}")},
    {"alias[name]=status&fields=name&limit=1", DATA("{\"name\":\"active\"}")},
    {"alias[a]=actions&fields=a,actions&limit=1",
	DATA("{\"a\":\"create\",\"actions\":[\"create\"]}")},
    {"alias[title]=nope&fields=id,title&limit=1", DATA(ID(1))},
    {"alias[a b]=data&fields=a b&limit=1", DATA("{\"a b\":true}")},
    {"alias[t]=name&sort=t", SORT("t")},
    /* sort */
    {"fields=id&sort=-id",
	DATA(ID(6) "," ID(5) "," ID(4) "," ID(3) "," ID(2) "," ID(1))},
    {"fields=id&sort=status, -id",
	DATA(ID(6) "," ID(4) "," ID(3) "," ID(1) "," ID(5) "," ID(2))},
    {"fields=id&sort=-name",
	DATA(ID(6) "," ID(4) "," ID(2) "," ID(3) "," ID(5) "," ID(1))},
    {"fields=id&sort=-data,id",
	DATA(ID(1) "," ID(4) "," ID(5) "," ID(6) "," ID(2) "," ID(3))},
    {"fields=id&sort=actions",
	DATA(ID(1) "," ID(2) "," ID(5) "," ID(4) "," ID(6) "," ID(3))},
    {"fields=id&sort=status&limit=2&offset=3", DATA(ID(6) "," ID(2))},
    {"fields=id&sort=", DATA(ALL6)},
    {"fields=id&sort[id]=desc", DATA(ALL6)},
    {"fields=id&sort=nope", SORT("nope")},
    {"fields=id&sort=-", SORT("")},
    {"fields=id&sort=--id", SORT("-id")},
    {"fields=id&sort=%2Bid", SORT("+id")},
    {"fields=id&sort=?", SORT("?")},
    {"fields=id&sort[]=status,-id", SORT("status,-id")},
    {"fields=id&sort=name.foo",
	BAD("\"directus_webhooks.name\" is not a relational field")},
    {"fields=id&sort=year(name)", FUNC("year")},
    /* limit, offset, page */
    {"fields=id&limit=2", DATA(ID(1) "," ID(2))},
    {"fields=id&limit=", DATA("")},
    {"fields=id&limit=-0", DATA("")},
    {"fields=id&limit=-1&page=3", DATA(ALL6)},
    {"fields=id&limit[]=2", DATA(ID(1) "," ID(2))},
    {"fields=id&offset=4", DATA(ID(5) "," ID(6))},
    {"fields=id&offset=9007199254740991", DATA("")},
    {"fields=id&page=2&limit=4", DATA(ID(5) "," ID(6))},
    {"fields=id&page=2&limit=2&offset=5", DATA(ID(3) "," ID(4))},
    {"fields=id&page=0&limit=1", DATA(ID(1))},
    {"fields=id&page=&offset=5", DATA(ID(6))},
    {"fields=id&page=2", DATA("")},
    {"fields=id&page=9007199254740991&limit=9007199254740991", DATA("")},
    /* meta */
    {"fields=id&limit=1&meta=*",
	"{\"data\":[{\"id\":1}],\"meta\":{\"total_count\":6,"
	"\"filter_count\":6}}"},
    {"fields=id&limit=1&meta[]=filter_count&meta[]=total_count&filter[status"
     "]=inactive",
	"{\"data\":[{\"id\":2}],\"meta\":{\"filter_count\":2,"
	"\"total_count\":6}}"},
    {"limit=0&meta=filter_count&search=alpha",
	"{\"data\":[],\"meta\":{\"filter_count\":2}}"},
    /* Without a filter the total is known; averages are not. */
    {"meta=*&aggregate[avgDistinct]=id&aggregate[countDistinct]=status",
	"{\"data\":[{\"avgDistinct\":{\"id\":\"3.5000000000000000\"},"
	"\"countDistinct\":{\"status\":\"2\"}}],\"meta\":{\"total_count\":6,"
	"\"filter_count\":6}}"},
    {"meta=*&aggregate[count]=*&filter[data]=true",
	"{\"data\":[{\"count\":\"4\"}],\"meta\":{\"total_count\":6,"
	"\"filter_count\":4}}"},
    /* aggregate */
    {"aggregate[count]=*", DATA("{\"count\":\"6\"}")},
    {"aggregate[count]=id,name",
	DATA("{\"count\":{\"id\":\"6\",\"name\":\"6\"}}")},
    {"aggregate[count]=*,id", DATA("{\"count\":{\"id\":\"6\"}}")},
    {"aggregate[count]=%20id", DATA("{\"count\":{\" id\":\"6\"}}")},
    {"aggregate[max]=id&aggregate[count]=*",
	DATA("{\"count\":\"6\",\"max\":{\"id\":6}}")},
    {"aggregate[min]=id&aggregate[max]=name&aggregate[sum]=id",
	DATA("{\"min\":{\"id\":1},\"max\":{\"name\":\"\xc3\x9cn\xc3\xaf"
	     "code \xe2\x9c\x93\"},\"sum\":{\"id\":\"21\"}}")},
    {"aggregate[avg]=id", DATA("{\"avg\":{\"id\":\"3.5000000000000000\"}}")},
    {"aggregate[countDistinct]=status,method",
	DATA("{\"countDistinct\":{\"status\":\"2\",\"method\":\"2\"}}")},
    {"aggregate[min]=actions", DATA("{\"min\":{\"actions\":\"create\"}}")},
    {"aggregate[countAll]=*", DATA("{}")},
    {"aggregate[nope]=id", DATA("{},{},{},{},{},{}")},
    {"aggregate[nope]=id&limit=1", DATA("{}")},
    {"aggregate[count]=*&fields=nope&sort=nope", DATA("{\"count\":\"6\"}")},
    {"aggregate[count]=*&offset=1", DATA("")},
    {"aggregate[count]=*&limit=0", DATA("")},
    {"aggregate[sum]=id&filter[id]=99", DATA("{\"sum\":{\"id\":null}}")},
    {"aggregate[count]=id&filter[id]=99", DATA("{\"count\":{\"id\":\"0\"}}")},
    {"aggregate[sum]=name", BAD("Can't aggregate \"sum\" of \"name\"")},
    {"aggregate[sum]=*", BAD("Can't aggregate \"sum\" of \"*\"")},
    {"aggregate[max]=data", BAD("Can't aggregate \"max\" of \"data\"")},
    {"aggregate[count]=nope", BAD("Can't aggregate \"count\" of \"nope\"")},
    {"aggregate[count]=", BAD("Can't aggregate \"count\" of \"\"")},
    {"aggregate={}&fields=id&limit=1", DATA(ID(1))},
    /* groupBy */
    {"groupBy=status",
	DATA("{\"status\":\"active\"},{\"status\":\"inactive\"}")},
    {"groupBy=status&sort=-status&aggregate[count]=*",
	DATA("{\"status\":\"inactive\",\"count\":\"2\"},{\"status\":"
	     "\"active\",\"count\":\"4\"}")},
    {"groupBy=data,status&filter[id][_lt]=4&aggregate[count]=*",
	DATA("{\"data\":false,\"status\":\"inactive\",\"count\":\"1\"},{"
	     "\"data\":false,\"status\":\"active\",\"count\":\"1\"},{"
	     "\"data\":true,\"status\":\"active\",\"count\":\"1\"}")},
    {"groupBy=actions&limit=2",
	DATA("{\"actions\":[\"create\"]},{\"actions\":[\"create\","
	     "\"update\"]}")},
    {"groupBy=id&limit=2&page=2", DATA(ID(3) "," ID(4))},
    {"groupBy=status&sort=id",
	BAD("Can't sort by \"id\": it is not grouped by")},
    {"groupBy=nope", BAD("Can't group by \"nope\"")},
    {"groupBy=-status", BAD("Can't group by \"-status\"")},
    {"groupBy=*", BAD("Can't group by \"*\"")},
    {"groupBy[a]=status", BAD("\"groupBy\" has to name members")},
    {"groupBy=name.x",
	BAD("\"directus_webhooks.name\" is not a relational field")},
    {"groupBy=year(name)", FUNC("year")},
    /* deep and unknown names change nothing */
    {"deep[name][_limit]=3&deep=5&nope=1&fields=id&limit=1", DATA(ID(1))},
};

static const struct ask_case articles[] = {
    {"fields=id&sort=published_at",
	DATA(ID(5) "," ID(1) "," ID(3) "," ID(4) "," ID(2))},
    {"fields=id&sort=-published_at",
	DATA(ID(2) "," ID(4) "," ID(3) "," ID(1) "," ID(5))},
    {"fields=id&sort=views,-id",
	DATA(ID(4) "," ID(2) "," ID(5) "," ID(1) "," ID(3))},
    {"fields=id&sort=body&limit=3", DATA(ID(4) "," ID(1) "," ID(3))},
    {"fields=id&sort=-body&limit=2", DATA(ID(2) "," ID(5))},
    {"fields=id&sort=tags,id",
	DATA(ID(2) "," ID(3) "," ID(4) "," ID(1) "," ID(5))},
    {"sort=extra", SORT("extra")},
    {"fields=id&sort=-year(published_at),id",
	DATA(ID(2) "," ID(4) "," ID(1) "," ID(3) "," ID(5))},
    {"fields=year(published_at),month(published_at),week(published_at),day("
     "published_at),weekday(published_at),hour(published_at),minute("
     "published_at),second(published_at)&filter[id]=4",
	DATA("{\"published_at_year\":\"2022\",\"published_at_month\":\"12\","
	     "\"published_at_week\":\"52\",\"published_at_day\":\"31\","
	     "\"published_at_weekday\":\"6\",\"published_at_hour\":\"0\","
	     "\"published_at_minute\":\"0\",\"published_at_second\":"
	     "\"0.123000\"}")},
    {"fields=count(extra)",
	DATA("{\"extra_count\":2},{\"extra_count\":null},{\"extra_count\":"
	     "3},{\"extra_count\":0},{\"extra_count\":1}")},
    {"alias[y]=year(published_at)&fields=y&limit=2",
	DATA("{\"y\":\"2021\"},{\"y\":null}")},
    {"fields=year( published_at )", FUNC("year")},
    {"fields=year(published_at&limit=1", DATA("{}")},
    {"aggregate[avg]=views",
	DATA("{\"avg\":{\"views\":\"53.0000000000000000\"}}")},
    {"aggregate[sum]=rating&aggregate[avg]=rating",
	DATA("{\"sum\":{\"rating\":11.75},\"avg\":{\"rating\":2.9375}}")},
    {"aggregate[sumDistinct]=views&aggregate[avgDistinct]=rating",
	DATA("{\"sumDistinct\":{\"views\":\"255\"},\"avgDistinct\":{"
	     "\"rating\":2.4166666666666665}}")},
    {"aggregate[min]=published_at",
	DATA("{\"min\":{\"published_at\":\"1999-06-01T10:30:15.000Z\"}}")},
    {"aggregate[count]=rating,extra",
	DATA("{\"count\":{\"rating\":\"4\",\"extra\":\"4\"}}")},
    {"aggregate[countDistinct]=extra",
	BAD("Can't aggregate \"countDistinct\" of \"extra\"")},
    {"groupBy=rating&aggregate[count]=*",
	DATA("{\"rating\":-0.5,\"count\":\"1\"},{\"rating\":3.25,\"count\":"
	     "\"1\"},{\"rating\":4.5,\"count\":\"2\"},{\"rating\":null,"
	     "\"count\":\"1\"}")},
    {"groupBy=year(published_at)&aggregate[count]=*",
	DATA("{\"published_at_year\":\"1999\",\"count\":\"1\"},{"
	     "\"published_at_year\":\"2021\",\"count\":\"2\"},{"
	     "\"published_at_year\":\"2022\",\"count\":\"1\"},{"
	     "\"published_at_year\":null,\"count\":\"1\"}")},
    {"groupBy=extra", BAD("Can't group by \"extra\"")},
};

static const struct ask_case notes[] = {
    {"limit=1", DATA("{\"id\":1,\"n\":10,\"t\":\"ten\",\"l\":[1,2]}")},
    {"fields=t,*&limit=1", DATA("{\"t\":\"ten\",\"id\":1,\"n\":10,\"l\":[1,"
				"2]}")},
    {"fields=*,t&limit=1", DATA("{\"id\":1,\"n\":10,\"t\":\"ten\",\"l\":[1,"
				"2]}")},
    {"fields=n,nope", DATA("{\"n\":10,\"nope\":null},{\"n\":\"10\",\"nope\":"
			   "null},{\"n\":9.5,\"nope\":null},{\"n\":null,"
			   "\"nope\":null},{\"n\":null,\"nope\":null}")},
    {"fields=id&sort=n", DATA(ID(3) "," ID(1) "," ID(2) "," ID(4) "," ID(5))},
    {"aggregate[sum]=n&aggregate[count]=n",
	DATA("{\"sum\":{\"n\":19.5},\"count\":{\"n\":\"3\"}}")},
    {"groupBy=b&aggregate[count]=*",
	DATA("{\"b\":true,\"count\":\"1\"},{\"b\":\"true\",\"count\":\"1\"},{"
	     "\"b\":null,\"count\":\"3\"}")},
};

static const struct ask_case ones[] = {
    {"fields=id", "{\"data\":{\"id\":1}}"},
    {"fields=id&meta=*", "{\"data\":{\"id\":1}}"},
    {"fields=id&filter[id]=2", "{\"data\":{\"id\":1}}"},
    {"fields=id&filter={\"id\":2,\"name\":\"Alpha\"}", "{\"data\":{\"id\":1}}"},
    {"fields=id&filter={\"_and\":[{\"id\":2}]}", "hidden"},
    {"filter[name]=beta", "hidden"},
    {"search=nobody", "hidden"},
    {"offset=1", "hidden"},
    {"page=2", "hidden"},
    {"limit=0", "hidden"},
    {"aggregate[count]=*", "{\"data\":{\"count\":\"1\"}}"},
    {"groupBy=status", "{\"data\":{\"status\":\"active\"}}"},
    {"export=json&fields=id", "{\n\t\"id\": 1\n}"},
};

static const struct ask_case written[] = {
    {"fields=id", DATA(ALL6)},
    {"fields=id&limit=0", DATA(ALL6)},
    {"fields=id&limit=1", DATA(ID(1))},
    {"fields=id&sort=-id&limit=2&meta=*", DATA(ID(6) "," ID(5))},
    {"fields=id&filter[id]=2", DATA(ID(2))},
    {"fields=id&page=1", DATA(ALL6)},
    {"fields=id&page=2", DATA("")},
    {"fields=id&page=2&limit=4", DATA(ID(5) "," ID(6))},
    {"fields=id&page=2&limit=-1", DATA(ALL6)},
};

static void
shapes(void **state)
{
	(void)state;
	check_cases(HOOKS, QUERY_LIST, hooks, COUNT_OF(hooks));
	check_cases(ARTICLES, QUERY_LIST, articles, COUNT_OF(articles));
	check_cases(NOTES, QUERY_LIST, notes, COUNT_OF(notes));
}

static void
purposes(void **state)
{
	(void)state;
	check_cases(HOOKS, QUERY_ONE, ones, COUNT_OF(ones));
	check_cases(HOOKS, QUERY_WRITTEN, written, COUNT_OF(written));
}

static struct query_run *
bind(struct step *step, const struct schema *schema, const char *text,
    enum query_purpose purpose)
{
	struct query_context context = {.now_ms = NOW_MS};
	struct query_run *run;
	struct query *query;

	assert_int_equal(
	    query_parse_text(step->arena, span_of(text), &query, &step->fault),
	    ERR_NONE);
	assert_int_equal(query_bind(step->arena, query, schema, &context,
			     purpose, &run, &step->fault),
	    ERR_NONE);
	return run;
}

static void
picks(void **state)
{
	static const struct ask_case cases[] = {{"", "1 2 3 4 5 6"},
	    {"filter[data]=true&sort=-id&limit=2&offset=1", "5 4"},
	    {"sort=name&limit=2&fields=name&aggregate[count]=*", "1 5"},
	    {"limit=0", ""}, {"limit=1&page=3", "3"}};
	struct table *table = table_new(HOOKS);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;
		struct query_run *run;
		const int64_t *ids;
		const char *have = "";
		size_t count;

		step_begin(&step);
		run = bind(&step, table->schema, cases[i].query, QUERY_PICK);
		feed(table, run);
		assert_int_equal(
		    query_picked(run, &ids, &count, &step.fault), ERR_NONE);
		for (size_t k = 0; k < count; k++)
			have = arena_printf(step.arena, "%s%s%lld", have,
			    k ? " " : "", (long long)ids[k]);
		assert_string_equal(have, cases[i].answer);
		query_release(run);
		step_end(&step);
	}
	table_free(table);
}

static const char *
plan_text(struct step *step, const struct query_run *run)
{
	struct query_plan plan;
	const char *text = "";

	query_plan(run, &plan);
	if (plan.nothing)
		text = "nothing";
	else if (plan.by_ids)
		for (size_t i = 0; i < plan.id_count; i++)
			text = arena_printf(step->arena, "%s%s%lld", text,
			    i ? "," : "ids ", (long long)plan.ids[i]);
	else if (plan.by_value)
		text = arena_printf(step->arena, "order %d%s", plan.field,
		    plan.from_value == INT64_MIN && plan.to_value == INT64_MAX
			? ""
			: arena_printf(step->arena, " %lld..%lld",
			      (long long)plan.from_value,
			      (long long)plan.to_value));
	else if (plan.equal_count > 0)
		for (size_t i = 0; i < plan.equal_count; i++)
			text = arena_printf(step->arena, "%s%sfield %d", text,
			    i ? " " : "", plan.equals[i].field);
	else if (plan.from_id != INT64_MIN || plan.to_id != INT64_MAX)
		text = arena_printf(step->arena, "%lld..%lld",
		    (long long)plan.from_id, (long long)plan.to_id);
	else
		text = "all";
	if (!plan.nothing && plan.page_rows && plan.page_rows != plan.most)
		text = arena_printf(step->arena, "%s page %lld", text,
		    (long long)plan.page_rows);
	if (!plan.nothing && plan.most >= 0)
		text = arena_printf(
		    step->arena, "%s most %lld", text, (long long)plan.most);
	if (plan.follows)
		text = arena_printf(step->arena, "%s follows", text);
	if (plan.give_up)
		text = arena_printf(step->arena, "%s gives up %lld", text,
		    (long long)plan.give_up);
	return arena_printf(step->arena, "%s%s%s", text,
	    plan.descending && !plan.nothing ? " down" : "",
	    plan.wants_total ? " total" : "");
}

static void
plans(void **state)
{
	static const struct ask_case cases[] = {
	    {"", "all most 100"},
	    {"limit=2&offset=5", "all most 7"},
	    {"limit=2&page=3", "all most 6"},
	    {"limit=-1", "all"},
	    {"limit=0", "nothing"},
	    {"limit=0&meta=*", "nothing total"},
	    {"limit=0&meta=filter_count&filter[state]=dead", "field 6"},
	    {"limit=2&meta=*", "all most 2 total"},
	    {"sort=-id&limit=2", "all most 2 down"},
	    {"sort=-id,state&limit=2", "all most 2 down"},
	    {"sort=state&limit=2", "all"},
	    {"sort=-created_at&limit=2", "order 8 most 2 down"},
	    {"sort=created_at,id&limit=2", "order 8 most 2"},
	    {"sort=-created_at,-id,state&limit=2", "order 8 most 2 down"},
	    {"sort=-created_at,id&limit=2", "all"},
	    {"sort=created_at&filter[created_at][_between]=1970-01-01,1970-01-"
	     "02&limit=2",
		"order 8 0..86400000 page 2"},
	    {"sort=-created_at&filter[state]=dead",
		"field 6 page 100 follows down"},
	    {"sort=created_at&filter={\"state\":\"dead\",\"webhook\":7}&limit=1"
	     "&offset=4",
		"field 6 field 3 page 5 follows"},
	    {"sort=created_at&filter[state]=dead&limit=-1", "field 6 follows"},
	    {"sort=created_at&filter[state]=dead&meta=filter_count",
		"field 6 follows"},
	    {"sort=-created_at,id&filter[state]=dead", "field 6"},
	    {"sort=next_attempt_at&filter={\"state\":\"pending\","
	     "\"next_attempt_at\":{\"_gt\":\"1970-01-02\"}}",
		"order 9 86400001..9223372036854775807 page 100 gives up 3000"},
	    {"sort=next_attempt_at&limit=-1&filter={\"state\":\"pending\","
	     "\"next_attempt_at\":{\"_gt\":\"1970-01-02\"}}",
		"field 6"},
	    {"sort=-created_at&filter[action]=create", "order 8 page 100 down"},
	    {"sort=-created_at&filter[id]=5", "5..5"},
	    {"sort=next_attempt_at", "all"},
	    {"sort=next_attempt_at&filter[next_attempt_at][_gt]=1970-01-02",
		"order 9 86400001..9223372036854775807 page 100"},
	    {"sort=-finished_at", "all"},
	    {"sort=attempts", "all"},
	    {"search=x", "all page 100"},
	    {"filter[id]=5", "5..5 page 100"},
	    {"filter[id][_in]=3,1,3", "ids 1,3 page 100"},
	    {"filter[id][_in]=3,1,2&sort=-id", "ids 3,2,1 page 100 down"},
	    {"filter[id][_between]=3,9", "3..9 page 100"},
	    {"filter={\"id\":{\"_gt\":3,\"_lte\":9}}", "4..9 page 100"},
	    {"filter={\"id\":{\"_gt\":3},\"state\":\"dead\"}",
		"field 6 page 100"},
	    {"filter={\"id\":4,\"state\":\"dead\"}", "4..4 page 100"},
	    {"filter={\"_and\":[{\"id\":{\"_lt\":4}},{\"id\":{\"_gt\":1}}]}",
		"2..3 page 100"},
	    {"filter={\"_or\":[{\"id\":1},{\"id\":2}]}", "all page 100"},
	    {"filter={\"id\":{\"_lt\":4,\"_gt\":9}}", "nothing"},
	    {"filter[webhook]=7&sort=-id&limit=50", "field 3 page 50 down"},
	    {"filter={\"webhook\":7,\"state\":\"dead\",\"attempts\":3}",
		"field 3 field 6 page 100"},
	    {"filter[state]=dead", "field 6 page 100"},
	    {"filter[state][_neq]=dead", "all page 100"},
	    {"filter[action]=create", "all page 100"},
	    {"aggregate[count]=*", "nothing total"},
	    {"aggregate[count]=id", "nothing total"},
	    {"aggregate[count]=state", "all"},
	    {"aggregate[count]=*&filter[state]=dead", "field 6"},
	    {"aggregate[max]=id", "all"},
	    {"groupBy=state&limit=1", "all"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;
		const char *have;

		step_begin(&step);
		have = plan_text(&step, bind(&step, &schema_deliveries,
					    cases[i].query, QUERY_LIST));
		if (strcmp(have, cases[i].answer) != 0)
			fail_msg("%s\n  want %s\n  have %s", cases[i].query,
			    cases[i].answer, have);
		step_end(&step);
	}
}

/* Rows past the last one that can matter are not asked for. */
static void
stops_early(void **state)
{
	static const struct {
		const char *query;
		size_t taken;
	} cases[] = {{"limit=2", 2}, {"limit=2&offset=3", 5},
	    {"limit=1&filter[data]=false", 2}, {"limit=2&sort=name", 6},
	    {"limit=1&meta=filter_count&filter[data]=true", 6}};
	struct table *table = table_new(HOOKS);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;
		struct query_run *run;
		size_t taken = 0;

		step_begin(&step);
		run = bind(&step, table->schema, cases[i].query, QUERY_LIST);
		while (taken < table->count &&
		       query_take(run, table->rows[taken++]))
			;
		assert_int_equal(taken, cases[i].taken);
		query_release(run);
		step_end(&step);
	}
	table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shapes),
	    cmocka_unit_test(purposes),
	    cmocka_unit_test(picks),
	    cmocka_unit_test(plans),
	    cmocka_unit_test(stops_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
