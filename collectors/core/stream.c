#include "core/stream.h"

#include "core/headers.h"

#include <stdio.h>
#include <stdlib.h>

enum { LONE_RECORD_MS = 40 };

/* A batch covers less than 4 GiB.  A unit over the limit may be longer: its rest is covered by batches without rows.  A
 * batch ends before a gap (blanks, what stands around records) of half of this, so that its last row lies inside. */
#define SPAN_BYTES (UINT64_C(2) << 30)

/* What was true at a position where a batch ended. */
struct mark {
    struct framer_point point;
    uint64_t ordinal;
    int64_t high_water_ms;
};

struct stream {
    struct stream_options o;
    char id[24];
    struct input *input;
    enum stream_state stage;
    uint64_t epoch;
    uint64_t acknowledged;
    uint64_t furthest;    /* end of the furthest batch given */
    uint64_t rejected_to; /* rejects below have been noted */
    bool failed;
    uint64_t failed_at; /* where it is given up */
    struct mark *marks; /* ascending; the first is the last one not above `acknowledged` */
    size_t marks_n, marks_capacity;
    struct headers headers;
    void *state;         /* a range's: of the parser behind the file's head; NULL: not read yet */
    uint64_t first_line; /* a range's: where it begins */

    /* while it is read */
    struct reader *reader;
    uint64_t from; /* where the batch in the making begins; records below are only counted */
    uint64_t from_ordinal;
    struct mark here; /* behind the last unit */
    bool batch_open;
    bool header_met; /* in a range, and no record since */
    bool broken;     /* the file cannot be read in ranges */
    bool unit_held;  /* read, but the batch must go first */
    bool inside;     /* the unit has further parts: `here` is ahead of what has been taken */
    uint64_t taken;  /* then: behind where the last part begins */
    struct unit held;
    uint64_t size_bytes;
    int64_t waiting_since_ms; /* of the first record in the batch; live inputs */
    struct stream_end end;
};

static bool is_range(const struct stream *s)
{
    return s->o.range.end != 0;
}

/* Behind what has been taken. */
static uint64_t taken_to(const struct stream *s)
{
    return s->inside ? s->taken : s->here.point.position;
}

static void push_mark(struct stream *s)
{
    if (s->marks_n && s->marks[s->marks_n - 1].point.position >= s->here.point.position)
        return;
    if (s->marks_n == s->marks_capacity) {
        s->marks_capacity = s->marks_capacity ? 2 * s->marks_capacity : 16;
        s->marks = allocate_more(s->marks, s->marks_capacity, sizeof *s->marks);
    }
    s->marks[s->marks_n++] = s->here;
}

struct stream *stream_new(const struct stream_options *o, struct input **input)
{
    struct stream *s = allocate(1, sizeof *s);
    s->o = *o;
    if (s->o.span_bytes == 0)
        s->o.span_bytes = SPAN_BYTES;
    if (is_range(s))
        snprintf(s->id, sizeof s->id, "%u.%u", o->id, o->range.number);
    else
        snprintf(s->id, sizeof s->id, "%u", o->id);
    s->input = *input;
    *input = NULL;
    s->size_bytes = input_size_bytes(s->input);
    if (is_range(s)) {
        uint64_t end = o->range.end < s->size_bytes ? o->range.end : s->size_bytes;
        s->size_bytes = end > o->range.begin ? end - o->range.begin : 0;
    }
    s->epoch = o->epoch;
    s->here.high_water_ms = TIMESTAMP_NONE;
    s->here.point.position = s->from = s->furthest = s->acknowledged = o->range.begin;
    push_mark(s);
    return s;
}

void stream_free(struct stream **stream)
{
    struct stream *s = *stream;
    if (!s)
        return;
    readers_give(s->o.readers, &s->reader);
    input_close(&s->input);
    headers_fini(&s->headers);
    free(s->marks);
    free(s->state);
    free(s);
    *stream = NULL;
}

/* Where the range's first line begins, and what was in force there; the reader has a parser as at the file's start. */
static enum status begin_range(struct stream *s, struct error *e)
{
    const struct range *r = &s->o.range;
    struct reader *reader = s->reader;
    if (!s->state) {
        s->state = allocate(1, reader->form->state_bytes ? reader->form->state_bytes : 1);
        enum status status = range_first_line(r, s->input, &s->first_line, e);
        if (status == STATUS_OK && reader->form->state_bytes)
            status = range_state(r, s->input, reader, s->state, e);
        if (status != STATUS_OK) {
            free(s->state);
            s->state = NULL;
            return status;
        }
    }
    parser_reset(&reader->parser);
    if (r->number)
        memcpy(reader->parser.state, s->state, reader->form->state_bytes);
    if (s->here.point.position < s->first_line)
        s->here.point.position = s->first_line;
    return STATUS_OK;
}

