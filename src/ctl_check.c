/* Commands about the installation itself. `check` goes from the outside in
 * and stops at the first thing without which the rest cannot be; `doctor` goes
 * on, looks further, and says how to mend what it finds. */
#include "ctl.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/digest.h"
#include "common/inflate.h"
#include "common/js.h"
#include "common/json.h"
#include "common/seal.h"

enum { SETTINGS_MAX_BYTES = 1 << 20, BACKUP_WAIT_MS = 3600 * 1000 };

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

/* ---- the key of secrets ---- */

/* Who is to read it: the user the service runs as. */
static struct stat
state_owner(const struct ctl *ctl)
{
	struct stat st;

	if (stat(ctl->conf.state_dir, &st) < 0) {
		st.st_uid = geteuid();
		st.st_gid = getegid();
	}
	return st;
}

/* Who takes the directory away has the key as well. */
static bool
lies_beside_data(const struct ctl *ctl, const char *file)
{
	char key[PATH_MAX], dir[PATH_MAX];

	return realpath(file, key) && realpath(ctl->conf.state_dir, dir) &&
	       span_starts(span_of(key), arena_printf(ctl->arena, "%s/", dir));
}

static int
check_key_file(struct ctl *ctl, const char *file)
{
	struct seal_key *key = NULL;
	enum err err =
	    seal_key_read(file, state_owner(ctl).st_uid, &key, &ctl->fault);

	seal_key_free(key);
	if (err) {
		printf("FAIL  secret key: %s\n", ctl->fault.last->message);
		return EX_CONFIG;
	}
	if (!lies_beside_data(ctl, file))
		return good("secret key", file);
	printf("warn  secret key: %s lies in the state directory, with what it "
	       "seals; keep it elsewhere\n",
	    file);
	return 0;
}

static int
check_key(struct ctl *ctl)
{
	const char *const files[] = {
	    ctl->conf.secret_key_file, ctl->conf.secret_key_file_old};
	int code = 0;

	if (!*files[0] && !*files[1])
		return good("secret key", "none, secrets lie open");
	for (size_t i = 0; i < 2; i++) {
		int one = *files[i] ? check_key_file(ctl, files[i]) : 0;

		code = code ? code : one;
	}
	return code;
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
struct health {
	struct span answer;
	bool ok;
	int64_t dispatchers;
	bool stays; /* it is there between requests */
};

static struct js
observed(struct js root, const char *check)
{
	struct js_iter it =
	    js_iter(js_member(js_member(root, "checks"), check));
	struct js first = {0};

	js_next(&it, NULL, &first);
	return js_member(first, "observedValue");
}

static int
ask_health(struct ctl *ctl, struct health *health)
{
	struct js_doc *doc;
	struct js root, stays;
	struct span clean;
	int code =
	    ctl_ask(ctl, "GET", "/server/health", SPAN_NONE, &health->answer);

	if (code)
		return code;
	if (json_clean(ctl->arena, health->answer, &clean, NULL) ||
	    js_parse(clean, &doc, &root, NULL))
		return ctl_fail(EX_PROTOCOL, "the owner's answer is no JSON");
	health->ok = span_is(js_string(js_member(root, "status")), "ok");
	stays = observed(root, "owner:stays");
	health->dispatchers = 0;
	js_is_i64(observed(root, "queue:dispatchers"), &health->dispatchers);
	health->stays = stays.type == JS_BOOL && js_bool(stays);
	js_doc_free(doc);
	return 0;
}

static int
check_health(struct ctl *ctl)
{
	struct health health;
	int code = ask_health(ctl, &health);

	if (code)
		return code;
	if (health.ok)
		return good("health", "ok");
	printf("FAIL  health: %.*s\n", SPAN_FMT(health.answer));
	return EX_SOFTWARE;
}

static int
check_dispatcher(struct ctl *ctl)
{
	struct health health;
	int code = ask_health(ctl, &health);

	if (code)
		return code;
	if (health.dispatchers > 0)
		return good("dispatcher", "connected");
	printf("FAIL  dispatcher: none connected; deliveries wait until "
	       "webhooks-dispatch runs\n");
	return EX_TEMPFAIL;
}

int
ctl_check(struct ctl *ctl)
{
	static int (*const checks[])(struct ctl *) = {check_settings,
	    check_directory, check_key, check_owner, check_health,
	    check_dispatcher};
	int code = 0;

	setlinebuf(stdout); /* in order with what goes to stderr */
	for (size_t i = 0; i < sizeof checks / sizeof *checks && !code; i++)
		code = checks[i](ctl);
	return code;
}

/* ---- doctor ---- */

enum { SPACE_LEAST_BYTES = 64 << 20 }; /* four times what writes need */

static int
check_space(struct ctl *ctl)
{
	struct statvfs fs;
	uint64_t bytes;

	if (statvfs(ctl->conf.state_dir, &fs) < 0)
		return good("free space", "the file system does not say");
	bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (bytes >= SPACE_LEAST_BYTES)
		return good("free space", "enough");
	printf("warn  free space: %llu MiB where %s lies; below 16 MiB writes "
	       "are refused\n",
	    (unsigned long long)(bytes >> 20), ctl->conf.state_dir);
	return 0;
}

static int
check_program(const char *what, const char *path)
{
	if (access(path, X_OK) == 0)
		return good(what, path);
	printf("FAIL  %s: %s: %s\n", what, path, strerror(errno));
	return EX_NOINPUT;
}

static bool
starts_after_write(const struct ctl *ctl)
{
	return strcmp(ctl->conf.dispatch_start, "after-write") == 0;
}

/* What the settings have started, and read. */
static int
check_programs(struct ctl *ctl)
{
	int code =
	    check_program("store.owner_program", ctl->conf.owner_program);

	if (!code && starts_after_write(ctl))
		code = check_program(
		    "dispatch.program", ctl->conf.dispatch_program);
	if (!code && *ctl->conf.ca_file &&
	    access(ctl->conf.ca_file, R_OK) < 0) {
		printf("FAIL  dispatch.ca_file: %s: %s\n", ctl->conf.ca_file,
		    strerror(errno));
		code = EX_NOINPUT;
	}
	return code;
}

static int
check_tokens(struct ctl *ctl)
{
	struct span answer;
	int code = ctl_ask(ctl, "GET",
	    "/tokens?filter[role][_eq]=admin&limit=1&fields=id", SPAN_NONE,
	    &answer);

	if (code)
		return code;
	if (!span_is(answer, "{\"data\":[]}"))
		return good("tokens", "an administrator has one");
	puts("warn  tokens: no administrator has one; webhooks-ctl token add "
	     "--name NAME --role admin");
	return 0;
}

/* A line of this table of cron's that runs the dispatcher. */
static bool
cron_names_it(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[1000];
	bool found = false;

	while (file && !found && fgets(line, sizeof line, file))
		found = *line != '#' && strstr(line, "webhooks-dispatch");
	if (file)
		fclose(file);
	return found;
}

static bool
cron_carries(struct ctl *ctl)
{
	static const char *const folders[] = {
	    "/etc/cron.d", "/var/spool/cron/crontabs", "/var/spool/cron"};
	bool found = cron_names_it("/etc/crontab");

	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
		DIR *dir = opendir(folders[i]);
		const struct dirent *entry;

		while (dir && !found && (entry = readdir(dir)))
			found = cron_names_it(arena_printf(
			    ctl->arena, "%s/%s", folders[i], entry->d_name));
		if (dir)
			closedir(dir);
	}
	return found;
}

