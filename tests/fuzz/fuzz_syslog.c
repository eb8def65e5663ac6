/* fuzz: component=collectors */
/* Syslog headers: every part lies inside the line, and the message ends where the line does. */
#include "formats/syslog.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span line)
{
    if (part.n)
        CHECK(part.p >= line.p && part.p + part.n <= line.p + line.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct parse_options options = { .reference_time_ms = INT64_C(1715678433000) };
    struct span whole = span_of((const char *)data, size), line = syslog_trim(whole);
    struct syslog_header h;
    check_inside(line, whole);
    syslog_parse(line, &options, &h);
    check_inside(h.host, line);
    check_inside(h.app, line);
    check_inside(h.process, line);
    check_inside(h.message_id, line);
    check_inside(h.structured_data, line);
    check_inside(h.message, line);
    CHECK(h.message.p + h.message.n == line.p + line.n);
    CHECK(h.priority >= -1 && h.priority <= 191);
    CHECK(h.time_ms == TIMESTAMP_NONE || (h.time_ms >= TIMESTAMP_MIN_MS && h.time_ms <= TIMESTAMP_MAX_MS));
    return 0;
}
