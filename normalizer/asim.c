#include "asim.h"

#define ROW(field, kind) { { #field, sizeof #field - 1 }, ASIM_##kind },

const struct asim_field asim_fields[ASIM_COUNT] = { ASIM_FIELDS(ROW) };

int asim_find(struct span name)
{
    for (int i = 0; i < ASIM_COUNT; i++)
        if (span_equal(asim_fields[i].name, name))
            return i;
    return -1;
}
