#include "formats/commonsecuritylog.h"

#include "formats/cef.h"
#include "formats/csv.h"
#include "formats/json.h"
#include "formats/keys.h"
#include "formats/syslog.h"
#include "formats/timetext.h"
#include "common/number.h"

#include <xxhash.h>

_Static_assert(CSL_OWN < CSL_NUMBERS_MAX, "no number is left for the keys of vendors");

static bool bit(const uint64_t *bits, unsigned i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *bits, unsigned i)
{
    bits[i / 64] |= UINT64_C(1) << (i % 64);
}

static void clear_bit(uint64_t *bits, unsigned i)
{
    bits[i / 64] &= ~(UINT64_C(1) << (i % 64));
}

/* Where an older row has what the newer one has in `column`; CSL_NUMBERS_MAX: nowhere. */
static inline unsigned older(unsigned column)
{
    static const uint16_t olders[CSL_NUMBERS_MAX] = {
        [CSL_FieldDeviceCustomNumber1] = CSL_DeviceCustomNumber1,
        [CSL_FieldDeviceCustomNumber2] = CSL_DeviceCustomNumber2,
        [CSL_FieldDeviceCustomNumber3] = CSL_DeviceCustomNumber3,
        [CSL_DeviceEventCategory] = CSL_OLD_cat,
        [CSL_Reason] = CSL_OLD_reason,
        [CSL_EventOutcome] = CSL_OLD_outcome,
        [CSL_StartTime] = CSL_OLD_start,
        [CSL_EndTime] = CSL_OLD_end,
        [CSL_ExtID] = CSL_ExternalID,
        [CSL_ExternalID] = CSL_OLD_externalId,
    };
    _Static_assert(CSL_DeviceAction == 0, "0 is a column that is nobody's older one");
    return olders[column] ? olders[column] : CSL_NUMBERS_MAX;
}

void commonsecuritylog_clear(struct commonsecuritylog *row, const struct parse_options *options)
{
    memset(row->present, 0, sizeof row->present);
    memset(row->escaped, 0, sizeof row->escaped);
    row->options = *options;
    row->day = NULL;
    row->local = NULL;
    row->table = row->extensions_read = row->time_is_number = false;
}

static void set_escaped(struct commonsecuritylog *row, unsigned column, struct span text)
{
    if (text.n == 0)
        return;
    commonsecuritylog_set(row, column, text);
    set_bit(row->escaped, column);
}

/* ------------------------------------------------------------------ native */

enum status commonsecuritylog_from_cef(struct parser *p, struct span line, const char *const *vendors,
                                       struct commonsecuritylog *row, struct span *head, struct span *extension,
                                       const char **reason)
{
    struct span body;
    struct cef_header cef;
    commonsecuritylog_clear(row, p->options);
    *reason = "cef_start";
    if (!cef_find(line, head, &body)) {
        struct syslog_header header;
        if (span_find(line, '|', 0) == line.n)
            return STATUS_BAD;
        syslog_parse(line, p->options, &header);
        *head = span_of(line.p, (size_t)(header.message.p - line.p));
        if (!cef_headless(header.message, &body))
            return STATUS_BAD;
    }
    if (cef_header_read(p, body, vendors, &cef) != STATUS_OK) {
        *reason = "cef_header";
        return STATUS_BAD;
    }
    commonsecuritylog_set(row, CSL_DeviceVendor, cef.vendor);
    commonsecuritylog_set(row, CSL_DeviceProduct, cef.product);
    commonsecuritylog_set(row, CSL_DeviceVersion, cef.version);
    commonsecuritylog_set(row, CSL_DeviceEventClassID, cef.event_class_id);
    commonsecuritylog_set(row, CSL_Activity, cef.name);
    commonsecuritylog_set(row, CSL_LogSeverity, cef.severity);
    *extension = cef.extension;
    return STATUS_OK;
}

void commonsecuritylog_read_cef(struct parser *p, struct span extension, struct commonsecuritylog *row)
{
    struct cef_cursor c;
    struct span key, value;
    cef_begin(&c, extension, p->keys);
    while (cef_next(&c, &key, &value))
        if (c.number != KEY_NONE)
            set_escaped(row, (unsigned)c.number, value);
}

static void want_column(uint64_t *columns, unsigned column)
{
    for (; column < CSL_NUMBERS_MAX; column = older(column))
        set_bit(columns, column);
}

