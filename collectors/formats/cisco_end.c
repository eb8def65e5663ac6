#include "formats/cisco_end.h"

#include "common/ip.h"
#include "common/number.h"

bool cisco_port(struct span text, int64_t *port)
{
    static const struct {
        const char *name;
        uint16_t port;
    } services[] = {
        { "ftp", 21 },          { "ssh", 22 },           { "telnet", 23 }, { "smtp", 25 },
        { "tacacs", 49 },       { "domain", 53 },        { "bootps", 67 }, { "bootpc", 68 },
        { "tftp", 69 },         { "www", 80 },           { "http", 80 },   { "pop3", 110 },
        { "sunrpc", 111 },      { "nntp", 119 },         { "ntp", 123 },   { "netbios-ns", 137 },
        { "netbios-dgm", 138 }, { "netbios-ssn", 139 },  { "imap4", 143 }, { "snmp", 161 },
        { "snmptrap", 162 },    { "ldap", 389 },         { "https", 443 }, { "isakmp", 500 },
        { "syslog", 514 },      { "rip", 520 },          { "ldaps", 636 }, { "sqlnet", 1521 },
        { "radius", 1645 },     { "radius-acct", 1646 }, { "h323", 1720 }, { "pptp", 1723 },
        { "sip", 5060 },
    };
    if (number_parse_natural(text, port))
        return true;
    if (text.n == 0)
        return false;
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (span_is(text, services[i].name)) {
            *port = services[i].port;
            return true;
        }
    return false;
}

static void cut_port(struct span text, struct span *address, struct span *port)
{
    const char *last = text.n ? memrchr(text.p, '/', text.n) : NULL;
    size_t slash = last ? (size_t)(last - text.p) + 1 : 0;
    *address = span_trim(slash ? span_of(text.p, slash - 1) : text);
    *port = slash ? span_trim(span_from(text, slash)) : span_of(text.p, 0);
}

/* `9999:name`, or where it follows a user, `9999` too: a security group's tag. */
static bool is_security_group(struct span text, bool behind_user)
{
    uint64_t tag;
    size_t colon = span_find(text, ':', 0);
    return number_parse_digits(span_of(text.p, colon), &tag) && (colon < text.n || behind_user);
}

struct span cisco_user_of(struct span groups)
{
    groups = span_trim(groups);
    if (groups.n == 0 || groups.p[0] != '(')
        return span_of(groups.p, 0);
    while (groups.n && (groups.p[0] == '(' || byte_is_blank(groups.p[0])))
        groups = span_from(groups, 1);
    struct span user = span_trim(span_of(groups.p, span_find(groups, ')', 0)));
    size_t comma = span_find(user, ',', 0);
    if (is_security_group(user, false))
        return span_of(user.p, 0);
    return is_security_group(span_trim(span_from(user, comma + 1)), true) ? span_of(user.p, comma) : user;
}

/* The colon behind an interface's name, which may have colons itself (`v1:outside`), as the address may; core.n: none.
 */
static size_t interface_end(struct span core)
{
    struct ip ip;
    struct span address, port;
    size_t first = span_find(core, ':', 0);
    if (first == core.n)
        return first;
    size_t second = span_find(core, ':', first + 1);
    if (second == core.n && span_find(core, '/', 0) > first)
        return first; /* the common one: no address has one colon */
    cut_port(core, &address, &port);
    if (ip_parse(address, &ip))
        return core.n;
    if (second == core.n)
        return first;
    size_t end = (size_t)(address.p - core.p) + address.n;
    for (size_t colon = first; colon < core.n; colon = span_find(core, ':', colon + 1)) {
        if (colon >= end) /* behind the slash */
            end = core.n;
        size_t begin = colon + 1;
        while (begin < end && byte_is_blank(core.p[begin]))
            begin++;
        if (ip_parse(span_of(core.p + begin, end - begin), &ip))
            return colon;
    }
    return first;
}

/* Behind the port some releases print a user, or the type of an ICMP error, without parentheses. */
static void cut_bare_word(struct cisco_end *e)
{
    size_t blank = span_find(e->port, ' ', 0);
    struct span word = span_trim(span_from(e->port, blank));
    e->port = span_of(e->port.p, blank);
    if (e->user.n == 0 && !span_starts(word, SPAN_LITERAL("type ")))
        e->user = word;
}

struct cisco_end cisco_end_of(struct span text, bool mapped)
{
    struct cisco_end e = { 0 };
    size_t open = span_find(text, '(', 0);
    struct span core = span_trim(span_of(text.p, open)), groups = span_from(text, open);
    if (mapped && groups.n) {
        size_t close = span_find(groups, ')', 0);
        cut_port(span_of(groups.p + 1, close > 0 ? close - 1 : 0), &e.mapped_address, &e.mapped_port);
        groups = span_from(groups, close < groups.n ? close + 1 : close);
    }
    e.user = cisco_user_of(groups);
    size_t colon = interface_end(core);
    if (colon < core.n) {
        e.interface = span_trim(span_of(core.p, colon));
        core = span_from(core, colon + 1);
    }
    cut_port(core, &e.address, &e.port);
    cut_bare_word(&e);
    return e;
}

struct cisco_end cisco_access_list_end(struct span text)
{
    struct cisco_end e = { 0 };
    size_t slash = span_find(text, '/', 0);
    struct span rest = slash < text.n ? span_from(text, slash + 1) : text;
    e.interface = span_of(text.p, slash < text.n ? slash : 0);
    size_t open = span_find(rest, '(', 0), close = span_find(rest, ')', 0);
    e.address = span_trim(span_of(rest.p, open));
    if (open < close && close < rest.n) {
        e.port = span_of(rest.p + open + 1, close - open - 1);
        e.user = cisco_user_of(span_from(rest, close + 1));
    }
    return e;
}

struct cisco_end cisco_listed_end(struct span text)
{
    struct cisco_end e = cisco_end_of(text, false);
    size_t blank = span_find(e.address, ' ', 0);
    if (e.port.n == 0)
        e.port = span_trim(span_from(e.address, blank));
    e.address = span_of(e.address.p, blank);
    return e;
}
