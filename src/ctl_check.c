/* Commands about the installation itself. `check` goes from the outside in
 * and stops at the first thing without which the rest cannot be. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/digest.h"
#include "common/inflate.h"
#include "common/js.h"
#include "common/json.h"

enum { SETTINGS_MAX_BYTES = 1 << 20 };

int
ctl_config(struct ctl *ctl)
{
	struct buf out;

	buf_init(&out, SETTINGS_MAX_BYTES);
	conf_print(&ctl->conf, &out);
	fputs(buf_view(&out).p, stdout);
	buf_release(&out);
	return 0;
}

int
ctl_version(struct ctl *ctl)
{
	(void)ctl;
	printf("webhooks-ctl %s\njson-c %s\n%s\nzlib %s\n", PACKAGE_VERSION,
	    js_library(), digest_library(), inflate_library());
	return 0;
}

static int
good(const char *what, const char *words)
{
	printf("ok    %s: %s\n", what, words);
	return 0;
}

static int
check_settings(struct ctl *ctl)
{
	/* they were read before any command runs */
	return good(
	    "settings", *ctl->conf.file ? ctl->conf.file : "defaults, no file");
}

static int
check_directory(struct ctl *ctl)
{
	const char *dir = ctl->conf.state_dir;
	struct stat st;

	if (stat(dir, &st) < 0) {
		printf("FAIL  state directory: %s: %s\n", dir, strerror(errno));
		return EX_NOINPUT;
	}
	if (!S_ISDIR(st.st_mode)) {
		printf("FAIL  state directory: %s is no directory\n", dir);
		return EX_NOINPUT;
	}
	if (st.st_mode & S_IRWXO) {
		/* no failure: what lies in it has modes of its own */
		printf("warn  state directory: %s is open to all users of the "
		       "machine (mode %03o); chmod o= it\n",
		    dir, (unsigned)st.st_mode & 0777);
		return 0;
	}
	return good("state directory", dir);
}

static int
check_owner(struct ctl *ctl)
{
	int code = ctl_connect(ctl);

	if (code)
		return code;
	return good("owner", ctl->owner_started
				 ? "was not running, could be started"
				 : "running");
}

/* The owner's own word for it (GET /server/health). */
static int
check_health(struct ctl *ctl)
{
	struct js_doc *doc;
	struct js root, dispatchers = {0};
	struct js_iter it;
	struct span answer, clean;
	int64_t connected = 0;
	bool ok;
	int code = ctl_ask(ctl, "GET", "/server/health", SPAN_NONE, &answer);

	if (code)
		return code;
	if (json_clean(ctl->arena, answer, &clean, NULL) ||
	    js_parse(clean, &doc, &root, NULL))
		return ctl_fail(EX_PROTOCOL, "the owner's answer is no JSON");
	ok = span_is(js_string(js_member(root, "status")), "ok");
	it = js_iter(js_member(js_member(root, "checks"), "queue:dispatchers"));
	if (js_next(&it, NULL, &dispatchers))
		js_is_i64(js_member(dispatchers, "observedValue"), &connected);
	js_doc_free(doc);
	if (!ok) {
		printf("FAIL  health: %.*s\n", SPAN_FMT(answer));
		return EX_SOFTWARE;
	}
	good("health", "ok");
	if (connected > 0)
		return good("dispatcher", "connected");
	printf("FAIL  dispatcher: none connected; deliveries wait until "
	       "webhooks-dispatch runs\n");
	return EX_TEMPFAIL;
}

int
ctl_check(struct ctl *ctl)
{
	static int (*const checks[])(struct ctl *) = {
	    check_settings, check_directory, check_owner, check_health};
	int code = 0;

	setlinebuf(stdout); /* in order with what goes to stderr */
	for (size_t i = 0; i < sizeof checks / sizeof *checks && !code; i++)
		code = checks[i](ctl);
	return code;
}
