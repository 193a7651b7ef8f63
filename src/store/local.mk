# Room store: sources and unit tests.
noinst_LIBRARIES += src/store/libstore.a
src_store_libstore_a_SOURCES =  \
	src/store/background.c \
	src/store/backup.c \
	src/store/caches.h \
	src/store/checkpoint.c \
	src/store/collection.c \
	src/store/commit.c \
	src/store/counter.c \
	src/store/drop.c \
	src/store/env.c \
	src/store/hooks.c \
	src/store/index.c \
	src/store/index.h \
	src/store/key.c \
	src/store/key.h \
	src/store/order.c \
	src/store/outbox.c \
	src/store/outbox.h \
	src/store/place.c \
	src/store/place.h \
	src/store/priv.h \
	src/store/record.c \
	src/store/records.h \
	src/store/scan.c \
	src/store/sealed.c \
	src/store/sealed.h \
	src/store/store.c \
	src/store/store.h \
	src/store/table.c \
	src/store/table.h \
	src/store/tail.c \
	src/store/txn.c
EXTRA_DIST += src/store/README
src_store_libstore_a_CFLAGS = $(AM_CFLAGS) $(DB_CFLAGS)

if HAVE_CMOCKA
STORE_TESTS = tests/unit/store_records \
	tests/unit/store_index \
	tests/unit/store_order \
	tests/unit/store_collections \
	tests/unit/store_commit \
	tests/unit/store_background \
	tests/unit/store_outbox \
	tests/unit/store_open \
	tests/unit/store_sealed \
	tests/unit/store_crash
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)
STORE_TEST_LIBS = $(LIB_STORE) $(DB_LIBS) $(LIBS_COMMON) $(UTF8PROC_LIBS) \
	$(CMOCKA_LIBS)
STORE_HELPER = tests/unit/store_helper.c tests/unit/store_helper.h
STORE_JOBS = tests/unit/store_jobs.c tests/unit/store_jobs.h $(STORE_HELPER)
tests_unit_store_records_SOURCES = tests/unit/store_records.c $(STORE_HELPER)
tests_unit_store_records_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_index_SOURCES = tests/unit/store_index.c $(STORE_HELPER)
tests_unit_store_index_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_order_SOURCES = tests/unit/store_order.c $(STORE_HELPER)
tests_unit_store_order_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_collections_SOURCES = tests/unit/store_collections.c \
	$(STORE_HELPER)
tests_unit_store_collections_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_commit_SOURCES = tests/unit/store_commit.c $(STORE_JOBS)
tests_unit_store_commit_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_background_SOURCES = tests/unit/store_background.c \
	$(STORE_JOBS)
tests_unit_store_background_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_outbox_SOURCES = tests/unit/store_outbox.c $(STORE_HELPER)
tests_unit_store_outbox_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_open_SOURCES = tests/unit/store_open.c $(STORE_HELPER)
tests_unit_store_open_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_sealed_SOURCES = tests/unit/store_sealed.c \
	tests/unit/store_keys.c tests/unit/store_keys.h $(STORE_HELPER)
tests_unit_store_sealed_LDADD = $(STORE_TEST_LIBS)
tests_unit_store_crash_SOURCES = tests/unit/store_crash.c $(STORE_HELPER)
tests_unit_store_crash_LDADD = $(STORE_TEST_LIBS)
endif
