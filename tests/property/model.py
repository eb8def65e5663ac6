"""A second opinion on the rule: cases of plain ASCII, and what must come of them, written for this test alone.

It is small because its cases are: thresholds are numbers, cells are ASCII, times are epoch milliseconds.
"""
import collections, csv, io, random, re

COLUMNS = ["Ports", "App", "Protocol", "Direction", "Action", "Type", "ThresholdType", "Threshold", "Severity", "Tactic",
           "Name", "Description"]
WINDOW_MS = 1200_000


def case(seed):
    """Sessions (dicts) and watchlist rows (lists of cells)."""
    rng = random.Random(f"model {seed}")
    first = rng.choice([0, 1767261600_000, -WINDOW_MS * 3, 951_782_400_000])
    values = {"NetworkProtocol": rng.sample(["TCP", "UDP", "ICMP", "IPv6-ICMP", "", "x-tcp"], 3),
              "NetworkDirection": rng.sample(["Inbound", "Outbound", "", "Lateral"], 2),
              "DvcAction": rng.sample(["Allow", "Deny", "Drop", "Drop ICMP", "", "blocked"], 3),
              "DstAppName": rng.sample(["smb", "ms-ds-smb", "tor", "", "web"], 2)}
    ports = rng.sample([0, 22, 80, 443, 445, 5800, 5803, 8000, 65535], 4)
    sessions = []
    for _ in range(rng.randint(1, 120)):
        s = {"TimeGenerated": first + rng.randrange(4 * WINDOW_MS), "DstPortNumber": rng.choice(ports + [None])}
        s.update((field, rng.choice(some)) for field, some in values.items())
        if rng.random() < 0.3:
            s["EventCount"] = rng.randint(1, 9)
        sessions.append(s)
    rows = []
    for i in range(rng.randint(1, 12)):
        port_cell = ",".join(str(rng.choice([*ports, "5800-5810", "0-65535", "ssh", "*", "445/tcp"])) for _ in range(rng.randint(1, 3)))
        filters = [rng.choice(["*", "", *some, ",".join(some), some[0].lower(), " " + some[0]])
                   for some in (values["DstAppName"], values["NetworkProtocol"], values["NetworkDirection"], values["DvcAction"])]
        rows.append([port_cell, *filters, rng.choice(["Hunting", "Hunting", "Detection", "hunting"]),
                     rng.choice(["Static"] * 5 + ["Anomaly"]), rng.choice(["0", "1", "2", "5", "9", "-1", "none"]),
                     rng.choice(["High", "Low", "Disabled"]), rng.choice(["", "Impact"]), rng.choice("ABab"),
                     rng.choice(["", "x, y", "say \"so\""])])
    return sessions, rows


def watchlist_text(rows):
    out = io.StringIO()
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue()


def sums_of(sessions, window_s, weigh):
    sums = collections.Counter()
    for s in sessions:
        if s["DstPortNumber"] is not None:
            start = s["TimeGenerated"] // (window_s * 1000) * window_s
            key = (start, s["DstPortNumber"], s["NetworkProtocol"], s["NetworkDirection"], s["DvcAction"], s["DstAppName"])
            sums[key] += s.get("EventCount", 1) if weigh == "event-count" else 1
    return sums


def term(text, word):
    return re.search(r"(?<![0-9A-Za-z])" + re.escape(word) + r"(?![0-9A-Za-z])", text, re.I) is not None


def names_port(cell, port):
    for element in cell.split(","):
        low, dash, high = element.partition("-")
        if dash and int(low) <= port <= int(high) or term(element, str(port)) or element == "ssh" and port == 22:
            return True
    return False


def accepts(cell, value, star_only):
    elements = cell.split(",")
    return "*" in elements or (not star_only if value == "" else any(term(e, value) for e in elements))


def accepts_app(cell, app, star_only):
    names = [e.strip() for e in cell.split(",") if e.strip()]
    return not names or "*" in cell.split(",") or (not star_only if app == "" else any(term(app, n) for n in names))


def results(sums, rows, kind, star_only, match_app, aggregate_row):
    """{(start, Name, Severity, Tactic, port, Description): (protocols, directions, actions, peak)}"""
    found = {}
    for ports, app, protocol, direction, action, type_, how, threshold, severity, tactic, name, description in rows:
        if how != "Static" or severity == "Disabled" or threshold == "none":
            continue
        if type_ not in (["Hunting", "Detection"] if kind == "all" else [kind]):
            continue
        totals, members = collections.Counter(), collections.defaultdict(set)
        for (start, port, p, d, a, application), n in sums.items():
            if (names_port(ports, port) and accepts(protocol, p, star_only) and accepts(direction, d, star_only)
                    and accepts(action, a, star_only) and (not match_app or accepts_app(app, application, star_only))):
                unit = (start, port) if aggregate_row else (start, port, p, d, a)
                totals[unit] += n
                members[unit].add((p, d, a))
        for unit, total in totals.items():
            if total > int(threshold):
                key = (unit[0], name, severity, tactic, unit[1], description)
                hit = found.setdefault(key, [set(), 0])
                hit[0] |= members[unit]
                hit[1] = max(hit[1], total)
    return {key: tuple(sorted({m[i] for m in groups} - {""}) for i in range(3)) + (peak,)
            for key, (groups, peak) in found.items()}
