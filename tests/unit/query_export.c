/* Exports, byte for byte. The expected texts were written by the libraries
 * whose layout clients know (js-yaml, js2xmlparser, json2csv); random YAML is
 * read back with libyaml. */
#include "query_help.h"
#include "rows_help.h"

#include <stdio.h>
#include <time.h>

#include <yaml.h>

#include "query/run.h"
#include "query/walk.h"

struct export_case {
	const char *json, *text;
};

static const struct export_case yamls[] = {
    {"[]", "[]\n"},
    {"{}", "{}\n"},
    {"[{}]", "- {}\n"},
    {"[{\"id\":1,\"name\":\"Alpha\",\"tags\":[\"a\",\"b\"],\"none\":[],\""
     "o\":{},\"n\":null,\"t\":true}]",
	"- id: 1\n  name: Alpha\n  tags:\n    - a\n    - b\n  none: []\n  o:"
	" {}\n  'n': null\n  t: true\n"},
    {"[{\"a\":{\"b\":[1,[2,3],{\"c\":4}]}}]",
	"- a:\n    b:\n      - 1\n      - - 2\n        - 3\n      - c: 4\n"},
    {"[{\"l\":[[],[[]],{}]}]", "- l:\n    - []\n    - - []\n    - {}\n"},
    {"{\"s\":[\"\",\"a\",\"true\",\"null\",\"~\",\"1\",\"1.5\",\"0x1F\","
     "\"1_000\",\".5\",\"-\",\"- a\",\"a: b\",\"a:\",\"a #b\",\"a#b\",\":"
     " a\",\"#a\",\"[a]\",\"{a}\",\"a,b\",\"it's\",\"\\\"q\\\"\",\"'q'\","
     "\"yes\",\"No\",\"12:30\",\"2021-01-24\",\"2021-01-24T10:00:00Z\",\""
     "<<\",\"&a\",\"*a\",\"!a\",\"%a\",\"@a\",\"`a\",\"|\",\"> a\",\"\? a"
     "\",\"=a\",\" lead\",\"trail \",\"https://a.b/\?c=d&e#f\",\"\303\274"
     " \342\234\223\",\"\360\237\230\200\",\"1e5\",\"1e\",\"+1\",\".inf\""
     ",\".nan\",\"_1\",\"1_\"]}",
	"s:\n  - ''\n  - a\n  - 'true'\n  - 'null'\n  - '~'\n  - '1'\n  - '1"
	".5'\n  - '0x1F'\n  - '1_000'\n  - '.5'\n  - '-'\n  - '- a'\n  - 'a:"
	" b'\n  - 'a:'\n  - 'a #b'\n  - a#b\n  - ': a'\n  - '#a'\n  - '[a]'"
	"\n  - '{a}'\n  - a,b\n  - it's\n  - '\"q\"'\n  - '''q'''\n  - 'yes'"
	"\n  - 'No'\n  - '12:30'\n  - '2021-01-24'\n  - '2021-01-24T10:00:00"
	"Z'\n  - '<<'\n  - '&a'\n  - '*a'\n  - '!a'\n  - '%a'\n  - '@a'\n  -"
	" '`a'\n  - '|'\n  - '> a'\n  - '\? a'\n  - '=a'\n  - ' lead'\n  - '"
	"trail '\n  - https://a.b/\?c=d&e#f\n  - \303\274 \342\234\223\n  - "
	"\360\237\230\200\n  - '1e5'\n  - 1e\n  - '+1'\n  - '.inf'\n  - '.na"
	"n'\n  - _1\n  - 1_\n"},
    {"{\"s\":[\"tab\\there\",\"cr\\r\",\"\\u0000\\u0007\\u001b\177\",\""
     "\302\205\302\240\342\200\250\342\200\251\357\273\277\",\"back\\\\sl"
     "ash\\t\\\"\"]}",
	"s:\n  - \"tab\\there\"\n  - \"cr\\r\"\n  - \"\\0\\a\\e\\x7F\"\n  - "
	"\"\\N\\_\\L\\P\\uFEFF\"\n  - \"back\\\\slash\\t\\\"\"\n"},
    {"{\"s\":[\"a\\nb\",\"a\\n\",\"a\\n\\n\",\"\\n\",\"\\n\\n\",\"\\na\","
     "\"  a\\nb\",\"\\n  a\",\"a\\n  b\\nc\",\"a\\n\\n\\nb\"]}",
	"s:\n  - |-\n    a\n    b\n  - |\n    a\n  - |+\n    a\n\n  - |+\n\n"
	"  - |+\n\n\n  - |-\n\n    a\n  - |2-\n      a\n    b\n  - |2-\n\n  "
	"    a\n  - |-\n    a\n      b\n    c\n  - |-\n    a\n\n\n    b\n"},
    {"{\"long\":\"word word word word word word word word word word word "
     "word word word word word word word word word word word word word wo"
     "rd word word word word word word word word word word word\",\"url\""
     ":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",\"two\":\"word word word wor"
     "d word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word wo"
     "rd word word word word word\\nword word word word word word word wo"
     "rd word word word word word word word word word word word word word"
     " word word word word word word word word word word word word word w"
     "ord word\\n\",\"ind\":\"word word word word word word word word wor"
     "d word word word word word word word word word word word word word "
     "word word word word word word word word word word word word word wo"
     "rd\\n  word word word word word word word word word word word word "
     "word word word word word word word word word word word word word wo"
     "rd word word word word word word word word word word\\n\\nend\",\"l"
     "ead\":\" word word word word word word word word word word word wor"
     "d word word word word word word word word word word word word word "
     "word word word word word word word word word word word\"}",
	"long: >-\n  word word word word word word word word word word word "
	"word word word word\n  word word word word word word word word word"
	" word word word word word word\n  word word word word word word\nur"
	"l: >-\n  xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\ntwo: >\n  word word wor"
	"d word word word word word word word word word word word word\n  wo"
	"rd word word word word word word word word word word word word word"
	" word\n  word word word word word word\n\n  word word word word wor"
	"d word word word word word word word word word word\n  word word wo"
	"rd word word word word word word word word word word word word\n  w"
	"ord word word word word word\nind: >-\n  word word word word word w"
	"ord word word word word word word word word word\n  word word word "
	"word word word word word word word word word word word word\n  word"
	" word word word word word\n    word word word word word word word w"
	"ord word word word word word word word word word word word word wor"
	"d word word word word word word word word word word word word word "
	"word word\n\n  end\nlead: ' word word word word word word word word"
	" word word word word word word word word word word word word word w"
	"ord word word word word word word word word word word word word wor"
	"d word'\n"},
    {"{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":\"word word word word word word "
     "word word word word word word word word word word word word\"}}}}}",
	"a:\n  b:\n    c:\n      d:\n        e: >-\n          word word word"
	" word word word word word word word word word word word\n          "
	"word word word word\n"},
    {"{\"1\":3,\"true\":1,\"a b\":2,\"\":4,\"a\\nb\":5,\"x: y\":6}",
	"'1': 3\n'true': 1\na b: 2\n'': 4\n\"a\\nb\": 5\n'x: y': 6\n"},
    {"{\"n\":[0,-5,1.5,1e+21,1e-7,1.5e-9,100000]}",
	"'n':\n  - 0\n  - -5\n  - 1.5\n  - 1e+21\n  - 1.e-7\n  - 1.5e-9\n  -"
	" 100000\n"},
    {"{\"big\":[9007199254740993,-9223372036854775808,9223372036854775808]}",
	"big:\n  - 9007199254740993\n  - -9223372036854775808\n"
	"  - 9223372036854776000\n"},
};

