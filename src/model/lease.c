/* Messages between owner and dispatcher as records of common/pack.h. Each
 * starts with a format byte, so that programs of different versions notice
 * each other. Reading takes any bytes and refuses what is out of shape. */
#include "model/lease.h"

#include <assert.h>
#include <string.h>

#include "common/digest.h"

/* REPORT_FORMAT is that of stored attempts, too: 1 had headers that were not
 * shortened, which are read as those that are. Jobs are never stored. */
enum { LEASE_FORMAT = 1, JOB_FORMAT = 2, REPORT_FORMAT = 2 };
/* Bits of a job's flag byte: part of the format, append only. */
enum {
	JOB_WITH_DATA = 1 << 0,
	JOB_HUB_SIGNATURE = 1 << 1,
	JOB_ED25519 = 1 << 2,
	JOB_CLOUDEVENTS = 1 << 3,
	JOB_VERIFY_TLS = 1 << 4,
	JOB_TEST = 1 << 5
};

/* Both sides come from one installation; after an upgrade of one of them the
 * other is told so instead of misreading. */
static enum err
check_formats(struct unpack *in, uint8_t oldest, uint8_t known)
{
	uint8_t format = unpack_u8(in);

	if (in->bad || format == 0)
		return ERR_DAMAGED;
	return format >= oldest && format <= known ? ERR_NONE : ERR_FORMAT;
}

static enum err
check_format(struct unpack *in, uint8_t known)
{
	return check_formats(in, known, known);
}

void
lease_request_pack(const struct lease_request *request, struct buf *out)
{
	pack_u8(out, LEASE_FORMAT);
	pack_span(out, span_make(request->session, LEASE_SESSION_BYTES));
	pack_u32(out, request->want);
	pack_i64(out, request->wait_ms);
	pack_u32(out, (uint32_t)request->holding_count);
	for (size_t i = 0; i < request->holding_count; i++)
		pack_i64(out, request->holding[i]);
}

enum err
lease_request_unpack(
    struct arena *arena, struct span message, struct lease_request *request)
{
	struct unpack in = unpack_start(message);
	struct span session;
	int64_t *holding;
	uint32_t count;
	enum err err = check_format(&in, LEASE_FORMAT);

	if (err != ERR_NONE)
		return err;
	session = unpack_span(&in);
	*request = (struct lease_request){0};
	request->want = unpack_u32(&in);
	request->wait_ms = unpack_i64(&in);
	count = unpack_u32(&in);
	/* The count must be just what follows: nothing is allocated on a mere
	 * promise. */
	if (in.bad || session.n != LEASE_SESSION_BYTES ||
	    count != in.rest.n / sizeof(int64_t) || request->wait_ms < 0)
		return ERR_DAMAGED;
	memcpy(request->session, session.p, LEASE_SESSION_BYTES);
	holding = arena_array(arena, count, sizeof(*holding));
	for (uint32_t i = 0; i < count; i++)
		holding[i] = unpack_i64(&in);
	request->holding = holding;
	request->holding_count = count;
	return unpack_done(&in) ? ERR_NONE : ERR_DAMAGED;
}

void
lease_job_pack(const struct lease_job *job, struct buf *out)
{
	unsigned flags = (job->with_data ? JOB_WITH_DATA : 0u) |
			 (job->hub_signature ? JOB_HUB_SIGNATURE : 0u) |
			 (job->ed25519 ? JOB_ED25519 : 0u) |
			 (job->cloudevents ? JOB_CLOUDEVENTS : 0u) |
			 (job->verify_tls ? JOB_VERIFY_TLS : 0u) |
			 (job->test ? JOB_TEST : 0u);

	pack_u8(out, JOB_FORMAT);
	pack_i64(out, job->delivery);
	pack_i64(out, job->webhook);
	pack_i64(out, job->token);
	pack_span(out, job->message_id);
	pack_u32(out, job->attempt);
	pack_i64(out, job->until_ms);
	pack_span(out, job->method);
	pack_span(out, job->url);
	pack_span(out, job->body);
	for (size_t i = 0; i < SECRET_IN_FORCE_MAX; i++) {
		pack_span(out, job->secrets[i].text);
		pack_span(out, job->secrets[i].seed);
	}
	pack_u32(out, job->timeout_ms);
	pack_u8(out, (uint8_t)flags);
	pack_span(out, job->success);
	pack_span(out, job->event_type);
	pack_i64(out, job->created_ms);
	pack_u32(out, (uint32_t)job->header_count);
	for (size_t i = 0; i < job->header_count; i++) {
		pack_span(out, job->headers[i].name);
		pack_span(out, job->headers[i].value);
	}
}

static void
unpack_flags(uint8_t flags, struct lease_job *job)
{
	job->with_data = flags & JOB_WITH_DATA;
	job->hub_signature = flags & JOB_HUB_SIGNATURE;
	job->ed25519 = flags & JOB_ED25519;
	job->cloudevents = flags & JOB_CLOUDEVENTS;
	job->verify_tls = flags & JOB_VERIFY_TLS;
	job->test = flags & JOB_TEST;
}

