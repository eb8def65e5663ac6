#include "known.h"

#include <stddef.h>

/* The names of IANA's protocol numbers (the usual ones first: they are the likelier guess), and what a source's
 * protocol without a name becomes. */
const char *const known_protocols[] = {
    "TCP",
    "UDP",
    "ICMP",
    "IPv6-ICMP",
    "GRE",
    "ESP",
    "HOPOPT",
    "IGMP",
    "GGP",
    "IPv4",
    "ST",
    "CBT",
    "EGP",
    "IGP",
    "BBN-RCC-MON",
    "NVP-II",
    "PUP",
    "ARGUS (deprecated)",
    "EMCON",
    "XNET",
    "CHAOS",
    "MUX",
    "DCN-MEAS",
    "HMP",
    "PRM",
    "XNS-IDP",
    "TRUNK-1",
    "TRUNK-2",
    "LEAF-1",
    "LEAF-2",
    "RDP",
    "IRTP",
    "ISO-TP4",
    "NETBLT",
    "MFE-NSP",
    "MERIT-INP",
    "DCCP",
    "3PC",
    "IDPR",
    "XTP",
    "DDP",
    "IDPR-CMTP",
    "TP++",
    "IL",
    "IPv6",
    "SDRP",
    "IPv6-Route",
    "IPv6-Frag",
    "IDRP",
    "RSVP",
    "DSR",
    "BNA",
    "AH",
    "I-NLSP",
    "SWIPE (deprecated)",
    "NARP",
    "MOBILE",
    "TLSP",
    "SKIP",
    "IPv6-NoNxt",
    "IPv6-Opts",
    "CFTP",
    "SAT-EXPAK",
    "KRYPTOLAN",
    "RVD",
    "IPPC",
    "SAT-MON",
    "VISA",
    "IPCV",
    "CPNX",
    "CPHB",
    "WSN",
    "PVP",
    "BR-SAT-MON",
    "SUN-ND",
    "WB-MON",
    "WB-EXPAK",
    "ISO-IP",
    "VMTP",
    "SECURE-VMTP",
    "VINES",
    "TTP",
    "NSFNET-IGP",
    "DGP",
    "TCF",
    "EIGRP",
    "OSPFIGP",
    "Sprite-RPC",
    "LARP",
    "MTP",
    "AX.25",
    "IPIP",
    "MICP (deprecated)",
    "SCC-SP",
    "ETHERIP",
    "ENCAP",
    "GMTP",
    "IFMP",
    "PNNI",
    "PIM",
    "ARIS",
    "SCPS",
    "QNX",
    "A/N",
    "IPComp",
    "SNP",
    "Compaq-Peer",
    "IPX-in-IP",
    "VRRP",
    "PGM",
    "L2TP",
    "DDX",
    "IATP",
    "STP",
    "SRP",
    "UTI",
    "SMP",
    "SM (deprecated)",
    "PTP",
    "ISIS over IPv4",
    "FIRE",
    "CRTP",
    "CRUDP",
    "SSCOPMCE",
    "IPLT",
    "SPS",
    "PIPE",
    "SCTP",
    "FC",
    "RSVP-E2E-IGNORE",
    "Mobility Header",
    "UDPLite",
    "MPLS-in-IP",
    "manet",
    "HIP",
    "Shim6",
    "WESP",
    "ROHC",
    "Ethernet",
    "Reserved",
    "Unassigned",
    NULL,
};

const char *const known_directions[] = {
    "Inbound", "Outbound", "Local", "External", "Listen", "NA", NULL,
};

const char *const known_actions[] = {
    "Allow",   "Deny",    "Drop",     "Drop ICMP", "Reset", "Reset Source", "Reset Destination",
    "Encrypt", "Decrypt", "VPNroute", NULL,
};

const char *const known_types[] = { "Hunting", "Detection", NULL };
const char *const known_threshold_types[] = { "Static", "Anomaly", NULL };
const char *const known_severities[] = { "High", "Medium", "Low", "Informational", "Disabled", NULL };

/* MITRE ATT&CK, as Microsoft Sentinel writes its tactics. */
const char *const known_tactics[] = {
    "Reconnaissance",
    "ResourceDevelopment",
    "InitialAccess",
    "Execution",
    "Persistence",
    "PrivilegeEscalation",
    "DefenseEvasion",
    "CredentialAccess",
    "Discovery",
    "LateralMovement",
    "Collection",
    "CommandAndControl",
    "Exfiltration",
    "Impact",
    "PreAttack",
    "ImpairProcessControl",
    "InhibitResponseFunction",
    NULL,
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

enum { KNOWN_TEXT_MAX = 64 };

static bool same_letter(struct span a, size_t i, struct span b, size_t j)
{
    return span_equal_nocase(span_of(a.p + i, 1), span_of(b.p + j, 1));
}

/* Letters to add, leave out, replace or swap with their neighbour, ASCII case ignored; both at most KNOWN_TEXT_MAX. */
static size_t distance(struct span a, struct span b)
{
    size_t rows[3][KNOWN_TEXT_MAX + 1];
    for (size_t i = 0; i <= a.n; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        for (size_t j = 0; j <= b.n; j++) {
            if (i == 0 || j == 0) {
                row[j] = i + j;
                continue;
            }
            row[j] = least(above[j - 1] + !same_letter(a, i - 1, b, j - 1), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && same_letter(a, i - 1, b, j - 2) && same_letter(a, i - 2, b, j - 1))
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }
    return rows[a.n % 3][b.n];
}

const char *known_nearest(const char *const *names, struct span text)
{
    const char *nearest = NULL;
    text = span_trim(text);
    if (text.n == 0 || text.n > KNOWN_TEXT_MAX)
        return NULL;
    size_t best = least(text.n / 3 + 1, text.n - (text.n > 1)) + 1;
    for (; *names; names++) {
        struct span name = span_text(*names);
        size_t d = name.n > KNOWN_TEXT_MAX ? best : distance(text, name);
        if (d < best) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}
