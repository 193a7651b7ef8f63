/* The log: one write(2) a line, so that lines of several threads and
 * processes never mix. A line that cannot be written is lost: nothing can be
 * done about it, and no request must fail for it.
 *
 * <syslog.h> has macros named like our levels; it comes last and the levels
 * are used as numbers from there on. */
#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/conf.h"

enum { LINE_BYTES = 2048, LEVEL_NOTICE = LOG_NOTICE };

#include <syslog.h>

static const struct {
	const char *word;
	int priority;
} log_levels[] = {
    {"error", LOG_ERR},
    {"warning", LOG_WARNING},
    {"notice", LOG_NOTICE},
    {"trace", LOG_DEBUG},
};

/* Set once before threads start. */
static struct {
	enum log_target target;
	unsigned most;
} log_state = {LOG_TO_STDERR, LEVEL_NOTICE};

void
log_setup(const char *program, enum log_target target, enum log_level most)
{
	log_state.target = target;
	log_state.most = most;
	if (target == LOG_TO_SYSLOG)
		openlog(program, LOG_PID, LOG_DAEMON);
}

/* Both words were checked against conf.def when they were read. */
void
log_start(const char *program, const struct conf *conf)
{
	unsigned most = sizeof log_levels / sizeof *log_levels - 1;

	while (most && strcmp(log_levels[most].word, conf->log_level) != 0)
		most--;
	log_setup(program,
	    strcmp(conf->log_target, "syslog") == 0 ? LOG_TO_SYSLOG
						    : LOG_TO_STDERR,
	    (enum log_level)most);
	if (conf->debug_clock[0])
		log_event(
		    LOG_WARNING, "debug_clock", "file=%s", conf->debug_clock);
}

static void
log_line(char *line, size_t n)
{
	if (n >= LINE_BYTES)
		n = LINE_BYTES - 1;
	for (size_t i = 0; i < n; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n] = '\n';
	if (write(STDERR_FILENO, line, n + 1) < 0)
		return;
}

bool
log_wants(enum log_level level)
{
	return (unsigned)level <= log_state.most;
}

void
log_event(enum log_level level, const char *event, const char *format, ...)
{
	char line[LINE_BYTES + 1], pairs[LINE_BYTES], now[CLOCK_ISO_BYTES];
	va_list args;
	int n;

	if ((unsigned)level > log_state.most)
		return;
	va_start(args, format);
	vsnprintf(pairs, sizeof pairs, format, args);
	va_end(args);
	if (log_state.target == LOG_TO_SYSLOG) {
		syslog(log_levels[level].priority, "%s %s", event, pairs);
		return;
	}
	clock_iso(clock_wall_ms(), now);
	n = snprintf(line, LINE_BYTES, "%s %s %s%s%s", now,
	    log_levels[level].word, event, *pairs ? " " : "", pairs);
	if (n > 0)
		log_line(line, (size_t)n);
}

static bool
log_is_bare(struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] <= ' ' || value.p[i] > '~' ||
		    strchr("\"\\=", value.p[i]))
			return false;
	return value.n > 0;
}

/* One byte as it stands, or escaped; the length. */
static size_t
log_escape(char c, char piece[5])
{
	if (c == '"' || c == '\\')
		return (size_t)snprintf(piece, 5, "\\%c", c);
	if (c < ' ' || c > '~')
		return (size_t)snprintf(piece, 5, "\\x%02x", (unsigned char)c);
	piece[0] = c;
	return 1;
}

const char *
log_quote(struct span value, char *out, size_t size)
{
	const char *quote = log_is_bare(value) ? "" : "\"";
	size_t edge = strlen(quote), n = edge;

	if (size < 3) {
		if (size)
			out[0] = '\0';
		return out;
	}
	memcpy(out, quote, edge);
	for (size_t i = 0; i < value.n; i++) {
		char piece[5];
		size_t len = log_escape(value.p[i], piece);

		if (n + len + edge >= size)
			break;
		memcpy(out + n, piece, len);
		n += len;
	}
	memcpy(out + n, quote, edge);
	out[n + edge] = '\0';
	return out;
}
