"""VPC flow-log lines for tests."""
T0 = 1767261600  # 2026-01-01T10:00:00Z, the start of a window
WINDOW_S = 1200


def line(at=0, port=22, protocol=6, action="REJECT", status="OK", source="198.51.100.23", destination="10.20.0.15"):
    start = T0 + at
    if status != "OK":
        return f"2 111122223333 eni-0a1b2c3d - - - - - - - {start} {start + 60} - {status}\n"
    return f"2 111122223333 eni-0a1b2c3d {source} {destination} 51442 {port} {protocol} 9 1840 {start} {start + 60} {action} OK\n"


def mixed(count, seed=1):
    """Lines over some hours with every kind of fate; the same for the same seed."""
    import random
    chance = random.Random(seed)
    out = []
    for _ in range(count):
        kind = chance.random()
        at = chance.randrange(0, 6 * 3600)
        if kind < 0.02:
            out.append(line(at, status="NODATA"))
        elif kind < 0.03:
            out.append("2 111122223333 eni-0a1b2c3d cut off\n")
        else:
            out.append(line(at, chance.choice((22, 23, 53, 80, 443, 443, 445, 3389, 8080, 0, 65535)),
                            chance.choice((6, 6, 6, 17, 1, 200)), chance.choice(("ACCEPT", "ACCEPT", "REJECT"))))
    return out
