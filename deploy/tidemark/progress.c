#include "progress.h"

#include "common/timestamp.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { INTERVAL_MS = 250 };

void progress_init(struct progress *p, bool wanted)
{
    *p = (struct progress){ .enabled = wanted && isatty(STDERR_FILENO) };
}

static double scaled(uint64_t bytes, const char **unit)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
    double value = (double)bytes;
    unsigned i = 0;
    for (; value >= 1000 && i < 5; i++)
        value /= 1000;
    *unit = units[i];
    return value;
}

void progress_show(struct progress *p, uint64_t bytes, uint64_t bytes_total, uint64_t records)
{
    int64_t now = monotonic_now_ms();
    if (!p->enabled || (p->shown && now - p->last_ms < INTERVAL_MS))
        return;
    const char *unit, *total_unit;
    double value = scaled(bytes, &unit), total = scaled(bytes_total, &total_unit);
    fprintf(stderr, "\r\033[Kread %.1f %s", value, unit);
    if (bytes_total && bytes <= bytes_total)
        fprintf(stderr, " of %.1f %s (%.0f %%)", total, total_unit, 100.0 * (double)bytes / (double)bytes_total);
    fprintf(stderr, ", %" PRIu64 " records", records);
    fflush(stderr);
    p->shown = true;
    p->last_ms = now;
}

void progress_clear(struct progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