static void make_native(struct parser *p, struct commonsecuritylog_native *native,
                        const struct commonsecuritylog_field *f, unsigned n, const uint16_t *times, unsigned times_n)
{
    uint64_t columns[CSL_NUMBERS_MAX / 64] = { 0 };
    CHECK(n <= COMMONSECURITYLOG_FIELDS_MAX && p->form->memo_bytes >= sizeof *native);
    native->fields_n = 0;
    for (unsigned i = 0; i < n; i++) {
        if (p->collector->fields[f[i].field].kind != FIELD_DESCRIPTOR && !parser_wants(p, f[i].field))
            continue;
        native->fields[native->fields_n++] = f[i];
        want_column(columns, f[i].column);
    }
    for (unsigned i = 0; i < times_n; i++)
        want_column(columns, times[i]);
    want_column(columns, CSL_DeviceTimeZone);
    cef_search_init(&native->search, p->simd);
    for (unsigned i = 0; i < p->form->keys_n; i++)
        if (p->form->keys[i].number < CSL_NUMBERS_MAX && bit(columns, p->form->keys[i].number))
            cef_search_add(&native->search, span_text(p->form->keys[i].name), p->form->keys[i].number);
    memcpy(native->wanted, p->wanted, sizeof native->wanted);
    native->of_fields = f;
    native->of_times = times;
}

struct commonsecuritylog_native *commonsecuritylog_native(struct parser *p, const struct commonsecuritylog_field *f,
                                                          unsigned n, const uint16_t *times, unsigned times_n)
{
    struct commonsecuritylog_native *native = p->memo;
    if (native->of_fields != f || native->of_times != times ||
        memcmp(native->wanted, p->wanted, sizeof native->wanted) != 0)
        make_native(p, native, f, n, times, times_n);
    return native;
}

void commonsecuritylog_search_cef(struct commonsecuritylog_native *native, struct span extension,
                                  struct commonsecuritylog *row)
{
    cef_search_run(&native->search, extension, row->text, row->present, row->escaped);
    row->day = &native->day;
}

/* ------------------------------------------------------------------ table */

/* `StartTime [UTC]` is StartTime; the bracket of a portal export says where its times belong. */
static struct span without_zone(struct span name, bool *local)
{
    if (name.n == 0 || name.p[name.n - 1] != ']')
        return name;
    size_t bracket = span_search(name, SPAN_LITERAL(" ["));
    if (bracket == name.n)
        return name;
    struct span zone = span_of(name.p + bracket + 2, name.n - bracket - 3);
    if (span_equal_nocase(zone, SPAN_LITERAL("Local Time")))
        *local = true;
    return span_of(name.p, bracket);
}

enum status commonsecuritylog_from_json(struct parser *p, struct span unit, struct commonsecuritylog *row,
                                        const char **reason)
{
    struct span key;
    struct json_value value;
    commonsecuritylog_clear(row, p->options);
    row->table = true;
    *reason = "json";
    enum status status = json_open(p->json, unit);
    while (status == STATUS_OK && (status = json_next(p->json, &key, &value)) == STATUS_OK) {
        if (value.kind == JSON_NULL)
            continue;
        bool local = false;
        int column = keys_find(p->keys, key);
        if (column == KEY_NONE)
            column = keys_find(p->keys, without_zone(key, &local));
        if (column == KEY_NONE || column >= CSL_EXTENSIONS)
            continue;
        if (local)
            row->local = p->options;
        if (column == CSL_TimeGenerated && value.text.n)
            row->time_is_number = value.kind == JSON_NUMBER;
        commonsecuritylog_set(row, (unsigned)column, value.text);
    }
    return status == STATUS_END ? STATUS_OK : status;
}

static enum parse_result csv_header(struct parser *p, struct span unit, const struct tokens *fields)
{
    struct commonsecuritylog_csv *state = p->state;
    memset(state, 0, sizeof *state);
    for (uint32_t i = 0; i < fields->n; i++) {
        int column = keys_find(p->keys, without_zone(span_trim(csv_field(p, unit, fields, i)), &state->local));
        if (column == KEY_NONE || column >= CSL_EXTENSIONS)
            continue;
        set_bit(state->present, (unsigned)column);
        state->before[i] = state->last[column];
        state->last[column] = (uint16_t)(i + 1);
    }
    state->columns_n = fields->n;
    state->header_bytes = unit.n;
    state->header_hash = XXH3_64bits(unit.p, unit.n);
    return PARSE_HEADER;
}

/* Framing mostly knows where they are, unless something stands before them that is none of theirs. */
static enum status find_fields(const struct parser *p, struct span unit, bool as_framed, uint32_t *room,
                               struct tokens *fields)
{
    if (p->tokens.n == 0 || !as_framed)
        return csv_fields(unit, ',', room, COMMONSECURITYLOG_CSV_COLUMNS_MAX, fields);
    *fields = p->tokens;
    return fields->n > COMMONSECURITYLOG_CSV_COLUMNS_MAX ? STATUS_LIMIT : STATUS_OK;
}

