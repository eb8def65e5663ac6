#include "common/log.h"

#include "common/timestamp.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINES_PER_SECOND = 10, LINE_BYTES = 1024 };

static const char *program_name = "tidemark";
static enum log_level least = LOG_WARN;

void log_init(const char *program, enum log_level level)
{
    program_name = program;
    least = level;
}

static bool suppressed(struct log_site *site, unsigned *missed)
{
    long second = (long)(monotonic_now_ms() / 1000);
    *missed = 0;
    if (site->second != second) {
        *missed = site->suppressed;
        *site = (struct log_site){ .second = second };
    }
    if (site->lines >= LINES_PER_SECOND) {
        site->suppressed++;
        return true;
    }
    site->lines++;
    return false;
}

/* One write per line, so that lines of several processes do not mix. */
void log_write(struct log_site *site, enum log_level level, const char *event, const char *format, ...)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    unsigned missed;
    if (level < least || suppressed(site, &missed))
        return;
    char text[LINE_BYTES], line[2 * LINE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    int n = snprintf(line, LINE_BYTES / 2, "level=%s program=%s event=%s ", names[level], program_name, event);
    for (const char *p = text; *p && (size_t)n + 32 < sizeof line; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != 0x7f)
            line[n++] = *p;
        else
            n += snprintf(line + n, 5, "\\x%02x", c);
    }
    if (missed)
        n += snprintf(line + n, sizeof line - (size_t)n - 1, " suppressed=%u", missed);
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* there is nowhere left to say so */
}
