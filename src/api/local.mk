# Room api: sources and unit tests.
noinst_LIBRARIES += src/api/libapi.a
src_api_libapi_a_SOURCES =  \
	src/api/api.h
src_api_libapi_a_CFLAGS = $(AM_CFLAGS)
