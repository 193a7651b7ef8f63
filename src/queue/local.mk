# Room queue: sources and unit tests.
noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_SOURCES = \
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
	src/queue/slice.c
src_queue_libqueue_a_CFLAGS = $(AM_CFLAGS)
