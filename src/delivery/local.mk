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
	src/delivery/send.h \
	src/delivery/tls.c \
	src/delivery/tls.h \
	src/delivery/transfer.c \
	src/delivery/transfer.h
src_delivery_libdelivery_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(TLS_CFLAGS)

if HAVE_CMOCKA
delivery_tests = tests/unit/delivery_wire tests/unit/delivery_guard \
	tests/unit/delivery_outcome tests/unit/delivery_send
check_PROGRAMS += $(delivery_tests)
TESTS += $(delivery_tests)
tests_unit_delivery_wire_SOURCES = tests/unit/delivery_wire.c
tests_unit_delivery_wire_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_delivery_wire_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_delivery_guard_SOURCES = tests/unit/delivery_guard.c
tests_unit_delivery_guard_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_delivery_guard_LDADD = $(LIB_DELIVERY) $(LIBS_COMMON) $(CMOCKA_LIBS)
delivery_helper = tests/unit/delivery_helper.c tests/unit/delivery_helper.h
tests_unit_delivery_outcome_SOURCES = tests/unit/delivery_outcome.c \
	$(delivery_helper)
tests_unit_delivery_outcome_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_delivery_outcome_LDADD = $(LIB_DELIVERY) $(CURL_LIBS) $(TLS_LIBS) \
	$(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_delivery_send_SOURCES = tests/unit/delivery_send.c \
	$(delivery_helper)
tests_unit_delivery_send_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_delivery_send_LDADD = $(LIB_DELIVERY) $(CURL_LIBS) $(TLS_LIBS) \
	$(LIBS_COMMON) $(CMOCKA_LIBS)
endif
