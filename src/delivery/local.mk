# Room delivery: sources and unit tests.
noinst_LIBRARIES += src/delivery/libdelivery.a
src_delivery_libdelivery_a_SOURCES = \
	src/delivery/ask.c \
	src/delivery/ask.h \
	src/delivery/exchange.c \
	src/delivery/exchange.h \
	src/delivery/guard.c \
	src/delivery/guard.h \
	src/delivery/loop.c \
	src/delivery/loop.h \
	src/delivery/retry.c \
	src/delivery/retry.h \
	src/delivery/send.c \
	src/delivery/send.h
src_delivery_libdelivery_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS)