static const struct export_case xmls[] = {
    {"[]", "<\?xml version='1.0'\?>\n<data/>"},
    {"{}", "<\?xml version='1.0'\?>\n<data/>"},
    {"[{}]", "<\?xml version='1.0'\?>\n<data>\n    <data/>\n</data>"},
    {"[{\"id\":1,\"name\":\"A & B < C > D \\\"q\\\" 'q'\",\"e\":\"\",\"n"
     "\":null,\"t\":true,\"l\":[\"a\",\"\"],\"none\":[],\"o\":{},\"oe\":{"
     "\"x\":[]},\"nest\":[[\"a\"],[\"b\",[\"c\"]]],\"oo\":{\"p\":{\"q\":1"
     ".5}}}]",
	"<\?xml version='1.0'\?>\n<data>\n    <data>\n        <id>1</id>\n  "
	"      <name>A &amp; B &lt; C > D \"q\" 'q'</name>\n        <e/>\n  "
	"      <n>null</n>\n        <t>true</t>\n        <l>a</l>\n        <"
	"l/>\n        <o/>\n        <oe/>\n        <nest>a</nest>\n        <"
	"nest>b</nest>\n        <nest>c</nest>\n        <oo>\n            <p"
	">\n                <q>1.5</q>\n            </p>\n        </oo>\n   "
	" </data>\n</data>"},
    {"[{\"c\":\"a]]>b\"},{\"w\":\"  \"}]",
	"<\?xml version='1.0'\?>\n<data>\n    <data>\n        <c>a]]&gt;b</c"
	">\n    </data>\n    <data>\n        <w>  </w>\n    </data>\n</data>"},
    {"{\"big\":9007199254740993}",
	"<\?xml version='1.0'\?>\n<data>\n    <big>9007199254740993</big>\n"
	"</data>"},
    {"{\"nl\":\"a\\nb\\tc\\rd\",\"\303\274\":\"\342\234\223\"}",
	"<\?xml version='1.0'\?>\n<data>\n    <nl>a\nb\tc\rd</nl>\n    <\303"
	"\274>\342\234\223</\303\274>\n</data>"},
};

