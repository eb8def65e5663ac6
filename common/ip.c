#include "common/ip.h"

#include <arpa/inet.h>

bool ip_parse(struct span s, struct ip *out)
{
    char text[INET6_ADDRSTRLEN];
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, 0, s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    if (inet_pton(AF_INET, text, out->bytes + 12) == 1) {
        memcpy(out->bytes, mapped, sizeof mapped);
        return true;
    }
    return inet_pton(AF_INET6, text, out->bytes) == 1;
}

struct prefix {
    const char *name;
    unsigned char bytes[4];
    unsigned bits;
};

static bool within(const unsigned char *address, const struct prefix *p)
{
    for (unsigned bit = 0; bit < p->bits; bit++)
        if ((address[bit / 8] ^ p->bytes[bit / 8]) >> (7 - bit % 8) & 1)
            return false;
    return true;
}

/* The narrower prefix stands first. */
static const struct prefix v4[] = {
    { "broadcast", { 255, 255, 255, 255 }, 32 }, { "unspecified", { 0, 0, 0, 0 }, 32 },
    { "documentation", { 192, 0, 2, 0 }, 24 },   { "documentation", { 198, 51, 100, 0 }, 24 },
    { "documentation", { 203, 0, 113, 0 }, 24 }, { "link-local", { 169, 254, 0, 0 }, 16 },
    { "private", { 192, 168, 0, 0 }, 16 },       { "private", { 172, 16, 0, 0 }, 12 },
    { "shared", { 100, 64, 0, 0 }, 10 },         { "private", { 10, 0, 0, 0 }, 8 },
    { "loopback", { 127, 0, 0, 0 }, 8 },         { "multicast", { 224, 0, 0, 0 }, 4 },
};
static const struct prefix v6[] = {
    { "documentation", { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
    { "link-local", { 0xfe, 0x80 }, 10 },
    { "multicast", { 0xff }, 8 },
    { "private", { 0xfc }, 7 },
};

struct span ip_class(struct span s)
{
    struct ip ip;
    if (s.n == 0)
        return SPAN_LITERAL("none");
    if (!ip_parse(s, &ip))
        return SPAN_LITERAL("text");
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff }, zeros[15];
    if (memcmp(ip.bytes, mapped, 12) == 0) {
        for (size_t i = 0; i < sizeof v4 / sizeof v4[0]; i++)
            if (within(ip.bytes + 12, &v4[i]))
                return span_text(v4[i].name);
        return SPAN_LITERAL("public");
    }
    if (memcmp(ip.bytes, zeros, 15) == 0 && ip.bytes[15] <= 1)
        return ip.bytes[15] ? SPAN_LITERAL("loopback") : SPAN_LITERAL("unspecified");
    for (size_t i = 0; i < sizeof v6 / sizeof v6[0]; i++)
        if (within(ip.bytes, &v6[i]))
            return span_text(v6[i].name);
    return SPAN_LITERAL("public");
}

struct span ip_find_v4(struct span s)
{
    struct ip ip;
    for (size_t at = 0; at < s.n;) {
        size_t end = at;
        while (end < s.n && (s.p[end] == '.' || (s.p[end] >= '0' && s.p[end] <= '9')))
            end++;
        struct span token = span_of(s.p + at, end - at);
        if (token.n && span_find(token, '.', 0) < token.n && ip_parse(token, &ip))
            return token;
        at = end > at ? end : at + 1;
    }
    return span_of(s.p, 0);
}
