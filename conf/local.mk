# Configuration files and web server examples.
EXTRA_DIST += conf/webhooks.conf
dist_man_MANS += conf/webhooks.conf.5
# Installed under another name: a site's own settings are never overwritten.
sysconf_DATA = conf/webhooks.conf.example
CLEANFILES += conf/webhooks.conf.example
conf/webhooks.conf.example: conf/webhooks.conf
	$(AM_V_GEN)$(MKDIR_P) conf && cp $(top_srcdir)/conf/webhooks.conf $@

# Examples with this installation's paths in them.
EXAMPLES_WEB = conf/web/lighttpd.conf conf/web/nginx.conf \
	conf/web/apache-proxy.conf conf/web/apache-fcgid.conf \
	conf/web/apache-cgi.conf conf/web/lighttpd-cgi.conf
EXAMPLES_SERVICE = conf/service/webhooks-fcgi.socket \
	conf/service/webhooks-fcgi.service \
	conf/service/webhooks-dispatch.service \
	conf/service/supervisord.conf conf/service/cron
examples_webdir = $(docdir)/web
nodist_examples_web_DATA = $(EXAMPLES_WEB)
dist_examples_web_DATA = conf/web/htaccess
examples_servicedir = $(docdir)/service
nodist_examples_service_DATA = $(EXAMPLES_SERVICE)
CLEANFILES += $(EXAMPLES_WEB) $(EXAMPLES_SERVICE)
EXTRA_DIST += $(EXAMPLES_WEB:=.in) $(EXAMPLES_SERVICE:=.in)

SUFFIXES = .in
.in:
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed \
		-e 's|@PROGRAM[@]|$(pkglibexecdir)/webhooks.fcgi|g' \
		-e 's|@DISPATCH[@]|$(sbindir)/webhooks-dispatch|g' \
		-e 's|@CONF[@]|$(sysconfdir)/webhooks.conf|g' \
		-e 's|@ADMIN[@]|$(pkgdatadir)/admin|g' \
		-e 's|@SOCKET[@]|/run/webhooks-fcgi/web.sock|g' \
		-e 's|@LISTEN[@]|80|g' $< >$@
