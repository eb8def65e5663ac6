/* AWS VPC flow logs: text lines under a format of field names, the same lines inside CloudWatch's and Firehose's JSON,
 * structured JSON, and rows of AWSVPCFlow.
 *
 * A format is a list of names: of a header line (S3), of --columns (a custom format elsewhere), or the default of
 * version 2.  It becomes a table from field to token, so that a line is split once and only the tokens of fields that
 * somebody wants are looked at, beside those of selection and time.
 *
 * source: AWS, "Flow log records" and "Publish flow logs to CloudWatch Logs".
 */
#include "core/parser.h"

#include "common/number.h"
#include "formats/digits.h"
#include "formats/json.h"
#include "formats/keys.h"
#include "formats/row.h"
#include "formats/split.h"
#include "formats/syslog.h"
#include "formats/timetext.h"

/* Name in the format with `-` as `_`, field kind, column of the table ("" where it has none). */
#define FIELDS(X)                                                                                                      \
    X(protocol, DESCRIPTOR, "Protocol")                                                                                \
    X(action, DESCRIPTOR, "Action")                                                                                    \
    X(flow_direction, DESCRIPTOR, "FlowDirection")                                                                     \
    X(pkt_src_aws_service, DESCRIPTOR, "PktSrcAwsService")                                                             \
    X(pkt_dst_aws_service, DESCRIPTOR, "PktDstAwsService")                                                             \
    X(log_status, DESCRIPTOR, "LogStatus")                                                                             \
    X(version, DESCRIPTOR, "Version")                                                                                  \
    X(type, DESCRIPTOR, "TrafficType")                                                                                 \
    X(srcaddr, TEXT, "SrcAddr")                                                                                        \
    X(dstaddr, TEXT, "DstAddr")                                                                                        \
    X(srcport, PORT, "SrcPort")                                                                                        \
    X(dstport, PORT, "DstPort")                                                                                        \
    X(packets, INTEGER, "Packets")                                                                                     \
    X(bytes, INTEGER, "Bytes")                                                                                         \
    X(start, TIME, "TimeGenerated")                                                                                    \
    X(end, TIME, "End")                                                                                                \
    X(pkt_srcaddr, TEXT, "PktSrcAddr")                                                                                 \
    X(pkt_dstaddr, TEXT, "PktDstAddr")                                                                                 \
    X(interface_id, TEXT, "InterfaceId")                                                                               \
    X(account_id, TEXT, "AccountId")                                                                                   \
    X(vpc_id, TEXT, "VpcId")

/* Names that the map has no use for: known, so that a format may begin with one. */
#define OTHER_NAMES(X)                                                                                                 \
    X("subnet_id")                                                                                                     \
    X("instance_id")                                                                                                   \
    X("tcp_flags")                                                                                                     \
    X("region")                                                                                                        \
    X("az_id")                                                                                                         \
    X("sublocation_type")                                                                                              \
    X("sublocation_id")                                                                                                \
    X("traffic_path")                                                                                                  \
    X("resource_type")                                                                                                 \
    X("tgw_id")                                                                                                        \
    X("tgw_attachment_id")                                                                                             \
    X("tgw_src_vpc_account_id")                                                                                        \
    X("tgw_dst_vpc_account_id")                                                                                        \
    X("tgw_src_vpc_id")                                                                                                \
    X("tgw_dst_vpc_id")                                                                                                \
    X("tgw_src_subnet_id")                                                                                             \
    X("tgw_dst_subnet_id")                                                                                             \
    X("tgw_src_eni")                                                                                                   \
    X("tgw_dst_eni")                                                                                                   \
    X("tgw_src_az_id")                                                                                                 \
    X("tgw_dst_az_id")                                                                                                 \
    X("tgw_pair_attachment_id")                                                                                        \
    X("packets_lost_no_route")                                                                                         \
    X("packets_lost_blackhole")                                                                                        \
    X("packets_lost_mtu_exceeded")                                                                                     \
    X("packets_lost_ttl_expired")                                                                                      \
    X("ecs_cluster_arn")                                                                                               \
    X("ecs_cluster_name")                                                                                              \
    X("ecs_container_instance_arn")                                                                                    \
    X("ecs_container_instance_id")                                                                                     \
    X("ecs_container_id")                                                                                              \
    X("ecs_second_container_id")                                                                                       \
    X("ecs_service_name")                                                                                              \
    X("ecs_task_definition_arn")                                                                                       \
    X("ecs_task_arn")                                                                                                  \
    X("ecs_task_id")                                                                                                   \
    X("reject_reason")

