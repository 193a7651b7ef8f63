# Room query: sources and unit tests.
noinst_LIBRARIES += src/query/libquery.a
src_query_libquery_a_SOURCES =  \
	src/query/query.h
src_query_libquery_a_CFLAGS = $(AM_CFLAGS) $(UTF8PROC_CFLAGS) $(YAML_CFLAGS)
