#include "watched.h"

#include <string.h>

void watched_all(struct watched *w)
{
    memset(w->bits, 0xff, sizeof w->bits);
}

void watched_add(struct watched *w, const struct want *want)
{
    if (want->ports_n == 0)
        watched_all(w);
    for (uint32_t i = 0; i < want->ports_n; i++)
        for (uint32_t port = want->ports[i].first; port <= want->ports[i].last; port++)
            w->bits[port >> 6] |= UINT64_C(1) << (port & 63);
}
