# Room common: sources and unit tests.
noinst_LIBRARIES += src/common/libcommon.a
src_common_libcommon_a_SOURCES =  \
	src/common/buf.h \
	src/common/clock.h \
	src/common/conf.h \
	src/common/digest.h \
	src/common/err.h \
	src/common/js.h \
	src/common/json.h \
	src/common/log.h \
	src/common/mem.h \
	src/common/pack.h \
	src/common/rand.h \
	src/common/span.h \
	src/common/err.def
src_common_libcommon_a_CFLAGS = $(AM_CFLAGS) $(JSONC_CFLAGS) $(CRYPTO_CFLAGS) $(INIH_CFLAGS) $(ZLIB_CFLAGS)
