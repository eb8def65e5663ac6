#include "leftovers.h"

#include <stdlib.h>

void leftovers_clear(struct leftovers *l)
{
    l->reasons_n = 0;
    l->n = 0;
    buffer_clear(&l->positions);
    buffer_clear(&l->numbers);
}

void leftovers_fini(struct leftovers *l)
{
    free(l->of);
    buffer_fini(&l->positions);
    buffer_fini(&l->numbers);
}

/* A reason's number; when a batch has more than fit, the rest of them share one per verdict. */
static uint16_t reason_number(struct leftovers *l, enum verdict verdict, struct span text)
{
    for (unsigned attempt = 0; attempt < 2; attempt++) {
        for (uint32_t i = 0; i < l->reasons_n; i++)
            if (l->reasons[i].verdict == verdict && span_equal(l->reasons[i].text, text))
                return (uint16_t)i;
        if (l->reasons_n < WIRE_REASONS_MAX - 3)
            break;
        text = SPAN_LITERAL("other");
    }
    l->reasons[l->reasons_n] = (struct reason){ verdict, text };
    return (uint16_t)l->reasons_n++;
}

void leftovers_add(struct leftovers *l, uint32_t position, enum verdict verdict, struct span reason)
{
    if (l->n == l->capacity) {
        l->capacity = l->capacity ? 2 * l->capacity : 1024;
        l->of = allocate_more(l->of, l->capacity, sizeof *l->of);
    }
    l->of[l->n++] = (struct leftover){ position, reason_number(l, verdict, reason) };
}

struct others leftovers_merge(struct leftovers *l, const struct others *theirs, uint32_t first, uint32_t end,
                              uint32_t base)
{
    uint32_t n = end - first + l->n, mine = 0;
    while (first < end || mine < l->n) {
        struct leftover one;
        if (mine == l->n || (first < end && others_position(theirs, first) <= l->of[mine].position)) {
            uint16_t reason;
            memcpy(&reason, theirs->reasons + 2 * (size_t)first, sizeof reason);
            one.position = others_position(theirs, first++);
            one.reason = reason_number(l, theirs->reason[reason].verdict, theirs->reason[reason].text);
        } else {
            one = l->of[mine++];
        }
        one.position -= base;
        buffer_append(&l->positions, &one.position, sizeof one.position);
        buffer_append(&l->numbers, &one.reason, sizeof one.reason);
    }
    return (struct others){ n, (const unsigned char *)l->positions.p, (const unsigned char *)l->numbers.p,
                            n ? l->reasons_n : 0, l->reasons };
}