enum {
#define X(name, kind, column) F_##name,
    FIELDS(X)
#undef X
        FIELDS_N,
    NAME_OTHER = FIELDS_N,
    KEY_MESSAGE,
    KEY_RAW, /* a message under another name; may be something else */
    KEY_TIMESTAMP,
    NAME_BYTES_MAX = 64
};

static const struct field fields[] = {
#define X(name, kind, column) { #name, FIELD_##kind },
    FIELDS(X)
#undef X
};

static const struct key names[] = {
#define X(name, kind, column) { #name, F_##name },
    FIELDS(X)
#undef X
#define X(name) { name, NAME_OTHER },
        OTHER_NAMES(X)
#undef X
};

/* Structured JSON has the names of the formats; the envelopes have a message and a time. */
static const struct key json_keys[] = {
#define X(name, kind, column) { #name, F_##name },
    FIELDS(X)
#undef X
        { "account-id", F_account_id },
    { "accountId", F_account_id },
    { "interface-id", F_interface_id },
    { "interfaceId", F_interface_id },
    { "srcAddr", F_srcaddr },
    { "dstAddr", F_dstaddr },
    { "srcPort", F_srcport },
    { "dstPort", F_dstport },
    { "logStatus", F_log_status },
    { "status", F_log_status },
    { "flowDirection", F_flow_direction },
    { "pktSrcAddr", F_pkt_srcaddr },
    { "pktDstAddr", F_pkt_dstaddr },
    { "pktSrcAwsService", F_pkt_src_aws_service },
    { "pktDstAwsService", F_pkt_dst_aws_service },
    { "vpcId", F_vpc_id },
    { "log-status", F_log_status },
    { "flow-direction", F_flow_direction },
    { "pkt-srcaddr", F_pkt_srcaddr },
    { "pkt-dstaddr", F_pkt_dstaddr },
    { "pkt-src-aws-service", F_pkt_src_aws_service },
    { "pkt-dst-aws-service", F_pkt_dst_aws_service },
    { "vpc-id", F_vpc_id },
    { "message", KEY_MESSAGE },
    { "event.original", KEY_MESSAGE },
    { "@message", KEY_RAW },
    { "_raw", KEY_RAW },
    { "result._raw", KEY_RAW },
    { "log", KEY_RAW },
    { "timestamp", KEY_TIMESTAMP },
};

static const struct key table_keys[] = {
#define X(name, kind, column) { column, F_##name },
    FIELDS(X)
#undef X
};

/* ------------------------------------------------------------------ formats */

/* Zeroed: not known yet. */
struct format {
    uint32_t tokens;
    uint64_t has;             /* bit per field */
    uint16_t token[FIELDS_N]; /* of the fields that it has */
};

/* Of a stream, where the default has no other.  Who asks for all fields gets them in the order of the documentation:
 * the default's first, then those of versions 3, 4, 5, 7 and 8; transit gateways have an order of their own. */
struct formats {
    struct format current;
    bool implicit; /* no header, no --columns: current is the default, a line may be of the others */
    struct format documented, transit;
};

#define DEFAULT_FORMAT                                                                                                 \
    "version account_id interface_id srcaddr dstaddr srcport dstport protocol packets bytes start end action "         \
    "log_status"
