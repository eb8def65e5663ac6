"""Compares, then measures (see run.sh)."""
import argparse
import collections
import datetime
import hashlib
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile

import measure
import report
import sources
from measure import fail
from peers import NAMES as PEERS, Peers

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["TIDEMARK_BIN"]
TIDEMARK = os.path.join(BIN, "tidemark")
SHARED_AWK = os.path.join(os.environ.get("TIDEMARK_SHARED", ""), "bench", "mawk")
WINDOW_S = 1200
HEADER = "Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,Description\r\n"
CHECKED_LINES = 100000
NAMES = {"TCP": {"6", "tcp"}, "UDP": {"17", "udp"}, "ICMP": {"1", "icmp"}}
ACTIONS = {"Allow": {"ACCEPT", "allow"}, "Deny": {"REJECT", "deny"}}


LINES = {"vpc": 5000000, "cef": 1000000, "zeek": 1000000, "vpc.gz": 5000000}
QUICK_LINES = 50000
SOURCE_MB = 64
SHARDS = (1, 2, 4, 8)


class Kind:
    def __init__(self, name, source, same):
        self.name, self.source = name, source
        self.same = same  # the yardstick groups by what the specification of the source says


def kinds(own):
    return {"vpc": Kind("vpc", "aws-vpcflow", True), "cef": Kind("cef", "paloalto", own),
            "zeek": Kind("zeek", "corelight", False), "vpc.gz": Kind("vpc.gz", "aws-vpcflow", False)}


