/* Cisco Identity Services Engine: diagnostics about connections, as syslog and as rows of Syslog.
 *
 * `… <sequence: ten digits> <code> <SEVERITY> <class>: <text>, key=value, key=value, …`.  Commas and backslashes inside
 * of values are escaped; the first occurrence of a key counts.  Which codes are sessions says the map. Source: Cisco
 * ISE syslog message catalog (3.x).
 */
#include "formats/commonsecuritylog_forms.h"
#include "formats/keyvalue.h"
#include "formats/row_forms.h"
#include "formats/wrapped.h"

#include "common/ip.h"
#include "common/number.h"

#include <ctype.h>

/* Field, kind, the message's key. */
/* clang-format off */
#define FIELDS(X) \
    X(src_port, PORT, "Device Port") X(dst_port, PORT, "DestinationPort") \
    X(device_ip, TEXT, "Device IP Address") X(remote_ip, TEXT, "Remote-Address") X(dst_ip, TEXT, "DestinationIPAddress") \
    X(user, TEXT, "UserName") X(user_name, TEXT, "User-Name") X(user_field, TEXT, "User") \
    X(protocol, TEXT, "Protocol") X(network_device, TEXT, "NetworkDeviceName") X(failure_reason, TEXT, "FailureReason") \
    X(calling, TEXT, "Calling-Station-ID") X(called, TEXT, "Called-Station-ID")
/* clang-format on */

#define FIELD_NUMBER(name, kind, key) F_##name,
enum {
    FIELDS(FIELD_NUMBER) F_code, /* descriptor */
    F_calling_ip,                /* out of Calling-Station-ID */
    F_calling_host,
    F_src_mac,
    F_dst_mac,
    F_computer,
    F_host_name,
    F_host_ip,
    F_event_time,
    FIELDS_N,
    COLUMN_TIME = FIELDS_N,
    COLUMN_TYPE,
    COLUMN_EVENT_TIME,
    COLUMN_PROCESS,
    COLUMN_MESSAGE,
    COLUMN_COMPUTER,
    COLUMN_HOST_NAME,
    COLUMN_HOST_IP,
    KEY_OPERATION /* of messages: a text that may name the ends of a connection */
};

#define FIELD_ROW(name, kind, key) { #name, FIELD_##kind },
static const struct field fields[] = {
    FIELDS(FIELD_ROW){ "code", FIELD_DESCRIPTOR },
    { "calling_ip", FIELD_TEXT },
    { "calling_host", FIELD_TEXT },
    { "src_mac", FIELD_TEXT },
    { "dst_mac", FIELD_TEXT },
    { "computer", FIELD_TEXT },
    { "host_name", FIELD_TEXT },
    { "host_ip", FIELD_TEXT },
    { "event_time", FIELD_TIME },
};

#define FIELD_KEY(name, kind, key) { key, F_##name },
static const struct key message_keys[] = { FIELDS(FIELD_KEY){ "OperationMessageText", KEY_OPERATION } };
static const struct key table_keys[] = {
    FIELDS(FIELD_KEY) ROW_TIME_GENERATED(COLUMN_TIME),
    { "Type", COLUMN_TYPE },
    { "EventTime", COLUMN_EVENT_TIME },
    { "EventTime [UTC]", COLUMN_EVENT_TIME },
    { "ProcessName", COLUMN_PROCESS },
    { "SyslogMessage", COLUMN_MESSAGE },
    { "Computer", COLUMN_COMPUTER },
    { "HostName", COLUMN_HOST_NAME },
    { "HostIP", COLUMN_HOST_IP },
};

/* ------------------------------------------------------------------ the message */

/* A word is a run of letters and digits. */
static bool has_word(struct span text, struct span word)
{
    for (size_t at = 0; at < text.n;) {
        size_t found = at + span_search(span_from(text, at), word);
        if (found >= text.n)
            return false;
        size_t end = found + word.n;
        if ((found == 0 || !isalnum((unsigned char)text.p[found - 1])) &&
            (end == text.n || !isalnum((unsigned char)text.p[end])))
            return true;
        at = end;
    }
    return false;
}

static bool is_ours(struct span text)
{
    return has_word(text, SPAN_LITERAL("CISE")) || has_word(text, SPAN_LITERAL("CSCO"));
}

static bool is_number(struct span s, size_t low, size_t high)
{
    if (s.n < low || s.n > high)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return true;
}

static bool is_severity(struct span s)
{
    static const char *const words[] = { "NOTICE", "INFO", "WARN", "WARNING", "ERROR", "FATAL", "DEBUG", NULL };
    for (const char *const *w = words; *w; w++)
        if (span_is(s, *w))
            return true;
    return false;
}

/* What stands before the attributes: the last tokens that were read, the newest last. */
struct heading {
    struct span date, time, zone, sequence, code;
    size_t end; /* behind the severity */
};

