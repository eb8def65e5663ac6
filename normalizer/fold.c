#include "fold.h"

#include "common/utf8.h"
#include "lookups.h"

#define T(text)                                                                                                        \
    {                                                                                                                  \
        (text), sizeof(text) - 1                                                                                       \
    }

/* Longer than every known value, in bytes of any character that folds to one. */
enum { KNOWN_BYTES_MAX = 128 };

static const struct span directions[] = {
    T("Inbound"), T("Outbound"), T("Local"), T("External"), T("Listen"), T("NA")
};
static const struct span actions[] = {
    T("Allow"),   T("Deny"),    T("Drop"),    T("Drop ICMP"), T("Reset"), T("Reset Source"), T("Reset Destination"),
    T("Encrypt"), T("Decrypt"), T("VPNroute")
};

/* `lowered` is simple lower case; known values are ASCII. */
static bool equals(struct span known, struct span lowered)
{
    return known.n == lowered.n && known.n > 0 && span_equal_nocase(known, lowered);
}

struct span fold_known(enum fold_field field, struct span text)
{
    struct span found = { NULL, 0 };
    if (text.n == 0 || text.n > KNOWN_BYTES_MAX)
        return found;
    /* The Kelvin sign folds to k: what is compared is the text in lower case, not its bytes. */
    bool ascii = true;
    for (size_t i = 0; i < text.n; i++)
        ascii = ascii && (unsigned char)text.p[i] < 0x80;
    struct buffer lower = { 0 };
    if (!ascii) {
        utf8_append_lower(&lower, text);
        text = buffer_span(&lower);
    }
    if (field == FOLD_PROTOCOL) {
        for (unsigned n = 0; n < LOOKUP_PROTOCOLS && !found.n; n++)
            if (equals(lookup_protocol_name(n), text))
                found = lookup_protocol_name(n);
    } else {
        const struct span *known = field == FOLD_DIRECTION ? directions : actions;
        size_t n = field == FOLD_DIRECTION ? sizeof directions / sizeof *directions : sizeof actions / sizeof *actions;
        for (size_t i = 0; i < n && !found.n; i++)
            if (equals(known[i], text))
                found = known[i];
    }
    buffer_fini(&lower);
    return found;
}

struct span fold(enum fold_field field, struct span text)
{
    struct span known = fold_known(field, text);
    return known.n ? known : text;
}
