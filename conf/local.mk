# Configuration files and web server examples.
EXTRA_DIST += conf/webhooks.conf
dist_man_MANS += conf/webhooks.conf.5
# Installed under another name: a site's own settings are never overwritten.
sysconf_DATA = conf/webhooks.conf.example
CLEANFILES += conf/webhooks.conf.example
conf/webhooks.conf.example: conf/webhooks.conf
	$(AM_V_GEN)$(MKDIR_P) conf && cp $(top_srcdir)/conf/webhooks.conf $@
