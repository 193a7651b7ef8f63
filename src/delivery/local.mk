# Room delivery: sources and unit tests.
noinst_LIBRARIES += src/delivery/libdelivery.a
src_delivery_libdelivery_a_SOURCES = 
src_delivery_libdelivery_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(CRYPTO_CFLAGS)
