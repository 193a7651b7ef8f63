/* From what a client sent to rows: presence, null, coercion, lengths, ranges
 * (contract chapter 5, product "Choices"). The same for every collection. */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "model/row.h"

/* A create. Order of checks as in contract chapter 1, steps 8 and 9: all
 * required and null errors together in column order, then values one at a
 * time (length, range, type). Values that cannot be used: 400 with the code
 * that fits. `id` is taken when given (null: nnull); row_id 0 and
 * values[0] VALUE_NULL when the store is to count one up. A body that is no
 * object counts as {}. */
enum err check_create(struct arena *, const struct schema *, struct js body,
    struct row **, struct fault *);

/* A patch: only members given, null-checked; `id` and readonly members and
 * unknown members are passed over (free form: all members are taken). */
struct patch {
	struct row *row; /* values to set */
	bool *set;	 /* by field number; free form: members in row */
};
enum err check_patch(struct arena *, const struct schema *, struct js body,
    struct patch *, struct fault *);
/* The row after the patch, in the arena; free-form members keep their place,
 * new ones are added at the end. NULL: it would have more than
 * ROW_MEMBERS_MAX of them (INVALID_PAYLOAD). */
struct row *patch_apply(
    struct arena *, const struct row *old, const struct patch *);

/* Id syntax of contract 5.3: JavaScript's Number() of the text and whole.
 * False: 403. *in_range is false outside 32 bits. */
bool check_id_text(struct span text, int64_t *id, bool *in_range);
/* A key in a body: number or string by the same rule; null, booleans, lists,
 * objects and the empty text are refused. */
bool check_id_js(struct js, int64_t *id, bool *in_range);

/* VALUE_OUT_OF_RANGE as the oracle tells it; `column` becomes `invalid` (for
 * an id in the path: "id"). Returns ERR_RANGE. */
enum err check_range_fault(
    struct arena *, const struct schema *, struct span column, struct fault *);

/* Rules of /webhooks beyond the schema (product "Choices"): closed sets of
 * method, status, actions, the url. Called by check_create / check_patch for
 * schema_webhooks, lengths first. */
enum err check_webhook(const struct row *, const bool *set, struct fault *);
/* An absolute http or https address with a host; at most 2,048 characters is
 * the schema's matter. Conservative: whatever passes, libcurl reads with the
 * same host and port. Spans point into `text`. */
struct url {
	struct span scheme, userinfo, host, path_query; /* host without [] */
	int port;					/* default filled in */
};
bool url_parse(struct span text, struct url *);
/* The address as it goes to libcurl: blanks round it cut, user and password
 * left out, scheme and host in lower case, default port left out, the
 * fragment dropped; blanks, non-ASCII and what browsers escape in path and
 * query percent-encoded (contract 9.4). False as url_parse. */
bool url_wire(struct arena *, struct span text, struct span *out);

#endif
