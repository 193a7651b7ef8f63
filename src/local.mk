# Mains of the companion and of the administrator's command.
sbin_PROGRAMS += webhooks-dispatch
webhooks_dispatch_SOURCES = src/dispatch.c
webhooks_dispatch_LDADD = $(LIB_DELIVERY) $(CURL_LIBS) $(TLS_LIBS) $(FCGI_LIBS) \
	$(LIBS_COMMON)
noinst_PROGRAMS += webhooks-demo
webhooks_demo_SOURCES = src/demo.c
webhooks_demo_LDADD = $(LIB_MODEL) $(LIBS_COMMON)
bin_PROGRAMS += webhooks-ctl
webhooks_ctl_SOURCES = src/ctl.c src/ctl.h src/ctl_ask.c src/ctl_check.c \
	src/ctl_rows.c src/ctl_show.c
webhooks_ctl_LDADD = src/http/libhttp.a $(LIB_MODEL) $(FCGI_LIBS) \
	$(LIBS_COMMON)
dist_man_MANS += src/webhooks-ctl.1 src/webhooks-dispatch.8
EXTRA_DIST += src/README
