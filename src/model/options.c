/* Options of a webhook: ranges and shapes beyond the schema (product chapters
 * 2 and 3). Lists are stored as the client wrote them; what passes here can
 * be used later without another check. */
#include "model/rules.h"

#include "common/utf8.h"
#include "model/delivery.h"
#include "model/wire.h"

/* Bounds of what one webhook may cost; the time limit and the concurrency are
 * those of product chapter 3. */
enum {
	SCHEDULE_WAIT_MAX_S = 7 * 86400,
	SUCCESS_MAX = 20,
	HEADERS_MAX = 50,
	HEADER_NAME_BYTES_MAX = 256,
	HEADER_VALUE_BYTES_MAX = 4096,
	SHOWN_BYTES_MAX = 100 /* of an element in words */
};

/* Numbers with a range. */
static const struct {
	int field;
	double least, most;
	const char *message, *extra;
} ranges[] = {
    {OPTION_TIMEOUT_MS, 1000, 60000,
	"\"timeout_ms\" must be between 1000 and 60000",
	",\"field\":\"timeout_ms\",\"type\":\"between\""},
    {OPTION_MAX_CONCURRENCY, 1, 32,
	"\"max_concurrency\" must be between 1 and 32",
	",\"field\":\"max_concurrency\",\"type\":\"between\""},
    {OPTION_RATE_PER_SECOND, 0.001, 1000,
	"\"rate_per_second\" must be between 0.001 and 1000",
	",\"field\":\"rate_per_second\",\"type\":\"between\""},
};

/* Seconds of waiting; zero sends again at once. */
static bool
is_schedule_step(struct js js)
{
	int64_t seconds;

	return js.type == JS_NUMBER && js_is_i64(js, &seconds) &&
	       seconds >= 0 && seconds <= SCHEDULE_WAIT_MAX_S;
}

/* 204, "204" or "2xx". */
static bool
is_success(struct js js)
{
	struct span text;
	int64_t status;

	if (js.type == JS_NUMBER)
		return js_is_i64(js, &status) && status >= 100 && status <= 599;
	if (js.type != JS_STRING)
		return false;
	text = js_string(js);
	if (text.n != 3 || text.p[0] < '1' || text.p[0] > '5')
		return false;
	return span_is(span_from(text, 1), "xx") ||
	       (span_i64(text, &status) && status >= 100);
}

static bool
is_header(struct js js)
{
	struct js name = js_member(js, "header");
	struct js value = js_member(js, "value");

	return name.type == JS_STRING && value.type == JS_STRING &&
	       js_string(name).n <= HEADER_NAME_BYTES_MAX &&
	       js_string(value).n <= HEADER_VALUE_BYTES_MAX &&
	       wire_header_allowed(js_string(name), js_string(value));
}

/* Members that are lists. */
static const struct list_rule {
	int field;
	size_t most;
	bool (*is_element)(struct js);
	const char *message, *extra;
} lists[] = {
    {OPTION_HEADERS, HEADERS_MAX, is_header,
	"\"headers\" must be a list of at most 50 {header, value} with names "
	"and values HTTP allows; those the service sets itself are not taken",
	",\"field\":\"headers\",\"type\":\"list\""},
    {OPTION_SCHEDULE, SCHEDULE_STEPS_MAX, is_schedule_step,
	"\"schedule\" must be a list of at most 50 whole seconds, each from "
	"0 to 604800",
	",\"field\":\"schedule\",\"type\":\"list\""},
    {OPTION_SUCCESS, SUCCESS_MAX, is_success,
	"\"success\" must be a list of at most 20 statuses or classes such as "
	"2xx",
	",\"field\":\"success\",\"type\":\"list\""},
};

/* What to call an element that is not taken: a header by its name, since its
 * value may be a secret. */
static struct span
element_name(struct arena *arena, struct js element)
{
	struct js name = js_member(element, "header");
	struct span text = element.type != JS_OBJECT
			       ? js_as_text(arena, element)
			       : js_string(name);

	if (element.type == JS_OBJECT && name.type != JS_STRING)
		return SPAN("an element without a name");
	return utf8_repair(arena, span_head(text, SHOWN_BYTES_MAX));
}

static enum err
check_elements(
    const struct list_rule *rule, struct js root, struct fault *fault)
{
	struct js_iter it = js_iter(root);
	struct js element;
	struct span none;

	if (root.type != JS_LIST || js_count(root) > rule->most)
		return fault_add(
		    fault, ERR_VALIDATION, rule->extra, "%s", rule->message);
	while (js_next(&it, &none, &element)) {
		struct span shown = SPAN_NONE;

		if (rule->is_element(element))
			continue;
		if (fault)
			shown = element_name(fault->arena, element);
		return fault_add(fault, ERR_VALIDATION, rule->extra,
		    "%s: not \"%.*s\"", rule->message, SPAN_FMT(shown));
	}
	return ERR_NONE;
}

/* The text is parsed again although it came as JSON: the row may also come
 * from an import, and lists are short. */
static enum err
check_list(const struct list_rule *rule, struct span text, struct fault *fault)
{
	struct js_doc *doc = NULL;
	struct js root = {.type = JS_NONE};
	enum err err;

	js_parse(text, &doc, &root, NULL);
	err = check_elements(rule, root, fault);
	js_doc_free(doc);
	return err;
}

static bool
is_checked(const struct row *row, const bool *set, int field)
{
	return (set == NULL || set[field]) &&
	       row->values[field].type != VALUE_NULL;
}

enum err
check_options(const struct row *row, const bool *set, struct fault *fault)
{
	enum err err = ERR_NONE;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (is_checked(row, set, lists[i].field) &&
		    check_list(&lists[i], row->values[lists[i].field].text,
			fault) != ERR_NONE)
			err = ERR_VALIDATION;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		double n;

		if (!is_checked(row, set, ranges[i].field))
			continue;
		n = value_as_f64(row->values[ranges[i].field]);
		if (n < ranges[i].least || n > ranges[i].most)
			err = fault_add(fault, ERR_VALIDATION, ranges[i].extra,
			    "%s", ranges[i].message);
	}
	return err;
}