static const struct export_case csvs[] = {
    {"[]", ""},
    {"[{}]", ""},
    {"[{\"id\":1,\"name\":\"A,\\\"B\\\"\\nC\",\"t\":true,\"f\":1.5,\"n\":"
     "null,\"e\":\"\",\"l\":[\"x\",\"y\"],\"el\":[],\"eo\":{},\"o\":{\"a"
     "\":1,\"b\":{\"c\":\"d\",\"e\":{}}}},{\"id\":2,\"o\":[1],\"z\":\"las"
     "t\"}]",
	"\"id\",\"name\",\"t\",\"f\",\"n\",\"e\",\"l\",\"el\",\"eo\",\"o.a\""
	",\"o.b.c\",\"o.b.e\",\"o\",\"z\"\n1,\"A,\"\"B\"\"\nC\",true,1.5,,\""
	"\",\"[\"\"x\"\",\"\"y\"\"]\",\"[]\",\"{}\",1,\"d\",\"{}\",,\n2,,,,,"
	",,,,,,,\"[1]\",\"last\""},
    {"[{\"a\":null},{\"a\":1}]", "\"a\"\n1"},
    {"{\"a\":1}", "\"a\"\n1"},
    {"[{\"a.b\":1,\"a\":{\"c\":2}}]", "\"a.b\",\"a.c\"\n1,2"},
    {"[{\"n\":1e+21},{\"n\":1e-7}]", "\"n\"\n1e+21\n1e-7"},
    {"[{\"big\":9007199254740993}]", "\"big\"\n9007199254740993"},
};

static const struct export_case jsons[] = {
    {"[]", "[]"},
    {"{}", "{}"},
    {"[{}]", "[\n\t{}\n]"},
    {"[{\"a\":[],\"b\":{},\"c\":[1,{\"d\":null}],\"e\":\"x\\ny\"}]",
	"[\n\t{\n\t\t\"a\": [],\n\t\t\"b\": {},\n\t\t\"c\": [\n\t\t\t1,\n\t"
	"\t\t{\n\t\t\t\t\"d\": null\n\t\t\t}\n\t\t],\n\t\t\"e\": \"x\\ny\"\n"
	"\t}\n]"},
};

typedef enum err export_function(struct span, struct buf *, struct fault *);

enum { BYTES_MAX = 1 << 20 };

static enum err
to_yaml(struct span json, struct buf *out, struct fault *fault)
{
	struct rows rows;

	(void)fault;
	rows_of_json(&rows, json, BYTES_MAX);
	export_yaml(&rows, out);
	rows_release(&rows);
	return ERR_NONE;
}

static enum err
to_xml(struct span json, struct buf *out, struct fault *fault)
{
	struct rows rows;
	enum err err;

	rows_of_json(&rows, json, BYTES_MAX);
	err = export_xml(&rows, out, fault);
	rows_release(&rows);
	return err;
}

