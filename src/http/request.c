/* One request from CGI variables (RFC 3875), by a table of the names that
 * matter. The variables are copied into the request's arena, so that they
 * outlive the transport's own memory; all are kept for request_param. */
#include "http/request_edge.h"

#include <string.h>

#include "http/path.h"

struct request_params {
	size_t count;
	struct request_param *list;
};

/* By enum method. */
static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",
    [METHOD_HEAD] = "HEAD",
    [METHOD_POST] = "POST",
    [METHOD_PATCH] = "PATCH",
    [METHOD_DELETE] = "DELETE",
    [METHOD_SEARCH] = "SEARCH",
    [METHOD_OPTIONS] = "OPTIONS",
    [METHOD_PUT] = "PUT",
    [METHOD_OTHER] = "",
};

/* Variables on the way to their places. */
struct variables {
	struct path_source path;
	struct span content_length, authorization, redirect_authorization,
	    server_software;
};

#define IN_REQUEST(name, member)                                               \
	{                                                                      \
		name, sizeof(name) - 1, 0, offsetof(struct request, member)    \
	}
#define IN_PASSING(name, member)                                               \
	{                                                                      \
		name, sizeof(name) - 1, 1, offsetof(struct variables, member)  \
	}

static const struct {
	const char *name;
	size_t name_bytes;
	int passing;
	size_t at;
} places[] = {
    IN_REQUEST("REQUEST_METHOD", method_text),
    IN_REQUEST("CONTENT_TYPE", content_type),
    IN_REQUEST("REMOTE_ADDR", remote_address),
    IN_REQUEST("HTTP_CONTENT_ENCODING", content_encoding),
    IN_REQUEST("HTTP_IDEMPOTENCY_KEY", idempotency_key),
    IN_REQUEST("HTTP_IF_NONE_MATCH", if_none_match),
    IN_REQUEST("HTTP_CACHE_CONTROL", cache_control),
    IN_REQUEST("HTTP_ORIGIN", origin),
    IN_REQUEST("HTTP_X_HTTP_METHOD_OVERRIDE", method_override),
    IN_PASSING("REQUEST_URI", path.request_uri),
    IN_PASSING("SCRIPT_NAME", path.script_name),
    IN_PASSING("PATH_INFO", path.path_info),
    IN_PASSING("QUERY_STRING", path.query_string),
    IN_PASSING("CONTENT_LENGTH", content_length),
    IN_PASSING("HTTP_AUTHORIZATION", authorization),
    IN_PASSING("REDIRECT_HTTP_AUTHORIZATION", redirect_authorization),
    IN_PASSING("SERVER_SOFTWARE", server_software),
};

/* The same header twice arrives as two variables from nginx: the first
 * counts, and an empty one is as good as none. */
static void
place(struct request *r, struct variables *v, const struct request_param *p)
{
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
		if (places[i].name_bytes != p->name.n ||
		    memcmp(places[i].name, p->name.p, p->name.n) != 0)
			continue;
		char *base = places[i].passing ? (char *)v : (char *)r;
		struct span *to = (struct span *)(base + places[i].at);
		if (to->n == 0)
			*to = p->value;
		return;
	}
}

static size_t
variables_bytes(char *const *list, size_t *count)
{
	size_t bytes = 0, n;

	for (*count = 0; list[*count] && *count < REQUEST_PARAMS_MAX;
	     ++*count) {
		n = strlen(list[*count]) + 1;
		if (bytes + n > REQUEST_PARAM_BYTES_MAX)
			break;
		bytes += n;
	}
	return bytes;
}

/* One block for all of them: names and values are spans into it. */
static void
params_copy(struct request *r, char *const *list)
{
	struct request_params *ps = arena_alloc(r->arena, sizeof *ps);
	size_t count;
	char *p = arena_bytes(r->arena, variables_bytes(list, &count));

	ps->list = arena_array(r->arena, count + 1, sizeof *ps->list);
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(list[i]);
		struct span whole = span_make(p, n);
		ptrdiff_t equals;

		memcpy(p, list[i], n + 1);
		p += n + 1;
		equals = span_find(whole, '=');
		if (equals <= 0)
			continue;
		ps->list[ps->count].name = span_head(whole, (size_t)equals);
		ps->list[ps->count].value =
		    span_from(whole, (size_t)equals + 1);
		ps->count++;
	}
	r->params = ps;
}

enum method
method_of(struct span text)
{
	for (size_t i = 0; i < METHOD_OTHER; i++)
		if (span_is(text, method_names[i]))
			return (enum method)i;
	return METHOD_OTHER;
}

/* Empty behind nginx, absent for chunked bodies: then it is unknown. */
static int64_t
length_of(struct span text)
{
	int64_t n;

	return span_i64(text, &n) && n >= 0 ? n : -1;
}

static void
authorization_fill(struct request *r, const struct variables *v)
{
	r->authorization = v->authorization;
	if (r->authorization.n == 0)
		r->authorization = v->redirect_authorization;
	r->authorization_stripped_maybe =
	    r->authorization.n == 0 &&
	    span_starts(v->server_software, "Apache");
}

void
request_fill(struct request *r, char *const *variables, const char *base_path,
    int64_t *length)
{
	struct variables v = {0};

	params_copy(r, variables);
	for (size_t i = 0; i < r->params->count; i++)
		place(r, &v, &r->params->list[i]);
	r->method = method_of(r->method_text);
	*length = length_of(v.content_length);
	authorization_fill(r, &v);
	/* the owner's own clients know nothing of where it is mounted */
	if (r->door != DOOR_OWNER)
		v.path.base_path = span_of(base_path);
	path_fill(r, &v.path);
}

struct span
request_param(const struct request *r, const char *name)
{
	struct span n, value;

	for (size_t i = 0; request_param_at(r, i, &n, &value); i++)
		if (span_is(n, name))
			return value;
	return SPAN_NONE;
}

bool
request_param_at(
    const struct request *r, size_t i, struct span *name, struct span *value)
{
	if (i >= r->params->count)
		return false;
	*name = r->params->list[i].name;
	*value = r->params->list[i].value;
	return true;
}

bool
method_is_safe(enum method method)
{
	return method == METHOD_GET || method == METHOD_HEAD ||
	       method == METHOD_SEARCH || method == METHOD_OPTIONS;
}

const char *
method_name(enum method method)
{
	return method_names[method];
}