#define DOCUMENTED_FORMAT                                                                                              \
    DEFAULT_FORMAT                                                                                                     \
    " vpc_id subnet_id instance_id tcp_flags type pkt_srcaddr pkt_dstaddr region az_id sublocation_type "              \
    "sublocation_id pkt_src_aws_service pkt_dst_aws_service flow_direction traffic_path ecs_cluster_arn "              \
    "ecs_cluster_name ecs_container_instance_arn ecs_container_instance_id ecs_container_id "                          \
    "ecs_second_container_id ecs_service_name ecs_task_definition_arn ecs_task_arn ecs_task_id reject_reason"
#define TRANSIT_FORMAT                                                                                                 \
    "version resource_type account_id tgw_id tgw_attachment_id tgw_src_vpc_account_id tgw_dst_vpc_account_id "         \
    "tgw_src_vpc_id tgw_dst_vpc_id tgw_src_subnet_id tgw_dst_subnet_id tgw_src_eni tgw_dst_eni tgw_src_az_id "         \
    "tgw_dst_az_id tgw_pair_attachment_id srcaddr dstaddr srcport dstport protocol packets bytes start end "           \
    "log_status type packets_lost_no_route packets_lost_blackhole packets_lost_mtu_exceeded "                          \
    "packets_lost_ttl_expired tcp_flags region flow_direction pkt_src_aws_service pkt_dst_aws_service"

/* The number of a name as formats write it: `-` and `_` are one, case is ignored, `${…}` is taken off. */
static int name_number(const struct keys *keys, struct span name)
{
    if (name.n > 3 && name.p[0] == '$' && name.p[1] == '{' && name.p[name.n - 1] == '}')
        name = span_of(name.p + 2, name.n - 3);
    char plain[NAME_BYTES_MAX];
    if (name.n == 0 || name.n > sizeof plain)
        return KEY_NONE;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        plain[i] = c == '-' ? '_' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return keys_find(keys, span_of(plain, name.n));
}

static void format_add(struct format *f, const struct keys *keys, struct span name)
{
    int number = name_number(keys, name);
    if (number != KEY_NONE && number < FIELDS_N && !(f->has >> number & 1)) {
        f->has |= UINT64_C(1) << number;
        f->token[number] = (uint16_t)f->tokens;
    }
    f->tokens++;
}

/* Names apart by blanks or commas. */
static void format_set(struct format *f, const struct keys *keys, struct span text)
{
    *f = (struct format){ 0 };
    while (text.n && f->tokens < SPLIT_TOKENS_MAX) {
        size_t n = 0;
        while (n < text.n && !byte_is_blank(text.p[n]) && text.p[n] != ',')
            n++;
        if (n)
            format_add(f, keys, span_of(text.p, n));
        text = span_from(text, n ? n : 1);
    }
}

static struct span first_token(struct span line)
{
    size_t n = 0;
    while (n < line.n && !byte_is_blank(line.p[n]) && line.p[n] != ',')
        n++;
    return span_of(line.p, n);
}

/* A header begins with a name; what a record begins with (a number, an id, a word in capitals) is none. */
static bool is_header(const struct keys *keys, struct span line)
{
    char first = line.n ? line.p[0] : '\0';
    return ((first | 0x20) >= 'a' && (first | 0x20) <= 'z') || first == '$'
               ? name_number(keys, first_token(line)) != KEY_NONE
               : false;
}

/* ------------------------------------------------------------------ values */

static bool is_dash(struct span token)
{
    return token.n == 0 || (token.n == 1 && token.p[0] == '-');
}

static inline bool token_number(struct span token, int64_t *out)
{
    return digits_parse(token, out) || number_parse_whole(token, out);
}

/* Unix seconds. */
static bool seconds(int64_t value, int64_t *ms)
{
    if (value < TIMESTAMP_MIN_MS / 1000 || value > TIMESTAMP_MAX_MS / 1000)
        return false;
    *ms = value * 1000;
    return true;
}