static enum err
to_csv(struct span json, struct buf *out, struct fault *fault)
{
	struct rows rows;
	enum err err;

	(void)fault;
	rows_of_json(&rows, json, BYTES_MAX);
	err = export_csv(&rows, out);
	rows_release(&rows);
	return err;
}

static enum err
to_json(struct span json, struct buf *out, struct fault *fault)
{
	struct rows rows;

	(void)fault;
	rows_of_json(&rows, json, BYTES_MAX);
	export_json(&rows, out);
	rows_release(&rows);
	return ERR_NONE;
}

static void
check_exports(
    export_function *export, const struct export_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct buf out;

		buf_init(&out, 1 << 20);
		assert_int_equal(
		    export(span_of(cases[i].json), &out, NULL), ERR_NONE);
		if (!span_is(buf_view(&out), cases[i].text))
			fail_msg("%s\n--- want\n%s\n--- have\n%.*s",
			    cases[i].json, cases[i].text,
			    SPAN_FMT(buf_view(&out)));
		buf_release(&out);
	}
}

static void
layouts(void **state)
{
	(void)state;
	check_exports(to_yaml, yamls, COUNT_OF(yamls));
	check_exports(to_xml, xmls, COUNT_OF(xmls));
	check_exports(to_csv, csvs, COUNT_OF(csvs));
	check_exports(to_json, jsons, COUNT_OF(jsons));
}

/* What XML cannot hold is told. */
static void
xml_refusals(void **state)
{
	static const struct export_case cases[] = {
	    {"[{\"a b\":1}]",
		BAD("\"a b\" can't be the name of an XML element")},
	    {"[{\"\":1}]", BAD("\"\" can't be the name of an XML element")},
	    {"[{\"1\":1}]", BAD("\"1\" can't be the name of an XML element")},
	    {"[{\"\303\227\":1}]",
		BAD("\"\303\227\" can't be the name of an XML element")},
	    {"[{\"a\342\200\277\":1,\"\342\200\277\":2}]",
		BAD("\"\342\200\277\" can't be the name of an XML element")},
	    {"[{\"a\":\"\357\277\276\"}]",
		BAD("A text has characters that XML can't hold")},
	    {"[{\"a\":\"\\u0001\"}]",
		BAD("A text has characters that XML can't hold")},
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;

		step_begin(&step);
		assert_int_equal(
		    to_xml(span_of(cases[i].json), &step.out, &step.fault),
		    ERR_QUERY);
		assert_string_equal(step_faults(&step), cases[i].text);
		step_end(&step);
	}
}

/* A random value as compact JSON. */
static void
put_random(unsigned *seed, int depth, struct buf *out)
{
	static const char *const texts[] = {"a", "", " ", "true", "1", "-",
	    "- x", "a: b", "#", "x #y", "\n", "a\nb", "a\n", " a\n b", "'",
	    "\"", "\t", "\r", "\x7f", "\xc3\xbc", "\xf0\x9f\x98\x80", "\\",
	    "word word word word word word word word word word word word word "
	    "word word word word word word",
	    "?", ":", "[", "{", "&", "*", "!", "|", ">", "%", "@", "`", ",",
	    "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf", "---", "...",
	    "2021-"
	    "01-01",
	    "~", "null", "<<", "="};
	int kind = rand_r(seed) % (depth > 0 ? 8 : 5);
	bool object = kind == 7;

	if (kind < 5) {
		struct buf text;

		buf_init(&text, 4096);
		for (int n = rand_r(seed) % 4; n >= 0; n--)
			buf_text(&text,
			    texts[(size_t)rand_r(seed) % COUNT_OF(texts)]);
		json_put_string(out, buf_view(&text));
		buf_release(&text);
		return;
	}
	buf_char(out, object ? '{' : '[');
	for (int i = 0, n = rand_r(seed) % 4; i < n; i++) {
		if (i)
			buf_char(out, ',');
		if (object)
			buf_printf(out, "\"k%d\":", i);
		put_random(seed, depth - 1, out);
	}
	buf_char(out, object ? '}' : ']');
}

