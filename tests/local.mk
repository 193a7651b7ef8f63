# Test suites; unit tests are listed by their rooms.
EXTRA_DIST += .ci/run
TEST_EXTENSIONS = .suite
SUITE_LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/run-suite
AM_TESTS_ENVIRONMENT = TOP_SRCDIR='$(abs_top_srcdir)'; export TOP_SRCDIR;

SUITES = tests/lint/lint.suite tests/http/http.suite \
	tests/deliver/deliver.suite tests/sdk/sdk.suite tests/ctl/ctl.suite \
	tests/docs/docs.suite tests/conformance/conformance.suite \
	tests/fault/fault.suite tests/web/web.suite \
	tests/browser/browser.suite tests/property/property.suite
# make check RUN_SUITES= runs the unit tests only.
RUN_SUITES = $(SUITES)
if HAVE_NODE
TESTS += $(RUN_SUITES)
endif

EXTRA_DIST += $(SUITES) tests/README tests/run-suite tests/summary \
	tests/lib tests/lint tests/http tests/deliver tests/sdk tests/ctl tests/docs \
	tests/conformance tests/fault tests/web tests/property
# By name: node_modules may lie beside them.
EXTRA_DIST += tests/package.json tests/package-lock.json tests/.npmrc \
	tests/browser

# Kills, fuzzing and soaking for half an hour instead of minutes.
check-long:
	$(MAKE) $(AM_MAKEFLAGS) check LONG=1
.PHONY: check-long

# Programs under valgrind: a bad access or a leak fails a test.
check-valgrind: all
	BUILD='$(abs_top_builddir)' VALGRIND=1 \
		$(SHELL) $(top_srcdir)/tests/run-suite \
		$(top_srcdir)/tests/http/valgrind.suite
.PHONY: check-valgrind

include $(top_srcdir)/tests/fuzz/local.mk
include $(top_srcdir)/tests/bench/local.mk
