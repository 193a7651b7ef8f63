/* The serve's life: sets up the epoll set, starts the workers, wakes, ends.
 *
 * Invariants: every descriptor in the set is either a connection's or one of
 * the specials; the stop eventfd is level-triggered and never read, so once
 * posted it ends every worker's loop; the others are edge-triggered and never
 * read either, since each post or expiry is an edge of its own. */
#include "http/serve_edge.h"

#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"

enum {
	STOP_BUDGET_MS = 1000, /* web servers kill soon after SIGTERM */
	STOP_SPARED_MS = 200,  /* of it for what comes after the serving */
	WORKERS_MIN = 2,       /* one may be reading a large body */
	DESCRIPTORS_SPARED = 64
};

#define SPECIAL_GENERATION ((uint64_t)UINT32_MAX << 32)

uint64_t
special_data(unsigned special)
{
	/* slots stay far below */
	return SPECIAL_GENERATION | (UINT32_MAX - special);
}

bool
special_is(uint64_t data, unsigned *special)
{
	*special = UINT32_MAX - (uint32_t)data;
	return data >= SPECIAL_GENERATION && *special < SPECIAL_COUNT;
}

bool
serve_watch(struct serve *s, int fd, uint32_t events, uint64_t data)
{
	struct epoll_event e = {.events = events, .data.u64 = data};

	return epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

void
serve_unwatch(struct serve *s, int fd)
{
	epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

void
serve_post(struct serve *s, enum special special)
{
	uint64_t one = 1;

	(void)!write(s->special_fds[special], &one, sizeof one);
}

static bool
listen_watch(struct serve *s)
{
	bool good = true;

	/* exclusive: the socket may be shared with other processes */
	for (unsigned i = 0; i < atomic_load(&s->listen_count); i++)
		good &= serve_watch(s, s->listen[i].fd,
		    EPOLLIN | EPOLLEXCLUSIVE, special_data(i));
	return good;
}

void
serve_listen_resume(struct serve *s)
{
	s->resume_mono_ms = 0;
	if (!atomic_load(&s->ended))
		listen_watch(s);
}

void
serve_block_signals(void)
{
	static const int ours[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		sigaddset(&set, ours[i]);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
signal_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool
specials_open(struct serve *s)
{
	int *fds = s->special_fds;
	bool good;

	s->signal_fd = signal_open();
	good = s->signal_fd >= 0;
	fds[SPECIAL_STOP] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[SPECIAL_DONE] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	fds[SPECIAL_WAKE] =
	    timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	fds[SPECIAL_SWEEP] =
	    timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	fds[SPECIAL_CLOCK] = clock_watch();
	for (unsigned i = SPECIAL_STOP; i < SPECIAL_COUNT; i++)
		good &= fds[i] >= 0 &&
			serve_watch(s, fds[i],
			    i == SPECIAL_STOP ? EPOLLIN : EPOLLIN | EPOLLET,
			    special_data(i));
	return good;
}

static size_t
conns_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 256;
	if (limit.rlim_cur >= CONN_BLOCK * CONN_BLOCKS_MAX)
		return CONN_BLOCK * CONN_BLOCKS_MAX;
	if (limit.rlim_cur < 3 * DESCRIPTORS_SPARED)
		return DESCRIPTORS_SPARED;
	return (size_t)limit.rlim_cur - DESCRIPTORS_SPARED;
}

static void
listen_add(struct serve *s, int fd, enum door door)
{
	size_t n = atomic_load(&s->listen_count);
	/* several threads, perhaps processes, wait for one accept */
	int flags = fcntl(fd, F_GETFL);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	s->listen[n].fd = fd;
	s->listen[n].door = door;
	atomic_store(&s->listen_count, n + 1);
}

enum err
serve_listen(struct serve *s, int fd, enum door door)
{
	size_t n;
	bool good = false;

	pthread_mutex_lock(&s->lock);
	n = atomic_load(&s->listen_count);
	if (n < SERVE_LISTEN_MAX) {
		listen_add(s, fd, door);
		good = atomic_load(&s->ended) || s->resume_mono_ms > 0 ||
		       serve_watch(s, fd, EPOLLIN | EPOLLEXCLUSIVE,
			   special_data((unsigned)n));
	}
	pthread_mutex_unlock(&s->lock);
	return good ? ERR_NONE : ERR_IO;
}

enum err
serve_new(const struct serve_options *o, struct serve **out)
{
	struct serve *s = mem_alloc(sizeof *s);

	assert(o->listen_count <= SERVE_LISTEN_MAX);
	s->options = *o;
	if (s->options.workers < WORKERS_MIN)
		s->options.workers = WORKERS_MIN;
	s->lane_max = s->options.workers / 2;
	s->conns.max = conns_max();
	s->wake_wall_ms = INT64_MAX;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->left, NULL);
	for (size_t i = 0; i < SPECIAL_COUNT; i++)
		s->special_fds[i] = -1;
	s->signal_fd = -1;
	serve_block_signals();
	fcgi_start();
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	for (size_t i = 0; i < o->listen_count; i++)
		listen_add(s, o->listen[i].fd, o->listen[i].door);
	if (s->epoll_fd < 0 || !specials_open(s) || !listen_watch(s)) {
		serve_free(s);
		return ERR_IO;
	}
	*out = s;
	return ERR_NONE;
}

void
serve_free(struct serve *s)
{
	if (!s || s->stuck)
		return;
	park_free(s);
	conn_table_release(&s->conns);
	for (size_t i = 0; i < SPECIAL_COUNT; i++)
		if (s->special_fds[i] >= 0)
			close(s->special_fds[i]);
	if (s->signal_fd >= 0)
		close(s->signal_fd);
	if (s->epoll_fd >= 0)
		close(s->epoll_fd);
	pthread_cond_destroy(&s->left);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void
serve_stop(struct serve *s)
{
	atomic_store(&s->stopping, true);
	serve_post(s, SPECIAL_STOP);
}

bool
serve_is_ending(const struct serve *s)
{
	return atomic_load(&s->ended);
}

static void
serve_end(struct serve *s)
{
	atomic_store(&s->ended, true);
	/* one that is being added now stands in the list, or sees the end */
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < atomic_load(&s->listen_count); i++)
		serve_unwatch(s, s->listen[i].fd);
	pthread_mutex_unlock(&s->lock);
	if (s->options.ending)
		s->options.ending(s->options.ctx);
	lane_cut(s);
	park_stop(s, false);
}

/* Until the workers have left their loops: false when the budget is over. */
static bool
workers_wait(struct serve *s, int64_t until_mono_ms)
{
	struct timespec until = {
	    .tv_sec = (time_t)(until_mono_ms / 1000),
	    .tv_nsec = (long)(until_mono_ms % 1000) * 1000000,
	};
	int rc = 0;

	pthread_mutex_lock(&s->lock);
	while (s->working > 0 && rc == 0)
		rc = pthread_cond_clockwait(
		    &s->left, &s->lock, CLOCK_MONOTONIC, &until);
	s->stuck = s->working > 0;
	pthread_mutex_unlock(&s->lock);
	return !s->stuck;
}

static struct worker *
workers_start(struct serve *s)
{
	struct worker *ws = mem_array(s->options.workers, sizeof *ws);

	for (size_t i = 0; i < s->options.workers; i++) {
		ws[i].serve = s;
		ws[i].window = mem_alloc(SCAN_WINDOW_BYTES);
	}
	pthread_mutex_lock(&s->lock);
	for (s->working = 0; s->working < s->options.workers; s->working++)
		if (pthread_create(&ws[s->working].thread, NULL, worker_main,
			&ws[s->working]) != 0)
			break;
	s->started = s->working;
	pthread_mutex_unlock(&s->lock);
	if (s->started < s->options.workers)
		log_event(LOG_WARNING, "few_threads", "started=%zu wanted=%zu",
		    s->started, s->options.workers);
	return ws;
}

/* In serve_run's own thread, which is no worker: a signal is heard when all of
 * them hang. */
static void
stop_wait(struct serve *s)
{
	struct pollfd p[] = {
	    {.fd = s->signal_fd, .events = POLLIN},
	    {.fd = s->special_fds[SPECIAL_STOP], .events = POLLIN},
	};

	while (poll(p, 2, -1) <= 0)
		continue;
	if (p[0].revents)
		serve_stop(s);
}

void
serve_run(struct serve *s)
{
	struct worker *ws = workers_start(s);
	int64_t now;

	if (s->started > 0)
		stop_wait(s);
	now = clock_mono_ms();
	serve_end(s);
	if (!workers_wait(s, now + STOP_BUDGET_MS)) {
		/* its memory stays, the process ends anyway */
		log_event(LOG_WARNING, "stop_late", "a handler hangs");
		return;
	}
	for (size_t i = 0; i < s->started; i++)
		pthread_join(ws[i].thread, NULL);
	worker_drain(&ws[0], now + STOP_BUDGET_MS - STOP_SPARED_MS);
	worker_await(&ws[0], now + STOP_BUDGET_MS - STOP_SPARED_MS);
	for (size_t i = 0; i < s->options.workers; i++)
		worker_release(&ws[i]);
	free(ws);
}

/* Under the lock. Boot time, so that a suspended machine is not late. */
static void
wake_arm(struct serve *s)
{
	struct itimerspec t = {0};

	if (s->wake_wall_ms != INT64_MAX) {
		int64_t ms = s->wake_wall_ms - clock_wall_ms();

		if (ms < 1)
			ms = 1; /* zero would switch it off */
		t.it_value.tv_sec = (time_t)(ms / 1000);
		t.it_value.tv_nsec = (long)(ms % 1000) * 1000000;
	}
	timerfd_settime(s->special_fds[SPECIAL_WAKE], 0, &t, NULL);
}

void
serve_wake_at(struct serve *s, int64_t wall_ms)
{
	pthread_mutex_lock(&s->lock);
	if (wall_ms == INT64_MAX || wall_ms < s->wake_wall_ms) {
		s->wake_wall_ms = wall_ms;
		wake_arm(s);
	}
	pthread_mutex_unlock(&s->lock);
}

/* Every moment that is waited for is to be looked at anew. */
void
serve_clock_was_set(struct serve *s)
{
	clock_watch_clear(s->special_fds[SPECIAL_CLOCK]);
	pthread_mutex_lock(&s->lock);
	s->wake_wall_ms = INT64_MIN;
	pthread_mutex_unlock(&s->lock);
	serve_timer_run(s);
}

void
serve_timer_run(struct serve *s)
{
	pthread_mutex_lock(&s->lock);
	s->timer_again = true;
	while (s->timer_again && !s->timer_running) {
		if (s->wake_wall_ms > clock_wall_ms()) {
			/* moved meanwhile, or the clock was set back */
			s->timer_again = false;
			wake_arm(s);
			break;
		}
		s->timer_again = false;
		s->timer_running = true;
		s->wake_wall_ms = INT64_MAX;
		pthread_mutex_unlock(&s->lock);
		if (s->options.timer)
			s->options.timer(s->options.ctx);
		pthread_mutex_lock(&s->lock);
		s->timer_running = false;
	}
	pthread_mutex_unlock(&s->lock);
}

void
serve_count(struct serve *s, struct serve_counts *c)
{
	*c = (struct serve_counts){
	    .accepted = atomic_load(&s->accepted),
	    .requests = atomic_load(&s->requests),
	    .parked_now = atomic_load(&s->parked_now),
	    .open_now = atomic_load(&s->open_now),
	    .timeouts = atomic_load(&s->timeouts),
	    .cut = atomic_load(&s->cut),
	    .bad_records = atomic_load(&s->bad_records),
	};
}