/* Begin to read at `s->from`, from the last mark not above it. */
static enum status start_reading(struct stream *s, struct error *e)
{
    while (s->marks_n > 1 && s->marks[s->marks_n - 1].point.position > s->from)
        s->marks_n--;
    s->here = s->marks[s->marks_n - 1];
    s->from_ordinal = s->here.ordinal;
    s->reader = readers_take(s->o.readers, s->o.form, &s->o.parse);
    enum status status = is_range(s) ? begin_range(s, e) : STATUS_OK;
    if (status == STATUS_OK)
        status = input_seek(s->input, s->here.point.position, e);
    if (status != STATUS_OK) {
        readers_give(s->o.readers, &s->reader);
        return status;
    }
    headers_cut(&s->headers, s->here.point.position);
    headers_replay(&s->headers, &s->reader->parser, &s->reader->record);
    framer_start(s->reader->framer, s->here.point);
    s->batch_open = s->unit_held = s->inside = s->header_met = false;
    return STATUS_OK;
}

static void stop_reading(struct stream *s)
{
    readers_give(s->o.readers, &s->reader);
    if (s->input)
        input_rest(s->input);
    s->batch_open = s->unit_held = s->inside = false;
}

/* A position as others are told it. */
static uint64_t told(const struct stream *s, uint64_t position)
{
    return position - s->o.range.begin;
}

static void open_batch(struct stream *s)
{
    if (s->batch_open)
        return;
    memcpy(s->reader->parser.wanted, s->o.readers->wanted, sizeof s->reader->parser.wanted);
    batcher_begin(s->reader->batcher, s->o.readers->wanted, told(s, s->from));
    s->batch_open = true;
    s->waiting_since_ms = -1;
}

static void note_reject(struct stream *s, const struct unit *u, const char *reason)
{
    if (u->position < s->rejected_to)
        return;
    s->rejected_to = u->position + 1;
    if (s->o.rejects)
        rejects_add(s->o.rejects, &(struct reject){ input_name(s->input), u->position, s->here.ordinal, s->first_line,
                                                    reason, u->bytes });
}

static void take_record(struct stream *s, const struct unit *u, enum parse_result result, const char *reason)
{
    static const enum verdict verdicts[] = {
        [PARSE_SKIP] = VERDICT_SKIP, [PARSE_BAD] = VERDICT_BAD, [PARSE_LIMIT] = VERDICT_LIMIT
    };
    const struct record *r = &s->reader->record;
    bool again = u->position < s->from; /* applied already: only counted */
    s->here.ordinal++;
    headers_close_block(&s->headers);
    if (again)
        s->from_ordinal = s->here.ordinal;
    if (result == PARSE_RECORD) {
        if (r->time_ms > s->here.high_water_ms)
            s->here.high_water_ms = r->time_ms;
        if (!again)
            batcher_append(s->reader->batcher, r, told(s, u->position));
        return;
    }
    if (!reason)
        reason = "unknown";
    if (result != PARSE_SKIP)
        note_reject(s, u, reason);
    if (!again)
        batcher_append_other(s->reader->batcher, verdicts[result], reason, told(s, u->position));
}

/* Does what is read here depend on what only a reader of the whole file can know? */
static bool range_is_broken(const struct stream *s)
{
    return is_range(s) && !range_holds(&s->o.range, &s->reader->parser, s->state);
}

static void take_result(struct stream *s, const struct unit *u, enum parse_result result)
{
    struct record *r = &s->reader->record;
    if (result == PARSE_RECORD &&
        (r->time_ms < TIMESTAMP_MIN_MS || r->time_ms > TIMESTAMP_MAX_MS)) { /* TIMESTAMP_NONE too */
        result = PARSE_BAD;
        r->reason = "no_time";
    }
    if (result == PARSE_HEADER) {
        headers_add(&s->headers, u);
        s->header_met = true;
    } else if (result != PARSE_NOTHING) {
        take_record(s, u, result, r->reason);
        if (s->header_met && is_range(s) && u->end > s->o.range.head)
            s->broken = range_is_broken(s);
        s->header_met = false;
    }
}

/* The unit that is held was cut by its parser: a part is like a unit that begins at its offset. */
static void take_part(struct stream *s, enum parse_result result)
{
    const struct record *r = &s->reader->record;
    struct unit part = s->held;
    CHECK(r->offset < part.bytes.n && part.position + r->offset >= s->taken);
    part.position += r->offset;
    part.bytes = span_from(part.bytes, r->offset);
    if (r->length && r->length < part.bytes.n)
        part.bytes.n = r->length;
    s->inside = r->more;
    s->taken = part.position + 1;
    take_result(s, &part, result);
}