enum parse_result commonsecuritylog_from_csv(struct parser *p, struct span unit, struct commonsecuritylog *row,
                                             const char **reason)
{
    const struct commonsecuritylog_csv *state = p->state;
    struct tokens *fields = &row->cells.fields;
    commonsecuritylog_clear(row, p->options);
    row->table = true;
    bool marked = span_starts(unit, SPAN_LITERAL("\xEF\xBB\xBF"));
    if (marked)
        unit = span_from(unit, 3);
    if (span_trim(unit).n == 0)
        return PARSE_NOTHING;
    switch (find_fields(p, unit, !marked, row->cells.room, fields)) {
    case STATUS_OK:
        break;
    case STATUS_LIMIT:
        *reason = "field_count";
        return PARSE_LIMIT;
    default:
        *reason = "csv";
        return PARSE_BAD;
    }
    /* Where files were put together their headers stand between the rows. */
    if (state->columns_n == 0 || (unit.n == state->header_bytes && XXH3_64bits(unit.p, unit.n) == state->header_hash))
        return csv_header(p, unit, fields);
    if (fields->n != state->columns_n) {
        *reason = "field_count";
        return PARSE_BAD;
    }
    if (state->local)
        row->local = p->options;
    memcpy(row->present, state->present, sizeof row->present);
    memcpy(row->escaped, state->present, sizeof row->escaped);
    row->cells.parser = p;
    row->cells.header = state;
    row->cells.unit = unit;
    return PARSE_RECORD;
}

/* Where a column stands twice, its last cell that is not empty holds. */
static inline struct span read_cell(struct commonsecuritylog *row, unsigned column)
{
    const struct commonsecuritylog_cells *c = &row->cells;
    clear_bit(row->escaped, column);
    for (unsigned at = c->header->last[column]; at; at = c->header->before[at - 1]) {
        struct span text = csv_field(c->parser, c->unit, &c->fields, at - 1);
        if (text.n)
            return row->text[column] = text;
    }
    clear_bit(row->present, column);
    return span_of(NULL, 0);
}

static void set_extension(struct parser *p, struct commonsecuritylog *row, struct span pair, size_t equals)
{
    int column = keys_find(p->keys, span_of(pair.p, equals));
    if (column >= CSL_EXTENSIONS)
        set_escaped(row, (unsigned)column, span_from(pair, equals + 1));
}

/* `key=value;key=value`: a piece without `=` belongs to the value before it. */
static void read_extensions(struct parser *p, struct commonsecuritylog *row)
{
    row->extensions_read = true;
    struct span all = row->table ? commonsecuritylog_get(row, CSL_AdditionalExtensions) : span_of(NULL, 0);
    if (all.n == 0)
        return;
    struct span pair = span_of(all.p, 0); /* from its key to the end of what is known to be its value */
    size_t pair_equals = 0;
    for (size_t at = 0; at < all.n;) {
        size_t end = span_find(all, ';', at);
        struct span piece = span_of(all.p + at, end - at);
        size_t equals = span_find(piece, '=', 0);
        if (equals < piece.n) {
            if (pair.n)
                set_extension(p, row, pair, pair_equals);
            pair = piece;
            pair_equals = equals;
        } else if (pair.n) {
            pair.n = end - (size_t)(pair.p - all.p);
        }
        at = end + 1;
    }
    if (pair.n)
        set_extension(p, row, pair, pair_equals);
}

/* ------------------------------------------------------------------ looking */

/* AdditionalExtensions of rows keep CEF's escapes; only `\=` is undone, since a row may be resolved already. */
static struct span unescape_equals(struct parser *p, struct span value)
{
    if (span_search(value, SPAN_LITERAL("\\=")) == value.n)
        return value;
    char *to = parser_scratch(p, value.n);
    if (!to)
        return span_of(value.p, 0);
    size_t n = 0;
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] == '\\' && i + 1 < value.n && value.p[i + 1] == '=')
            i++;
        to[n++] = value.p[i];
    }
    return span_of(to, n);
}

/* The column itself, unescaped, where work is left. */
static struct span one_text(struct parser *p, struct commonsecuritylog *row, unsigned column)
{
    if (column >= CSL_EXTENSIONS && !row->extensions_read)
        read_extensions(p, row);
    if (!bit(row->present, column))
        return span_of(NULL, 0);
    if (bit(row->escaped, column)) {
        clear_bit(row->escaped, column);
        row->text[column] = row->table ? unescape_equals(p, row->text[column]) : cef_unescape(p, row->text[column]);
    }
    return row->text[column];
}

static inline struct span get(struct commonsecuritylog *row, unsigned column)
{
    if (!bit(row->present, column))
        return span_of(NULL, 0);
    return row->table && column < CSL_EXTENSIONS && bit(row->escaped, column) ? read_cell(row, column)
                                                                              : row->text[column];
}

struct span commonsecuritylog_get(struct commonsecuritylog *row, unsigned column)
{
    return get(row, column);
}

