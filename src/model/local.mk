# Room model: sources and unit tests.
noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_SOURCES =  \
	src/model/check.c \
	src/model/check.h \
	src/model/coerce.c \
	src/model/coerce.h \
	src/model/delivery.c \
	src/model/delivery.h \
	src/model/lease.c \
	src/model/lease.h \
	src/model/options.c \
	src/model/patch.c \
	src/model/phrase.c \
	src/model/phrase.h \
	src/model/role.c \
	src/model/role.h \
	src/model/row.c \
	src/model/row.h \
	src/model/rules.c \
	src/model/rules.h \
	src/model/schema.c \
	src/model/schema.h \
	src/model/schema_builtin.c \
	src/model/schema_codec.c \
	src/model/schema_js.c \
	src/model/schema_put.c \
	src/model/schema_types.h \
	src/model/secret.c \
	src/model/secret.h \
	src/model/sign.c \
	src/model/sign.h \
	src/model/url.c \
	src/model/value.c \
	src/model/value.h \
	src/model/value_pack.c \
	src/model/wire.c \
	src/model/wire.h
src_model_libmodel_a_CFLAGS = $(AM_CFLAGS)

if HAVE_CMOCKA
MODEL_TESTS = \
	tests/unit/model_check \
	tests/unit/model_delivery \
	tests/unit/model_key \
	tests/unit/model_lease \
	tests/unit/model_phrase \
	tests/unit/model_role \
	tests/unit/model_row \
	tests/unit/model_schema \
	tests/unit/model_secret \
	tests/unit/model_url \
	tests/unit/model_url_curl \
	tests/unit/model_value
check_PROGRAMS += $(MODEL_TESTS)
TESTS += $(MODEL_TESTS)
tests_unit_model_check_SOURCES = tests/unit/model_check.c tests/unit/model_help.h
tests_unit_model_check_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_delivery_SOURCES = tests/unit/model_delivery.c tests/unit/model_help.h
tests_unit_model_delivery_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_key_SOURCES = tests/unit/model_key.c tests/unit/model_help.h
tests_unit_model_key_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_lease_SOURCES = tests/unit/model_lease.c tests/unit/model_help.h
tests_unit_model_lease_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_phrase_SOURCES = tests/unit/model_phrase.c tests/unit/model_help.h
tests_unit_model_phrase_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_role_SOURCES = tests/unit/model_role.c tests/unit/model_help.h
tests_unit_model_role_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_row_SOURCES = tests/unit/model_row.c tests/unit/model_help.h
tests_unit_model_row_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_schema_SOURCES = tests/unit/model_schema.c tests/unit/model_help.h
tests_unit_model_schema_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_secret_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_url_SOURCES = tests/unit/model_url.c tests/unit/model_help.h
tests_unit_model_url_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_value_SOURCES = tests/unit/model_value.c tests/unit/model_help.h
tests_unit_model_value_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CMOCKA_LIBS)
tests_unit_model_url_curl_SOURCES = tests/unit/model_url_curl.c tests/unit/model_help.h
tests_unit_model_url_curl_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
tests_unit_model_url_curl_LDADD = $(LIB_MODEL) $(LIBS_COMMON) $(CURL_LIBS) $(CMOCKA_LIBS)
endif
