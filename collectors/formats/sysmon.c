#include "formats/sysmon.h"

bool sysmon_selects(int64_t id)
{
    return id == SYSMON_EVENT_NETWORK;
}

/* `True`, `TRUE` and `true` are one value. */
static void set_truth(const struct row *row, unsigned field, struct record *r)
{
    int truth = row_truth(row, WINDOWS_EVENT_COLUMNS + field);
    if (truth >= 0)
        record_set_text(r, field, truth ? SPAN_LITERAL("true") : SPAN_LITERAL("false"));
}

/* ECS has the direction instead. */
static void set_initiated(const struct row *row, struct record *r)
{
    struct span text = row_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_initiated);
    if (span_is(text, "egress") || span_is(text, "outbound"))
        record_set_text(r, SYSMON_initiated, SPAN_LITERAL("true"));
    else if (span_is(text, "ingress") || span_is(text, "inbound"))
        record_set_text(r, SYSMON_initiated, SPAN_LITERAL("false"));
    else
        set_truth(row, SYSMON_initiated, r);
}

static void set_guid(const struct row *row, struct record *r)
{
    struct span guid = row_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_process_guid);
    if (guid.n > 1 && guid.p[0] == '{' && guid.p[guid.n - 1] == '}')
        guid = span_of(guid.p + 1, guid.n - 2);
    record_set_text(r, SYSMON_process_guid, guid);
}

const char *sysmon_record(struct parser *p, const struct row *row, struct record *r)
{
    static const enum sysmon_field texts[] = { SYSMON_image,  SYSMON_user,     SYSMON_rule_name, SYSMON_process_id,
                                               SYSMON_src_ip, SYSMON_src_host, SYSMON_dst_ip,    SYSMON_dst_host };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (parser_wants(p, texts[i]))
            row_copy_text(row, WINDOWS_EVENT_COLUMNS + texts[i], r, texts[i]);
    set_guid(row, r);
    set_initiated(row, r);
    set_truth(row, SYSMON_src_is_ipv6, r);
    set_truth(row, SYSMON_dst_is_ipv6, r);
    row_copy_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_protocol, r, SYSMON_protocol);
    row_copy_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_image, r, SYSMON_app);
    row_copy_port(row, WINDOWS_EVENT_COLUMNS + SYSMON_src_port, r, SYSMON_src_port);
    row_copy_port(row, WINDOWS_EVENT_COLUMNS + SYSMON_dst_port, r, SYSMON_dst_port);
    row_copy_time(row, SYSMON_UTC_TIME, r, SYSMON_utc_time);
    row_copy_text(row, WINDOWS_EVENT_COMPUTER, r, SYSMON_computer);
    row_copy_text(row, WINDOWS_EVENT_RECORD_ID, r, SYSMON_record_id);
    row_copy_text(row, WINDOWS_EVENT_ITEM_ID, r, SYSMON_item_id);
    return row_text(row, WINDOWS_EVENT_COLUMNS + SYSMON_dst_ip).n ? NULL : "no_destination";
}
