/* Closed sets and the url: rules of webhooks and tokens beyond their schemas
 * (product "Choices"). */
#include "model/rules.h"

#include "model/check.h"

#define IN_EXTRA(field, valid)                                                 \
	",\"field\":\"" field "\",\"type\":\"in\",\"valid\":" valid

/* A member whose text, or each part between commas, is one of a few words. */
struct choice {
	int field;
	bool csv;
	const char *words[5];
	const char *message, *extra;
};

static const struct choice webhook_method = {WEBHOOK_METHOD, false,
    {"GET", "POST"}, "\"method\" must be one of [GET, POST]",
    IN_EXTRA("method", "[\"GET\",\"POST\"]")};
static const struct choice webhook_status = {WEBHOOK_STATUS, false,
    {"active", "inactive"}, "\"status\" must be one of [active, inactive]",
    IN_EXTRA("status", "[\"active\",\"inactive\"]")};
static const struct choice webhook_actions = {WEBHOOK_ACTIONS, true,
    {"create", "update", "delete"},
    "\"actions\" must be one of [create, update, delete]",
    IN_EXTRA("actions", "[\"create\",\"update\",\"delete\"]")};
static const struct choice token_role = {TOKEN_ROLE, false,
    {"admin", "editor", "reader", "dispatcher"},
    "\"role\" must be one of [admin, editor, reader, dispatcher]",
    IN_EXTRA("role", "[\"admin\",\"editor\",\"reader\",\"dispatcher\"]")};

static bool
is_word(const struct choice *choice, struct span word)
{
	for (size_t i = 0; i < 5 && choice->words[i] != NULL; i++)
		if (span_is(word, choice->words[i]))
			return true;
	return false;
}

/* Blanks and letter case count, as they do when events are matched (contract
 * 9.1): what passes here fires. */
static bool
is_choice(const struct choice *choice, struct span text)
{
	struct span part;

	if (!choice->csv)
		return is_word(choice, text);
	if (text.n == 0)
		return true;
	while (span_next(&text, ',', &part))
		if (!is_word(choice, part))
			return false;
	return true;
}

/* Null was judged by the schema. */
static bool
is_checked(const struct row *row, const bool *set, int field)
{
	return (set == NULL || set[field]) &&
	       row->values[field].type == VALUE_TEXT;
}

static enum err
check_choice(const struct choice *choice, const struct row *row,
    const bool *set, struct fault *fault)
{
	if (!is_checked(row, set, choice->field) ||
	    is_choice(choice, row->values[choice->field].text))
		return ERR_NONE;
	return fault_add(
	    fault, ERR_VALIDATION, choice->extra, "%s", choice->message);
}

static enum err
check_url(const struct row *row, const bool *set, struct fault *fault)
{
	struct url url;

	if (!is_checked(row, set, WEBHOOK_URL) ||
	    url_parse(row->values[WEBHOOK_URL].text, &url))
		return ERR_NONE;
	return fault_add(fault, ERR_VALIDATION,
	    ",\"field\":\"url\",\"type\":\"url\"",
	    "\"url\" must be an absolute http or https address");
}

enum err
check_webhook(const struct row *row, const bool *set, struct fault *fault)
{
	/* All are run: each tells its own fault. */
	enum err errs[] = {
	    check_choice(&webhook_method, row, set, fault),
	    check_url(row, set, fault),
	    check_choice(&webhook_status, row, set, fault),
	    check_choice(&webhook_actions, row, set, fault),
	};

	for (size_t i = 0; i < sizeof(errs) / sizeof(errs[0]); i++)
		if (errs[i] != ERR_NONE)
			return errs[i];
	return ERR_NONE;
}

enum err
check_rules(const struct row *row, const bool *set, struct fault *fault)
{
	if (!row->schema->system)
		return ERR_NONE;
	switch (row->schema->no) {
	case SCHEMA_WEBHOOKS:
		return check_webhook(row, set, fault);
	case SCHEMA_TOKENS:
		return check_choice(&token_role, row, set, fault);
	case SCHEMA_OPTIONS:
		return check_options(row, set, fault);
	default:
		return ERR_NONE;
	}
}
