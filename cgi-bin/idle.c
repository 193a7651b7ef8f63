/* Leaving when idle: looks at the counters a few times in that while and
 * counts the looks in a row that saw no connection, open or new. A kept
 * connection (a waiting dispatcher) holds the owner; so does any that came
 * and went between two looks. */
#include "idle.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/mem.h"

enum { QUIET_LOOKS = 5 };

struct idle {
	struct serve *serve;
	pthread_t thread;
	int end_fd; /* readable: the serving is over */
	int look_ms;
};

static void *
idle_run(void *arg)
{
	struct idle *idle = arg;
	struct pollfd end = {.fd = idle->end_fd, .events = POLLIN};
	uint64_t accepted = 0;

	for (int quiet = 0; quiet < QUIET_LOOKS;) {
		struct serve_counts now;

		if (poll(&end, 1, idle->look_ms) > 0)
			return NULL;
		serve_count(idle->serve, &now);
		quiet =
		    now.open_now || now.accepted != accepted ? 0 : quiet + 1;
		accepted = now.accepted;
	}
	serve_stop(idle->serve);
	return NULL;
}

struct idle *
idle_watch(struct serve *serve, int64_t idle_ms)
{
	struct idle *idle = mem_alloc(sizeof *idle);

	idle->serve = serve;
	idle->look_ms = (int)(idle_ms / QUIET_LOOKS);
	idle->end_fd = eventfd(0, EFD_CLOEXEC);
	if (idle->end_fd >= 0 &&
	    pthread_create(&idle->thread, NULL, idle_run, idle) == 0)
		return idle;
	if (idle->end_fd >= 0)
		close(idle->end_fd);
	free(idle);
	return NULL;
}

void
idle_free(struct idle *idle)
{
	if (!idle)
		return;
	if (eventfd_write(idle->end_fd, 1) == 0)
		pthread_join(idle->thread, NULL);
	close(idle->end_fd);
	free(idle);
}
