/* The lease body runs in the committing thread without a flush; the options'
 * JSON is read here, outside of it. */
#include "api/lend.h"

#include <semaphore.h>

#include "common/clock.h"
#include "common/log.h"

enum { SUCCESS_BYTES_MAX = 512 };

struct lending {
	struct store_job job;
	struct api *api;
	struct arena *arena;
	const struct lease_request *request;
	struct queue_job *jobs;
	size_t count;
	sem_t done;
	enum err result;
};

static enum err
lend_body(struct txn *txn, void *arg)
{
	struct lending *l = arg;

	enum err rc = queue_clock(l->api->queue, txn);

	return rc ? rc
		  : queue_lease(l->api->queue, txn, l->arena, l->request,
			clock_wall_ms(), &l->jobs, &l->count);
}

static void
lend_done(struct store_job *job, enum err result)
{
	struct lending *l = job->arg;

	l->result = result;
	sem_post(&l->done);
}

/* [{"header":"X-A","value":"b"}] as it was checked when it was stored. */
void
lend_read_headers(struct arena *arena, struct span text, struct lease_job *job)
{
	struct js_doc *doc = NULL;
	struct js root, element;
	struct js_iter it;
	struct span none;

	if (js_parse(text, &doc, &root, NULL) || root.type != JS_LIST)
		goto out;
	job->headers =
	    arena_array(arena, js_count(root), sizeof(*job->headers));
	it = js_iter(root);
	while (js_next(&it, &none, &element)) {
		struct lease_header *h = &job->headers[job->header_count++];

		h->name =
		    arena_span(arena, js_string(js_member(element, "header")));
		h->value =
		    arena_span(arena, js_string(js_member(element, "value")));
	}
out:
	js_doc_free(doc);
}

/* ["2xx",304] to 2xx,304. */
static void
read_success(struct arena *arena, struct span text, struct lease_job *job)
{
	struct js_doc *doc = NULL;
	struct js root, element;
	struct js_iter it;
	struct span none;
	struct buf list;

	buf_init(&list, SUCCESS_BYTES_MAX);
	if (js_parse(text, &doc, &root, NULL) || root.type != JS_LIST)
		goto out;
	it = js_iter(root);
	while (js_next(&it, &none, &element)) {
		if (list.n > 0)
			buf_char(&list, ',');
		buf_span(&list, js_as_text(arena, element));
	}
	job->success = arena_span(arena, buf_view(&list));
out:
	buf_release(&list);
	js_doc_free(doc);
}

/* Jobs of one webhook follow each other and share the options' bytes. */
static void
read_options(
    struct arena *arena, const struct queue_job *before, struct queue_job *q)
{
	if (before && before->headers_json.p == q->headers_json.p) {
		q->job.headers = before->job.headers;
		q->job.header_count = before->job.header_count;
	} else if (q->headers_json.n > 0) {
		lend_read_headers(arena, q->headers_json, &q->job);
	}
	if (before && before->success_json.p == q->success_json.p)
		q->job.success = before->job.success;
	else if (q->success_json.n > 0)
		read_success(arena, q->success_json, &q->job);
}

enum err
lend(struct api *api, struct arena *arena, const struct lease_request *request,
    struct buf *out, size_t *count)
{
	struct lending l = {.api = api, .arena = arena, .request = request};

	l.job = (struct store_job){.body = lend_body,
	    .arg = &l,
	    .done = lend_done,
	    .without_flush = true,
	    .reserve = true};
	sem_init(&l.done, 0, 0);
	store_submit(api->store, &l.job);
	while (sem_wait(&l.done) < 0)
		continue;
	sem_destroy(&l.done);
	*count = l.result ? 0 : l.count;
	for (size_t i = 0; i < *count; i++) {
		read_options(arena, i > 0 ? &l.jobs[i - 1] : NULL, &l.jobs[i]);
		lease_job_pack(&l.jobs[i].job, out);
	}
	return l.result;
}