static bool find_heading(struct span message, struct heading *h)
{
    *h = (struct heading){ 0 };
    for (size_t at = 0; at < message.n;) {
        while (at < message.n && message.p[at] == ' ')
            at++;
        size_t end = span_find(message, ' ', at);
        struct span token = span_of(message.p + at, end - at);
        if (is_number(h->code, 4, 5) && is_number(h->sequence, 10, 10) && is_severity(token)) {
            h->end = end;
            return true;
        }
        h->date = h->time;
        h->time = h->zone;
        h->zone = h->sequence;
        h->sequence = h->code;
        h->code = token;
        at = end;
    }
    return false;
}

/* `2020-09-28 21:35:45.375 +00:00`; cut rows lack its beginning. */
static bool heading_time(const struct heading *h, int64_t *ms)
{
    return h->date.n == 10 && h->zone.n && (h->zone.p[0] == '+' || h->zone.p[0] == '-') &&
           timetext_column(span_of(h->date.p, (size_t)(h->zone.p + h->zone.n - h->date.p)), ms);
}

/* ------------------------------------------------------------------ attributes */

static bool is_mac(struct span s)
{
    unsigned run = 0;
    for (size_t i = 0; i < s.n && run < 17; i++)
        run = isxdigit((unsigned char)s.p[i]) || s.p[i] == '-' || s.p[i] == ':' ? run + 1 : 0;
    return run >= 17;
}

static void put(struct parser *p, struct record *r, unsigned field, struct span text)
{
    if (parser_wants(p, field))
        record_set_text(r, field, text);
}

static void put_attribute(struct parser *p, struct record *r, unsigned field, struct span value)
{
    int64_t port;
    if (record_has(r, field))
        return;
    if (fields[field].kind == FIELD_PORT) {
        if (row_number_whole(value, &port) && parser_wants(p, field))
            record_set_port(r, field, port);
        return;
    }
    put(p, r, field, value);
    if (field == F_calling && !record_has(r, F_calling_ip) && !record_has(r, F_calling_host)) {
        struct span address = ip_find_v4(value);
        put(p, r, F_calling_ip, address);
        if (is_mac(value))
            put(p, r, F_src_mac, value);
        else if (address.n != value.n)
            put(p, r, F_calling_host, value);
    }
    if (field == F_called && is_mac(value) && !record_has(r, F_dst_mac))
        put(p, r, F_dst_mac, value);
}

/* `address:port`, or `address port n:` */
static void put_named_end(struct parser *p, struct record *r, struct span text, unsigned address_field,
                          unsigned port_field)
{
    struct ip ip;
    int64_t port;
    size_t blank = span_find(text, ' ', 0);
    struct span rest = span_from(text, blank), address = span_of(text.p, blank), number;
    const char *colon = address.n ? memrchr(address.p, ':', address.n) : NULL;
    if (span_starts(rest, SPAN_LITERAL(" port "))) {
        rest = span_from(rest, sizeof " port " - 1);
        number = span_of(rest.p, span_find(rest, ':', 0));
    } else if (colon) {
        number = span_from(address, (size_t)(colon - address.p) + 1);
        address.n = (size_t)(colon - address.p);
    } else {
        return;
    }
    if (!ip_parse(address, &ip) || !number_parse_natural(number, &port))
        return;
    put(p, r, address_field, address);
    if (parser_wants(p, port_field))
        record_set_port(r, port_field, port);
}

/* `Connection created from a:p to b:q`, `Received disconnect from a port p:11: …`, where no attribute tells the ends.
 */
static void put_named_ends(struct parser *p, struct record *r, struct span text)
{
    size_t from = span_search(text, SPAN_LITERAL(" from ")), to = span_search(text, SPAN_LITERAL(" to "));
    if (from == text.n)
        return;
    put_named_end(p, r, span_from(text, from + sizeof " from " - 1), F_device_ip, F_src_port);
    if (to < text.n && to > from)
        put_named_end(p, r, span_from(text, to + sizeof " to " - 1), F_dst_ip, F_dst_port);
}

static void put_attributes(struct parser *p, struct span text, struct record *r)
{
    static const struct keyvalue_syntax syntax = { .separator = ',', .sign = '=', .bare_escapes = true };
    struct keyvalue_cursor c;
    struct span key, value, operation = { 0 };
    uint64_t seen = 0;
    keyvalue_begin(&c, &syntax, text, p->keys);
    while (keyvalue_next(&c, &key, &value)) {
        if (c.number == KEY_OPERATION)
            operation = value;
        if (c.number == KEY_NONE || c.number >= F_code || seen >> c.number & 1)
            continue;
        seen |= UINT64_C(1) << c.number;
        if (c.escaped)
            value = keyvalue_unescape(p, &syntax, value, c.quoted);
        put_attribute(p, r, (unsigned)c.number, value);
    }
    bool ends = seen & (UINT64_C(1) << F_device_ip | UINT64_C(1) << F_remote_ip | UINT64_C(1) << F_dst_ip);
    if (operation.n && !ends)
        put_named_ends(p, r, operation);
}

