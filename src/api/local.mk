# Room api: sources and unit tests.
noinst_LIBRARIES += src/api/libapi.a
src_api_libapi_a_SOURCES = \
	src/api/answer.c \
	src/api/answer.h \
	src/api/api.h \
	src/api/attempt.c \
	src/api/auth.c \
	src/api/auth.h \
	src/api/body.c \
	src/api/body.h \
	src/api/collections.c \
	src/api/collections.h \
	src/api/deliveries.c \
	src/api/deliveries.h \
	src/api/emit.c \
	src/api/events.c \
	src/api/events.h \
	src/api/handle.c \
	src/api/idem.c \
	src/api/idem.h \
	src/api/internal.c \
	src/api/internal.h \
	src/api/items.c \
	src/api/items.h \
	src/api/keys.c \
	src/api/lend.c \
	src/api/lend.h \
	src/api/metrics.c \
	src/api/metrics.h \
	src/api/options.c \
	src/api/preview.c \
	src/api/preview.h \
	src/api/records.h \
	src/api/records_change.c \
	src/api/records_create.c \
	src/api/records_read.c \
	src/api/report.c \
	src/api/routes.c \
	src/api/sample.c \
	src/api/sample.h \
	src/api/secrets.c \
	src/api/seen.c \
	src/api/seen.h \
	src/api/series.c \
	src/api/server.c \
	src/api/server.h \
	src/api/shape.c \
	src/api/shape.h \
	src/api/spec.c \
	src/api/starter.c \
	src/api/starter.h \
	src/api/stats.c \
	src/api/stats.h \
	src/api/stats_show.c \
	src/api/tallies.c \
	src/api/tallies.h \
	src/api/tokens.c \
	src/api/tokens.h \
	src/api/trial.c \
	src/api/trial.h \
	src/api/webhooks.c \
	src/api/webhooks.h \
	src/api/write.c \
	src/api/write.h
src_api_libapi_a_CFLAGS = $(AM_CFLAGS)

# The interface's description as bytes, with this version in it.
EXTRA_DIST += src/api/openapi.json
CLEANFILES += src/api/openapi.inc
src/api/openapi.inc: $(srcdir)/src/api/openapi.json Makefile
	@$(MKDIR_P) src/api
	$(AM_V_GEN)sed -e 's/^ *//' -e 's/__VERSION__/$(PACKAGE_VERSION)/' \
		$(srcdir)/src/api/openapi.json | tr -d '\n' | \
		od -An -v -tx1 | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g' >$@.new
	@mv $@.new $@
src/api/libapi_a-spec.$(OBJEXT): src/api/openapi.inc

if HAVE_CMOCKA
API_TESTS = \
	tests/unit/api_auth \
	tests/unit/api_emit \
	tests/unit/api_shape \
	tests/unit/api_stats
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
API_TEST_LIBS = $(LIB_API) $(LIBS_OWNER) $(CMOCKA_LIBS)
tests_unit_api_auth_SOURCES = tests/unit/api_auth.c
tests_unit_api_auth_LDADD = $(API_TEST_LIBS)
tests_unit_api_emit_SOURCES = tests/unit/api_emit.c
tests_unit_api_emit_LDADD = $(API_TEST_LIBS)
tests_unit_api_shape_SOURCES = tests/unit/api_shape.c
tests_unit_api_shape_LDADD = $(API_TEST_LIBS)
tests_unit_api_stats_SOURCES = tests/unit/api_stats.c
tests_unit_api_stats_LDADD = $(API_TEST_LIBS)
endif