/* A delivery that is due again in an hour: who sends it when nobody asks for
 * anything until then? (Design "One owner".) */
static int
check_retries(struct ctl *ctl)
{
	struct health health;
	int code = ask_health(ctl, &health);

	if (code)
		return code;
	if (starts_after_write(ctl) && health.stays)
		return good("later retries", "the owner starts a dispatcher");
	if (!starts_after_write(ctl) && health.dispatchers > 0)
		return good("later retries", "a dispatcher runs");
	if (cron_carries(ctl))
		return good("later retries", "cron runs the dispatcher");
	printf("warn  later retries: nothing carries them%s; have cron run "
	       "\"webhooks-dispatch --drain\" every minute, or "
	       "webhooks-dispatch stay (a personal crontab may not be seen "
	       "from here)\n",
	    starts_after_write(ctl) ? " but the next request" : "");
	return 0;
}

int
ctl_doctor(struct ctl *ctl)
{
	static int (*const checks[])(struct ctl *) = {check_settings,
	    check_directory, check_space, check_key, check_programs,
	    check_owner, check_health, check_tokens, check_retries};
	int code = 0;

	setlinebuf(stdout);
	for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
		int one = checks[i](ctl);

		code = code ? code : one;
		/* Whoever is not there is not asked again. */
		if (one && checks[i] == check_owner)
			break;
	}
	return code;
}

/* ---- files made ---- */

/* The owner is somewhere else, and settings want to know from the root. */
static int
absolute(struct ctl *ctl, const char **path)
{
	char here[PATH_MAX];

	if (**path == '/')
		return 0;
	if (!getcwd(here, sizeof here))
		return ctl_fail(EX_OSERR, "%s", strerror(errno));
	*path = arena_printf(ctl->arena, "%s/%s", here, *path);
	return 0;
}

/* Root makes it for the user the service runs as. */
int
ctl_key_new(struct ctl *ctl)
{
	const char *file = ctl->args[0];
	struct stat st = state_owner(ctl);
	int code = absolute(ctl, &file);

	if (code)
		return code;
	if (geteuid() != 0)
		st.st_uid = geteuid();
	if (seal_key_make(file, st.st_uid, st.st_gid, &ctl->fault))
		return ctl_fail(EX_CANTCREAT, "%s", ctl->fault.first->message);
	printf("secret_key_file = %s\n", file);
	return 0;
}

/* The owner writes it, as its user. */
int
ctl_backup(struct ctl *ctl)
{
	const char *to = ctl->args[0];
	struct span answer;
	struct buf body;
	int code = absolute(ctl, &to);

	if (code)
		return code;
	buf_init(&body, 2 * PATH_MAX);
	buf_text(&body, "{\"to\":");
	json_put_string(&body, span_of(to));
	buf_char(&body, '}');
	ctl->wait_ms = BACKUP_WAIT_MS;
	code =
	    ctl_ask(ctl, "POST", "/internal/backup", buf_view(&body), &answer);
	buf_release(&body);
	if (code)
		return code;
	printf("%s\n", to);
	if (*ctl->conf.secret_key_file)
		fprintf(stderr,
		    "webhooks-ctl: the key in %s is not in the copy, which is "
		    "of no use without it\n",
		    ctl->conf.secret_key_file);
	return 0;
}