static enum err
unpack_headers(struct arena *arena, struct unpack *in, struct lease_job *job)
{
	uint32_t count = unpack_u32(in);

	/* Two lengths of four bytes each at least. */
	if (in->bad || count > in->rest.n / 8)
		return ERR_DAMAGED;
	job->headers = arena_array(arena, count, sizeof(job->headers[0]));
	job->header_count = count;
	for (uint32_t i = 0; i < count; i++) {
		job->headers[i].name = unpack_span(in);
		job->headers[i].value = unpack_span(in);
	}
	return in->bad ? ERR_DAMAGED : ERR_NONE;
}

static void
unpack_secrets(struct unpack *in, struct lease_job *job)
{
	for (size_t i = 0; i < SECRET_IN_FORCE_MAX; i++) {
		struct secret_pair *s = &job->secrets[i];

		s->text = unpack_span(in);
		s->seed = unpack_span(in);
		if (s->seed.n > 0 && s->seed.n != DIGEST_ED25519_KEY_BYTES)
			in->bad = true;
	}
}

enum err
lease_job_unpack(
    struct arena *arena, struct unpack *in, struct lease_job *job, bool *more)
{
	enum err err;

	/* Jobs follow each other to the end of the answer, uncounted. */
	*more = in->rest.n > 0 && !in->bad;
	if (!*more)
		return in->bad ? ERR_DAMAGED : ERR_NONE;
	err = check_format(in, JOB_FORMAT);
	if (err != ERR_NONE)
		return err;
	*job = (struct lease_job){0};
	job->delivery = unpack_i64(in);
	job->webhook = unpack_i64(in);
	job->token = unpack_i64(in);
	job->message_id = unpack_span(in);
	job->attempt = unpack_u32(in);
	job->until_ms = unpack_i64(in);
	job->method = unpack_span(in);
	job->url = unpack_span(in);
	job->body = unpack_span(in);
	unpack_secrets(in, job);
	job->timeout_ms = unpack_u32(in);
	unpack_flags(unpack_u8(in), job);
	job->success = unpack_span(in);
	job->event_type = unpack_span(in);
	job->created_ms = unpack_i64(in);
	return unpack_headers(arena, in, job);
}

void
lease_report_pack(const struct lease_report *report, struct buf *out)
{
	assert(report->outcome < OUTCOME_COUNT);
	pack_u8(out, REPORT_FORMAT);
	pack_i64(out, report->delivery);
	pack_i64(out, report->token);
	pack_u32(out, report->attempt);
	pack_i64(out, report->at_ms);
	pack_u8(out, (uint8_t)report->outcome);
	pack_u32(out, (uint32_t)report->status);
	pack_i64(out, report->retry_after_ms);
	pack_u32(out, report->dns_us);
	pack_u32(out, report->connect_us);
	pack_u32(out, report->tls_us);
	pack_u32(out, report->first_byte_us);
	pack_u32(out, report->total_us);
	pack_span(out, report->url);
	pack_span(out, report->address);
	pack_span(out, report->http_version);
	pack_span(out, report->tls);
	pack_span(out, report->error);
	pack_span(out, report->request_headers);
	pack_span(out, report->response_headers);
	pack_span(out, report->response_body);
	pack_u8(out, report->response_truncated);
}

static void
unpack_texts(struct unpack *in, struct lease_report *report)
{
	report->url = unpack_span(in);
	report->address = unpack_span(in);
	report->http_version = unpack_span(in);
	report->tls = unpack_span(in);
	report->error = unpack_span(in);
	report->request_headers = unpack_span(in);
	report->response_headers = unpack_span(in);
	report->response_body = unpack_span(in);
}

enum err
lease_report_unpack(struct unpack *in, struct lease_report *report, bool *more)
{
	uint8_t outcome;
	uint32_t status;
	enum err err;

	*more = in->rest.n > 0 && !in->bad;
	if (!*more)
		return in->bad ? ERR_DAMAGED : ERR_NONE;
	err = check_formats(in, 1, REPORT_FORMAT);
	if (err != ERR_NONE)
		return err;
	*report = (struct lease_report){0};
	report->delivery = unpack_i64(in);
	report->token = unpack_i64(in);
	report->attempt = unpack_u32(in);
	report->at_ms = unpack_i64(in);
	outcome = unpack_u8(in);
	status = unpack_u32(in);
	report->retry_after_ms = unpack_i64(in);
	report->dns_us = unpack_u32(in);
	report->connect_us = unpack_u32(in);
	report->tls_us = unpack_u32(in);
	report->first_byte_us = unpack_u32(in);
	report->total_us = unpack_u32(in);
	unpack_texts(in, report);
	report->response_truncated = unpack_u8(in) != 0;
	/* Statuses have three digits (RFC 9110, 15). */
	if (in->bad || outcome >= OUTCOME_COUNT || status > 999)
		return ERR_DAMAGED;
	report->outcome = (enum outcome)outcome;
	report->status = (int)status;
	return ERR_NONE;
}
