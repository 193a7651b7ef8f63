/* What the tests of room model share: JSON texts in, faults as text out. */
#ifndef TESTS_UNIT_MODEL_HELP_H
#define TESTS_UNIT_MODEL_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/json.h"
#include "model/check.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* One test step: everything in it goes at once. */
struct step {
	struct arena *arena;
	struct js_doc *doc;
	struct fault fault;
	struct buf out;
};

static inline void
step_begin(struct step *step)
{
	*step = (struct step){.arena = arena_new()};
	step->fault.arena = step->arena;
	buf_init(&step->out, 1 << 20);
}

static inline void
step_end(struct step *step)
{
	js_doc_free(step->doc);
	buf_release(&step->out);
	arena_free(step->arena);
}

/* A value from JSON text, as a request's body becomes one. NULL: no body. */
static inline struct js
step_js(struct step *step, const char *text)
{
	struct js root = {.type = JS_NONE};
	struct span clean;

	if (text == NULL)
		return root;
	assert_int_equal(
	    json_clean(step->arena, span_of(text), &clean, &step->fault),
	    ERR_NONE);
	assert_int_equal(
	    js_parse(clean, &step->doc, &root, &step->fault), ERR_NONE);
	return root;
}

/* The faults told: "CODE message extra", one a line. */
static inline const char *
step_faults(struct step *step)
{
	const struct fault_item *item = step->fault.first;
	const char *text = "";

	for (; item != NULL; item = item->next)
		text = arena_printf(step->arena, "%s%s%s %s%s", text,
		    *text ? "\n" : "", err_code(item->code), item->message,
		    item->extra ? item->extra : "");
	return text;
}

static inline const char *
step_text(struct step *step)
{
	return arena_text(step->arena, buf_view(&step->out));
}

static inline struct schema *
step_schema(struct step *step, const char *definition)
{
	struct schema *schema = NULL;
	struct js js = step_js(step, definition);

	assert_int_equal(
	    schema_from_js(step->arena, js, &schema, &step->fault), ERR_NONE);
	schema->no = SCHEMA_FIRST_USER;
	js_doc_free(step->doc);
	step->doc = NULL;
	return schema;
}

/* The collection most recordings use, and one without declared fields. */
static const char articles_definition[] =
    "{\"collection\":\"articles\",\"meta\":{\"note\":\"n\"},\"fields\":["
    "{\"field\":\"id\",\"type\":\"integer\",\"schema\":{\"is_primary_key\":"
    "true,\"has_auto_increment\":true},\"meta\":{\"hidden\":true}},"
    "{\"field\":\"title\",\"type\":\"string\",\"schema\":{\"is_nullable\":"
    "false},\"meta\":{\"required\":true}},"
    "{\"field\":\"body\",\"type\":\"text\",\"schema\":{},\"meta\":{}},"
    "{\"field\":\"views\",\"type\":\"integer\",\"schema\":{\"default_value\":"
    "0}},"
    "{\"field\":\"rating\",\"type\":\"float\",\"schema\":{}},"
    "{\"field\":\"featured\",\"type\":\"boolean\",\"schema\":{\"default_"
    "value\":false,\"is_nullable\":false},\"meta\":{\"special\":[\"cast-"
    "boolean\"]}},"
    "{\"field\":\"tags\",\"type\":\"csv\",\"schema\":{}},"
    "{\"field\":\"extra\",\"type\":\"json\",\"schema\":{}},"
    "{\"field\":\"published_at\",\"type\":\"timestamp\",\"schema\":{}}]}";
static const char notes_definition[] = "{\"collection\":\"notes\"}";

#endif
