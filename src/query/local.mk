# Room query: sources and unit tests.
noinst_LIBRARIES += src/query/libquery.a
src_query_libquery_a_SOURCES =  \
	src/query/query.h \
	src/query/ask.h \
	src/query/cell.c src/query/cell.h \
	src/query/decimal.c src/query/decimal.h \
	src/query/dynamic.c src/query/dynamic.h \
	src/query/export_csv.c \
	src/query/export_json.c \
	src/query/export_xml.c \
	src/query/export_yaml.c src/query/export_yaml.h \
	src/query/filter_bind.c src/query/filter.h \
	src/query/filter_match.c \
	src/query/filter_ops.c \
	src/query/filter_value.c \
	src/query/finish.c \
	src/query/fold.c src/query/fold.h \
	src/query/like.c src/query/like.h \
	src/query/node.c src/query/node.h \
	src/query/operand.c src/query/operand.h \
	src/query/parse.c \
	src/query/parse_members.c \
	src/query/part.c src/query/part.h \
	src/query/percent.c src/query/percent.h \
	src/query/plan.c \
	src/query/projection.c src/query/projection.h \
	src/query/qs.c src/query/qs.h \
	src/query/rows.c src/query/rows.h \
	src/query/run.c src/query/run.h \
	src/query/search.c \
	src/query/sort.c src/query/sort.h \
	src/query/sorter.c src/query/sorter.h \
	src/query/spool.c src/query/spool.h \
	src/query/tally.c src/query/tally.h \
	src/query/term.c src/query/term.h \
	src/query/value_set.c src/query/value_set.h \
	src/query/walk.c src/query/walk.h \
	src/query/yaml_text.c \
	src/query/yaml_words.c
src_query_libquery_a_CFLAGS = $(AM_CFLAGS) $(UTF8PROC_CFLAGS) $(YAML_CFLAGS)

if HAVE_CMOCKA
QUERY_TESTS = \
	tests/unit/query_export \
	tests/unit/query_filter \
	tests/unit/query_hostile \
	tests/unit/query_like \
	tests/unit/query_parse \
	tests/unit/query_property \
	tests/unit/query_room \
	tests/unit/query_shape \
	tests/unit/query_steps
check_PROGRAMS += $(QUERY_TESTS)
TESTS += $(QUERY_TESTS)
QUERY_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(LIBS_COMMON) $(CMOCKA_LIBS) -lm
tests_unit_query_export_SOURCES = tests/unit/query_export.c tests/unit/query_help.h tests/unit/rows_help.h
tests_unit_query_export_LDADD = $(YAML_LIBS) $(QUERY_LDADD)
tests_unit_query_filter_SOURCES = tests/unit/query_filter.c tests/unit/query_help.h
tests_unit_query_filter_LDADD = $(QUERY_LDADD)
tests_unit_query_parse_SOURCES = tests/unit/query_parse.c tests/unit/query_help.h
tests_unit_query_parse_LDADD = $(QUERY_LDADD)
tests_unit_query_hostile_SOURCES = tests/unit/query_hostile.c tests/unit/query_help.h
tests_unit_query_hostile_LDADD = $(QUERY_LDADD)
tests_unit_query_property_SOURCES = tests/unit/query_property.c \
	tests/unit/query_slow.c tests/unit/query_slow.h tests/unit/query_help.h
tests_unit_query_property_LDADD = $(QUERY_LDADD)
tests_unit_query_room_SOURCES = tests/unit/query_room.c tests/unit/query_help.h
tests_unit_query_room_LDADD = $(QUERY_LDADD)
tests_unit_query_steps_SOURCES = tests/unit/query_steps.c tests/unit/query_help.h
tests_unit_query_steps_LDADD = $(QUERY_LDADD)
tests_unit_query_like_SOURCES = tests/unit/query_like.c tests/unit/query_help.h
tests_unit_query_like_LDADD = $(QUERY_LDADD)
tests_unit_query_shape_SOURCES = tests/unit/query_shape.c tests/unit/query_help.h
tests_unit_query_shape_LDADD = $(QUERY_LDADD)
endif
