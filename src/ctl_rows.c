/* Commands about rows: each is a request of the public interface, made with
 * the rights of the owner's own socket. */
#include "ctl.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "common/buf.h"
#include "common/js.h"
#include "common/json.h"

enum {
	BODY_MAX_BYTES = 1 << 20, /* as the owner takes, contract 5.2 */
	TOKEN_MAX_BYTES = 1024
};

static void
put_member(struct buf *b, const char *name, const char *value)
{
	if (!value)
		return;
	buf_printf(b, "%s\"%s\":", b->n > 1 ? "," : "", name);
	json_put_string(b, span_of(value));
}

/* `--token -` reads it from standard input: arguments are seen by all users
 * of the machine. */
static int
read_token(struct ctl *ctl)
{
	char line[TOKEN_MAX_BYTES];
	struct span token;

	if (!ctl->value[OPT_TOKEN] || strcmp(ctl->value[OPT_TOKEN], "-") != 0)
		return 0;
	if (!fgets(line, sizeof line, stdin))
		return ctl_fail(EX_NOINPUT, "no token on standard input");
	token = span_trim(span_of(line));
	if (!token.n)
		return ctl_fail(EX_DATAERR, "the token is empty");
	ctl->value[OPT_TOKEN] = arena_text(ctl->arena, token);
	return 0;
}

/* The bare token on a line of its own, for $(...) in scripts. */
static int
print_token(struct ctl *ctl, struct span answer)
{
	struct js_doc *doc;
	struct js root, token;
	struct span clean;

	if (ctl->value[OPT_JSON]) {
		printf("%.*s\n", SPAN_FMT(answer));
		return 0;
	}
	if (json_clean(ctl->arena, answer, &clean, NULL) ||
	    js_parse(clean, &doc, &root, NULL))
		return ctl_fail(EX_PROTOCOL, "the owner's answer is no JSON");
	token = js_member(js_member(root, "data"), "token");
	printf("%.*s\n", SPAN_FMT(js_string(token)));
	js_doc_free(doc);
	return token.type == JS_STRING
		   ? 0
		   : ctl_fail(EX_PROTOCOL, "the owner's answer has no token");
}

int
ctl_token_add(struct ctl *ctl)
{
	static const struct {
		const char *name;
		enum ctl_option option;
	} members[] = {
	    {"name", OPT_NAME},
	    {"role", OPT_ROLE},
	    {"user", OPT_USER},
	    {"role_id", OPT_ROLE_ID},
	    {"collections", OPT_COLLECTIONS},
	    {"expires_at", OPT_EXPIRES},
	    {"token", OPT_TOKEN},
	};
	struct span answer;
	struct buf body;
	int code = read_token(ctl);

	if (code)
		return code;
	buf_init(&body, BODY_MAX_BYTES);
	buf_char(&body, '{');
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		put_member(
		    &body, members[i].name, ctl->value[members[i].option]);
	buf_char(&body, '}');
	code = ctl_ask(ctl, "POST", "/tokens", buf_view(&body), &answer);
	buf_release(&body);
	return code ? code : print_token(ctl, answer);
}

static int
show_list(struct ctl *ctl, const char *target, const char *const *columns)
{
	struct span answer;
	int code = ctl_ask(ctl, "GET", target, SPAN_NONE, &answer);

	return code ? code : ctl_show(ctl, answer, columns);
}

int
ctl_token_list(struct ctl *ctl)
{
	static const char *const columns[] = {"id", "name", "role",
	    "collections", "prefix", "created_at", "last_used_at", "expires_at",
	    NULL};

	return show_list(ctl, "/tokens?limit=-1", columns);
}

/* "/tokens/5" for the text "5"; NULL, and told, when it is no id. */
static char *
id_path(struct ctl *ctl, const char *list, const char *text)
{
	int64_t id;

	if (span_i64(span_of(text), &id) && id >= 0)
		return arena_printf(
		    ctl->arena, "/%s/%lld", list, (long long)id);
	ctl_fail(EX_USAGE, "\"%s\" is no id", text);
	return NULL;
}

/* The deletion of what is not there is no error on the wire; to somebody who
 * mistyped an id it is, so it is looked for first. */
static int
revoke(struct ctl *ctl, const char *text)
{
	char *path = id_path(ctl, "tokens", text);
	struct span answer;
	int code;

	if (!path)
		return EX_USAGE;
	code = ctl_ask(ctl, "GET", path, SPAN_NONE, &answer);
	return code ? code : ctl_ask(ctl, "DELETE", path, SPAN_NONE, &answer);
}

int
ctl_token_revoke(struct ctl *ctl)
{
	int code = 0;

	for (int i = 0; i < ctl->arg_count && !code; i++)
		code = revoke(ctl, ctl->args[i]);
	return code;
}

static int
redeliver(struct ctl *ctl, const char *text)
{
	char *path = id_path(ctl, "deliveries", text);
	struct span answer;
	int code;

	if (!path)
		return EX_USAGE;
	path = arena_printf(ctl->arena, "%s/redeliver", path);
	code = ctl_ask(ctl, "POST", path, SPAN_NONE, &answer);
	if (!code && ctl->value[OPT_JSON])
		printf("%.*s\n", SPAN_FMT(answer));
	return code;
}

