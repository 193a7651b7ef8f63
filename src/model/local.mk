# Room model: sources and unit tests.
noinst_LIBRARIES += src/model/libmodel.a
src_model_libmodel_a_SOURCES =  \
	src/model/check.h \
	src/model/delivery.h \
	src/model/lease.h \
	src/model/role.h \
	src/model/row.h \
	src/model/schema.h \
	src/model/secret.c \
	src/model/secret.h \
	src/model/sign.c \
	src/model/sign.h \
	src/model/value.h \
	src/model/wire.c \
	src/model/wire.h
src_model_libmodel_a_CFLAGS = $(AM_CFLAGS)
