#include "common/report.h"

#include "common/timestamp.h"

#include <inttypes.h>
#include <sys/resource.h>

static double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void role_report(struct role *r, const struct link_context *context, uint64_t rows)
{
    struct rusage all, own;
    if (r->status_fd < 0 || getrusage(RUSAGE_SELF, &all) || getrusage(RUSAGE_THREAD, &own))
        return;
    const struct link_totals *t = link_totals(context);
    double user = seconds_of(all.ru_utime), system = seconds_of(all.ru_stime);
    double work = seconds_of(own.ru_utime) + seconds_of(own.ru_stime) - r->go_thread_cpu_s;
    double messages = user + system - r->go_cpu_s - work;
    bool receives = t->batches_in > 0;
    struct buffer line = { 0 };
    buffer_append_format(
        &line,
        "{\"event\":\"stats\",\"wall\":%.3f,\"user\":%.3f,\"system\":%.3f,\"start\":%.3f,\"work\":%.3f,"
        "\"messages\":%.3f,\"wait\":%.3f,",
        r->go_ms ? (double)(monotonic_now_ms() - r->go_ms) / 1e3 : 0, user, system, r->go_cpu_s, work > 0 ? work : 0,
        messages > 0 ? messages : 0, (double)t->wait_ns / 1e9);
    buffer_append_format(&line, "\"batches\":%" PRIu64 ",\"rows\":%" PRIu64 ",\"bytes\":%" PRIu64 "}",
                         receives ? t->batches_in : t->batches_out, rows, receives ? t->bytes_in : t->bytes_out);
    role_status(r, buffer_span(&line));
    buffer_fini(&line);
}
