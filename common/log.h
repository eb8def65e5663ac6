/* One logfmt line on standard error per event: `level=warn event=collector.reject source=… reason=…`.
 *
 * `event` is a stable dotted id.  Record content goes into no line above debug; control characters of values are
 * escaped.  Each call site is limited to 10 lines a second, the rest is counted and said.
 */
#ifndef TIDEMARK_COMMON_LOG_H
#define TIDEMARK_COMMON_LOG_H

#include "common/status.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_site {
    long second;
    unsigned lines;
    unsigned suppressed;
};

/* The program's name, printed in every line; `level`: what is below is not printed. */
void log_init(const char *program, enum log_level level);

void log_write(struct log_site *site, enum log_level level, const char *event, const char *format, ...)
    PRINTF_LIKE(4, 5);

/* log_at(LOG_WARN, "link.refused", "endpoint=%s reason=\"%s\"", …): values that may hold blanks are quoted by the
 * caller's format; log_write escapes what would break the line. */
#define log_at(level, event, ...)                                                                                      \
    do {                                                                                                               \
        static struct log_site site_;                                                                                  \
        log_write(&site_, (level), (event), __VA_ARGS__);                                                              \
    } while (0)

#endif
