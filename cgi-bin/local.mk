# The responder, and nothing else: what the web server starts.
pkglibexec_PROGRAMS += cgi-bin/webhooks.fcgi
cgi_bin_webhooks_fcgi_SOURCES = cgi-bin/webhooks.c cgi-bin/service.h \
	cgi-bin/owner.c cgi-bin/resident.c cgi-bin/visitor.c \
	cgi-bin/idle.c cgi-bin/idle.h
cgi_bin_webhooks_fcgi_LDADD = $(LIB_API) $(LIBS_OWNER)
dist_man_MANS += cgi-bin/webhooks.fcgi.8