int
ctl_deliveries_redeliver(struct ctl *ctl)
{
	int code = 0;

	for (int i = 0; i < ctl->arg_count && !code; i++)
		code = redeliver(ctl, ctl->args[i]);
	return code;
}

int
ctl_collection_list(struct ctl *ctl)
{
	static const char *const columns[] = {"collection", NULL};

	return show_list(ctl, "/collections", columns);
}

int
ctl_webhook_list(struct ctl *ctl)
{
	static const char *const columns[] = {"id", "name", "status", "method",
	    "url", "actions", "collections", NULL};

	return show_list(ctl, "/webhooks?limit=-1", columns);
}

static void
put_encoded(struct buf *b, const char *text)
{
	for (; *text; text++)
		if (strchr("abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~",
			*text))
			buf_char(b, *text);
		else
			buf_printf(b, "%%%02X", (uint8_t)*text);
}

int
ctl_deliveries_list(struct ctl *ctl)
{
	static const struct {
		const char *name;
		enum ctl_option option;
	} terms[] = {
	    {"filter[state][_eq]", OPT_STATE},
	    {"filter[webhook][_eq]", OPT_WEBHOOK},
	    {"limit", OPT_LIMIT},
	};
	static const char *const columns[] = {"id", "state", "webhook",
	    "action", "collection", "attempts", "last_status", "created_at",
	    "next_attempt_at", "last_error", NULL};
	struct buf target;
	int code;

	buf_init(&target, BODY_MAX_BYTES);
	buf_text(&target, "/deliveries?sort=-id");
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		if (!ctl->value[terms[i].option])
			continue;
		buf_printf(&target, "&%s=", terms[i].name);
		put_encoded(&target, ctl->value[terms[i].option]);
	}
	code = show_list(ctl, target.p, columns);
	buf_release(&target);
	return code;
}

/* Whether the collection is there already; *code tells trouble. */
static bool
collection_exists(struct ctl *ctl, struct span name, int *code)
{
	struct js_doc *doc;
	struct js root, row;
	struct js_iter it;
	struct span answer, clean;
	bool found = false;

	*code = ctl_ask(ctl, "GET", "/collections", SPAN_NONE, &answer);
	if (*code || json_clean(ctl->arena, answer, &clean, NULL) ||
	    js_parse(clean, &doc, &root, NULL))
		return false;
	it = js_iter(js_member(root, "data"));
	while (!found && js_next(&it, NULL, &row))
		found = span_eq(js_string(js_member(row, "collection")), name);
	js_doc_free(doc);
	return found;
}

static int
add_definition(struct ctl *ctl, struct span name, struct span definition)
{
	struct span answer;
	int code = 0;

	if (ctl->value[OPT_IF_MISSING] &&
	    (collection_exists(ctl, name, &code) || code))
		return code;
	code = ctl_ask(ctl, "POST", "/collections", definition, &answer);
	if (!code && ctl->value[OPT_JSON])
		printf("%.*s\n", SPAN_FMT(answer));
	return code;
}

static int
add_named(struct ctl *ctl, const char *name)
{
	struct buf body;
	int code;

	buf_init(&body, BODY_MAX_BYTES);
	buf_char(&body, '{');
	put_member(&body, "collection", name);
	buf_char(&body, '}');
	code = add_definition(ctl, span_of(name), buf_view(&body));
	buf_release(&body);
	return code;
}

static int
read_file(const char *path, struct buf *out)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	char piece[4096];
	size_t n;
	int code = 0;

	if (!f)
		return ctl_fail(EX_NOINPUT, "%s: %s", path, strerror(errno));
	while ((n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_put(out, piece, n);
	if (ferror(f))
		code = ctl_fail(EX_IOERR, "%s cannot be read", path);
	else if (out->over)
		code = ctl_fail(EX_DATAERR, "%s is too large", path);
	if (f != stdin)
		fclose(f);
	return code;
}

/* One definition, or a list of them; each is sent as it stands. */
static int
add_definitions(struct ctl *ctl, const char *path, struct span text)
{
	struct js_doc *doc;
	struct js root, one;
	struct js_iter it;
	struct span clean;
	int code = 0;

	if (json_clean(ctl->arena, text, &clean, &ctl->fault) ||
	    js_parse(clean, &doc, &root, &ctl->fault))
		return ctl_fail(
		    EX_DATAERR, "%s: %s", path, ctl->fault.last->message);
	if (root.type != JS_LIST)
		code = add_definition(
		    ctl, js_string(js_member(root, "collection")), root.raw);
	it = js_iter(root);
	while (!code && root.type == JS_LIST && js_next(&it, NULL, &one))
		code = add_definition(
		    ctl, js_string(js_member(one, "collection")), one.raw);
	js_doc_free(doc);
	return code;
}

int
ctl_collection_add(struct ctl *ctl)
{
	int code = 0;

	for (int i = 0; i < ctl->arg_count && !code; i++) {
		const char *what = ctl->args[i];
		struct buf text;

		if (!strchr(what, '/') && !span_ends(span_of(what), ".json") &&
		    strcmp(what, "-") != 0) {
			code = add_named(ctl, what);
			continue;
		}
		buf_init(&text, BODY_MAX_BYTES);
		code = read_file(what, &text);
		if (!code)
			code = add_definitions(ctl, what, buf_view(&text));
		buf_release(&text);
	}
	return code;
}
