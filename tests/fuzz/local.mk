# Fuzz targets. `make check` replays each one's corpus; with --enable-fuzz
# they are libFuzzer programs: tests/fuzz/fuzz_json -max_total_time=60 corpus/
FUZZERS = tests/fuzz/fuzz_json tests/fuzz/fuzz_url tests/fuzz/fuzz_row \
	tests/fuzz/fuzz_lease tests/fuzz/fuzz_query tests/fuzz/fuzz_conf \
	tests/fuzz/fuzz_fcgi tests/fuzz/fuzz_filter tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_xml tests/fuzz/fuzz_yaml tests/fuzz/fuzz_indent
check_PROGRAMS += $(FUZZERS)
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/replay-all

if FUZZ
FUZZ_MAIN =
LDFLAGS_FUZZ = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/replay.c
LDFLAGS_FUZZ = $(AM_LDFLAGS)
TESTS += tests/fuzz/replay-all
endif

EXTRA_DIST += tests/fuzz/replay.c
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_json_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_json_LDADD = $(LIB_COMMON) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_url_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_url_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_url_LDADD = $(LIB_MODEL) $(CURL_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_row_SOURCES = tests/fuzz/fuzz_row.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_row_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_row_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_row_LDADD = $(LIB_MODEL) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_lease_SOURCES = tests/fuzz/fuzz_lease.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_lease_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_lease_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_lease_LDADD = $(LIB_MODEL) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_query_SOURCES = tests/fuzz/fuzz_query.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_query_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_query_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_query_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_conf_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_conf_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_conf_LDADD = $(LIB_COMMON) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_fcgi_SOURCES = tests/fuzz/fuzz_fcgi.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_fcgi_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_fcgi_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_fcgi_LDADD = src/http/libhttp.a $(LIB_COMMON) $(FCGI_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c tests/fuzz/fuzz.h
nodist_tests_fuzz_fuzz_filter_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_filter_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_filter_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/fuzz.h tests/fuzz/fuzz_rows.h tests/unit/rows_help.h
nodist_tests_fuzz_fuzz_csv_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_csv_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_csv_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz_xml.c tests/fuzz/fuzz.h tests/fuzz/fuzz_rows.h tests/unit/rows_help.h
nodist_tests_fuzz_fuzz_xml_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_xml_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_xml_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz_yaml.c tests/fuzz/fuzz.h tests/fuzz/fuzz_rows.h tests/unit/rows_help.h
nodist_tests_fuzz_fuzz_yaml_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_yaml_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_yaml_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
tests_fuzz_fuzz_yaml_CFLAGS = $(AM_CFLAGS) $(YAML_CFLAGS)
tests_fuzz_fuzz_indent_SOURCES = tests/fuzz/fuzz_indent.c tests/fuzz/fuzz.h tests/fuzz/fuzz_rows.h tests/unit/rows_help.h
nodist_tests_fuzz_fuzz_indent_SOURCES = $(FUZZ_MAIN)
tests_fuzz_fuzz_indent_LDFLAGS = $(LDFLAGS_FUZZ)
tests_fuzz_fuzz_indent_LDADD = $(LIB_QUERY) $(UTF8PROC_LIBS) $(YAML_LIBS) \
	$(LIBS_COMMON)