static void take_more(struct stream *s)
{
    open_batch(s);
    take_part(s, parser_parse_more(&s->reader->parser, s->held.bytes, &s->reader->record));
}

static void take_unit(struct stream *s, const struct unit *u)
{
    const struct record *r = &s->reader->record;
    open_batch(s);
    s->here.point = (struct framer_point){ u->end, u->mode };
    if (u->fault == UNIT_MALFORMED) {
        take_record(s, u, PARSE_BAD, u->reason);
        return;
    }
    if (u->fault == UNIT_OVER_LIMIT) {
        take_record(s, u, PARSE_LIMIT, u->reason);
        return;
    }
    if (u->bytes.n == 0)
        return;
    enum parse_result result = parser_parse_unit(&s->reader->parser, u, &s->reader->record);
    if (r->more || r->offset) {
        s->taken = u->position;
        take_part(s, result);
    } else
        take_result(s, u, result);
}

/* Give what has been gathered, up to `here`, or as far as a batch may go. */
static enum status emit(struct stream *s, const struct batch **out)
{
    uint64_t to = taken_to(s);
    if (to - s->from > s->o.span_bytes)
        to = s->from + s->o.span_bytes;
    open_batch(s);
    struct batch *b = batcher_finish(s->reader->batcher);
    b->source = span_text(s->o.source);
    b->stream = stream_id(s);
    b->epoch = s->epoch;
    b->from_ordinal = s->from_ordinal;
    b->to = told(s, to);
    b->to_ordinal = s->here.ordinal;
    b->high_water_ms = s->here.high_water_ms;
    *out = b;
    if (!s->inside && to == s->here.point.position) /* inside a unit nothing can begin again */
        push_mark(s);
    s->from = to;
    s->from_ordinal = s->here.ordinal;
    if (s->from > s->furthest)
        s->furthest = s->from;
    s->batch_open = false;
    return STATUS_OK;
}

/* Nothing has arrived: does what was gathered have to go now? */
static enum status wait_or_emit(struct stream *s, int64_t now_ms, const struct batch **out)
{
    if (s->here.point.position <= s->from) {
        /* One unit, or what stands around units, fills the whole spool: framing has seen it, so it may go.  A rewind to
         * `from` needs no bytes (stream_rewind). */
        if (input_is_full(s->input) && s->acknowledged == s->from)
            input_release(s->input, input_position(s->input));
        return STATUS_AGAIN;
    }
    if (s->waiting_since_ms < 0)
        s->waiting_since_ms = now_ms;
    return now_ms - s->waiting_since_ms >= LONE_RECORD_MS || input_is_full(s->input) ? emit(s, out) : STATUS_AGAIN;
}

static enum status end_here(struct stream *s)
{
    s->end = (struct stream_end){ s->epoch, told(s, s->here.point.position), s->here.ordinal, s->here.high_water_ms };
    s->stage = STREAM_AT_END;
    stop_reading(s);
    return STATUS_END;
}

static enum status finish(struct stream *s, const struct batch **out)
{
    return s->here.point.position > s->from ? emit(s, out) : end_here(s);
}

/* The next unit, unless the batch must go before it (STATUS_FULL). */
static enum status take_next(struct stream *s)
{
    struct unit *u = &s->held;
    if (s->inside) {
        take_more(s);
        return STATUS_OK;
    }
    if (!s->unit_held) {
        if (is_range(s) && s->here.point.position >= range_end(&s->o.range))
            return range_is_broken(s) ? STATUS_BAD : STATUS_END;
        enum status status = framer_next(s->reader->framer, u);
        if (status != STATUS_OK)
            return status;
        if (u->counted && is_range(s) && s->o.range.end != RANGE_TO_END)
            return STATUS_BAD;
    }
    if (u->position > s->from && u->position - s->from > s->o.span_bytes / 2) {
        s->unit_held = true;
        s->here.point = (struct framer_point){ u->position, u->mode };
        return STATUS_FULL;
    }
    s->unit_held = false;
    take_unit(s, u);
    return s->broken ? STATUS_BAD : STATUS_OK;
}

static enum status fail(struct stream *s)
{
    uint64_t at = s->here.point.position > s->from ? s->here.point.position : s->from;
    if (!s->failed || at < s->failed_at) /* after a rewind it may be given up earlier than before */
        s->failed_at = at;
    s->failed = true;
    return STATUS_INPUT;
}

