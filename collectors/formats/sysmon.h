/* Sysmon's event 3, network connection, as Windows and Linux write it: the fields of both sources and how Data fills
 * them.
 * Source: Microsoft, Sysmon schema (sysmon -s), event NETWORK_CONNECT.
 */
#ifndef TIDEMARK_COLLECTORS_FORMATS_SYSMON_H
#define TIDEMARK_COLLECTORS_FORMATS_SYSMON_H

#include "formats/windows_event.h"

enum { SYSMON_EVENT_NETWORK = 3 };

/* Field, kind, Data's name. */
/* clang-format off */
#define SYSMON_DATA(X)                                                                                                 \
    X(protocol, DESCRIPTOR, "Protocol") X(initiated, DESCRIPTOR, "Initiated") X(image, TEXT, "Image")                  \
    X(user, TEXT, "User") X(rule_name, TEXT, "RuleName") X(process_id, TEXT, "ProcessId")                              \
    X(process_guid, TEXT, "ProcessGuid") X(src_ip, TEXT, "SourceIp") X(src_host, TEXT, "SourceHostname")               \
    X(src_port, PORT, "SourcePort") X(dst_ip, TEXT, "DestinationIp") X(dst_host, TEXT, "DestinationHostname")          \
    X(dst_port, PORT, "DestinationPort") X(utc_time, TIME, "UtcTime")                                                  \
    X(src_is_ipv6, DESCRIPTOR, "SourceIsIpv6") X(dst_is_ipv6, DESCRIPTOR, "DestinationIsIpv6")
/* clang-format on */

#define SYSMON_NUMBER(name, kind, data) SYSMON_##name,
enum sysmon_field {
    SYSMON_DATA(SYSMON_NUMBER) SYSMON_DATA_N,
    SYSMON_app = SYSMON_DATA_N, /* the program, as sessions are grouped by it */
    SYSMON_computer,
    SYSMON_record_id,
    SYSMON_item_id,
    SYSMON_outbound,
    SYSMON_host_ip,
    SYSMON_FIELDS_N,
    SYSMON_COLUMN_HOST_IP = WINDOWS_EVENT_COLUMNS + SYSMON_DATA_N,
    SYSMON_COLUMN_MESSAGE
};

/* Columns of Data in a row. */
enum { SYSMON_UTC_TIME = WINDOWS_EVENT_COLUMNS + SYSMON_utc_time };

#define SYSMON_FIELD(name, kind, data)   { #name, FIELD_##kind },
#define SYSMON_KEY(name, kind, data)     WINDOWS_EVENT_DATA(data, WINDOWS_EVENT_COLUMNS + SYSMON_##name),
#define SYSMON_ROW_KEY(name, kind, data) WINDOWS_ROW_DATA_KEYS(data, WINDOWS_EVENT_COLUMNS + SYSMON_##name),

/* clang-format off */
#define SYSMON_ECS(name, field) WINDOWS_EVENT_ECS(name, WINDOWS_EVENT_COLUMNS + SYSMON_##field)
#define SYSMON_ECS_KEYS                                                                                                \
    SYSMON_ECS("source.ip", src_ip), SYSMON_ECS("source.port", src_port), SYSMON_ECS("source.domain", src_host),       \
    SYSMON_ECS("destination.ip", dst_ip), SYSMON_ECS("destination.port", dst_port),                                    \
    SYSMON_ECS("destination.domain", dst_host), SYSMON_ECS("network.transport", protocol),                             \
    SYSMON_ECS("network.direction", initiated), SYSMON_ECS("process.executable", image),                               \
    SYSMON_ECS("process.pid", process_id), SYSMON_ECS("process.entity_id", process_guid)
#define SYSMON_WAZUH(name, field) WINDOWS_EVENT_WAZUH("eventdata." name, WINDOWS_EVENT_COLUMNS + SYSMON_##field)
#define SYSMON_WAZUH_KEYS                                                                                              \
    SYSMON_WAZUH("protocol", protocol), SYSMON_WAZUH("initiated", initiated), SYSMON_WAZUH("image", image),            \
    SYSMON_WAZUH("user", user), SYSMON_WAZUH("ruleName", rule_name), SYSMON_WAZUH("processId", process_id),            \
    SYSMON_WAZUH("processGuid", process_guid), SYSMON_WAZUH("utcTime", utc_time),                                      \
    SYSMON_WAZUH("sourceIp", src_ip), SYSMON_WAZUH("sourceHostname", src_host),                                        \
    SYSMON_WAZUH("sourcePort", src_port), SYSMON_WAZUH("destinationIp", dst_ip),                                       \
    SYSMON_WAZUH("destinationHostname", dst_host), SYSMON_WAZUH("destinationPort", dst_port),                          \
    SYSMON_WAZUH("sourceIsIpv6", src_is_ipv6), SYSMON_WAZUH("destinationIsIpv6", dst_is_ipv6)
/* clang-format on */

bool sysmon_selects(int64_t id);

/* Sets the fields that both sources have, `app` as the whole image.  NULL, or why a native event is malformed. */
const char *sysmon_record(struct parser *p, const struct row *row, struct record *r);

#endif