def threshold(lines):
    """One in a hundred sessions of a window: some groups of each window are above it, most are not."""
    return max(1, lines // 72 // 100)


class Bench:
    def __init__(self, arguments):
        self.tools, self.rounds = arguments.tools, arguments.rounds
        self.own = os.path.basename(self.tools) == "own"
        self.scratch = tempfile.mkdtemp(prefix="bench-", dir=arguments.work)
        self.peers = Peers(os.path.join(os.environ.get("TIDEMARK_SHARED", ""), "bench"), self.scratch,
                           not arguments.quick and not arguments.scale)

    def data(self, kind, lines):
        """The first lines of the day are not the day: a file of its own for every count."""
        path = os.path.join(self.scratch, f"{lines}-{kind.name}")
        if not os.path.exists(path):
            command = [os.path.join(self.tools, "generate"), kind.name, str(lines)]
            if kind.name == "vpc.gz":
                command = ["gzip", "-c", self.data(kinds(self.own)["vpc"], lines)]
            with open(path + ".part", "wb") as out:
                subprocess.run(command, stdout=out, check=True)
            os.rename(path + ".part", path)
        return path

    def watchlist(self, limit):
        path = os.path.join(self.scratch, f"above-{limit}.csv")
        with open(path, "w", newline="") as f:
            f.write(HEADER + f"0-65535,*,*,*,*,Hunting,Static,{limit},Medium,Discovery,Busy port,Every port\r\n")
        return path

    # ------------------------------------------------------------ the programs

    def hunt(self, kind, path, *options):
        """With the watchlist that comes with it: what is measured."""
        return [TIDEMARK, "hunt", *options, f"{kind.source}={path}"]

    def hunt_above(self, kind, path, lines):
        """The groups that the yardsticks print."""
        return self.hunt(kind, path, "-w", self.watchlist(threshold(lines)), "--format", "json")

    def limit(self, kind, path, lines):
        if kind.name == "zeek" and not self.own:
            program = os.path.join(self.tools, "limit_zeek")
            return [program, path, str(threshold(lines)), "chunk"] if os.path.exists(program) else None
        return [os.path.join(self.tools, "limit"), kind.name, path, str(threshold(lines))]

    def mawk(self, kind, path, lines):
        script = os.path.join(HERE if self.own else SHARED_AWK, kind.name + ".awk")
        if not shutil.which("mawk") or not os.path.exists(script):
            return None
        return ["mawk", "-v", f"T={threshold(lines)}", "-f", script, path]

    def yardsticks(self, kind, path, lines):
        """{name: command} of what does the same job here."""
        if kind.name == "vpc.gz":
            return {"inflate": [os.path.join(self.tools, "inflate"), path]}
        found = {"limit": self.limit(kind, path, lines), "mawk": self.mawk(kind, path, lines)}
        for name in PEERS:
            found[name] = self.peers.command(name, kind.name, path, threshold(lines))
        return {name: command for name, command in found.items() if command}

    # ------------------------------------------------------------ are the results right?

    def results(self, kind, path, lines):
        """{(window, port, protocol, direction, action): sum} of the groups above the threshold."""
        done = subprocess.run(self.hunt_above(kind, path, lines), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            fail("hunt failed:", done.stderr.decode("utf-8", "replace"))
        found = {}
        for line in done.stdout.splitlines():
            result = json.loads(line)
            for group in result["Groups"]:
                if group["Sum"] > threshold(lines):
                    found[(epoch(result["WindowStart"]), result["DstPortNumber"], group["NetworkProtocol"],
                           group["NetworkDirection"], group["DvcAction"])] = group["Sum"]
        return found

    def expected(self, kind, path, lines):
        """The same, counted here from the sessions that `normalize` prints."""
        sums = collections.Counter()
        with subprocess.Popen([TIDEMARK, "normalize", f"{kind.source}={path}"], stdout=subprocess.PIPE) as process:
            for line in process.stdout:
                session = json.loads(line)
                if "DstPortNumber" in session:
                    sums[(epoch(session["TimeGenerated"]) // WINDOW_S * WINDOW_S, session["DstPortNumber"],
                          session.get("NetworkProtocol", ""), session.get("NetworkDirection", ""),
                          session.get("DvcAction", ""))] += 1
        if process.returncode:
            fail("normalize failed")
        return {key: n for key, n in sums.items() if n > threshold(lines)}

    def yardstick(self, name, command):
        """Its rows, sorted; None if a database cannot do it here."""
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode:
            said = f"{name}: exit code {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-500:]}"
            if name not in PEERS:
                fail(said)
            print("bench: without", said, file=sys.stderr)
            return None
        return sorted(done.stdout.decode().split("\n")[:-1])

    def check(self, kind, path, lines):
        """Of what is measured: everybody has the same results.  Returns the yardsticks."""
        yardsticks = self.yardsticks(kind, path, lines)
        if kind.name == "vpc.gz":
            if self.printed(kind, path) != self.printed(kind, self.data(kinds(self.own)["vpc"], lines)):
                fail(kind.name, "compression changes the results")
            print(f"{kind.name}: results are equal to those of the same file uncompressed", flush=True)
            return yardsticks
        few = min(lines, CHECKED_LINES)
        small = self.data(kind, few)
        expected = self.expected(kind, small, few)
        if not expected:
            fail(kind.name, "no group is above the threshold: nothing would be compared")
        if self.results(kind, small, few) != expected:
            fail(kind.name, "results differ from what normalize's sessions add up to")
        printed = {name: self.yardstick(name, command) for name, command in yardsticks.items()}
        printed = {name: rows for name, rows in printed.items() if rows is not None}
        first = next(iter(printed), None)
        for name in printed:
            if printed[name] != printed[first]:
                fail(kind.name, f"{name} and {first} differ: {sorted(set(printed[name]) ^ set(printed[first]))[:4]}")
        if kind.same and first:
            compare(kind, self.results(kind, path, lines), printed[first])
        equal = "to the yardsticks, and " if kind.same and first else ""
        print(f"{kind.name}: results are equal ({equal}to the sessions of normalize); {', '.join(printed)} agree on "
              f"{len(printed[first]) if first else 0} groups above {threshold(lines)}", flush=True)
        return {name: yardsticks[name] for name in printed}

    def printed(self, kind, path):
        done = subprocess.run(self.hunt(kind, path), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode or not done.stdout:
            fail("hunt failed, or found nothing:", done.stderr.decode("utf-8", "replace"))
        return hashlib.sha256(done.stdout).hexdigest()

    # ------------------------------------------------------------ measuring

    def in_turn(self, programs, paths):
        """{name: [(seconds, processor seconds)]}, the programs one after the other in every round."""
        times = {name: [] for name in programs}
        for _ in range(self.rounds):
            for name, command in programs.items():
                times[name].append(measure.timed(command, paths[name]))
        return times

    def measure(self, kind, path, lines, yardsticks):
        programs = {**yardsticks, "tidemark": self.hunt(kind, path)}
        times = self.in_turn(programs, dict.fromkeys(programs, path))
        found = {}
        for name, runs in times.items():
            one = numbers(runs, lines)
            one["peak_mib"] = measure.peak_memory(programs[name])
            if name != "tidemark":
                ratios = [theirs[0] / ours[0] for theirs, ours in zip(runs, times["tidemark"])]
                one["ratio"] = {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)}
            found[name] = one
        return {"kind": kind.name, "events": lines, "bytes": os.path.getsize(path), "rounds": self.rounds,
                "threshold": threshold(lines), "bytes_moved": measure.bytes_moved(self.hunt(kind, path)),
                "programs": found}

    def measure_start(self):
        """What a hunt costs when there is next to nothing to read."""
        kind = kinds(self.own)["vpc"]
        path = self.data(kind, 10)
        runs = [measure.timed(self.hunt(kind, path), path) for _ in range(4 * self.rounds)]
        start = {"seconds": statistics.median(t[0] for t in runs), "cpu_s": statistics.median(t[1] for t in runs)}
        print(f"a hunt of 10 lines: {1000 * start['seconds']:.0f} ms, {1000 * start['cpu_s']:.0f} ms of processor "
              f"time, medians of {len(runs)}", flush=True)
        return start

    def measure_scale(self, unit):
        """By size (1, 5 and 25 units of lines), and by the number of shards on 5 units."""
        kind = kinds(self.own)["vpc"]
        sizes = (unit, 5 * unit, 25 * unit)
        paths = {lines: self.data(kind, lines) for lines in sizes}
        by_size = {lines: self.hunt(kind, path) for lines, path in paths.items()}
        times = self.in_turn(by_size, paths)
        rows = [{"events": lines, **numbers(times[lines], lines), "peak_mib": measure.peak_memory(by_size[lines])}
                for lines in sizes]
        middle = paths[sizes[1]]
        by_shards = {n: self.hunt(kind, middle, "--shards", str(n)) for n in SHARDS}
        times = self.in_turn(by_shards, dict.fromkeys(by_shards, middle))
        shards = [{"shards": n, **numbers(times[n], sizes[1]), "peak_mib": measure.peak_memory(by_shards[n])}
                  for n in SHARDS]
        first, last = rows[0], rows[-1]
        return {"rounds": self.rounds, "sizes": rows, "shard_events": sizes[1], "shards": shards,
                "slope": math.log(last["seconds"] / first["seconds"]) / math.log(last["events"] / first["events"]),
                "seconds_per_million": 1e6 * (last["seconds"] - first["seconds"]) / (last["events"] - first["events"])}


def numbers(runs, lines):
    seconds = statistics.median(t[0] for t in runs)
    return {"seconds": seconds, "seconds_all": [t[0] for t in runs], "millions_per_s": lines / 1e6 / seconds,
            "cpu_s_per_million": statistics.median(t[1] for t in runs) / lines * 1e6}


def epoch(text):
    days = (int(text[0:4]), int(text[5:7]), int(text[8:10]))
    return (datetime.date(*days) - datetime.date(1970, 1, 1)).days * 86400 + int(text[11:13]) * 3600 + \
        int(text[14:16]) * 60 + int(text[17:19])


def compare(kind, ours, theirs):
    """The yardstick prints `window protocol port action count`, in the vendor's words."""
    folded = collections.Counter()
    for (window, port, protocol, _, action), n in ours.items():
        folded[(window, port, protocol, action)] += n
    expected = {}
    for line in theirs:
        window, protocol, port, action, n = line.split()
        protocol = next((ours for ours, words in NAMES.items() if protocol in words), protocol)
        action = next((ours for ours, words in ACTIONS.items() if action in words), action)
        expected[(int(window), int(port), protocol, action)] = int(n)
    if dict(folded) != expected:
        wrong = sorted(set(folded.items()) ^ set(expected.items()))[:5]
        fail(kind.name, f"{len(folded)} groups, the yardstick has {len(expected)}; the first differences: {wrong}")


def measure_kinds(bench, arguments):
    known, found = kinds(bench.own), []
    for name in arguments.kinds or known:
        lines = arguments.lines or LINES[name]
        path = bench.data(known[name], lines)
        found.append(bench.measure(known[name], path, lines, bench.check(known[name], path, lines)))
        report.print_kind(found[-1])
        if name != "vpc":  # of which vpc.gz is made
            os.remove(path)
    return found


def parse():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh")
    for name in ("--work", "--tools", "--root"):
        parser.add_argument(name, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, help=f"of every kind; default: {LINES}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true",
                        help=f"{QUICK_LINES} lines, one round, no databases: for the comparison of the results")
    parser.add_argument("--scale", action="store_true",
                        help="only Tidemark, on 1, 5 and 25 million lines (with --lines: on N, 5 N, 25 N) and by shards")
    parser.add_argument("--sources", action="store_true",
                        help=f"only what reading costs, by source and form, on --mb N of each (default {SOURCE_MB}); "
                             "then sources may be named")
    parser.add_argument("--mb", type=int, default=SOURCE_MB, help=argparse.SUPPRESS)
    parser.add_argument("--json", metavar="FILE", help="write all figures there, too")
    parser.add_argument("--readme", action="store_true", help="write the table of README.md")
    parser.add_argument("kinds", nargs="*", metavar="vpc|cef|zeek|vpc.gz")
    arguments = parser.parse_args()
    if arguments.sources and (arguments.scale or arguments.readme or arguments.lines or arguments.mb < 1):
        parser.error("--sources stands alone, with --rounds, --mb above 0 and names of sources")
    if arguments.sources:
        return arguments
    if set(arguments.kinds) - set(LINES) or (arguments.lines or 1) < 1 or arguments.rounds < 1:
        parser.error("expected --lines and --rounds above 0, and vpc, cef, zeek or vpc.gz")
    if arguments.readme and (arguments.quick or arguments.scale or arguments.kinds or arguments.lines
                             or arguments.rounds < 5):
        parser.error("--readme is for a whole run: all kinds, the default numbers of lines, 5 rounds or more")
    if arguments.scale and arguments.kinds:
        parser.error("--scale measures vpc only")
    if arguments.quick:
        arguments.rounds = 1
        arguments.lines = arguments.lines or (QUICK_LINES // 25 if arguments.scale else QUICK_LINES)
    return arguments


def main():
    arguments = parse()
    found = {"machine": measure.machine()}
    if found["machine"]["load"] > found["machine"]["processors"] / 4:
        print(f"bench: the machine is busy (load {found['machine']['load']}): times are not what they could be",
              file=sys.stderr)
    bench = Bench(arguments)
    try:
        if arguments.sources:
            found["sources"] = sources.measure_sources(arguments.root, bench.scratch, TIDEMARK, arguments.kinds,
                                                       arguments.mb << 20, arguments.rounds)
        elif arguments.scale:
            found["start"] = bench.measure_start()
            found["scale"] = bench.measure_scale(arguments.lines or 1000000)
            report.print_scale(found["scale"])
        else:
            found["start"] = bench.measure_start()
            found["kinds"] = measure_kinds(bench, arguments)
    finally:
        shutil.rmtree(bench.scratch)
    if arguments.json:
        with open(arguments.json, "w") as f:
            json.dump(found, f, indent=1)
            f.write("\n")
    if arguments.readme:
        report.write_readme(os.path.join(arguments.root, "README.md"), found)


if __name__ == "__main__":
    main()
