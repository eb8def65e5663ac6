/* Deterministic logs to measure with.
 *
 *   generate vpc|cef|zeek LINES [SEED]
 *
 * One day of traffic from 2026-01-01T00:00:00Z: evenly spread, each event up to a minute before its place in the file,
 * so that the order of times is only rough.  Three of five sessions go to a few well-known ports, one in four to ports
 * of a long tail, the rest to high ports.  Addresses are those of documentation. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_S = 86400, FIRST_S = 1767225600 };

static uint64_t state;

static uint32_t below(uint32_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(((state >> 32) * n) >> 32);
}

static const struct {
    uint16_t port;
    uint8_t protocol, weight;
    const char *service;
} known[] = { { 443, 6, 60, "ssl" },  { 80, 6, 25, "http" }, { 53, 17, 45, "dns" },  { 22, 6, 8, "ssh" },
              { 3389, 6, 5, "rdp" },  { 445, 6, 6, "smb" },  { 25, 6, 4, "smtp" },   { 123, 17, 9, "ntp" },
              { 8080, 6, 5, "http" }, { 389, 6, 3, "ldap" }, { 161, 17, 3, "snmp" }, { 1433, 6, 2, "" },
              { 5985, 6, 1, "http" }, { 23, 6, 3, "" },      { 21, 6, 1, "ftp" },    { 5060, 17, 1, "sip" } };
enum { KNOWN = sizeof known / sizeof known[0] };

struct event {
    uint32_t time_s, packets, bytes, duration_s;
    uint32_t source, destination; /* numbers of hosts */
    uint16_t source_port, port;
    uint8_t protocol, denied;
    const char *service;
};

static void choose_port(struct event *e)
{
    uint32_t kind = below(100);
    e->service = "";
    if (kind < 60) {
        unsigned i = 0;
        for (uint32_t at = below(181); i + 1 < KNOWN && at >= known[i].weight; i++)
            at -= known[i].weight;
        e->port = known[i].port;
        e->protocol = known[i].protocol;
        e->service = known[i].service;
        e->denied = below(100) < 12;
    } else if (kind < 85) {
        e->port = (uint16_t)(1 + below(1 + below(1 + below(65535)))); /* low ones are likelier */
        e->protocol = below(4) ? 6 : 17;
        e->denied = below(100) < 55;
    } else {
        e->port = (uint16_t)(32768 + below(28232));
        e->protocol = below(3) ? 6 : 17;
        e->denied = below(100) == 0;
    }
}

static void event_make(struct event *e, uint64_t i, uint64_t n)
{
    uint32_t back = below(60);
    e->time_s = FIRST_S + (uint32_t)(i * DAY_S / n);
    e->time_s -= e->time_s - FIRST_S < back ? 0 : back;
    choose_port(e);
    e->source = below(254);
    e->destination = below(508);
    e->source_port = (uint16_t)(1024 + below(64512));
    e->packets = 1 + below(20);
    e->bytes = e->packets * (40 + below(1400));
    e->duration_s = below(30);
}

static const char *host(uint32_t number, char *out)
{
    static const char *const nets[] = { "192.0.2", "198.51.100", "203.0.113" };
    snprintf(out, 20, "%s.%u", nets[number / 254 % 3], 1 + number % 254);
    return out;
}

static const char *protocol_name(const struct event *e)
{
    return e->protocol == 6 ? "tcp" : "udp";
}

static void write_vpc(const struct event *e)
{
    char from[20], to[20];
    uint32_t eni = below(64);
    if (below(500) == 0) {
        printf("2 111122223333 eni-0%016x - - - - - - - %u %u - NODATA\n", eni * 0x9e3779b1u, e->time_s,
               e->time_s + 59);
        return;
    }
    printf("2 111122223333 eni-0%016x %s %s %u %u %u %u %u %u %u %s OK\n", eni * 0x9e3779b1u, host(e->source, from),
           host(254 + e->destination, to), e->source_port, e->port, e->protocol, e->packets, e->bytes, e->time_s,
           e->time_s + below(60), e->denied ? "REJECT" : "ACCEPT");
}

static const char *cef_time(uint32_t time_s, char *out, size_t size)
{
    time_t t = time_s;
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, size, "%b %d %Y %H:%M:%S GMT", &tm);
    return out;
}

