# Room delivery: sources and unit tests.
noinst_LIBRARIES += src/delivery/libdelivery.a
src_delivery_libdelivery_a_SOURCES = \
	src/delivery/guard.c \
	src/delivery/guard.h \
	src/delivery/retry.c \
	src/delivery/retry.h
src_delivery_libdelivery_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS)
