/* The owner, as webhooks-ctl sees it: a directory and a socket in it. Where
 * nobody owns the store, an owner is started (it leaves again by itself) and
 * waited for. A request whose answer did not come is not repeated: whether it
 * was done is unknown, and the user is told so. */
#include "ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "common/child.h"
#include "common/clock.h"
#include "common/js.h"
#include "common/json.h"

#define OWNER_SOCKET "owner.sock"

enum {
	START_WAIT_MS = 5000,
	START_STEP_MS = 20,
	ASK_WAIT_MS = 30000,
	ANSWER_MAX_BYTES = 64 << 20
};

int
ctl_fail(int code, const char *format, ...)
{
	va_list args;

	fputs("webhooks-ctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return code;
}

/* The owner talks to its own user and to root only. */
static int
check_user(struct ctl *ctl)
{
	struct stat st;

	if (fstat(ctl->dirfd, &st) < 0 || geteuid() == 0 ||
	    st.st_uid == geteuid())
		return 0;
	return ctl_fail(EX_NOPERM,
	    "%s belongs to user %u: run webhooks-ctl as that user or as root",
	    ctl->conf.state_dir, (unsigned)st.st_uid);
}

/* -1: nobody there (yet); 0: connected; else the code to end with. */
static int
try_connect(struct ctl *ctl)
{
	int code;

	if (ctl->dirfd < 0)
		ctl->dirfd =
		    open(ctl->conf.state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (ctl->dirfd < 0 && errno != ENOENT)
		return ctl_fail(
		    EX_NOINPUT, "%s: %s", ctl->conf.state_dir, strerror(errno));
	if (ctl->dirfd < 0)
		return -1;
	code = check_user(ctl);
	if (code)
		return code;
	return fcgi_client_connect(
		   ctl->dirfd, OWNER_SOCKET, ANSWER_MAX_BYTES, &ctl->client)
		   ? -1
		   : 0;
}

static int
wait_for_owner(struct ctl *ctl, pid_t pid)
{
	int64_t until = clock_mono_ms() + START_WAIT_MS;

	while (clock_mono_ms() < until) {
		int status, code = try_connect(ctl);

		if (code >= 0)
			return code;
		/* EX_TEMPFAIL: another one got the lock first; so wait on */
		if (waitpid(pid, &status, WNOHANG) == pid &&
		    WIFEXITED(status) && WEXITSTATUS(status) != EX_TEMPFAIL)
			return ctl_fail(WEXITSTATUS(status)
					    ? WEXITSTATUS(status)
					    : EX_UNAVAILABLE,
			    "no owner runs, and %s ended at once (status %d); "
			    "run it by hand with --own to see why",
			    ctl->conf.owner_program, WEXITSTATUS(status));
		poll(NULL, 0, START_STEP_MS);
	}
	return ctl_fail(
	    EX_UNAVAILABLE, "no owner answers in %s", ctl->conf.state_dir);
}

int
ctl_connect(struct ctl *ctl)
{
	int code = ctl->client ? 0 : try_connect(ctl);
	pid_t pid;

	if (code >= 0)
		return code;
	if (child_start_owner(&ctl->conf, &pid))
		return ctl_fail(EX_UNAVAILABLE,
		    "no owner runs for %s, and \"%s\" cannot be started: %s",
		    ctl->conf.state_dir, ctl->conf.owner_program,
		    strerror(errno));
	ctl->owner_started = true;
	return wait_for_owner(ctl, pid);
}

static int
status_code(int status)
{
	static const struct {
		int status, code;
	} codes[] = {
	    {401, EX_NOPERM},
	    {503, EX_TEMPFAIL},
	};

	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].status == status)
			return codes[i].code;
	return status >= 500 ? EX_SOFTWARE : EX_DATAERR;
}

/* Each message of {"errors":[{"message":...}]}, else the bare status. An
 * administrator may do everything: to him 403 says that a row is not there
 * (contract chapter 0.1, 2). */
static int
tell_errors(struct ctl *ctl, const char *target, int status, struct span body)
{
	struct js_doc *doc = NULL;
	struct js root = {0}, item;
	struct js_iter it;
	struct span clean;
	bool told = false;

	if (status == 403)
		return ctl_fail(EX_DATAERR, "%s: there is none", target);
	if (!json_clean(ctl->arena, body, &clean, NULL) &&
	    !js_parse(clean, &doc, &root, NULL)) {
		it = js_iter(js_member(root, "errors"));
		for (; js_next(&it, NULL, &item); told = true)
			ctl_fail(0, "%s",
			    js_as_text(ctl->arena, js_member(item, "message"))
				.p);
	}
	js_doc_free(doc);
	if (!told)
		ctl_fail(0, "the owner answered with status %d", status);
	return status_code(status);
}

int
ctl_ask(struct ctl *ctl, const char *method, const char *target,
    struct span body, struct span *answer)
{
	struct fcgi_answer got;
	int code = ctl_connect(ctl);
	enum err err;

	if (code)
		return code;
	err = fcgi_client_ask(ctl->client, method, target, body,
	    ctl->wait_ms ? ctl->wait_ms : ASK_WAIT_MS, &got);
	if (err) {
		fcgi_client_free(ctl->client);
		ctl->client = NULL;
		return ctl_fail(EX_TEMPFAIL,
		    "the owner did not answer; whether \"%s %s\" was done is "
		    "unknown",
		    method, target);
	}
	if (got.status >= 400)
		return tell_errors(ctl, target, got.status, got.body);
	*answer = arena_span(ctl->arena, got.body);
	return 0;
}
