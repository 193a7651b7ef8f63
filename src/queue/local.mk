# Room queue: sources and unit tests.
noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_SOURCES = \
	src/queue/clock.c \
	src/queue/disable.c \
	src/queue/draft.h \
	src/queue/flow.c \
	src/queue/flow.h \
	src/queue/heap.c \
	src/queue/heap.h \
	src/queue/keep.c \
	src/queue/lease.c \
	src/queue/look.c \
	src/queue/map.c \
	src/queue/map.h \
	src/queue/memory.c \
	src/queue/memory.h \
	src/queue/pace.c \
	src/queue/pace.h \
	src/queue/place.c \
	src/queue/priv.h \
	src/queue/queue.c \
	src/queue/queue.h \
	src/queue/report.c \
	src/queue/session.c \
	src/queue/slice.c \
	src/queue/stray.c
src_queue_libqueue_a_CFLAGS = $(AM_CFLAGS)

if HAVE_CMOCKA
queue_tests = tests/unit/queue_tables tests/unit/queue_flow \
	tests/unit/queue_queue tests/unit/queue_time tests/unit/queue_fair \
	tests/unit/queue_order tests/unit/queue_bounds
check_PROGRAMS += $(queue_tests)
TESTS += $(queue_tests)
queue_helper = tests/unit/queue_helper.c tests/unit/queue_helper.h \
	tests/unit/store_helper.c tests/unit/store_helper.h
queue_libs = $(LIB_QUEUE) $(DB_LIBS) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_queue_tables_SOURCES = tests/unit/queue_tables.c
tests_unit_queue_tables_LDADD = $(LIB_QUEUE) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_queue_flow_SOURCES = tests/unit/queue_flow.c
tests_unit_queue_flow_LDADD = $(LIB_QUEUE) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_queue_queue_SOURCES = tests/unit/queue_queue.c $(queue_helper)
tests_unit_queue_queue_LDADD = $(queue_libs)
tests_unit_queue_time_SOURCES = tests/unit/queue_time.c $(queue_helper)
tests_unit_queue_time_LDADD = $(queue_libs)
tests_unit_queue_fair_SOURCES = tests/unit/queue_fair.c $(queue_helper)
tests_unit_queue_fair_LDADD = $(queue_libs)
tests_unit_queue_bounds_SOURCES = tests/unit/queue_bounds.c $(queue_helper)
tests_unit_queue_bounds_LDADD = $(queue_libs)
tests_unit_queue_order_SOURCES = tests/unit/queue_order.c $(queue_helper)
tests_unit_queue_order_LDADD = $(queue_libs)
endif
