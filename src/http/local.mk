# Room http: sources and unit tests.
noinst_LIBRARIES += src/http/libhttp.a
src_http_libhttp_a_SOURCES =  \
	src/http/fcgi_client.h \
	src/http/request.h \
	src/http/route.h \
	src/http/serve.h
src_http_libhttp_a_CFLAGS = $(AM_CFLAGS) $(FCGI_CFLAGS)
