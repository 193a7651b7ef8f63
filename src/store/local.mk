# Room store: sources and unit tests.
noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES =  \
	src/store/outbox.h \
	src/store/records.h \
	src/store/store.h
src_store_libstore_a_CFLAGS = $(AM_CFLAGS) $(DB_CFLAGS)