static void set_field(struct record *r, unsigned field, struct span token)
{
    int64_t value, ms;
    if (is_dash(token))
        return;
    switch (fields[field].kind) {
    case FIELD_DESCRIPTOR:
    case FIELD_TEXT:
        record_set_text(r, field, token);
        break;
    case FIELD_INTEGER:
        if (token_number(token, &value))
            record_set_number(r, field, value);
        break;
    case FIELD_PORT:
        if (token_number(token, &value))
            record_set_port(r, field, value);
        break;
    case FIELD_TIME:
        if (token_number(token, &value) && seconds(value, &ms))
            record_set_number(r, field, ms);
        break;
    }
}

/* Only `OK` is a session. */
static enum parse_result skip_status(struct record *r, struct span status)
{
    return record_verdict(r, PARSE_SKIP,
                          span_is(status, "NODATA")     ? "nodata"
                          : span_is(status, "SKIPDATA") ? "skipdata"
                                                        : "log_status");
}

/* ------------------------------------------------------------------ text */

static inline struct span field_token(const struct format *f, const struct split *s, unsigned field)
{
    return split_token(s, f->token[field]);
}

static inline bool format_has(const struct format *f, unsigned field)
{
    return f->has >> field & 1;
}

/* The time of a record: its start; where its format has none, when CloudWatch says it was, else its end. */
static bool line_time(const struct format *f, const struct split *s, int64_t outer_ms, int64_t *ms)
{
    int64_t value;
    if (format_has(f, F_start))
        return token_number(field_token(f, s, F_start), &value) && seconds(value, ms);
    if (outer_ms != TIMESTAMP_NONE) {
        *ms = outer_ms;
        return true;
    }
    return format_has(f, F_end) && token_number(field_token(f, s, F_end), &value) && seconds(value, ms);
}

