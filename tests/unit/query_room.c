/* Answers do not depend on how much memory a query may use: with little of it
 * what is kept goes through files and is put together again. */
#include "query_help.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

enum { ROWS = 400 };

static struct table *
many(void)
{
	struct table *table = table_new(ARTICLES);

	for (int i = 0; i < ROWS; i++) {
		char body[400];

		snprintf(body, sizeof body,
		    "{\"title\":\"t%d\",\"body\":\"%.*s\",\"views\":%d,"
		    "\"rating\":%d.5,\"featured\":%s,\"tags\":[\"g%d\"],"
		    "\"published_at\":%s}",
		    i * 7919 % 1009 % 300, i % 50,
		    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
		    i * 31 % 17, i % 5, i % 3 ? "true" : "false", i % 7,
		    i % 4 ? "\"2021-01-24T10:00:00Z\"" : "null");
		table_add(table, body);
	}
	table->spool_dir = open(P_tmpdir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(table->spool_dir > 0);
	return table;
}

static const char *const queries[] = {
    "limit=-1",
    "limit=-1&sort=-title",
    "limit=-1&sort=published_at,-title,views",
    "limit=-1&sort=body&meta=*",
    "sort=title",
    "sort=title&limit=1",
    "sort=-title&limit=7&offset=390",
    "sort=-views,title&limit=30&page=3",
    "sort=title&limit=0",
    "sort=title&offset=100000",
    "sort=body,title&filter[views][_gt]=3&limit=50&meta=filter_count",
    "groupBy=title&limit=-1",
    "groupBy=title&sort=-title&limit=5&offset=20",
    "groupBy=title,views&aggregate[count]=*&limit=-1",
    "groupBy=views&sort=views&aggregate[countDistinct]=title,body&"
    "aggregate[sumDistinct]=views&aggregate[avgDistinct]=rating",
    "groupBy=title&aggregate[min]=body,published_at&aggregate[max]=title&"
    "aggregate[avg]=views,rating&aggregate[sum]=rating&limit=-1",
    "aggregate[countDistinct]=title,body,tags&aggregate[max]=body",
    "aggregate[min]=title&aggregate[count]=published_at&filter[views]=99",
    "groupBy=month(published_at),featured&aggregate[countDistinct]=title",
    "groupBy=views&search=t1&aggregate[count]=id",
    "export=csv&limit=-1",
    "export=csv&limit=-1&sort=-body",
    "export=json&limit=-1&fields=id,extra",
    "export=xml&limit=-1&fields=id,tags,title",
    "export=yaml&limit=-1&sort=title",
    "export=csv&groupBy=title&aggregate[count]=*&limit=-1",
    "export=json&limit=0",
    "export=xml&filter[views]=99",
    "export=yaml&filter[views]=99",
};

static void
any_memory(void **state)
{
	static const size_t bytes[] = {1, 200, 1000, 5000, 60000};
	struct table *table = many();

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		struct step want;

		step_begin(&want);
		table->memory_bytes = 0;
		ask(&want, table, queries[i], QUERY_LIST);
		if (want.fault.first)
			fail_msg("%s: %s", queries[i], step_faults(&want));
		assert_true(want.out.n > 0);
		for (size_t m = 0; m < COUNT_OF(bytes); m++) {
			struct step have;

			step_begin(&have);
			table->memory_bytes = bytes[m];
			ask(&have, table, queries[i], QUERY_LIST);
			if (!span_eq(buf_view(&have.out), buf_view(&want.out)))
				fail_msg("%s with %zu bytes\n  want %s\n"
					 "  have %s",
				    queries[i], bytes[m], want.out.p,
				    have.out.p);
			step_end(&have);
		}
		step_end(&want);
	}
	close(table->spool_dir);
	table_free(table);
}

/* Without a place on the disk the query fails, and says nothing wrong. */
static void
no_disk(void **state)
{
	static const char *const asked[] = {"limit=-1&sort=title",
	    "export=csv&limit=-1", "groupBy=title&aggregate[count]=*"};
	struct table *table = many();

	(void)state;
	close(table->spool_dir);
	table->spool_dir = INT32_MAX;
	table->memory_bytes = 1000;
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		struct step step;
		struct query *query;

		step_begin(&step);
		assert_int_equal(query_parse_text(step.arena, span_of(asked[i]),
				     &query, &step.fault),
		    ERR_NONE);
		assert_int_equal(
		    finish_query(&step, table, query, QUERY_LIST), ERR_IO);
		step_end(&step);
	}
	table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_memory),
	    cmocka_unit_test(no_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
