/* export=yaml: libyaml reads the same tree back; texts stay texts, and other
 * scalars are bare. */
#include "fuzz_rows.h"
#include "query/export_yaml.h"

#include <yaml.h>

struct reading {
	yaml_document_t doc;
	struct buf text;
};

static struct span
scalar_of(const yaml_node_t *node)
{
	CHECK(node->type == YAML_SCALAR_NODE);
	return span_make(node->data.scalar.value, node->data.scalar.length);
}

static void
check_scalar(struct reading *reading, const yaml_node_t *node, struct span json)
{
	bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct span have = scalar_of(node);
	double a, b;

	if (walk_is_text(json)) {
		buf_clear(&reading->text);
		walk_put_text(&reading->text, json);
		CHECK(span_eq(have, buf_view(&reading->text)));
		CHECK(!plain || !yaml_is_ambiguous(have));
		return;
	}
	CHECK(plain);
	if (!walk_is_number(json)) {
		CHECK(span_eq(have, json));
		return;
	}
	CHECK(json_js_number(json, &a));
	if (json_js_number(have, &b))
		CHECK(a == b);
}

static void check_node(struct reading *, const yaml_node_t *, struct span json);

static void
check_list(struct reading *reading, const yaml_node_t *node, struct span json)
{
	struct walk walk = walk_start(json);
	yaml_node_item_t *item = node->data.sequence.items.start;
	struct span name, value;

	CHECK(node->type == YAML_SEQUENCE_NODE);
	for (; walk_next(&walk, &name, &value); item++) {
		CHECK(item < node->data.sequence.items.top);
		check_node(reading,
		    yaml_document_get_node(&reading->doc, *item), value);
	}
	CHECK(item == node->data.sequence.items.top);
}

static void
check_object(struct reading *reading, const yaml_node_t *node, struct span json)
{
	struct walk walk = walk_start(json);
	yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	struct span name, value;

	CHECK(node->type == YAML_MAPPING_NODE);
	for (; walk_next(&walk, &name, &value); pair++) {
		CHECK(pair < node->data.mapping.pairs.top);
		check_scalar(reading,
		    yaml_document_get_node(&reading->doc, pair->key), name);
		check_node(reading,
		    yaml_document_get_node(&reading->doc, pair->value), value);
	}
	CHECK(pair == node->data.mapping.pairs.top);
}

static void
check_node(struct reading *reading, const yaml_node_t *node, struct span json)
{
	CHECK(node != NULL);
	if (walk_is_list(json))
		check_list(reading, node, json);
	else if (walk_is_object(json))
		check_object(reading, node, json);
	else
		check_scalar(reading, node, json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span text, json = fuzz_rows(arena, data, size, &text);
	struct reading reading;
	yaml_parser_t parser;
	struct rows rows;
	struct buf out;
	int loaded;

	buf_init(&out, FUZZ_OUT_MAX);
	rows_of_json(&rows, json, FUZZ_OUT_MAX);
	buf_init(&reading.text, FUZZ_OUT_MAX);
	export_yaml(&rows, &out);
	CHECK(!out.over);
	CHECK(yaml_parser_initialize(&parser));
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)out.p, out.n);
	loaded = yaml_parser_load(&parser, &reading.doc);
	if (!loaded)
		fprintf(stderr, "%s\n", parser.problem);
	CHECK(loaded);
	check_node(&reading, yaml_document_get_root_node(&reading.doc), json);
	yaml_document_delete(&reading.doc);
	yaml_parser_delete(&parser);
	buf_release(&reading.text);
	rows_release(&rows);
	buf_release(&out);
	arena_free(arena);
	return 0;
}
