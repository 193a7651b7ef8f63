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