static enum parse_result parse_message(struct parser *p, struct span message, const struct heading *h, struct record *r)
{
    record_set_text(r, F_code, h->code);
    put_attributes(p, span_from(message, h->end), r);
    return PARSE_RECORD;
}

/* ------------------------------------------------------------------ native */

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    struct heading h;
    struct syslog_header header;
    struct span line = syslog_trim(unit);
    if (line.n == 0)
        return PARSE_NOTHING;
    if (!is_ours(line))
        return record_verdict(r, PARSE_SKIP, "not_ise");
    if (!find_heading(line, &h))
        return record_verdict(r, PARSE_SKIP, "no_code"); /* a later segment */
    bool timed = heading_time(&h, &r->time_ms);
    if (!timed || parser_wants(p, F_computer) || parser_wants(p, F_host_ip)) {
        syslog_parse(line, p->options, &header);
        put(p, r, F_computer, header.host);
        put(p, r, F_host_ip, ip_find_v4(header.host));
        if (!timed)
            r->time_ms = header.time_ms;
    }
    if (r->time_ms == TIMESTAMP_NONE)
        return record_verdict(r, PARSE_BAD, "no_time");
    if (parser_wants(p, F_event_time))
        record_set_number(r, F_event_time, r->time_ms);
    return parse_message(p, line, &h, r);
}

static enum parse_result parse_wrapped(struct parser *p, struct span unit, struct record *r)
{
    return wrapped_parse_only(parse_native, p, unit, r);
}

/* ------------------------------------------------------------------ table */

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct heading h;
    int64_t ms;
    struct span type = row_text(row, COLUMN_TYPE), message = row_text(row, COLUMN_MESSAGE);
    if (type.n && !span_is(type, "Syslog"))
        return record_verdict(r, PARSE_SKIP, "other_table");
    if (!is_ours(row_text(row, COLUMN_PROCESS)))
        return record_verdict(r, PARSE_SKIP, "not_ise");
    if (!find_heading(message, &h))
        return record_verdict(r, PARSE_SKIP, "no_code");
    if (!row_time(row, COLUMN_TIME, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    if (parser_wants(p, F_event_time))
        record_set_number(r, F_event_time, row_time(row, COLUMN_EVENT_TIME, &ms) ? ms : r->time_ms);
    struct span computer = row_text(row, COLUMN_COMPUTER), host_ip = row_text(row, COLUMN_HOST_IP);
    put(p, r, F_computer, computer);
    put(p, r, F_host_name, row_text(row, COLUMN_HOST_NAME));
    put(p, r, F_host_ip, host_ip.n && !span_is(host_ip, "Unknown IP") ? host_ip : ip_find_v4(computer));
    return parse_message(p, message, &h, r);
}

static enum parse_result parse_table(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    return parse_row(p, &row, r);
}

static enum parse_result parse_table_csv(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    enum parse_result result = row_from_csv(&row, p->state, p, unit, r);
    return result == PARSE_RECORD ? parse_row(p, &row, r) : result;
}

/* ------------------------------------------------------------------ forms */

static const char *const words[] = { "CISE_", "CSCO", NULL };

static enum probe_result probe_native(struct span head)
{
    return row_has_column(head, "SyslogMessage") ? PROBE_NO : commonsecuritylog_probe_native(head, words);
}

static enum probe_result probe_wrapped(struct span head)
{
    return wrapped_probe(head, words);
}

static enum probe_result probe_table(struct span head)
{
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    if (!row_has_column(head, "SyslogMessage"))
        return PROBE_NO;
    return is_ours(head) ? PROBE_LIKELY : PROBE_POSSIBLE;
}

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static const struct form forms[] = {
    { .name = "native",
      .help = "syslog of ISE's logging targets",
      .framing = FRAMING_SYSLOG,
      .probe = probe_native,
      .parse = parse_native,
      .keys = message_keys,
      .keys_n = COUNT_OF(message_keys) },
    { .name = "native-json",
      .help = "the same as text in JSON objects",
      .framing = FRAMING_JSON,
      .probe = probe_wrapped,
      .parse = parse_wrapped,
      .envelope = wrapped_envelope,
      .keys = message_keys,
      .keys_n = COUNT_OF(message_keys) },
    { .name = "table",
      .help = "Syslog rows as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .envelope = row_envelope,
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
    { .name = "table-csv",
      .help = "Syslog rows as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT_OF(table_keys) },
};

COLLECTOR(cisco_ise) = {
    .id = "cisco-ise",
    .fields = fields,
    .fields_n = FIELDS_N,
    .forms = forms,
    .forms_n = COUNT_OF(forms),
};