/* Most texts are there and need no work. */
static inline struct span ready_text(struct parser *p, struct commonsecuritylog *row, unsigned column)
{
    if (row->table && column < CSL_EXTENSIONS)
        return get(row, column);
    if (bit(row->present, column) && !bit(row->escaped, column))
        return row->text[column];
    return one_text(p, row, column);
}

static inline struct span newest_text(struct parser *p, struct commonsecuritylog *row, unsigned column)
{
    struct span text = { NULL, 0 };
    for (; column < CSL_NUMBERS_MAX; column = older(column))
        if ((text = ready_text(p, row, column)).n)
            break;
    return text;
}

struct span commonsecuritylog_text(struct parser *p, struct commonsecuritylog *row, unsigned column)
{
    return newest_text(p, row, column);
}

/* Digits and nothing else, as most numbers are; false says nothing about others. */
static inline bool few_digits(struct span text, int64_t *value)
{
    if (text.n - 1 > 9)
        return false;
    *value = 0;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned char)text.p[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        *value = *value * 10 + digit;
    }
    return true;
}

bool commonsecuritylog_integer(struct parser *p, struct commonsecuritylog *row, unsigned column, int64_t *value)
{
    for (; column < CSL_NUMBERS_MAX; column = older(column)) {
        struct span text = ready_text(p, row, column);
        if (few_digits(text, value) || number_parse_whole(text, value))
            return true;
    }
    return false;
}

static bool time_of(struct commonsecuritylog *row, unsigned column, struct span text,
                    const struct parse_options *options, int64_t *ms)
{
    if (text.n == 0)
        return false;
    if (column == CSL_TimeGenerated && row->time_is_number)
        return timetext_number(text, ms);
    if (row->table && (column == CSL_TimeGenerated || column == CSL_StartTime || column == CSL_EndTime) &&
        timetext_row(text, row->local, ms))
        return true;
    return row->day ? timetext_device_day(row->day, text, options, ms) : timetext_device(text, options, ms);
}

bool commonsecuritylog_time(struct parser *p, struct commonsecuritylog *row, unsigned column, int64_t *ms)
{
    struct parse_options options = row->options;
    int32_t offset_s;
    struct span zone = ready_text(p, row, CSL_DeviceTimeZone);
    if (zone.n && timetext_zone(zone, &offset_s))
        parse_options_set_offset(&options, offset_s);
    for (; column < CSL_NUMBERS_MAX; column = older(column))
        if (time_of(row, column, ready_text(p, row, column), &options, ms))
            return true;
    return false;
}

void commonsecuritylog_put(struct parser *p, struct commonsecuritylog *row, const struct commonsecuritylog_field *f,
                           unsigned n, struct record *r)
{
    for (unsigned i = 0; i < n; i++) {
        enum field_kind kind = p->collector->fields[f[i].field].kind;
        int64_t number;
        if (kind != FIELD_DESCRIPTOR && !parser_wants(p, f[i].field))
            continue;
        switch (kind) {
        case FIELD_DESCRIPTOR:
        case FIELD_TEXT:
            record_set_text(r, f[i].field, newest_text(p, row, f[i].column));
            break;
        case FIELD_INTEGER:
            if (commonsecuritylog_integer(p, row, f[i].column, &number))
                record_set_number(r, f[i].field, number);
            break;
        case FIELD_PORT:
            if (commonsecuritylog_integer(p, row, f[i].column, &number))
                record_set_port(r, f[i].field, number);
            break;
        case FIELD_TIME:
            if (commonsecuritylog_time(p, row, f[i].column, &number))
                record_set_number(r, f[i].field, number);
            break;
        }
    }
}

/* ------------------------------------------------------------------ recognition */

static struct span without_front(struct span head)
{
    if (span_starts(head, SPAN_LITERAL("\xEF\xBB\xBF")))
        head = span_from(head, 3);
    return span_trim(head);
}

enum probe_result commonsecuritylog_probe_json(struct span head)
{
    head = without_front(head);
    if (head.n == 0 || (head.p[0] != '{' && head.p[0] != '['))
        return PROBE_NO;
    return span_search(head, SPAN_LITERAL("\"DeviceVendor\"")) < head.n ? PROBE_LIKELY : PROBE_POSSIBLE;
}

enum probe_result commonsecuritylog_probe_csv(struct span head)
{
    head = without_front(head);
    if (head.n == 0 || head.p[0] == '{' || head.p[0] == '[' || head.p[0] == '<')
        return PROBE_NO;
    struct span line = span_of(head.p, span_find(head, '\n', 0));
    return span_search(line, SPAN_LITERAL("DeviceVendor")) < line.n && span_find(line, ',', 0) < line.n &&
                   span_search(line, SPAN_LITERAL("CEF:")) == line.n
               ? PROBE_LIKELY
               : PROBE_NO;
}
