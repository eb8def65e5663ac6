#include "common/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int status_exit_code(enum status status)
{
    switch (status) {
    case STATUS_OK:
    case STATUS_END:
        return EXIT_CODE_OK;
    case STATUS_INPUT:
        return EXIT_CODE_NO_INPUT;
    case STATUS_CONFIG:
    case STATUS_PEER:
        return EXIT_CODE_CONFIG;
    case STATUS_AGAIN:
    case STATUS_FULL:
    case STATUS_BAD:
    case STATUS_LIMIT:
    case STATUS_SYSTEM:
        break;
    }
    return EXIT_CODE_INTERNAL;
}

/* A text may hold what a file or a peer said: keep it from driving a terminal. */
static void escape_controls(char *text, size_t size)
{
    char out[sizeof((struct error *)0)->text];
    size_t n = 0;
    for (const char *p = text; *p && n + 5 < sizeof out; p++) {
        unsigned char c = (unsigned char)*p;
        if (c >= 0x20 && c != 0x7f)
            out[n++] = *p;
        else
            n += (size_t)snprintf(out + n, sizeof out - n, "\\x%02x", c);
    }
    out[n] = 0;
    snprintf(text, size, "%s", out);
}

enum status error_set(struct error *e, enum status status, const char *format, ...)
{
    if (!e)
        return status;
    e->errno_ = errno;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(e->text, sizeof e->text, format, arguments);
    va_end(arguments);
    escape_controls(e->text, sizeof e->text);
    return status;
}

enum status error_errno(struct error *e, const char *format, ...)
{
    if (!e)
        return STATUS_SYSTEM;
    e->errno_ = errno;
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(e->text, sizeof e->text, format, arguments);
    va_end(arguments);
    if (n >= 0 && (size_t)n < sizeof e->text)
        snprintf(e->text + n, sizeof e->text - (size_t)n, ": %s", strerror(e->errno_));
    escape_controls(e->text, sizeof e->text);
    return STATUS_SYSTEM;
}

void check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: internal error: this must hold: %s\n", file, line, condition);
    abort();
}
