/* The look at received FastCGI bytes: never reads past them, never says that
 * something is longer than it is, and decides once the window is full. */
#include "http/fcgi_scan.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scan scan = fcgi_scan(span_make(data, size));

	switch (scan.what) {
	case SCAN_MORE:
		CHECK(scan.need > size);
		CHECK(size < SCAN_WINDOW_BYTES);
		break;
	case SCAN_REQUEST:
	case SCAN_ABORTED:
	case SCAN_ROLE:
	case SCAN_MANAGEMENT:
	case SCAN_STRAY:
		CHECK(scan.bytes > 0 && scan.bytes <= size);
		break;
	case SCAN_LARGE:
		CHECK(scan.params);
		break;
	case SCAN_BAD:
		break;
	}
	return 0;
}
