/* Writing the answer: the envelope, meta, or an export (contract 5.3, 7.6,
 * 7.10). */
#include "common/clock.h"
#include "common/json.h"
#include "query/run.h"

enum { ENVELOPE_BYTES_MAX = 1024 };

static const struct {
	const char *extension, *type;
} exports[] = {
    [EXPORT_NONE] = {"", "application/json; charset=utf-8"},
    [EXPORT_CSV] = {"csv", "text/csv; charset=utf-8"},
    [EXPORT_JSON] = {"json", "application/json; charset=utf-8"},
    [EXPORT_XML] = {"xml", "text/xml; charset=utf-8"},
    [EXPORT_YAML] = {"yaml", "text/yaml; charset=utf-8"},
};

static void
put_meta(const struct query_run *run, struct buf *out)
{
	static const char *const names[] = {
	    [META_TOTAL_COUNT] = "\"total_count\":",
	    [META_FILTER_COUNT] = "\"filter_count\":"};

	buf_text(out, "\"meta\":{");
	for (size_t i = 0; i < run->ask->meta_count; i++) {
		enum ask_meta kind = run->ask->meta[i];
		bool total = kind == META_TOTAL_COUNT || run->from_total;

		if (i > 0)
			buf_char(out, ',');
		buf_text(out, names[kind]);
		json_put_i64(out, total ? run->total : run->matched);
	}
	buf_char(out, '}');
}

/* The answer grows around the rows where they are, as they may be many. */
static void
put_envelope(struct query_run *run, bool one, bool meta_first, struct buf *out)
{
	bool meta = run_wants_meta(run, META_TOTAL_COUNT) ||
		    run_wants_meta(run, META_FILTER_COUNT);
	struct buf head;

	buf_init(&head, ENVELOPE_BYTES_MAX);
	buf_char(&head, '{');
	if (meta && meta_first) {
		put_meta(run, &head);
		buf_char(&head, ',');
	}
	buf_text(&head, one ? "\"data\":" : "\"data\":[");
	if (one && run->rows.n == 0)
		buf_text(&run->rows, "null");
	buf_prepend(&run->rows, buf_view(&head));
	if (!one)
		buf_char(&run->rows, ']');
	if (meta && !meta_first) {
		buf_char(&run->rows, ',');
		put_meta(run, &run->rows);
	}
	buf_char(&run->rows, '}');
	buf_move(out, &run->rows);
	buf_release(&head);
}

/* Hours, minutes and seconds are not padded (contract 7.10). */
static const char *
disposition_of(const struct query_run *run)
{
	struct clock_civil at;

	clock_split(run->now_ms, &at);
	return arena_printf(run->arena,
	    "attachment; filename=\"%.*s %lld%02d%02d-%d%d%d.%s\"",
	    SPAN_FMT(run->schema->name), (long long)at.year, at.month, at.day,
	    at.hour, at.minute, at.second, exports[run->ask->export].extension);
}

static enum err
put_export(struct query_run *run, bool one, struct buf *out,
    const char **disposition, struct fault *fault)
{
	struct rows *rows = &run->exported;
	enum err err = ERR_NONE;

	rows->one = one;
	switch (run->ask->export) {
	case EXPORT_CSV:
		err = export_csv(rows, out);
		break;
	case EXPORT_JSON:
		export_json(rows, out);
		break;
	case EXPORT_XML:
		err = export_xml(rows, out, fault);
		break;
	case EXPORT_YAML:
		export_yaml(rows, out);
		break;
	case EXPORT_NONE:
		break;
	}
	if (!err)
		err = rows->spool.err;
	*disposition = disposition_of(run);
	return err;
}

enum err
query_finish(struct query_run *run, bool one, bool meta_first, struct buf *out,
    const char **type, const char **disposition, struct fault *fault)
{
	enum err err;

	query_shown(run);
	*type = exports[run->ask->export].type;
	*disposition = NULL;
	err = run_failure(run, fault);
	if (!err && run->ask->export)
		err = put_export(run, one, out, disposition, fault);
	else if (!err)
		put_envelope(run, one, meta_first, out);
	query_release(run);
	return err;
}
