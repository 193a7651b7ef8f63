/* Messages between owner and dispatcher, from any bytes: what is read can be
 * written and read again. */
#include "model/lease.h"

#include "fuzz.h"

static void
try_request(struct arena *arena, struct span message)
{
	struct lease_request request = {0}, back = {0};
	struct buf out;

	if (lease_request_unpack(arena, message, &request) != ERR_NONE)
		return;
	buf_init(&out, FUZZ_OUT_MAX);
	lease_request_pack(&request, &out);
	CHECK(lease_request_unpack(arena, buf_view(&out), &back) == ERR_NONE);
	CHECK(back.want == request.want);
	CHECK(back.holding_count == request.holding_count);
	buf_release(&out);
}

static void
try_jobs(struct arena *arena, struct span message)
{
	struct unpack in = unpack_start(message), again;
	struct lease_job job = {0}, back = {0};
	struct buf out;
	bool more;

	buf_init(&out, FUZZ_OUT_MAX);
	while (lease_job_unpack(arena, &in, &job, &more) == ERR_NONE && more) {
		buf_clear(&out);
		lease_job_pack(&job, &out);
		again = unpack_start(buf_view(&out));
		CHECK(
		    lease_job_unpack(arena, &again, &back, &more) == ERR_NONE &&
		    more);
		CHECK(span_eq(back.body, job.body));
		CHECK(back.header_count == job.header_count);
	}
	buf_release(&out);
}

static void
try_reports(struct span message)
{
	struct unpack in = unpack_start(message), again;
	struct lease_report report = {0}, back = {0};
	struct buf out;
	bool more;

	buf_init(&out, FUZZ_OUT_MAX);
	while (lease_report_unpack(&in, &report, &more) == ERR_NONE && more) {
		buf_clear(&out);
		lease_report_pack(&report, &out);
		again = unpack_start(buf_view(&out));
		CHECK(lease_report_unpack(&again, &back, &more) == ERR_NONE &&
		      more);
		CHECK(span_eq(back.response_body, report.response_body));
		CHECK(back.outcome < OUTCOME_COUNT);
	}
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct span message = span_make(data, size);

	try_request(arena, message);
	try_jobs(arena, message);
	try_reports(message);
	arena_free(arena);
	return 0;
}