/* A YAML tree, all scalars of which were texts, as compact JSON. */
static void
put_yaml_node(yaml_document_t *doc, yaml_node_t *node, struct buf *out)
{
	if (node->type == YAML_SCALAR_NODE) {
		json_put_string(out, span_make(node->data.scalar.value,
					 node->data.scalar.length));
		return;
	}
	if (node->type == YAML_SEQUENCE_NODE) {
		buf_char(out, '[');
		for (yaml_node_item_t *item = node->data.sequence.items.start;
		     item < node->data.sequence.items.top; item++) {
			if (item > node->data.sequence.items.start)
				buf_char(out, ',');
			put_yaml_node(
			    doc, yaml_document_get_node(doc, *item), out);
		}
		buf_char(out, ']');
		return;
	}
	buf_char(out, '{');
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		if (pair > node->data.mapping.pairs.start)
			buf_char(out, ',');
		put_yaml_node(doc, yaml_document_get_node(doc, pair->key), out);
		buf_char(out, ':');
		put_yaml_node(
		    doc, yaml_document_get_node(doc, pair->value), out);
	}
	buf_char(out, '}');
}

static void
check_read_back(struct span json, unsigned seed)
{
	yaml_parser_t parser;
	yaml_document_t doc;
	struct buf text, back;

	buf_init(&text, 1 << 20);
	buf_init(&back, 1 << 20);
	assert_int_equal(to_yaml(json, &text, NULL), ERR_NONE);
	assert_true(yaml_parser_initialize(&parser));
	yaml_parser_set_input_string(
	    &parser, (const unsigned char *)text.p, text.n);
	if (!yaml_parser_load(&parser, &doc))
		fail_msg("seed %u: %s in\n%s\nfrom %.*s", seed, parser.problem,
		    text.p, SPAN_FMT(json));
	put_yaml_node(&doc, yaml_document_get_root_node(&doc), &back);
	if (!span_eq(buf_view(&back), json))
		fail_msg("seed %u: %.*s became\n%s\nand %s", seed,
		    SPAN_FMT(json), text.p, back.p);
	yaml_document_delete(&doc);
	yaml_parser_delete(&parser);
	buf_release(&text);
	buf_release(&back);
}

static void
yaml_reads_back(void **state)
{
	unsigned seed = (unsigned)time(NULL), start = seed;

	(void)state;
	printf("# seed %u\n", start);
	for (int i = 0; i < 3000; i++) {
		struct buf json;

		buf_init(&json, 1 << 20);
		buf_char(&json, '['); /* an answer is never a bare text */
		put_random(&seed, 3, &json);
		buf_char(&json, ']');
		check_read_back(buf_view(&json), start);
		buf_release(&json);
	}
}

/* The whole way, with the name of the file: hours, minutes, seconds are not padded. */
static void
dispositions(void **state)
{
	static const struct {
		const char *export, *type;
	} cases[] = {
	    {"csv", "text/csv; charset=utf-8"},
	    {"json", "application/json; charset=utf-8"},
	    {"xml", "text/xml; charset=utf-8"},
	    {"yaml", "text/yaml; charset=utf-8"},
	};
	struct query_context context = {.now_ms = NOW_MS + 65000};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct step step;
		struct query *query;
		struct query_run *run;
		const char *type, *disposition, *wanted;

		step_begin(&step);
		assert_int_equal(query_parse_text(step.arena,
				     span_of(arena_printf(step.arena,
					 "export=%s", cases[i].export)),
				     &query, &step.fault),
		    ERR_NONE);
		assert_int_equal(query_bind(step.arena, query, &schema_webhooks,
				     &context, QUERY_LIST, &run, &step.fault),
		    ERR_NONE);
		assert_int_equal(query_finish(run, false, false, &step.out,
				     &type, &disposition, &step.fault),
		    ERR_NONE);
		wanted = arena_printf(step.arena,
		    "attachment; filename=\"directus_webhooks "
		    "20210301-1215.%s\"",
		    cases[i].export);
		assert_string_equal(disposition, wanted);
		assert_string_equal(type, cases[i].type);
		step_end(&step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(layouts),
	    cmocka_unit_test(xml_refusals),
	    cmocka_unit_test(yaml_reads_back),
	    cmocka_unit_test(dispositions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
