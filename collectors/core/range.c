#include "core/range.h"

#include <stdlib.h>

enum { HEAD_BYTES_MAX = 64 << 10, SEARCH_BYTES = 16 << 10, RANGES_MAX = 1 << 16 };

/* No more ranges than streams can reasonably be. */
static uint64_t step_of(uint64_t size, uint64_t bytes)
{
    return bytes > size / RANGES_MAX ? bytes : size / RANGES_MAX + 1;
}

uint32_t range_count(uint64_t size, uint64_t bytes)
{
    uint64_t step = step_of(size, bytes);
    return size == 0 ? 1 : (uint32_t)((size - 1) / step + 1);
}

struct range range_of(uint32_t number, uint64_t size, uint64_t bytes, uint64_t head)
{
    uint64_t step = step_of(size, bytes);
    bool last = number + 1 == range_count(size, bytes);
    return (struct range){
        .begin = number * step, .end = last ? RANGE_TO_END : (number + 1) * step, .head = head, .number = number
    };
}

uint64_t range_end(const struct range *r)
{
    return r->number == 0 && r->head > r->end ? r->head : r->end;
}

bool range_is_certain(const struct form *form)
{
    return form->framing == FRAMING_LINES && form->state_bytes == 0;
}

bool range_is_possible(const struct form *form)
{
    return form->framing == FRAMING_LINES || form->framing == FRAMING_HEADER_LINES || form->framing == FRAMING_SYSLOG;
}

/* Parse from the file's first byte on: up to the first good record, or to `to`.  *end: behind the last unit. */
static enum status walk(struct input *in, struct reader *reader, bool until_record, uint64_t to, uint64_t *end,
                        struct error *e)
{
    enum status s = input_seek(in, 0, e);
    parser_reset(&reader->parser);
    framer_start(reader->framer, (struct framer_point){ 0 });
    *end = 0;
    while (s == STATUS_OK && *end < to) {
        struct unit u;
        s = framer_next(reader->framer, &u);
        if (s == STATUS_OK) {
            *end = u.end;
            if (u.fault != UNIT_SOUND || u.bytes.n == 0)
                continue;
            enum parse_result result = parser_parse(&reader->parser, u.bytes, &reader->record);
            if (until_record && (result == PARSE_RECORD || result == PARSE_SKIP))
                return STATUS_OK;
        } else if (s == STATUS_AGAIN) {
            size_t room, got;
            char *space = framer_space(reader->framer, &room);
            s = input_read(in, space, room, &got, e);
            if (s == STATUS_OK)
                framer_fed(reader->framer, got);
            else if (s == STATUS_END)
                framer_finish(reader->framer);
            s = s == STATUS_END ? STATUS_OK : s;
        }
    }
    if (s == STATUS_END)
        return error_set(e, STATUS_INPUT, "%s: is shorter now than when it was read first", input_name(in));
    return until_record ? STATUS_LIMIT : s;
}

bool range_find_head(struct input *in, struct reader *reader, uint64_t *head)
{
    struct error e;
    return walk(in, reader, true, HEAD_BYTES_MAX, head, &e) == STATUS_OK;
}

enum status range_first_line(const struct range *r, struct input *in, uint64_t *first, struct error *e)
{
    uint64_t begin = r->begin > r->head ? r->begin : r->head;
    *first = r->number == 0 ? 0 : begin;
    if (r->number == 0 || begin >= r->end)
        return STATUS_OK;
    uint64_t at = begin - 1;
    char *bytes = allocate(1, SEARCH_BYTES);
    enum status s = input_seek(in, at, e);
    /* A line that begins behind the range is the next one's: nobody looks farther than that. */
    while (s == STATUS_OK && at + 1 < r->end) {
        size_t got;
        s = input_read(in, bytes, SEARCH_BYTES, &got, e);
        if (s != STATUS_OK)
            break;
        size_t n = span_find(span_of(bytes, got), '\n', 0);
        at += n;
        if (n < got)
            break;
    }
    free(bytes);
    *first = s == STATUS_END ? at : at + 1;
    return s == STATUS_END ? STATUS_OK : s;
}

enum status range_state(const struct range *r, struct input *in, struct reader *reader, void *state, struct error *e)
{
    uint64_t end;
    enum status s = walk(in, reader, false, r->head, &end, e);
    memcpy(state, reader->parser.state, reader->form->state_bytes);
    return s;
}

bool range_holds(const struct range *r, const struct parser *p, const void *state)
{
    return r->end == RANGE_TO_END || p->form->state_bytes == 0 || memcmp(p->state, state, p->form->state_bytes) == 0;
}
