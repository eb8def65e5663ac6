"""Compares, then measures (see run.sh)."""
import argparse
import collections
import datetime
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ["TIDEMARK_BIN"]
TIDEMARK = os.path.join(BIN, "tidemark")
SHARED_AWK = os.path.join(os.environ.get("TIDEMARK_SHARED", ""), "bench", "mawk")
WINDOW_S = 1200
HEADER = "Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,Description\r\n"
CHECKED_LINES = 100000
NAMES = {"TCP": {"6", "tcp"}, "UDP": {"17", "udp"}, "ICMP": {"1", "icmp"}}
ACTIONS = {"Allow": {"ACCEPT", "allow"}, "Deny": {"REJECT", "deny"}}


class Kind:
    def __init__(self, name, source, same):
        self.name, self.source = name, source
        self.same = same  # the yardstick groups by what the specification of the source says


def kinds(own):
    return {"vpc": Kind("vpc", "aws-vpcflow", True), "cef": Kind("cef", "paloalto", own),
            "zeek": Kind("zeek", "corelight", False)}


def threshold(lines):
    """One in a hundred sessions of a window: some groups of each window are above it, most are not."""
    return max(1, lines // 72 // 100)


def fail(*words):
    print("bench:", *words, file=sys.stderr)
    sys.exit(1)


class Bench:
    def __init__(self, arguments):
        self.work, self.tools = arguments.work, arguments.tools
        self.lines, self.rounds = arguments.lines, arguments.rounds
        self.own = os.path.basename(self.tools) == "own"
        self.scratch = tempfile.mkdtemp(prefix="bench-", dir=self.work)

    def data(self, kind, lines):
        """The first lines of the day are not the day: a file of its own for every count."""
        path = os.path.join(self.scratch, f"{kind.name}-{lines}.log")
        if not os.path.exists(path):
            with open(path + ".part", "wb") as out:
                subprocess.run([os.path.join(self.tools, "generate"), kind.name, str(lines)], stdout=out, check=True)
            os.rename(path + ".part", path)
        return path

    def watchlist(self, limit):
        path = os.path.join(self.scratch, f"above-{limit}.csv")
        with open(path, "w", newline="") as f:
            f.write(HEADER + f"0-65535,*,*,*,*,Hunting,Static,{limit},Medium,Discovery,Busy port,Every port\r\n")
        return path

    # ------------------------------------------------------------ the programs

    def hunt(self, kind, path, lines):
        return [TIDEMARK, "hunt", "-w", self.watchlist(threshold(lines)), "--format", "json", f"{kind.source}={path}"]

    def limit(self, kind, path):
        if kind.name == "zeek" and not self.own:
            program = os.path.join(self.tools, "limit_zeek")
            return [program, path, str(threshold(self.lines)), "chunk"] if os.path.exists(program) else None
        return [os.path.join(self.tools, "limit"), kind.name, path, str(threshold(self.lines))]

    def mawk(self, kind, path):
        script = os.path.join(HERE if self.own else SHARED_AWK, kind.name + ".awk")
        if not shutil.which("mawk") or not os.path.exists(script):
            return None
        return ["mawk", "-v", f"T={threshold(self.lines)}", "-f", script, path]

    # ------------------------------------------------------------ are the results right?

    def results(self, kind, path, lines):
        """{(window, port, protocol, direction, action): sum} of the groups above the threshold."""
        done = subprocess.run(self.hunt(kind, path, lines), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
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

    def yardstick(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        return sorted(done.stdout.decode().split("\n")[:-1])

    def check(self, kind, path):
        lines = min(self.lines, CHECKED_LINES)
        small = self.data(kind, lines)
        expected = self.expected(kind, small, lines)
        if not expected:
            fail(kind.name, "no group is above the threshold: nothing would be compared")
        if self.results(kind, small, lines) != expected:
            fail(kind.name, "results differ from what normalize's sessions add up to")
        limit = self.limit(kind, path) and self.yardstick(self.limit(kind, path))
        mawk = self.mawk(kind, path) and self.yardstick(self.mawk(kind, path))
        if limit is not None and mawk is not None and limit != mawk:
            fail(kind.name, "the yardsticks differ among themselves")
        if kind.same:
            compare(kind, self.results(kind, path, self.lines), limit)
        print(f"{kind.name}: results are equal ({'to the yardsticks, and ' if kind.same else ''}to the sessions of "
              f"normalize), {len(limit or ())} groups above {threshold(self.lines)}", flush=True)

    # ------------------------------------------------------------ measuring

    def timed(self, command, path):
        with open(path, "rb", buffering=0) as f:  # idle pages of the cache are slow at first touch
            while f.read(1 << 20):
                pass
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            fail(command[0], "exit code", process.returncode)
        return time.monotonic() - begin, usage.ru_utime + usage.ru_stime

    def peak_memory(self, command):
        """Largest sum of what all processes of the command hold (shared pages counted once), in MiB."""
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            peak = max(peak, sum(proportional_kib(pid) for pid in family(process.pid)))
            time.sleep(0.005)
        return peak / 1024

    def measure(self, kind, path):
        programs = {"limit": self.limit(kind, path), "mawk": self.mawk(kind, path), "tidemark": self.hunt(kind, path, self.lines)}
        times = {name: [] for name, command in programs.items() if command}
        for _ in range(self.rounds):
            for name in times:
                times[name].append(self.timed(programs[name], path))
        wall = {name: statistics.median(t[0] for t in runs) for name, runs in times.items()}
        cpu = {name: statistics.median(t[1] for t in runs) for name, runs in times.items()}
        millions = self.lines / 1e6
        size = os.path.getsize(path)
        print(f"\n{kind.name}: {self.lines} events, {size / 1e6:.0f} MB, medians of {self.rounds} rounds")
        print(f"  {'':10}{'seconds':>9}{'M events/s':>12}{'MB/s':>8}{'CPU s per M':>13}{'speed against limit':>21}")
        for name in times:
            against = f"{wall['limit'] / wall[name]:>21.3f}" if "limit" in wall else ""
            print(f"  {name:10}{wall[name]:>9.3f}{millions / wall[name]:>12.2f}{size / 1e6 / wall[name]:>8.0f}"
                  f"{cpu[name] / millions:>13.4f}{against}")
        if "mawk" in wall:
            print(f"  tidemark is {wall['mawk'] / wall['tidemark']:.1f} times as fast as mawk", end="; ")
        print(f"peak memory of all its processes: {self.peak_memory(programs['tidemark']):.0f} MiB", flush=True)


    def measure_start(self):
        """What a hunt costs when there is next to nothing to read."""
        kind = kinds(self.own)["vpc"]
        path = self.data(kind, 10)
        runs = [self.timed(self.hunt(kind, path, 10), path) for _ in range(4 * self.rounds)]
        print(f"a hunt of 10 lines: {1000 * statistics.median(t[0] for t in runs):.0f} ms, "
              f"{1000 * statistics.median(t[1] for t in runs):.0f} ms of processor time, medians of {len(runs)}", flush=True)


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


def family(root):
    """The process and its descendants."""
    children = collections.defaultdict(list)
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as f:
                    children[int(f.read().rpartition(")")[2].split()[1])].append(int(name))
            except OSError:
                pass
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children[pid]
    return found


def proportional_kib(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup") as f:
            return next((int(line.split()[1]) for line in f if line.startswith("Pss:")), 0)
    except OSError:
        return 0


def main():
    parser = argparse.ArgumentParser(prog="tests/bench/run.sh")
    parser.add_argument("--work", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tools", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, default=1000000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("kinds", nargs="*", metavar="vpc|cef|zeek")
    arguments = parser.parse_args()
    known = kinds(os.path.basename(arguments.tools) == "own")
    if set(arguments.kinds) - set(known) or arguments.lines < 1 or arguments.rounds < 1:
        parser.error("expected --lines and --rounds above 0, and vpc, cef or zeek")
    bench = Bench(arguments)
    try:
        bench.measure_start()
        for name in arguments.kinds or known:
            path = bench.data(known[name], arguments.lines)
            bench.check(known[name], path)
            bench.measure(known[name], path)
            os.remove(path)
    finally:
        shutil.rmtree(bench.scratch)


if __name__ == "__main__":
    main()
