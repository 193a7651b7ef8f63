# The Admin page: the web server gives out the files as they are.
EXTRA_DIST += src/admin/README
admindir = $(pkgdatadir)/admin
dist_admin_DATA = \
	src/admin/app.css \
	src/admin/icon.svg \
	src/admin/index.html \
	src/admin/main.js \
	src/admin/routes.js \
	src/admin/text.js
adminlibdir = $(pkgdatadir)/admin/lib
dist_adminlib_DATA = \
	src/admin/lib/api.js \
	src/admin/lib/delivery-query.js \
	src/admin/lib/focus.js \
	src/admin/lib/format.js \
	src/admin/lib/hooks.js \
	src/admin/lib/keys.js \
	src/admin/lib/names.js \
	src/admin/lib/router.js \
	src/admin/lib/snippets.js \
	src/admin/lib/webhook-options.js
adminscreensdir = $(pkgdatadir)/admin/screens
dist_adminscreens_DATA = \
	src/admin/screens/collections.js \
	src/admin/screens/deliveries.js \
	src/admin/screens/delivery.js \
	src/admin/screens/events.js \
	src/admin/screens/health.js \
	src/admin/screens/item-form.js \
	src/admin/screens/items.js \
	src/admin/screens/secret.js \
	src/admin/screens/sign-in.js \
	src/admin/screens/test-event.js \
	src/admin/screens/token-form.js \
	src/admin/screens/tokens.js \
	src/admin/screens/webhook-form.js \
	src/admin/screens/webhooks.js
adminuidir = $(pkgdatadir)/admin/ui
dist_adminui_DATA = \
	src/admin/ui/attempt.js \
	src/admin/ui/basics.js \
	src/admin/ui/charts.js \
	src/admin/ui/delivery-filters.js \
	src/admin/ui/dialog.js \
	src/admin/ui/export.js \
	src/admin/ui/fields.js \
	src/admin/ui/guard.js \
	src/admin/ui/me.js \
	src/admin/ui/notice.js \
	src/admin/ui/preview.js \
	src/admin/ui/redeliver.js \
	src/admin/ui/table.js \
	src/admin/ui/trouble.js \
	src/admin/ui/verify.js \
	src/admin/ui/webhook-fields.js \
	src/admin/ui/webhook-filter.js \
	src/admin/ui/webhook-head.js
adminvendordir = $(pkgdatadir)/admin/vendor
dist_adminvendor_DATA = \
	src/admin/vendor/CHECKSUMS \
	src/admin/vendor/LICENSE.htm \
	src/admin/vendor/LICENSE.pico \
	src/admin/vendor/LICENSE.preact \
	src/admin/vendor/README \
	src/admin/vendor/pico.css \
	src/admin/vendor/preact.js
