/* The settings file: read whole, or refused with file, line and words. */
#include <sys/mman.h>
#include <unistd.h>

#include "common/conf.h"

#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("conf", MFD_CLOEXEC);
	struct arena *arena = arena_new();
	struct fault fault = {.arena = arena};
	struct conf conf = {0};
	struct buf out;

	CHECK(fd >= 0);
	CHECK(write(fd, data, size) == (ssize_t)size);
	if (conf_load(arena_printf(arena, "/proc/self/fd/%d", fd), "", &conf,
		&fault) == ERR_NONE) {
		CHECK(conf.workers >= 1 && conf.workers <= 256);
		buf_init(&out, FUZZ_OUT_MAX);
		conf_print(&conf, &out);
		CHECK(out.n > 0);
		buf_release(&out);
	} else {
		CHECK(fault.first && fault.first->message[0]);
	}
	conf_release(&conf);
	close(fd);
	arena_free(arena);
	return 0;
}
