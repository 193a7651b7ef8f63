# Room queue: sources and unit tests.
noinst_LIBRARIES += src/queue/libqueue.a
src_queue_libqueue_a_SOURCES =  \
	src/queue/queue.h
src_queue_libqueue_a_CFLAGS = $(AM_CFLAGS)
