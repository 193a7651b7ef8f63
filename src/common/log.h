/* One event, one line: `time level event key=value ...`. Never a payload, a
 * token or a secret. Values are quoted and escaped where needed. */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

#include "common/span.h"

enum log_level { LOG_ERROR, LOG_WARNING, LOG_NOTICE, LOG_TRACE };
enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

struct conf;
/* As the settings say; before threads start. */
void log_start(const char *program, const struct conf *);
void log_setup(const char *program, enum log_target, enum log_level most);
/* Would a line of this level be written? Where making its pairs costs. */
bool log_wants(enum log_level);
/* Pairs after the event: "%key" conversions are not used; write
 * log_event(LOG_NOTICE, "request", "method=%s status=%d", m, st). Values
 * from outside go through log_quote first. */
void log_event(enum log_level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Escapes and quotes into `out` (cut at its size); returns out. */
const char *log_quote(struct span value, char *out, size_t size);

#endif
