#include "core/identify.h"

#include "core/paths.h"
#include "core/reader.h"
#include "core/recognise.h"

#include "common/json_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* What the units of a head turned out to be. */
struct verdicts {
    uint64_t records, skipped, malformed;
};

static void count(struct verdicts *v, enum parse_result result)
{
    v->records += result == PARSE_RECORD;
    v->skipped += result == PARSE_SKIP;
    v->malformed += result == PARSE_BAD || result == PARSE_LIMIT;
}

static void count_unit(struct verdicts *v, struct reader *reader, const struct unit *u)
{
    if (u->fault != UNIT_SOUND) {
        v->malformed++;
        return;
    }
    if (u->bytes.n == 0)
        return;
    count(v, parser_parse_unit(&reader->parser, u, &reader->record));
    while (reader->record.more)
        count(v, parser_parse_more(&reader->parser, u->bytes, &reader->record));
}

/* `ended`: the head is all there is; else its last unit may be cut and is not looked at. */
static struct verdicts parse_head(struct reader *reader, struct span head, bool ended)
{
    struct verdicts v = { 0 };
    struct unit u;
    framer_start(reader->framer, (struct framer_point){ 0 });
    for (;;) {
        enum status s = framer_next(reader->framer, &u);
        if (s == STATUS_OK) {
            count_unit(&v, reader, &u);
        } else if (s == STATUS_AGAIN && head.n) {
            size_t room;
            char *space = framer_space(reader->framer, &room);
            size_t n = room < head.n ? room : head.n;
            memcpy(space, head.p, n);
            framer_fed(reader->framer, n);
            head = span_from(head, n);
        } else if (s == STATUS_AGAIN && ended) {
            ended = false;
            framer_finish(reader->framer);
        } else {
            return v;
        }
    }
}

/* The first PROBE_BYTES of a file, and 64 bytes behind them. */
static enum status read_head(struct input *in, struct buffer *head, bool *ended, struct error *e)
{
    enum status s = STATUS_OK;
    while (s == STATUS_OK && head->n < PROBE_BYTES) {
        size_t got = 0, room = PROBE_BYTES - head->n;
        s = input_read(in, buffer_reserve(head, room + 64), room, &got, e);
        head->n += s == STATUS_OK ? got : 0;
    }
    *ended = s == STATUS_END;
    return s == STATUS_END ? STATUS_OK : s;
}

static void append_form(struct buffer *out, const struct collector *c, const struct options *o,
                        const struct buffer *all, bool ended, int64_t time_ms)
{
    struct span head = buffer_span(all);
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    const struct form *form = head.n ? recognise_head(c, head) : NULL;
    if (!form)
        return;
    struct readers readers;
    struct parse_options parse = options_for_parsing(o, time_ms);
    readers_init(&readers, c, &o->limits, o->line_limit_bytes);
    struct reader *reader = readers_take(&readers, form, &parse);
    struct verdicts v = parse_head(reader, buffer_span(all), ended);
    readers_give(&readers, &reader);
    readers_fini(&readers);
    buffer_append_format(
        out, ",\"form\":\"%s\",\"sure\":\"%s\",\"records\":%" PRIu64 ",\"skipped\":%" PRIu64 ",\"malformed\":%" PRIu64,
        form->name, form->probe(head) == PROBE_LIKELY ? "likely" : "possible", v.records, v.skipped, v.malformed);
}

static void append_error(struct buffer *out, const struct error *e)
{
    buffer_append_format(out, ",\"error\":");
    json_append_text(out, span_text(e->text));
}

static void append_file(struct buffer *out, const struct collector *c, const struct options *o, const char *path)
{
    struct error e;
    struct input *in = NULL;
    struct buffer head = { 0 };
    bool ended;
    const struct input_options io = { o->spool_dir, o->spool_bytes };
    buffer_append_format(out, "{\"path\":");
    json_append_text(out, span_text(path));
    enum status s = input_open(path, &io, &in, &e);
    if (s == STATUS_OK && input_is_live(in))
        s = error_set(&e, STATUS_INPUT, "%s: can be read only once; name its source", path);
    if (s == STATUS_OK)
        s = read_head(in, &head, &ended, &e);
    if (s == STATUS_OK)
        append_form(out, c, o, &head, ended, input_time_ms(in));
    else
        append_error(out, &e);
    buffer_append_format(out, "}\n");
    input_close(&in);
    buffer_fini(&head);
}

int identify_print(const struct collector *c, const struct options *o)
{
    struct buffer out = { 0 };
    for (size_t i = 0; i < o->paths_n; i++) {
        struct error e;
        struct paths found = { 0 };
        if (paths_expand(&found, o->paths[i].path, &e) != STATUS_OK) {
            buffer_append_format(&out, "{\"path\":");
            json_append_text(&out, span_text(o->paths[i].path));
            append_error(&out, &e);
            buffer_append_format(&out, "}\n");
        }
        for (size_t k = 0; k < found.n; k++)
            append_file(&out, c, o, found.path[k]);
        paths_fini(&found);
    }
    bool good = fwrite(out.p, 1, out.n, stdout) == out.n && fflush(stdout) == 0;
    buffer_fini(&out);
    return good ? EXIT_CODE_OK : EXIT_CODE_INTERNAL;
}
