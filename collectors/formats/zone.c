#include "formats/zone.h"

#include "common/buffer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The clock is looked at so often: no zone has had two changes closer together. */
enum { STEP_S = 2 * 86400, NAME_BYTES_MAX = 128 };

static const int64_t END_S = INT64_C(4102444800); /* 2100-01-01 */

struct change {
    int64_t local_s; /* local times from here on have the offset */
    int32_t offset_s;
};

struct zone {
    int32_t first_offset_s;
    struct change *change;
    size_t n;
};

static const char *database(void)
{
    const char *folder = getenv("TZDIR");
    return folder && folder[0] ? folder : "/usr/share/zoneinfo";
}

/* The name of a file of the database, and of none elsewhere. */
static bool is_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");
    return n && !name[n] && n <= NAME_BYTES_MAX && !strstr(name, "//") && name[0] != '/' && name[n - 1] != '/' &&
           name[0] != '-';
}

static enum status find(const char *name, struct error *e)
{
    char path[4096], magic[4] = { 0 };
    if (!is_name(name))
        return error_set(e, STATUS_CONFIG, "%s is no time zone", name);
    if (access(database(), R_OK | X_OK) != 0)
        return error_set(e, STATUS_CONFIG,
                         "%s needs the time zone database, which is not installed (%s; Debian: tzdata)", name,
                         database());
    snprintf(path, sizeof path, "%s/%s", database(), name);
    FILE *f = fopen(path, "re");
    bool good = f && fread(magic, 1, sizeof magic, f) == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
    if (f)
        fclose(f);
    return good ? STATUS_OK : error_set(e, STATUS_CONFIG, "%s is no time zone of the database %s", name, database());
}

static int32_t offset_at(int64_t utc_s)
{
    time_t t = (time_t)utc_s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* The first second in (from, to] with another offset than at `from`. */
static int64_t find_change(int64_t from, int64_t to)
{
    int32_t before = offset_at(from);
    while (to - from > 1) {
        int64_t middle = from + (to - from) / 2;
        if (offset_at(middle) == before)
            from = middle;
        else
            to = middle;
    }
    return to;
}

static struct zone *read_changes(void)
{
    struct zone *z = allocate(1, sizeof *z);
    int32_t offset_s = z->first_offset_s = offset_at(0);
    for (int64_t at = 0; at < END_S; at += STEP_S) {
        int32_t after_s = offset_at(at + STEP_S);
        if (after_s == offset_s)
            continue;
        int64_t utc_s = find_change(at, at + STEP_S);
        z->change = allocate_more(z->change, z->n + 1, sizeof *z->change);
        z->change[z->n++] = (struct change){ utc_s + (offset_s > after_s ? offset_s : after_s), after_s };
        offset_s = after_s;
    }
    return z;
}

static void set_environment(const char *zone)
{
    if (zone)
        setenv("TZ", zone, 1);
    else
        unsetenv("TZ");
    tzset();
}

enum status zone_new(const char *name, struct zone **out, struct error *e)
{
    enum status status = find(name, e);
    if (status != STATUS_OK)
        return status;
    const char *now = getenv("TZ");
    char *kept = now ? allocate_text(span_text(now)) : NULL;
    set_environment(name);
    *out = read_changes();
    set_environment(kept);
    free(kept);
    return STATUS_OK;
}

void zone_free(struct zone **zone)
{
    if (!*zone)
        return;
    free((*zone)->change);
    free(*zone);
    *zone = NULL;
}

int32_t zone_offset_s(const struct zone *z, int64_t local_s)
{
    size_t low = 0, high = z->n; /* changes before `low` are at or before it, those from `high` on behind it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->change[middle].local_s <= local_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? z->change[low - 1].offset_s : z->first_offset_s;
}
