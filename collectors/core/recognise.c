#include "core/recognise.h"

#include <stdlib.h>

enum { QUIET_MS = 100, QUIET_WITHOUT_LINE_MS = 2000 };

/* Some senders end a line with NUL, so a likely form stands; what is only possible is not, in bytes that are no text.
 */
const struct form *recognise_head(const struct collector *c, struct span head)
{
    bool binary = span_find(head, '\0', 0) < head.n;
    const struct form *best = NULL;
    enum probe_result best_result = PROBE_NO;
    for (unsigned i = 0; i < c->forms_n; i++) {
        enum probe_result result = c->forms[i].probe ? c->forms[i].probe(head) : PROBE_NO;
        if (binary && result == PROBE_POSSIBLE)
            result = PROBE_NO;
        if (result > best_result) {
            best = &c->forms[i];
            best_result = result;
        }
    }
    return best;
}

void recognition_fini(struct recognition *r)
{
    buffer_fini(&r->head);
    *r = (struct recognition){ 0 };
}

/* STATUS_OK: the head is as long as it will be. */
static enum status read_head(struct input *in, struct recognition *r, struct error *e)
{
    while (!r->ended && r->head.n < PROBE_BYTES) {
        size_t got;
        enum status s =
            input_read(in, buffer_reserve(&r->head, PROBE_BYTES - r->head.n), PROBE_BYTES - r->head.n, &got, e);
        if (s == STATUS_OK) {
            r->head.n += got;
            r->quiet_since_ms = monotonic_now_ms();
        } else if (s == STATUS_END) {
            r->ended = true;
        } else if (s == STATUS_AGAIN) {
            bool line = span_find(buffer_span(&r->head), '\n', 0) < r->head.n;
            int64_t quiet_ms = r->head.n ? monotonic_now_ms() - r->quiet_since_ms : 0;
            bool enough = input_is_full(in) || quiet_ms >= (line ? QUIET_MS : QUIET_WITHOUT_LINE_MS);
            return enough ? STATUS_OK : STATUS_AGAIN;
        } else {
            return s;
        }
    }
    return STATUS_OK;
}

static enum status like_no_form(const struct collector *c, const struct input *in, struct error *e)
{
    struct buffer names = { 0 };
    for (unsigned i = 0; i < c->forms_n; i++)
        buffer_append_format(&names, "%s%s", i ? ", " : "", c->forms[i].name);
    (void)error_set(e, STATUS_INPUT, "%s: this does not look like any form of %s (%.*s)", input_name(in), c->id,
                    (int)names.n, names.p ? names.p : "");
    buffer_fini(&names);
    return STATUS_INPUT;
}

enum status recognise_input(const struct collector *c, const struct form *forced, struct input *in,
                            struct recognition *r, const struct form **out, struct error *e)
{
    *out = forced;
    if (forced && input_is_live(in))
        return STATUS_OK;
    enum status s = read_head(in, r, e);
    if (s == STATUS_OK)
        s = input_seek(in, 0, e);
    input_rest(in);
    if (s != STATUS_OK || forced)
        return s;
    struct span head = buffer_span(&r->head);
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    *out = head.n ? recognise_head(c, head) : &c->forms[0];
    return *out ? STATUS_OK : like_no_form(c, in, e);
}
