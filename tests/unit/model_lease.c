/* Messages between owner and dispatcher: whole, cut and spoilt. */
#include "model_help.h"

#include "model/lease.h"

static const int64_t holding[] = {5, -1, INT64_MAX};
static const struct lease_request request = {
    .session = {1, 2, 3, [15] = 255},
    .want = 7,
    .wait_ms = 25000,
    .holding = holding,
    .holding_count = COUNT_OF(holding),
};

#define SEED "0123456789abcdefghijklmnopqrstuv"

static struct lease_job
job_make(struct lease_header *headers)
{
	headers[0] = (struct lease_header){SPAN("X-A"), SPAN("1")};
	headers[1] = (struct lease_header){SPAN("X-B"), SPAN("")};
	return (struct lease_job){
	    .delivery = 1,
	    .webhook = 2,
	    .token = -3,
	    .message_id = SPAN("msg_1"),
	    .attempt = 4,
	    .until_ms = 5,
	    .method = SPAN("POST"),
	    .url = SPAN("https://a.example/"),
	    .with_data = true,
	    .body = SPAN("{\0}"),
	    .secrets = {{SPAN("whsec_a"), SPAN(SEED)}},
	    .timeout_ms = 6,
	    .ed25519 = true,
	    .test = true,
	    .success = SPAN("2xx,301"),
	    .event_type = SPAN("items.create"),
	    .created_ms = 7,
	    .headers = headers,
	    .header_count = 2,
	};
}

static const struct lease_report report = {
    .delivery = 1,
    .token = 2,
    .attempt = 3,
    .at_ms = -4,
    .outcome = OUTCOME_ABORTED,
    .status = 503,
    .retry_after_ms = -1,
    .dns_us = 5,
    .connect_us = 6,
    .tls_us = 7,
    .first_byte_us = 8,
    .total_us = UINT32_MAX,
    .url = {"u", 1},
    .address = {"a", 1},
    .http_version = {"1.1", 3},
    .tls = {"", 0},
    .error = {"e", 1},
    .request_headers = {"[]", 2},
    .response_headers = {"[{}]", 4},
    .response_body = {"\0\xff", 2},
    .response_truncated = true,
};

static void
test_request(void **state)
{
	struct step step;
	struct lease_request back;

	(void)state;
	step_begin(&step);
	lease_request_pack(&request, &step.out);
	assert_int_equal(
	    lease_request_unpack(step.arena, buf_view(&step.out), &back),
	    ERR_NONE);
	assert_memory_equal(back.session, request.session, LEASE_SESSION_BYTES);
	assert_int_equal(back.want, 7);
	assert_int_equal(back.wait_ms, 25000);
	assert_int_equal(back.holding_count, COUNT_OF(holding));
	assert_memory_equal(back.holding, holding, sizeof(holding));
	step_end(&step);
}

static void
test_jobs(void **state)
{
	struct step step;
	struct lease_header headers[2];
	struct lease_job job = job_make(headers), back;
	struct unpack in;
	bool more;

	(void)state;
	step_begin(&step);
	lease_job_pack(&job, &step.out);
	lease_job_pack(&job, &step.out);
	in = unpack_start(buf_view(&step.out));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    lease_job_unpack(step.arena, &in, &back, &more), ERR_NONE);
		assert_true(more);
		assert_int_equal(back.token, -3);
		assert_true(span_eq(back.body, job.body));
		assert_true(span_eq(back.url, job.url));
		assert_true(span_eq(back.success, job.success));
		assert_true(span_is(back.secrets[0].text, "whsec_a"));
		assert_true(span_is(back.secrets[0].seed, SEED));
		assert_int_equal(back.secrets[1].text.n, 0);
		assert_int_equal(back.secrets[1].seed.n, 0);
		assert_true(back.with_data && back.ed25519 && back.test);
		assert_false(
		    back.hub_signature || back.cloudevents || back.verify_tls);
		assert_int_equal(back.header_count, 2);
		assert_true(span_is(back.headers[1].name, "X-B"));
		assert_int_equal(back.created_ms, 7);
	}
	assert_int_equal(
	    lease_job_unpack(step.arena, &in, &back, &more), ERR_NONE);
	assert_false(more);
	step_end(&step);
}

