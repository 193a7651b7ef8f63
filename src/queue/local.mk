# Room queue: sources and unit tests.
noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_SOURCES = \
	src/queue/clock.c \
	src/queue/disable.c \
	src/queue/heap.c \
	src/queue/heap.h \
	src/queue/lease.c \
	src/queue/map.c \
	src/queue/map.h \
	src/queue/memory.c \
	src/queue/memory.h \
	src/queue/priv.h \
	src/queue/queue.c \
	src/queue/queue.h \
	src/queue/report.c \
	src/queue/slice.c \
	src/queue/stray.c
src_queue_libqueue_a_CFLAGS = $(AM_CFLAGS)

if HAVE_CMOCKA
queue_tests = tests/unit/queue_tables tests/unit/queue_queue
check_PROGRAMS += $(queue_tests)
TESTS += $(queue_tests)
tests_unit_queue_tables_SOURCES = tests/unit/queue_tables.c
tests_unit_queue_tables_LDADD = $(LIB_QUEUE) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_queue_queue_SOURCES = tests/unit/queue_queue.c \
	tests/unit/store_helper.c tests/unit/store_helper.h
tests_unit_queue_queue_LDADD = $(LIB_QUEUE) $(DB_LIBS) $(LIBS_COMMON) \
	$(CMOCKA_LIBS)
endif