static enum parse_result parse_tokens(const struct parser *p, const struct format *f, const struct split *s,
                                      int64_t outer_ms, struct record *r)
{
    if (s->n != f->tokens)
        return record_verdict(r, PARSE_BAD, "field_count");
    if (format_has(f, F_log_status)) {
        struct span status = field_token(f, s, F_log_status);
        if (!(status.n == 2 && status.p[0] == 'O' && status.p[1] == 'K'))
            return skip_status(r, status);
    } else if (format_has(f, F_srcaddr) && format_has(f, F_dstaddr) && is_dash(field_token(f, s, F_srcaddr)) &&
               is_dash(field_token(f, s, F_dstaddr))) {
        return record_verdict(r, PARSE_SKIP, "no_addresses");
    }
    if (!line_time(f, s, outer_ms, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    for (uint64_t bits = p->wanted[0] & f->has; bits; bits &= bits - 1) {
        unsigned field = (unsigned)__builtin_ctzll(bits);
        set_field(r, field, field_token(f, s, field));
    }
    return PARSE_RECORD;
}

static bool is_status(struct span token)
{
    return span_is(token, "OK") || span_is(token, "NODATA") || span_is(token, "SKIPDATA");
}

static bool is_action(struct span token)
{
    return span_is(token, "ACCEPT") || span_is(token, "REJECT") || is_dash(token);
}

/* What versions 3, 4, 5, 7 and 8 end with. */
static bool is_documented_length(uint32_t tokens)
{
    return tokens == 21 || tokens == 25 || tokens == 29 || tokens == 39 || tokens == 40;
}

/* The documented format that a line of another length than the default's has; NULL: none that is known. */
static const struct format *find_format(const struct formats *all, const struct split *s, struct format *copy)
{
    enum { ACTION = 12, STATUS = 13, TRANSIT_ID = 3 };
    if (s->n == all->transit.tokens && span_starts(split_token(s, TRANSIT_ID), SPAN_LITERAL("tgw-")))
        return &all->transit;
    if (!is_documented_length(s->n) || !is_action(split_token(s, ACTION)) || !is_status(split_token(s, STATUS)))
        return NULL;
    *copy = all->documented;
    copy->tokens = s->n;
    for (unsigned field = 0; field < FIELDS_N; field++)
        if (copy->token[field] >= s->n)
            copy->has &= ~(UINT64_C(1) << field);
    return copy;
}

/* An export to S3 puts the time of each event before its line. */
static struct span take_export_time(struct span line, int64_t *ms)
{
    if (line.n < 21 || line.p[4] != '-' || line.p[7] != '-' || line.p[10] != 'T')
        return line;
    struct span token = first_token(line);
    if (token.n < 20 || token.p[token.n - 1] != 'Z' || !timetext_column(token, ms))
        return line;
    return span_from(line, token.n + 1);
}

/* Where no header stands in front. */
static void set_formats(const struct parser *p, struct formats *all)
{
    all->implicit = !p->options->columns;
    format_set(&all->current, p->keys, span_text(all->implicit ? DEFAULT_FORMAT : p->options->columns));
    if (all->implicit) {
        format_set(&all->documented, p->keys, SPAN_LITERAL(DOCUMENTED_FORMAT));
        format_set(&all->transit, p->keys, SPAN_LITERAL(TRANSIT_FORMAT));
    }
}

/* A line as tools write it again, with quotes, commas, tabs or more blanks: its tokens apart by one blank each. */
static struct span plain_line(struct parser *p, struct span line)
{
    enum { PADDING_BYTES = 64 };
    size_t n = 0;
    char *to = parser_scratch(p, line.n + PADDING_BYTES);
    if (!to)
        return line;
    for (size_t i = 0; i < line.n; i++) {
        bool apart = byte_is_blank(line.p[i]) || line.p[i] == ',' || line.p[i] == '"';
        if (!apart)
            to[n++] = line.p[i];
        else if (n && to[n - 1] != ' ')
            to[n++] = ' ';
    }
    while (n && to[n - 1] == ' ')
        n--;
    memset(to + n, 0, PADDING_BYTES);
    return span_of(to, n);
}

/* A record that a log agent has sent on as syslog; it begins with its version. */
static struct span behind_header(struct span line)
{
    static const struct parse_options utc = { 0 };
    struct syslog_header h;
    syslog_parse(line, &utc, &h);
    return h.message.n && h.message.p[0] >= '0' && h.message.p[0] <= '9' ? h.message : line;
}

static const struct format *format_of(const struct formats *all, const struct split *s, struct format *copy)
{
    if (s->n == all->current.tokens)
        return &all->current;
    return all->implicit ? find_format(all, s, copy) : NULL;
}

enum headers { NO_HEADER, HEADER_ALLOWED };

static enum parse_result parse_line(struct parser *p, struct span line, struct tokens tokens, enum headers headers,
                                    int64_t outer_ms, struct record *r)
{
    struct formats *all = p->state;
    const char *begin = line.p;
    if (line.n && line.p[0] == '"') {
        line = plain_line(p, line);
        begin = line.p;
        tokens.n = 0;
    }
    line = take_export_time(line, &outer_ms);
    if (line.p != begin && line.p[-1] == ' ' && line.n && !byte_is_blank(line.p[0])) {
        if (tokens.n && --tokens.n)
            tokens.end++;
    } else if (line.p != begin) { /* more than one blank, or another one */
        line = plain_line(p, line);
        tokens.n = 0;
    }
    if (is_header(p->keys, line)) {
        *all = (struct formats){ 0 };
        format_set(&all->current, p->keys, line);
        return PARSE_HEADER;
    }
    if (!all->current.tokens)
        set_formats(p, all);
    struct split s;
    struct format copy;
    split_unit(&s, line, &tokens, ' ');
    const struct format *f = format_of(all, &s, &copy);
    if (!f) {
        split_line(&s, plain_line(p, line), ' ');
        f = format_of(all, &s, &copy);
    }
    if (f)
        return parse_tokens(p, f, &s, outer_ms, r);
    struct span message = headers == HEADER_ALLOWED ? behind_header(line) : line;
    return message.n < line.n ? parse_line(p, message, (struct tokens){ 0 }, NO_HEADER, outer_ms, r)
                              : record_verdict(r, PARSE_BAD, "field_count");
}

static enum parse_result parse_native(struct parser *p, struct span unit, struct record *r)
{
    if (unit.n == 0 || (byte_is_blank(unit.p[0]) && span_trim(unit).n == 0))
        return PARSE_NOTHING;
    return parse_line(p, unit, p->tokens, HEADER_ALLOWED, TIMESTAMP_NONE, r);
}

/* ------------------------------------------------------------------ rows */

/* A protocol number may have come as a real: its digits. */
static void set_protocol(struct parser *p, const struct row *row, struct record *r)
{
    int64_t value;
    char *digits;
    struct span text = row_text_or_dash(row, F_protocol);
    if (span_find(text, '.', 0) < text.n && row_whole(row, F_protocol, &value) && (digits = parser_scratch(p, 24)))
        text = span_of(digits, number_format(value, digits));
    record_set_text(r, F_protocol, text);
}

static void set_row_fields(struct parser *p, const struct row *row, struct record *r)
{
    for (unsigned field = 0; field < FIELDS_N; field++) {
        if (!row_has(row, field) || !parser_wants(p, field))
            continue;
        switch (fields[field].kind) {
        case FIELD_DESCRIPTOR:
        case FIELD_TEXT:
            record_set_text(r, field, row_text_or_dash(row, field));
            break;
        case FIELD_INTEGER:
            row_copy_whole(row, field, r, field);
            break;
        case FIELD_PORT:
            row_copy_port(row, field, r, field);
            break;
        case FIELD_TIME:
            break; /* seconds or a text: its form knows */
        }
    }
    if (parser_wants(p, F_protocol))
        set_protocol(p, row, r);
}

static enum parse_result parse_row(struct parser *p, const struct row *row, struct record *r)
{
    struct span status = row_text(row, F_log_status);
    if (!span_is(status, "OK"))
        return skip_status(r, status);
    if (!row_time(row, F_start, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    set_row_fields(p, row, r);
    record_set_number(r, F_start, r->time_ms);
    row_copy_time(row, F_end, r, F_end);
    return PARSE_RECORD;
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

/* ------------------------------------------------------------------ JSON */

/* A format may leave the addresses out; then what has no action is no flow. */
static bool row_lacks_addresses(const struct row *row)
{
    if (row_text_or_dash(row, F_srcaddr).n || row_text_or_dash(row, F_dstaddr).n)
        return false;
    struct span action = row_text_or_dash(row, F_action); /* others' records have one, too, in other words */
    return row_has(row, F_srcaddr) || row_has(row, F_dstaddr) || !is_action(action) || action.n == 0;
}

/* As line_time. */
static bool row_start_time(const struct row *row, int64_t outer_ms, int64_t *ms)
{
    int64_t value;
    if (row_has(row, F_start))
        return row_whole(row, F_start, &value) ? seconds(value, ms) : row_time(row, F_start, ms);
    if (outer_ms != TIMESTAMP_NONE) {
        *ms = outer_ms;
        return true;
    }
    return row_whole(row, F_end, &value) ? seconds(value, ms) : row_time(row, F_end, ms);
}

static enum parse_result parse_structured(struct parser *p, const struct row *row, int64_t outer_ms, struct record *r)
{
    int64_t value, ms;
    bool has_status = row_has(row, F_log_status);
    if (has_status && !span_is(row_text(row, F_log_status), "OK"))
        return skip_status(r, row_text(row, F_log_status));
    if (!row_start_time(row, outer_ms, &r->time_ms))
        return record_verdict(r, PARSE_BAD, "no_time");
    if (!has_status && row_lacks_addresses(row))
        return record_verdict(r, PARSE_SKIP, "no_addresses");
    set_row_fields(p, row, r);
    if (row_has(row, F_start))
        record_set_number(r, F_start, r->time_ms);
    if (row_whole(row, F_end, &value) ? seconds(value, &ms) : row_time(row, F_end, &ms))
        record_set_number(r, F_end, ms);
    return PARSE_RECORD;
}

/* What an envelope carries: a line, or structured JSON as text. */
static enum parse_result parse_message(struct parser *p, const struct row *row, unsigned key, struct record *r)
{
    int64_t outer_ms = TIMESTAMP_NONE;
    struct span message = span_trim(row_text(row, key));
    if (span_starts(message, SPAN_LITERAL("CWL CONTROL MESSAGE")))
        return record_verdict(r, PARSE_SKIP, "control_message");
    if (!row_time(row, KEY_TIMESTAMP, &outer_ms))
        outer_ms = TIMESTAMP_NONE;
    if (message.n && message.p[0] == '{') {
        struct row inner;
        if (!row_from_json(&inner, p->inner_json, p->keys, message))
            return record_verdict(r, PARSE_BAD, "json");
        return parse_structured(p, &inner, outer_ms, r);
    }
    return message.n ? parse_line(p, message, (struct tokens){ 0 }, HEADER_ALLOWED, outer_ms, r)
                     : record_verdict(r, PARSE_BAD, "field_count");
}

static enum parse_result parse_json(struct parser *p, struct span unit, struct record *r)
{
    struct row row;
    if (!row_from_json(&row, p->json, p->keys, unit))
        return record_verdict(r, PARSE_BAD, "json");
    if (row_has(&row, KEY_MESSAGE))
        return parse_message(p, &row, KEY_MESSAGE, r);
    if (row_has(&row, KEY_RAW) && row.cell[KEY_RAW].kind == JSON_STRING)
        return parse_message(p, &row, KEY_RAW, r);
    return parse_structured(p, &row, TIMESTAMP_NONE, r);
}

/* ------------------------------------------------------------------ recognition */

static bool looks_like_name(struct span token)
{
    static const char *const first_names[] = {
#define X(name, kind, column) #name,
        FIELDS(X)
#undef X
#define X(name) name,
            OTHER_NAMES(X)
#undef X
    };
    char plain[NAME_BYTES_MAX];
    if (token.n > sizeof plain)
        return false;
    for (size_t i = 0; i < token.n; i++)
        plain[i] = token.p[i] == '-' ? '_' : token.p[i];
    for (size_t i = 0; i < sizeof first_names / sizeof *first_names; i++)
        if (span_equal_nocase(span_of(plain, token.n), span_text(first_names[i])))
            return true;
    return false;
}

static bool ends_with(struct span line, struct span tail)
{
    return line.n >= tail.n && memcmp(line.p + line.n - tail.n, tail.p, tail.n) == 0;
}

static enum probe_result probe_plain_line(struct span line)
{
    int64_t ms;
    line = take_export_time(line, &ms);
    if (line.n == 0)
        return PROBE_NO;
    if (line.p[0] == '"')
        line = span_from(line, 1);
    if (looks_like_name(first_token(line)) &&
        (span_find(line, ',', 0) == line.n ||
         (span_search(line, SPAN_LITERAL("srcaddr")) < line.n && span_search(line, SPAN_LITERAL("dstaddr")) < line.n)))
        return PROBE_LIKELY;
    size_t blanks = 0;
    for (size_t i = 0; i < line.n; i++)
        blanks += line.p[i] == ' ';
    if (blanks == 13 && line.p[0] >= '0' && line.p[0] <= '9' &&
        (ends_with(line, SPAN_LITERAL(" OK")) || ends_with(line, SPAN_LITERAL(" NODATA")) ||
         ends_with(line, SPAN_LITERAL(" SKIPDATA"))))
        return PROBE_LIKELY;
    if (blanks > 13 && line.p[0] >= '0' && line.p[0] <= '9' &&
        (span_search(line, SPAN_LITERAL(" ACCEPT OK ")) < line.n ||
         span_search(line, SPAN_LITERAL(" REJECT OK ")) < line.n || span_search(line, SPAN_LITERAL(" tgw-")) < line.n))
        return PROBE_LIKELY;
    /* A custom format may begin with anything, but tokens hold none of these. */
    static const char foreign[] = "<{[\"=|";
    for (size_t i = 0; i + 1 < sizeof foreign; i++)
        if (span_find(line, foreign[i], 0) < line.n)
            return PROBE_NO;
    return blanks >= 3 ? PROBE_POSSIBLE : PROBE_NO;
}

static enum probe_result probe_line(struct span line)
{
    enum probe_result result = probe_plain_line(line);
    struct span message = result == PROBE_LIKELY ? line : behind_header(line);
    return message.n < line.n && probe_plain_line(message) == PROBE_LIKELY ? PROBE_LIKELY : result;
}

/* The first lines, so that a broken one does not decide. */
static enum probe_result probe_native(struct span head)
{
    enum probe_result best = PROBE_NO;
    if (span_starts(head, SPAN_LITERAL("\xef\xbb\xbf")))
        head = span_from(head, 3);
    for (unsigned lines = 0; head.n && lines < 20 && best != PROBE_LIKELY; lines++) {
        size_t end = span_find(head, '\n', 0);
        struct span line = span_trim(span_of(head.p, end));
        if (lines == 0 && line.n && (line.p[0] == '{' || line.p[0] == '['))
            return PROBE_NO;
        enum probe_result result = probe_line(line);
        best = result > best ? result : best;
        head = span_from(head, end + 1);
    }
    return best;
}

static enum probe_result probe_json(struct span head)
{
    static const char *const words[] = {
        "\"message\"",  "\"messageType\"", "\"srcaddr\"",    "\"dstaddr\"",      "\"srcAddr\"",
        "\"@message\"", "\"log_status\"",  "\"log-status\"", "\"interface_id\"", NULL
    };
    return row_probe_json(head, words);
}

static enum probe_result probe_table(struct span head)
{
    static const char *const words[] = { "\"LogStatus\"", "\"AWSVPCFlow\"", "\"SrcAddr\"", "\"PktSrcAddr\"", NULL };
    return row_probe_json(head, words);
}

static enum probe_result probe_table_csv(struct span head)
{
    static const char *const words[] = { "LogStatus", "SrcAddr", "DstPort", NULL };
    return row_probe_csv(head, words);
}

static const char *const envelope[] = { "events", "logEvents", NULL };

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct form forms[] = {
    { .name = "native",
      .help = "flow-log text, with or without a header line; --columns gives the order of a custom format",
      .framing = FRAMING_HEADER_LINES,
      .probe = probe_native,
      .parse = parse_native,
      .separator = ' ',
      .state_bytes = sizeof(struct formats),
      .keys = names,
      .keys_n = COUNT(names) },
    { .name = "native-json",
      .help = "CloudWatch events and logEvents, Firehose messages, structured JSON",
      .framing = FRAMING_JSON,
      .probe = probe_json,
      .parse = parse_json,
      .state_bytes = sizeof(struct formats),
      .keys = json_keys,
      .keys_n = COUNT(json_keys),
      .envelope = envelope },
    { .name = "table",
      .help = "rows of AWSVPCFlow as JSON",
      .framing = FRAMING_JSON,
      .probe = probe_table,
      .parse = parse_table,
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
    { .name = "table-csv",
      .help = "rows of AWSVPCFlow as CSV",
      .framing = FRAMING_CSV,
      .probe = probe_table_csv,
      .parse = parse_table_csv,
      .state_bytes = sizeof(struct row_header),
      .keys = table_keys,
      .keys_n = COUNT(table_keys) },
};

COLLECTOR(aws_vpcflow) = {
    .id = "aws-vpcflow",
    .fields = fields,
    .fields_n = COUNT(fields),
    .forms = forms,
    .forms_n = COUNT(forms),
};
