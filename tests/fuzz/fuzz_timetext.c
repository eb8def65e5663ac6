/* fuzz: component=collectors */
/* Times: what is read lies within the representable years, and written out as ISO 8601 it is read the same again. */
#include "formats/timetext.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int64_t ms)
{
    char text[32];
    int64_t again;
    CHECK(ms >= TIMESTAMP_MIN_MS && ms <= TIMESTAMP_MAX_MS);
    unsigned n = timestamp_format(ms, true, text);
    CHECK(n < sizeof text && timetext_column(span_of(text, n), &again) && again == ms);
    CHECK(timetext_device(span_of(text, n), &(struct parse_options){ .zone_offset_s = 3600 }, &again) && again == ms);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct parse_options options = { .reference_time_ms = INT64_C(1715678433000), .zone_offset_s = -3600 };
    struct span text = span_of((const char *)data, size);
    struct timetext t;
    size_t used;
    int64_t ms;
    int32_t offset_s;
    if (timetext_column(text, &ms))
        check(ms);
    if (timetext_row(text, &(struct parse_options){ .zone_offset_s = 7200 }, &ms))
        check(ms);
    if (timetext_device(text, &options, &ms))
        check(ms);
    if (timetext_number(text, &ms))
        check(ms);
    if (timetext_scan_iso(text, &t, &used))
        CHECK(used > 0 && used <= size);
    if (timetext_scan_bsd(text, &t, &used)) {
        CHECK(used > 0 && used <= size);
        if (timetext_resolve(&t, &options, &ms))
            check(ms);
    }
    if (timetext_zone(text, &offset_s))
        CHECK(offset_s > -86400 && offset_s < 86400);
    return 0;
}
