/* Service names that a Ports cell may use: this list and no other, the same on every machine (match.h). */
#include "match.h"

/* Where a port has several names the first is the one shown to people. */
static const struct service {
    const char *name;
    uint16_t port;
} services[] = {
    { "ftp-data", 20 },
    { "ftp", 21 },
    { "ssh", 22 },
    { "telnet", 23 },
    { "smtp", 25 },
    { "time", 37 },
    { "whois", 43 },
    { "tacacs", 49 },
    { "dns", 53 },
    { "domain", 53 },
    { "bootps", 67 },
    { "bootpc", 68 },
    { "tftp", 69 },
    { "gopher", 70 },
    { "finger", 79 },
    { "http", 80 },
    { "kerberos", 88 },
    { "pop3", 110 },
    { "sunrpc", 111 },
    { "auth", 113 },
    { "nntp", 119 },
    { "ntp", 123 },
    { "epmap", 135 },
    { "netbios-ns", 137 },
    { "netbios-dgm", 138 },
    { "netbios-ssn", 139 },
    { "imap", 143 },
    { "snmp", 161 },
    { "snmptrap", 162 },
    { "bgp", 179 },
    { "ldap", 389 },
    { "https", 443 },
    { "smb", 445 },
    { "microsoft-ds", 445 },
    { "kpasswd", 464 },
    { "smtps", 465 },
    { "submissions", 465 },
    { "isakmp", 500 },
    { "exec", 512 },
    { "login", 513 },
    { "syslog", 514 },
    { "shell", 514 },
    { "printer", 515 },
    { "rip", 520 },
    { "submission", 587 },
    { "ipp", 631 },
    { "ldaps", 636 },
    { "rsync", 873 },
    { "ftps", 990 },
    { "telnets", 992 },
    { "imaps", 993 },
    { "pop3s", 995 },
    { "socks", 1080 },
    { "openvpn", 1194 },
    { "ms-sql-s", 1433 },
    { "ms-sql-m", 1434 },
    { "radius", 1812 },
    { "nfs", 2049 },
    { "mysql", 3306 },
    { "rdp", 3389 },
    { "ms-wbt-server", 3389 },
    { "sip", 5060 },
    { "postgresql", 5432 },
    { "vnc", 5900 },
    { "winrm", 5985 },
    { "x11", 6000 },
    { "redis", 6379 },
    { "http-alt", 8080 },
};

enum { SERVICES_N = sizeof services / sizeof services[0] };

bool service_port(struct span name, uint16_t *port)
{
    for (unsigned i = 0; i < SERVICES_N; i++) {
        if (span_is(name, services[i].name)) {
            *port = services[i].port;
            return true;
        }
    }
    return false;
}

const char *service_name(uint16_t port)
{
    for (unsigned i = 0; i < SERVICES_N; i++)
        if (services[i].port == port)
            return services[i].name;
    return NULL;
}
