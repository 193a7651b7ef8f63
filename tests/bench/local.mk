# Figures, each beside its reference; not part of `make check`.
bench_programs = tests/bench/empty tests/bench/sink tests/bench/barecurl \
	tests/bench/remove
EXTRA_PROGRAMS = $(bench_programs)
tests_bench_empty_SOURCES = tests/bench/empty.c
tests_bench_sink_SOURCES = tests/bench/sink.c
tests_bench_barecurl_SOURCES = tests/bench/barecurl.c
tests_bench_barecurl_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_bench_barecurl_LDADD = $(CURL_LIBS)
if HAVE_CMOCKA
bench_programs += tests/bench/queue
tests_bench_queue_SOURCES = tests/bench/queue.c $(queue_helper)
tests_bench_queue_LDADD = $(queue_libs)
endif
tests_bench_remove_SOURCES = tests/bench/remove.c
tests_bench_remove_LDADD = $(LIB_STORE) $(DB_LIBS) $(LIBS_COMMON)
CLEANFILES += $(bench_programs) tests/bench/flushes.so
EXTRA_DIST += tests/bench/flushes.c tests/bench/bench.mjs tests/bench/deliver.mjs tests/bench/query.mjs \
	tests/bench/fair.mjs tests/bench/idle.mjs tests/bench/keep.mjs \
	tests/bench/receivers.mjs tests/bench/wake.mjs

tests/bench/flushes.so: tests/bench/flushes.c
	$(AM_V_CCLD)$(CC) $(CFLAGS) -D_GNU_SOURCE -shared -fPIC -o $@ \
		$(top_srcdir)/tests/bench/flushes.c

bench: all $(bench_programs) tests/bench/flushes.so
	BUILD='$(abs_top_builddir)' PATH="$$PATH:/usr/sbin" \
		$(NODE) $(top_srcdir)/tests/bench/bench.mjs
.PHONY: bench
