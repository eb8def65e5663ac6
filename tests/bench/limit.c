/* What one core can do that knows the generator's layout: reads time, protocol, port and action, nothing else.
 *
 *   limit vpc|cef|zeek FILE THRESHOLD
 *
 * Prints `window-epoch protocol port action count` of the groups above the threshold, in no order.  It is the yardstick
 * that the pipeline is compared with; it checks nothing and would believe anything. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHUNK = 256 << 10, SLOTS = 1 << 22, WINDOW_S = 1200 };

struct slot {
    uint64_t key; /* window, action, protocol, port; + 1 */
    uint64_t n;
};

static struct slot *slots;
static const char *const *protocol_names; /* NULL: numbers */
static const char *const *action_names;

static void count(uint32_t time_s, uint32_t protocol, uint32_t port, uint32_t action)
{
    uint64_t key = ((uint64_t)(time_s / WINDOW_S) << 32 | action << 24 | protocol << 16 | port) + 1;
    size_t at = key * UINT64_C(0x9E3779B97F4A7C15) >> 42;
    while (slots[at].key && slots[at].key != key)
        at = (at + 1) % SLOTS;
    slots[at].key = key;
    slots[at].n++;
}

static uint32_t number(const char *p)
{
    uint32_t n = 0;
    while ((unsigned)(*p - '0') < 10)
        n = n * 10 + (uint32_t)(*p++ - '0');
    return n;
}

static const char *behind(const char *p, const char *end, const char *word, size_t n)
{
    const char *at = memmem(p, (size_t)(end - p), word, n);
    return at ? at + n : end;
}
#define BEHIND(p, end, word) behind(p, end, word, sizeof(word) - 1)

static void line_vpc(const char *p, const char *end)
{
    const char *field[14];
    unsigned n = 0;
    for (field[n++] = p; n < 14 && (p = memchr(p, ' ', (size_t)(end - p))); field[n++] = ++p)
        ;
    if (n == 14 && *field[6] != '-')
        count(number(field[10]), number(field[7]), number(field[6]), *field[12] == 'R');
}

static uint32_t letters(const char *p)
{
    return *p == 't' ? 6 : *p == 'u' ? 17 : 1;
}

/* "Jan 01 2026 03:59:52": the generator stays within one month. */
static uint32_t date(const char *p)
{
    return 1767225600u + (number(p + 4) - 1) * 86400 + number(p + 12) * 3600 + number(p + 15) * 60 + number(p + 18);
}

static void line_cef(const char *p, const char *end)
{
    const char *received = BEHIND(p, end, "|rt=");
    const char *port = BEHIND(received, end, " dpt=");
    const char *protocol = BEHIND(port, end, " proto=");
    const char *action = BEHIND(protocol, end, " act=");
    if (action < end)
        count(date(received), letters(protocol), number(port), *action == 'd');
}

static void line_zeek(const char *p, const char *end)
{
    const char *ts = BEHIND(p, end, "\"ts\":");
    const char *port = BEHIND(ts, end, "\"id.resp_p\":");
    const char *protocol = BEHIND(port, end, "\"proto\":\"");
    const char *state = BEHIND(protocol, end, "\"conn_state\":\"");
    if (state < end)
        count(number(ts), letters(protocol), number(port), state[1] == '0');
}

static const char *protocol_text(uint32_t protocol, char *out)
{
    if (protocol_names)
        return protocol == 6 ? protocol_names[0] : protocol == 17 ? protocol_names[1] : protocol_names[2];
    snprintf(out, 8, "%u", protocol);
    return out;
}

int main(int argc, char **argv)
{
    static const char *const names[] = { "tcp", "udp", "icmp" };
    static const char *const actions[3][2] = { { "ACCEPT", "REJECT" }, { "allow", "deny" }, { "SF", "S0" } };
    static char buffer[2 * CHUNK];
    if (argc < 4)
        return 2;
    unsigned form = *argv[1] == 'v' ? 0 : *argv[1] == 'c' ? 1 : 2;
    void (*line)(const char *, const char *) = form == 0 ? line_vpc : form == 1 ? line_cef : line_zeek;
    protocol_names = form ? names : NULL;
    action_names = actions[form];
    int fd = open(argv[2], O_RDONLY);
    slots = calloc(SLOTS, sizeof *slots);
    if (fd < 0 || !slots)
        return perror(argv[2]), 1;
    size_t have = 0;
    for (ssize_t n; (n = read(fd, buffer + have, CHUNK)) > 0;) {
        have += (size_t)n;
        const char *p = buffer, *end = buffer + have;
        for (const char *feed; (feed = memchr(p, '\n', (size_t)(end - p))); p = feed + 1)
            line(p, feed);
        have = (size_t)(end - p);
        if (have > CHUNK)
            return 1;
        memmove(buffer, p, have);
    }
    uint64_t threshold = strtoull(argv[3], NULL, 10);
    char text[8];
    for (size_t i = 0; i < SLOTS; i++) {
        uint64_t k = slots[i].key - 1;
        if (slots[i].n > threshold)
            printf("%llu %s %u %s %llu\n", (unsigned long long)(k >> 32) * WINDOW_S,
                   protocol_text((uint32_t)(k >> 16) & 255, text), (unsigned)k & 65535, action_names[k >> 24 & 1],
                   (unsigned long long)slots[i].n);
    }
    return 0;
}
