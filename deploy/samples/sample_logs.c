/* Writes sample logs of five sources: `tidemark-sample-logs FOLDER`.
 *
 * Six hours of a small invented network, the same bytes every time: ordinary traffic everywhere, and some things that
 * the watchlist looks for (a telnet flood, file sharing between servers, remote desktops opened from outside).  All
 * addresses, names and numbers are those reserved for documentation.
 */
#include "common/buffer.h"
#include "common/timestamp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define START_MS INT64_C(1768456800000) /* 2026-01-15T06:00:00Z */
#define HOUR_MS  INT64_C(3600000)
#define HOURS    6

/* ------------------------------------------------------------------ chance */

struct chance {
    uint64_t state;
};

/* SplitMix64: the sequence is part of the samples. */
static uint64_t next(struct chance *c)
{
    uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static unsigned below(struct chance *c, unsigned n)
{
    return (unsigned)(next(c) % n);
}

static bool percent(struct chance *c, unsigned n)
{
    return below(c, 100) < n;
}

/* ------------------------------------------------------------------ what happens */

enum way { INBOUND, OUTBOUND, INSIDE };

struct event {
    int64_t time_ms;
    char source[40], target[40];
    unsigned source_port, target_port;
    unsigned protocol; /* 6, 17, 1 */
    enum way way;
    bool allowed;
    unsigned bytes;
};

static void inside_address(struct chance *c, char *out, size_t n)
{
    snprintf(out, n, "192.0.2.%u", 1 + below(c, 200));
}

static void outside_address(struct chance *c, char *out, size_t n)
{
    if (percent(c, 10))
        snprintf(out, n, "2001:db8:%x::%x", below(c, 16), 1 + below(c, 4000));
    else
        snprintf(out, n, "%s.%u", percent(c, 50) ? "198.51.100" : "203.0.113", 1 + below(c, 250));
}

/* Ordinary traffic: mostly web, some of it refused. */
static void ordinary(struct chance *c, struct event *e)
{
    static const unsigned ports[] = { 443, 443, 443, 443, 443, 443, 80, 80, 80, 853, 853, 587, 993, 9443 };
    e->target_port = ports[below(c, sizeof ports / sizeof *ports)];
    e->protocol = e->target_port == 853 && percent(c, 50) ? 17 : 6;
    e->way = percent(c, 70) ? OUTBOUND : percent(c, 60) ? INBOUND : INSIDE;
    e->allowed = percent(c, e->way == INBOUND ? 60 : 97);
    if (percent(c, 2)) {
        e->protocol = 1;
        e->target_port = 0;
    }
}

/* What somebody should look at: the few services that are dangerous when reachable. */
static void risky(struct chance *c, struct event *e)
{
    static const unsigned ports[] = { 3389, 3389, 445, 21, 161, 5900, 1433, 2049 };
    e->target_port = ports[below(c, sizeof ports / sizeof *ports)];
    e->protocol = e->target_port == 161 ? 17 : 6;
    e->way = percent(c, 60) ? INBOUND : INSIDE;
    e->allowed = percent(c, 35);
}

static void fill(struct chance *c, struct event *e, int64_t time_ms)
{
    *e = (struct event){ .time_ms = time_ms };
    if (below(c, 1000) < 3)
        risky(c, e);
    else
        ordinary(c, e);
    inside_address(c, e->way == INBOUND ? e->target : e->source, sizeof e->source);
    if (e->way == INSIDE)
        inside_address(c, e->target, sizeof e->target);
    else
        outside_address(c, e->way == INBOUND ? e->source : e->target, sizeof e->source);
    e->source_port = 32768 + below(c, 28000);
    e->bytes = 60 + below(c, 20000);
}

/* From 09:00 on for quarter of an hour: one outside host tries telnet everywhere, and is let through. */
static void flood(struct chance *c, struct event *e, int64_t time_ms)
{
    fill(c, e, time_ms);
    e->way = INBOUND;
    e->protocol = 6;
    e->target_port = 23;
    e->allowed = true;
    snprintf(e->source, sizeof e->source, "203.0.113.66");
    inside_address(c, e->target, sizeof e->target);
}

/* Event i of n: spread over the hours, the last tenth of them the flood. */
static void event_at(struct chance *c, struct event *e, unsigned i, unsigned n, unsigned floods)
{
    if (i >= n - floods)
        flood(c, e, START_MS + 3 * HOUR_MS + (int64_t)below(c, 15 * 60) * 1000);
    else
        fill(c, e, START_MS + (int64_t)(HOURS * HOUR_MS / n * i) + below(c, 2000));
}

/* ------------------------------------------------------------------ how vendors say it */

static const char *protocol_name(const struct event *e)
{
    return e->protocol == 6 ? "tcp" : e->protocol == 17 ? "udp" : "icmp";
}

static void append_vpc(struct buffer *out, const struct event *e, struct chance *c)
{
    static const char *const head = "111122223333 eni-0a1b2c3d4e5f60718";
    int64_t start = e->time_ms / 1000, end = start + 1 + below(c, 60);
    if (percent(c, 1)) {
        buffer_append_format(out, "5 %s - - - - - - - %" PRId64 " %" PRId64 " - NODATA -\n", head, start, end);
        return;
    }
    buffer_append_format(out, "5 %s %s %s %u %u %u %u %u %" PRId64 " %" PRId64 " %s OK %s\n", head, e->source,
                         e->target, e->protocol == 1 ? 0 : e->source_port, e->target_port, e->protocol,
                         1 + e->bytes / 700, e->bytes, start, end, e->allowed ? "ACCEPT" : "REJECT",
                         e->way == INBOUND ? "ingress" : "egress");
}

static void append_paloalto(struct buffer *out, const struct event *e, struct chance *c)
{
    char iso[32];
    timestamp_format(e->time_ms, false, iso); /* 2026-01-15T06:00:00Z */
    const char *subtype = e->allowed ? "end" : "deny";
    if (percent(c, 2)) {
        buffer_append_format(out,
                             "<14>Jan %.2s %.8s fw-edge-01.example.net CEF:0|Palo Alto Networks|PAN-OS|10.2.9|general|"
                             "SYSTEM|1|rt=Jan %.2s %.4s %.8s msg=a configuration was saved\n",
                             iso + 8, iso + 11, iso + 8, iso, iso + 11);
        return;
    }
    buffer_append_format(
        out,
        "<14>Jan %.2s %.8s fw-edge-01.example.net CEF:0|Palo Alto Networks|PAN-OS|10.2.9|%s|TRAFFIC|1|rt=Jan %.2s %.4s "
        "%.8s "
        "deviceExternalId=012801000123 src=%s dst=%s cs1Label=Rule cs1=%s app=%s cs3Label=Virtual System cs3=vsys1 "
        "cs4Label=Source Zone cs4=%s cs5Label=Destination Zone cs5=%s cn1Label=SessionID cn1=%u cnt=1 spt=%u dpt=%u "
        "proto=%s act=%s flexNumber1Label=Total bytes flexNumber1=%u in=%u out=%u cn3Label=Elapsed time in seconds "
        "cn3=%u "
        "reason=%s dvchost=fw-edge-01.example.net\n",
        iso + 8, iso + 11, subtype, iso + 8, iso, iso + 11, e->source, e->target,
        e->allowed ? "Allow Standard" : "Deny Rest", e->target_port == 443 ? "ssl" : "not-applicable",
        e->way == INBOUND ? "untrust" : "trust", e->way == OUTBOUND ? "untrust" : "trust", 1 + below(c, 100000),
        e->source_port, e->target_port, protocol_name(e), e->allowed ? "allow" : "reset-both", e->bytes, e->bytes / 3,
        e->bytes - e->bytes / 3, below(c, 300), e->allowed ? "tcp-fin" : "policy-deny");
}

#define ZEEK_HEAD                                                                                                      \
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"                       \
    "#open\t2026-01-15-06-00-00\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\t"       \
    "duration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\t"         \
    "orig_ip_bytes\tresp_pkts\tresp_ip_bytes\n#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\t"  \
    "count\tcount\tstring\tbool\tbool\tcount\tstring\tcount\tcount\tcount\tcount\n"

static void append_zeek(struct buffer *out, const struct event *e, struct chance *c)
{
    buffer_append_format(
        out,
        "%" PRId64 ".%03u000\tC%08" PRIx64 "\t%s\t%u\t%s\t%u\t%s\t%s\t%u.%06u\t%u\t%u\t%s\t%s\t%s\t0\t%s"
        "\t%u\t%u\t%u\t%u\n",
        e->time_ms / 1000, (unsigned)(e->time_ms % 1000), next(c) & 0xffffffff, e->source,
        e->protocol == 1 ? 8 : e->source_port, e->target, e->target_port, protocol_name(e),
        e->target_port == 443  ? "ssl"
        : e->target_port == 53 ? "dns"
                               : "-",
        below(c, 30), below(c, 1000000), e->bytes / 3, e->bytes - e->bytes / 3, e->allowed ? "SF" : "REJ",
        e->way == INBOUND ? "F" : "T", e->way == OUTBOUND ? "F" : "T", e->allowed ? "ShADadFf" : "Sr",
        1 + e->bytes / 1400, e->bytes / 3 + 40, 1 + e->bytes / 900, e->bytes);
}

static void append_asim(struct buffer *out, const struct event *e, struct chance *c)
{
    static const char *const ways[] = { "Inbound", "Outbound", "Local" };
    char iso[32];
    timestamp_format(e->time_ms, true, iso);
    buffer_append_format(
        out,
        "{\"TimeGenerated\":\"%s\",\"EventType\":\"EndpointNetworkSession\",\"EventVendor\":\"Example\","
        "\"EventProduct\":\"Endpoint\",\"EventResult\":\"%s\",\"EventCount\":1,\"DvcHostname\":\"host-%u\","
        "\"SrcIpAddr\":\"%s\",\"SrcPortNumber\":%u,\"DstIpAddr\":\"%s\"",
        iso, e->allowed ? "Success" : "Failure", 1 + below(c, 40), e->source, e->source_port, e->target);
    if (e->protocol != 1)
        buffer_append_format(out, ",\"DstPortNumber\":%u", e->target_port);
    if (e->target_port == 445)
        buffer_append_format(out, ",\"DstAppName\":\"smb\"");
    buffer_append_format(out, ",\"NetworkProtocol\":\"%s\",\"NetworkDirection\":\"%s\",\"DvcAction\":\"%s\"}\n",
                         e->protocol == 6    ? "TCP"
                         : e->protocol == 17 ? "UDP"
                                             : "ICMP",
                         ways[e->way], e->allowed ? "Allow" : "Deny");
}

/* Rows of a summary table: counts per window instead of sessions. */
static void append_summary(struct buffer *out, const struct event *e, struct chance *c)
{
    static const char *const ways[] = { "Inbound", "Outbound", "Local" };
    char iso[32];
    int64_t window = timestamp_floor(e->time_ms, 20 * 60 * 1000) * 20 * 60 * 1000;
    timestamp_format(window, false, iso);
    buffer_append_format(
        out,
        "{\"TimeGenerated\":\"%s\",\"EventTime\":\"%s\",\"NetworkProtocol\":\"%s\",\"DstPortNumber\":%u,"
        "\"DstAppName\":\"\",\"NetworkDirection\":\"%s\",\"DvcAction\":\"%s\",\"count_\":%u,"
        "\"Type\":\"NetworkSummary_Protocol_CL\"}\n",
        iso, iso,
        e->protocol == 6    ? "TCP"
        : e->protocol == 17 ? "UDP"
                            : "ICMP",
        e->target_port, ways[e->way], e->allowed ? "Allow" : "Deny", 1 + below(c, e->target_port == 23 ? 40 : 400));
}

/* ------------------------------------------------------------------ files */

static const struct sample {
    const char *source, *file, *head;
    unsigned records, floods;
    void (*append)(struct buffer *out, const struct event *e, struct chance *c);
} samples[] = {
    { "aws-vpcflow", "flows.log",
      "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
      "log-status "
      "flow-direction\n",
      5000, 0, append_vpc },
    { "paloalto", "traffic.log", "", 4000, 1200, append_paloalto },
    { "corelight", "conn.log", ZEEK_HEAD, 4000, 0, append_zeek },
    { "asim-native", "sessions.jsonl", "", 3000, 0, append_asim },
    { "network-summary", "summary.jsonl", "", 2000, 0, append_summary },
};

static bool write_file(const char *folder, const struct sample *s, unsigned number)
{
    char path[4096];
    struct buffer text = { 0 };
    struct chance chance = { .state = 20260115 + number };
    buffer_append(&text, s->head, strlen(s->head));
    for (unsigned i = 0; i < s->records; i++) {
        struct event e;
        event_at(&chance, &e, i, s->records, s->floods);
        s->append(&text, &e, &chance);
    }
    snprintf(path, sizeof path, "%s/%s", folder, s->source);
    bool made = mkdir(path, 0777) == 0 || errno == EEXIST;
    snprintf(path, sizeof path, "%s/%s/%s", folder, s->source, s->file);
    FILE *f = made ? fopen(path, "wb") : NULL;
    bool done = f && fwrite(text.p, 1, text.n, f) == text.n;
    done = f && fclose(f) == 0 && done;
    if (!done)
        fprintf(stderr, "tidemark-sample-logs: %s: %s\n", path, strerror(errno));
    buffer_fini(&text);
    return done;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("tidemark-sample-logs FOLDER: write sample logs of five sources there\n", stderr);
        return EXIT_CODE_USAGE;
    }
    if (mkdir(argv[1], 0777) && errno != EEXIST) {
        fprintf(stderr, "tidemark-sample-logs: %s: %s\n", argv[1], strerror(errno));
        return EXIT_CODE_INTERNAL;
    }
    for (unsigned i = 0; i < sizeof samples / sizeof *samples; i++)
        if (!write_file(argv[1], &samples[i], i))
            return EXIT_CODE_INTERNAL;
    return EXIT_CODE_OK;
}