/* Jobs without seeds are of another program; half a seed is damage. */
static void
test_job_seeds(void **state)
{
	struct step step;
	struct lease_header headers[2];
	struct lease_job job = job_make(headers), back;
	struct unpack in;
	bool more;

	(void)state;
	step_begin(&step);
	lease_job_pack(&job, &step.out);
	step.out.p[0] = 1;
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(
	    lease_job_unpack(step.arena, &in, &back, &more), ERR_FORMAT);
	buf_clear(&step.out);
	job.secrets[0].seed.n--;
	lease_job_pack(&job, &step.out);
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(
	    lease_job_unpack(step.arena, &in, &back, &more), ERR_DAMAGED);
	step_end(&step);
}

static void
test_report(void **state)
{
	struct step step;
	struct lease_report back;
	struct unpack in;
	bool more;

	(void)state;
	step_begin(&step);
	lease_report_pack(&report, &step.out);
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(lease_report_unpack(&in, &back, &more), ERR_NONE);
	assert_true(more);
	assert_int_equal(back.at_ms, -4);
	assert_int_equal(back.outcome, OUTCOME_ABORTED);
	assert_int_equal(back.status, 503);
	assert_int_equal(back.retry_after_ms, -1);
	assert_int_equal(back.total_us, UINT32_MAX);
	assert_true(span_eq(back.response_body, report.response_body));
	assert_true(span_eq(back.response_headers, report.response_headers));
	assert_true(back.response_truncated);
	assert_int_equal(lease_report_unpack(&in, &back, &more), ERR_NONE);
	assert_false(more);
	step_end(&step);
}

/* All three readers over the same bytes; true when all refuse. */
static bool
all_refuse(struct arena *arena, struct span bytes)
{
	struct lease_request req;
	struct lease_job job;
	struct lease_report rep;
	struct unpack in = unpack_start(bytes);
	bool more;
	int good = 0;

	good += lease_request_unpack(arena, bytes, &req) == ERR_NONE;
	good += lease_job_unpack(arena, &in, &job, &more) == ERR_NONE;
	in = unpack_start(bytes);
	good += lease_report_unpack(&in, &rep, &more) == ERR_NONE;
	return good == 0;
}

static void
test_harm(void **state)
{
	struct step step;
	struct lease_header headers[2];
	struct lease_job job = job_make(headers);

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct span whole;

		step_begin(&step);
		if (kind == 0)
			lease_request_pack(&request, &step.out);
		else if (kind == 1)
			lease_job_pack(&job, &step.out);
		else
			lease_report_pack(&report, &step.out);
		whole = buf_view(&step.out);
		for (size_t n = 1; n < whole.n; n++) {
			char *cut = mem_alloc(n);

			memcpy(cut, whole.p, n);
			assert_true(all_refuse(step.arena, span_make(cut, n)));
			/* every byte spoilt: told or read, no crash */
			cut[n - 1] = (char)0xff;
			(void)all_refuse(step.arena, span_make(cut, n));
			free(cut);
		}
		step_end(&step);
	}
}

static void
test_formats(void **state)
{
	struct step step;
	struct lease_report back;
	struct lease_request req;
	struct unpack in;
	bool more;

	(void)state;
	step_begin(&step);
	lease_report_pack(&report, &step.out);
	step.out.p[0] = 9;
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(lease_report_unpack(&in, &back, &more), ERR_FORMAT);
	step.out.p[0] = 1; /* before headers were shortened */
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(lease_report_unpack(&in, &back, &more), ERR_NONE);
	step.out.p[29] = OUTCOME_COUNT; /* behind 1 + 8 + 8 + 4 + 8 bytes */
	in = unpack_start(buf_view(&step.out));
	assert_int_equal(lease_report_unpack(&in, &back, &more), ERR_DAMAGED);
	buf_clear(&step.out);
	lease_request_pack(&request, &step.out);
	buf_char(&step.out, 'x');
	assert_int_equal(
	    lease_request_unpack(step.arena, buf_view(&step.out), &req),
	    ERR_DAMAGED);
	step_end(&step);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_jobs),
	    cmocka_unit_test(test_job_seeds),
	    cmocka_unit_test(test_report),
	    cmocka_unit_test(test_harm),
	    cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