/* More bytes for framing. */
static enum status feed(struct stream *s, struct error *e)
{
    size_t room, got;
    char *to = framer_space(s->reader->framer, &room);
    enum status status = input_read(s->input, to, room, &got, e);
    if (status == STATUS_OK)
        framer_fed(s->reader->framer, got);
    else if (status == STATUS_END)
        framer_finish(s->reader->framer);
    else if (status != STATUS_AGAIN)
        return fail(s);
    return status == STATUS_END ? STATUS_OK : status;
}

enum status stream_next(struct stream *s, int64_t now_ms, const struct batch **out, struct error *e)
{
    if (s->stage != STREAM_READING)
        return STATUS_END;
    if (!s->reader && start_reading(s, e) != STATUS_OK)
        return s->failed ? end_here(s) : fail(s);
    for (;;) {
        if (s->failed && !s->inside && s->here.point.position >= s->failed_at)
            return finish(s, out);
        if (s->batch_open && taken_to(s) > s->from && batcher_is_full(s->reader->batcher, told(s, taken_to(s))))
            return emit(s, out);
        enum status status = take_next(s);
        if (status == STATUS_OK)
            continue;
        if (status == STATUS_FULL)
            return emit(s, out);
        if (status == STATUS_END) {
            s->here.point = framer_point(s->reader->framer);
            return finish(s, out);
        }
        if (status == STATUS_BAD)
            return status;
        status = feed(s, e);
        if (status == STATUS_AGAIN)
            return wait_or_emit(s, now_ms, out);
        if (status != STATUS_OK)
            return status;
    }
}

bool stream_rewind(struct stream *s, uint64_t position, uint64_t epoch, struct stream_lost *lost)
{
    *lost = (struct stream_lost){ position, position, 0 };
    if (s->stage == STREAM_ENDED || epoch < s->epoch || epoch == UINT64_MAX || position > told(s, s->furthest))
        return false;
    position += s->o.range.begin;
    s->epoch = epoch + 1;
    s->stage = STREAM_READING;
    if (s->reader && position == s->from)
        return true; /* nothing that was given is asked for: the batch in the making goes on */
    stop_reading(s);
    uint64_t oldest = input_oldest(s->input);
    size_t first = 0;
    while (first + 1 < s->marks_n && s->marks[first].point.position < oldest)
        first++;
    oldest = s->marks[first].point.position;
    if (position < oldest) {
        lost->to = told(s, oldest);
        lost->ordinal = s->marks[first].ordinal;
        position = oldest;
    }
    s->from = position;
    return true;
}

void stream_acknowledge(struct stream *s, uint64_t position, bool ended)
{
    if (s->stage == STREAM_ENDED || position > told(s, s->furthest))
        return;
    position += s->o.range.begin;
    if (position > s->acknowledged) {
        s->acknowledged = position;
        size_t keep = 0;
        while (keep + 1 < s->marks_n && s->marks[keep + 1].point.position <= position)
            keep++;
        /* Moving thousands of marks down at every acknowledgement would cost more than keeping some. */
        if (keep > 64 || (input_is_live(s->input) && keep)) {
            memmove(s->marks, s->marks + keep, (s->marks_n - keep) * sizeof *s->marks);
            s->marks_n -= keep;
        }
        headers_acknowledge(&s->headers, position);
        input_release(s->input, s->marks[0].point.position);
    }
    if (ended && s->stage == STREAM_AT_END && told(s, position) == s->end.to) {
        s->stage = STREAM_ENDED;
        input_close(&s->input);
        headers_fini(&s->headers);
        free(s->marks);
        s->marks = NULL;
        free(s->state);
        s->state = NULL;
        s->marks_n = s->marks_capacity = 0;
    }
}

struct stream_end stream_end(const struct stream *s)
{
    return s->end;
}

enum stream_state stream_state(const struct stream *s)
{
    return s->stage;
}

struct span stream_id(const struct stream *s)
{
    return span_text(s->id);
}

uint64_t stream_epoch(const struct stream *s)
{
    return s->epoch;
}

bool stream_is_waiting(const struct stream *s)
{
    return s->batch_open && taken_to(s) > s->from;
}

bool stream_has_failed(const struct stream *s)
{
    return s->failed;
}

uint64_t stream_records(const struct stream *s)
{
    return s->here.ordinal;
}

uint64_t stream_done_bytes(const struct stream *s)
{
    if (!s->input)
        return s->size_bytes;
    uint64_t done = input_done_bytes(s->input), begin = s->o.range.begin;
    done = done > begin ? done - begin : 0;
    return done < s->size_bytes ? done : s->size_bytes;
}

struct input *stream_input(const struct stream *s)
{
    return s->input;
}
