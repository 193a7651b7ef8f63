# Room common: sources and unit tests.
noinst_LIBRARIES += src/common/libcommon.a
src_common_libcommon_a_SOURCES = \
	src/common/block.c \
	src/common/block.h \
	src/common/buf.c \
	src/common/buf.h \
	src/common/child.c \
	src/common/child.h \
	src/common/clock.c \
	src/common/clock.h \
	src/common/conf.c \
	src/common/conf.h \
	src/common/digest.c \
	src/common/digest.h \
	src/common/err.c \
	src/common/err.h \
	src/common/inflate.c \
	src/common/inflate.h \
	src/common/js.c \
	src/common/js.h \
	src/common/js_text.c \
	src/common/json.h \
	src/common/json_clean.c \
	src/common/json_number.c \
	src/common/json_put.c \
	src/common/log.c \
	src/common/log.h \
	src/common/mem.c \
	src/common/mem.h \
	src/common/notify.c \
	src/common/notify.h \
	src/common/pack.c \
	src/common/pack.h \
	src/common/rand.c \
	src/common/rand.h \
	src/common/seal.c \
	src/common/seal.h \
	src/common/span.c \
	src/common/span.h \
	src/common/turn.c \
	src/common/turn.h \
	src/common/user.c \
	src/common/user.h \
	src/common/utf8.c \
	src/common/utf8.h \
	src/common/conf.def \
	src/common/err.def
src_common_libcommon_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) $(INIH_CFLAGS) $(ZLIB_CFLAGS)

if HAVE_CMOCKA
common_tests = tests/unit/common_basics tests/unit/common_child \
	tests/unit/common_clock \
	tests/unit/common_conf tests/unit/common_inflate \
	tests/unit/common_js tests/unit/common_json tests/unit/common_log \
	tests/unit/common_notify tests/unit/common_seal
check_PROGRAMS += $(common_tests)
TESTS += $(common_tests)
common_test_libs = $(LIB_COMMON) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_common_basics_LDADD = $(common_test_libs)
tests_unit_common_child_LDADD = $(common_test_libs)
tests_unit_common_clock_LDADD = $(common_test_libs)
tests_unit_common_conf_LDADD = $(common_test_libs)
# The sample file and the man page show the usual places.
tests_unit_common_conf_CPPFLAGS = -D_GNU_SOURCE -I$(top_srcdir)/src \
	-DLOCALSTATEDIR='"/var"' -DLIBEXECDIR='"/usr/libexec/webhooks-fcgi"' \
	-DSBINDIR='"/usr/sbin"'
tests_unit_common_inflate_LDADD = $(common_test_libs)
tests_unit_common_js_LDADD = $(common_test_libs)
tests_unit_common_json_LDADD = $(common_test_libs)
tests_unit_common_log_LDADD = $(common_test_libs)
tests_unit_common_notify_LDADD = $(common_test_libs)
tests_unit_common_seal_LDADD = $(common_test_libs)
endif
