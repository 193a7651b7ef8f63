# Figures, each beside its reference; not part of `make check`.
EXTRA_PROGRAMS = tests/bench/empty
tests_bench_empty_SOURCES = tests/bench/empty.c
CLEANFILES += tests/bench/empty
EXTRA_DIST += tests/bench/bench.mjs tests/bench/wake.mjs

bench: all tests/bench/empty
	BUILD='$(abs_top_builddir)' PATH="$$PATH:/usr/sbin" \
		$(NODE) $(top_srcdir)/tests/bench/bench.mjs
.PHONY: bench
