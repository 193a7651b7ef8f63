# Room http: sources and unit tests.
noinst_LIBRARIES += src/http/libhttp.a
src_http_libhttp_a_SOURCES =  \
	src/http/cgi.c \
	src/http/cgi.h \
	src/http/conn.c \
	src/http/conn.h \
	src/http/exchange.c \
	src/http/exchange.h \
	src/http/fcgi.c \
	src/http/fcgi.h \
	src/http/fcgi_client.c \
	src/http/fcgi_client.h \
	src/http/fcgi_record.c \
	src/http/fcgi_record.h \
	src/http/fcgi_scan.c \
	src/http/fcgi_scan.h \
	src/http/listen.c \
	src/http/listen.h \
	src/http/look.c \
	src/http/park.c \
	src/http/path.c \
	src/http/path.h \
	src/http/pending.c \
	src/http/relay.c \
	src/http/relay.h \
	src/http/relay_post.c \
	src/http/relay_post.h \
	src/http/relay_wire.h \
	src/http/request.c \
	src/http/request.h \
	src/http/request_edge.h \
	src/http/response.c \
	src/http/response_edge.h \
	src/http/route.c \
	src/http/route.h \
	src/http/serve.c \
	src/http/serve.h \
	src/http/serve_edge.h \
	src/http/worker.c
src_http_libhttp_a_CFLAGS = $(AM_CFLAGS) $(FCGI_CFLAGS)
if HAVE_CMOCKA
HTTP_TESTS = tests/unit/http_cgi tests/unit/http_client \
	tests/unit/http_fcgi tests/unit/http_leave tests/unit/http_park \
	tests/unit/http_relay tests/unit/http_request \
	tests/unit/http_response tests/unit/http_route tests/unit/http_serve
check_PROGRAMS += $(HTTP_TESTS)
TESTS += $(HTTP_TESTS)
http_helper = tests/unit/http_helper.c tests/unit/http_helper.h
http_owner = tests/unit/http_owner.c tests/unit/http_owner.h
http_cflags = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
http_libs = $(LIB_HTTP) $(FCGI_LIBS) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_http_cgi_SOURCES = tests/unit/http_cgi.c
tests_unit_http_cgi_CFLAGS = $(http_cflags)
tests_unit_http_cgi_LDADD = $(http_libs)
tests_unit_http_client_SOURCES = tests/unit/http_client.c
tests_unit_http_client_CFLAGS = $(http_cflags)
tests_unit_http_client_LDADD = $(http_libs)
tests_unit_http_fcgi_SOURCES = tests/unit/http_fcgi.c
tests_unit_http_fcgi_CFLAGS = $(http_cflags)
tests_unit_http_fcgi_LDADD = $(http_libs)
tests_unit_http_leave_SOURCES = tests/unit/http_leave.c $(http_helper)
tests_unit_http_leave_CFLAGS = $(http_cflags)
tests_unit_http_leave_LDADD = $(http_libs)
tests_unit_http_park_SOURCES = tests/unit/http_park.c $(http_helper)
tests_unit_http_park_CFLAGS = $(http_cflags)
tests_unit_http_park_LDADD = $(http_libs)
tests_unit_http_relay_SOURCES = tests/unit/http_relay.c $(http_owner)
tests_unit_http_relay_CFLAGS = $(http_cflags)
tests_unit_http_relay_LDADD = $(http_libs)
tests_unit_http_request_SOURCES = tests/unit/http_request.c
tests_unit_http_request_CFLAGS = $(http_cflags)
tests_unit_http_request_LDADD = $(http_libs)
tests_unit_http_response_SOURCES = tests/unit/http_response.c
tests_unit_http_response_CFLAGS = $(http_cflags)
tests_unit_http_response_LDADD = $(http_libs)
tests_unit_http_route_SOURCES = tests/unit/http_route.c
tests_unit_http_route_CFLAGS = $(http_cflags)
tests_unit_http_route_LDADD = $(http_libs)
tests_unit_http_serve_SOURCES = tests/unit/http_serve.c $(http_helper)
tests_unit_http_serve_CFLAGS = $(http_cflags)
tests_unit_http_serve_LDADD = $(http_libs)
endif