static void write_cef(const struct event *e)
{
    char from[20], to[20], received[40], started[40];
    static uint64_t session = 100000;
    session++;
    cef_time(e->time_s + e->duration_s + 1, received, sizeof received);
    cef_time(e->time_s, started, sizeof started);
    printf(
        "<14>%.6s %.8s PA-FW-01 CEF:0|Palo Alto Networks|PAN-OS|10.2.9|%s|TRAFFIC|1|rt=%s "
        "deviceExternalId=011801001234 "
        "src=%s dst=%s sourceTranslatedAddress=0.0.0.0 destinationTranslatedAddress=0.0.0.0 cs1Label=Rule cs1=%s "
        "suser= duser= app=%s cs3Label=Virtual System cs3=vsys1 cs4Label=Source Zone cs4=trust "
        "cs5Label=Destination Zone cs5=untrust deviceInboundInterface=ethernet1/1 deviceOutboundInterface=ethernet1/2 "
        "cs6Label=LogProfile cs6=Syslog_CEF cn1Label=SessionID cn1=%llu cnt=1 spt=%u dpt=%u sourceTranslatedPort=0 "
        "destinationTranslatedPort=0 flexString1Label=Flags flexString1=0x0 proto=%s act=%s "
        "flexNumber1Label=Total bytes flexNumber1=%u in=%u out=%u cn2Label=Packets cn2=%u PanOSPacketsReceived=%u "
        "PanOSPacketsSent=%u start=%s cn3Label=Elapsed time in seconds cn3=%u cs2Label=URL Category cs2=any "
        "externalId=%llu reason=%s PanOSDGl1=0 PanOSVsysName= dvchost=PA-FW-01 cat=from-policy "
        "PanOSActionFlags=0x0\n",
        received, received + 12, e->denied ? "drop" : "end", received, host(e->source, from),
        host(254 + e->destination, to), e->denied ? "interzone-default" : "Allow Outbound \\= Web",
        e->denied ? "not-applicable" : "web-browsing", (unsigned long long)session, e->source_port, e->port,
        protocol_name(e), e->denied ? "deny" : "allow", e->bytes, e->bytes / 2, e->bytes - e->bytes / 2, e->packets,
        e->packets / 2, e->packets - e->packets / 2, started, e->duration_s, 7100000000ull + session,
        e->denied ? "policy-deny" : "aged-out");
}

static void write_zeek(const struct event *e)
{
    char from[20], to[20];
    printf("{\"ts\":%u.%06u,\"uid\":\"C%08x%08x\",\"id.orig_h\":\"%s\",\"id.orig_p\":%u,\"id.resp_h\":\"%s\",\"id.resp_"
           "p\":%u,"
           "\"proto\":\"%s\",",
           e->time_s, below(1000000), below(UINT32_MAX), below(UINT32_MAX), host(e->source, from), e->source_port,
           host(254 + e->destination, to), e->port, protocol_name(e));
    if (*e->service && !e->denied)
        printf("\"service\":\"%s\",", e->service);
    if (!e->denied)
        printf("\"duration\":%u.%06u,\"orig_bytes\":%u,\"resp_bytes\":%u,", e->duration_s, below(1000000), e->bytes / 2,
               e->bytes - e->bytes / 2);
    printf("\"conn_state\":\"%s\",\"local_orig\":true,\"local_resp\":false,\"missed_bytes\":0,\"history\":\"%s\","
           "\"orig_pkts\":%u,\"orig_ip_bytes\":%u,\"resp_pkts\":%u,\"resp_ip_bytes\":%u}\n",
           e->denied ? "S0" : "SF", e->denied ? "S" : "ShADadFf", e->packets, e->bytes, e->packets / 2, e->bytes / 2);
}

int main(int argc, char **argv)
{
    void (*const writers[])(const struct event *) = { write_vpc, write_cef, write_zeek };
    static const char *const names[] = { "vpc", "cef", "zeek" };
    static char buffer[1 << 20];
    uint64_t n = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    state = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    for (unsigned k = 0; argc > 2 && k < 3; k++) {
        if (strcmp(argv[1], names[k]) != 0)
            continue;
        for (uint64_t i = 0; i < n; i++) {
            struct event e;
            event_make(&e, i, n);
            writers[k](&e);
        }
        return fflush(stdout) ? 1 : 0;
    }
    fprintf(stderr, "usage: %s vpc|cef|zeek LINES [SEED]\n", argv[0]);
    return 2;
}
