#!/usr/bin/python3
"""Random cases: what the programs report must be what a simple model reports.

  run_property.py [--cases N] [--seed S] [--bin FOLDER] [--keep FOLDER] [--rule-only]

Each case is judged twice: the rule alone (the program evaluate_sums) under many combinations of options, and the whole
pipeline (`tidemark hunt`) under one, all drawn by the seed.  The models are model.py beside this file and, where the folder named
by TIDEMARK_SHARED (default: ../shared beside the checkout) has oracle/detect.py and oracle/random_case.py, those.
A failure prints its seed and keeps its files.  TIDEMARK_PROPERTY_CASES, TIDEMARK_PROPERTY_SEED and TIDEMARK_BIN set the
defaults.
"""
import argparse, concurrent.futures, contextlib, csv, datetime, importlib, io, itertools, json, os, pathlib, random, shutil
import subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import model

EPOCH = datetime.datetime(1970, 1, 1)
COMBINATIONS = [dict(type=t, window=w, star_only=e, match_app=a, aggregate_row=g, weigh=k) for t, w, e, a, g, k in itertools.product(
    ("Hunting", "Detection", "all"), (1200, 3600, 420), (False, True), (False, True), (False, True), ("rows", "event-count"))]


def as_table(lines):
    """Results in the form in which they are compared: a list of tuples, in their order."""
    found = []
    for line in lines:
        r = json.loads(line)
        found.append((r["WindowStart"], r["Name"], r["Severity"], r["Tactic"], r["DstPortNumber"], r["Description"],
                      r["NetworkProtocols"], r["NetworkDirections"], r["DvcActions"], r["MaxSum"]))
    return found


def evidence_fault(line, options):
    """What is wrong with the evidence of a result, judged by itself; None if nothing is."""
    r = json.loads(line)
    sums = [row["Sum"] for row in r["Rows"]]
    if not r["Rows"] or not r["Groups"] or max(sums) != r["MaxSum"]:
        return "MaxSum is not the largest of its rows"
    if r["Threshold"] != min(row["Threshold"] for row in r["Rows"] if row["Sum"] == r["MaxSum"]):
        return "Threshold is not the lowest of the rows that had MaxSum"
    if any(row["Sum"] <= row["Threshold"] for row in r["Rows"]):
        return "a row is listed that did not fire"
    groups = [g["Sum"] for g in r["Groups"]]
    if not options["aggregate_row"] and max(groups) != r["MaxSum"]:
        return "MaxSum is no group's sum"
    if options["aggregate_row"] and sum(groups) < r["MaxSum"]:
        return "the groups do not add up to MaxSum"
    for plural, one, most in (("NetworkProtocols", "NetworkProtocol", 20), ("NetworkDirections", "NetworkDirection", 5),
                              ("DvcActions", "DvcAction", 10)):
        if r[plural] != sorted({g[one] for g in r["Groups"]} - {""})[:most]:
            return f"{plural} are not those of the groups"
    return None


class ModelCase:
    """A case of model.py."""

    def __init__(self, seed, folder):
        self.sessions, self.rows = model.case(seed)
        self.watchlist, self.log = folder / "watchlist.csv", folder / "sessions.jsonl"
        self.watchlist.write_text(model.watchlist_text(self.rows), newline="")
        self.log.write_text("".join(json.dumps(s) + "\n" for s in self.sessions))

    def sums(self, options):
        return model.sums_of(self.sessions, options["window"], options["weigh"])

    def expected(self, options):
        found = model.results(self.sums(options), self.rows, options["type"], options["star_only"], options["match_app"],
                              options["aggregate_row"])
        table = []
        for key in sorted(found):
            start = (EPOCH + datetime.timedelta(seconds=key[0])).isoformat() + "Z"
            protocols, directions, actions, peak = found[key]
            table.append((start, *key[1:], protocols[:20], directions[:5], actions[:10], peak))
        return table


class OracleCase:
    """A case of the reference detector, where it is there."""

    def __init__(self, oracle, seed, folder):
        self.detect = oracle[0]
        generator, rng = oracle[1], random.Random(f"sizes {seed}")
        argv, sys.argv = sys.argv, ["random_case.py", str(seed), "--sessions", str(rng.choice([20, 100, 300])), "--rows",
                                    str(rng.choice([5, 25, 80])), "--out", str(folder)]
        try:
            generator.main()
        finally:
            sys.argv = argv
        self.watchlist, self.log = folder / "watchlist.csv", folder / "sessions.jsonl"
        self.sessions = [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines() if line.strip()]

    def sums(self, options):
        return self.detect.count(self.sessions, options["window"], "match", options["weigh"])

    def expected(self, options):
        with contextlib.redirect_stderr(io.StringIO()):
            rows = self.detect.load_watchlist(self.watchlist, options["type"])
            found = self.detect.detect(self.sessions, rows, options["window"], "star-only" if options["star_only"] else "all",
                                       "match" if options["match_app"] else "ignore", "row" if options["aggregate_row"] else "group",
                                       options["weigh"])
            return as_table(json.dumps(r) for r in found)


def load_oracle():
    folder = pathlib.Path(os.environ.get("TIDEMARK_SHARED") or ROOT.parent / "shared") / "oracle"
    if not (folder / "detect.py").exists() or not (folder / "random_case.py").exists():
        print(f"no reference detector in {folder}: its cases are skipped")
        return None
    sys.path.insert(0, str(folder))
    return importlib.import_module("detect"), importlib.import_module("random_case")


class Rule:
    """The program evaluate_sums, kept running."""

    def __init__(self, bin_folder):
        self.process = subprocess.Popen([bin_folder / "evaluate_sums"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.compared = 0                                          # results, so that a run of nothing is noticed

    def results(self, case, options, sums):
        request = {k: v for k, v in options.items() if k != "weigh"}
        request.update(watchlist=str(case.watchlist), sums=sums)
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) not in (b"\n", b""):
            lines.append(line.decode())
        if line == b"":
            raise RuntimeError(f"evaluate_sums died with {self.process.wait()}")
        return lines


def judge_rule(rule, case, seed):
    rng, sums = random.Random(f"order {seed}"), {}
    for options in rng.sample(COMBINATIONS, 24):
        key = options["window"], options["weigh"]
        if key not in sums:
            sums[key] = [[*group, n] for group, n in case.sums(options).items()]
            rng.shuffle(sums[key])
            sums[key].sort(key=lambda group: group[0])             # windows in order, all else not
        lines = rule.results(case, options, sums[key])
        faults = [fault for line in lines if (fault := evidence_fault(line, options))]
        if faults:
            return f"rule {options}: {faults[0]}"
        got, expected = as_table(lines), case.expected(options)
        rule.compared += len(expected)
        if got != expected:
            return f"rule {options}: got {difference(got, expected)}"
    return None


def mutated(rng, text):
    """A watchlist that has been damaged in a few places."""
    damage = [b'"', b'"', b'""', b",", b"\r", b"\n", b"\r\n", b"\0", b" ", b"*", b"\xff", b"\xc3", "é".encode(), b"{", b"\xef\xbb\xbf"]
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice(damage) + text[at + rng.randint(0, 1):]
    return text


def judge_damaged(rule, case, seed):
    """Damaged watchlists are refused when the reference detector refuses them, and else mean the same."""
    rng, options, whole = random.Random(f"damage {seed}"), COMBINATIONS[-1], case.watchlist
    sums = sorted([*group, n] for group, n in case.sums(options).items())
    for i in range(12):
        case.watchlist = whole.with_name(f"damaged-{i}.csv")
        case.watchlist.write_bytes(mutated(rng, whole.read_bytes()))
        lines = rule.results(case, options, sums)
        try:
            expected = case.expected(options)
        except (ValueError, csv.Error):
            expected = "refused"
        got = "refused" if lines and "refused" in json.loads(lines[0]) else as_table(lines)
        if got != expected:
            return f"{case.watchlist.name}: got {got if 'refused' in (got, expected) else difference(got, expected)}"
        case.watchlist.unlink()
    case.watchlist = whole
    return None


def difference(got, expected):
    for i in range(max(len(got), len(expected))):
        one, other = (t[i] if i < len(t) else "nothing" for t in (got, expected))
        if one != other:
            return f"result {i}:\n  {one}\nexpected\n  {other}"
    return "the same"


def judge_hunt(bin_folder, case, seed):
    rng = random.Random(f"options {seed}")
    options = rng.choice(COMBINATIONS)
    arguments = ["--type", options["type"], "--window", str(options["window"]), "--weight", options["weigh"],
                 "--empty-matches", "star-only" if options["star_only"] else "all", "--app", "match" if options["match_app"] else "ignore",
                 "--aggregate", "row" if options["aggregate_row"] else "group", "--shards", str(rng.choice([1, 1, 2, 3])),
                 "--batch-rows", str(rng.choice([1, 7, 8192]))]
    command = [bin_folder / "tidemark", "hunt", "--format", "json", "-w", case.watchlist, *arguments, f"asim-native={case.log}"]
    done = subprocess.run(command, capture_output=True, timeout=120)
    if done.returncode != 0:
        return f"{' '.join(map(str, command))}: exit code {done.returncode}: {done.stderr.decode(errors='replace')}"
    got, expected = as_table(done.stdout.decode().splitlines()), case.expected(options)
    return None if got == expected else f"{' '.join(map(str, command))}: got {difference(got, expected)}"


def run_case(make, bin_folder, rule, with_hunt, seed, keep):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-property-"))
    fault = "an exception"
    try:
        case = make(seed, folder)
        fault = judge_rule(rule, case, seed) or isinstance(case, OracleCase) and judge_damaged(rule, case, seed)
        if not fault and with_hunt:
            fault = judge_hunt(bin_folder, case, seed)
    finally:
        if fault:
            kept = pathlib.Path(keep) / f"{make.__name__}-{seed}"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(folder, kept)
            print(f"FAILED: {make.__name__} seed {seed}, kept in {kept}", flush=True)
        shutil.rmtree(folder)
    return fault


def run_share(makers, bin_folder, with_hunt, seeds, keep):
    """One worker's seeds; returns (cases, results compared, faults)."""
    rule, cases, faults = Rule(bin_folder), 0, []
    for seed in seeds:
        for make in makers:
            cases += 1
            if fault := run_case(make, bin_folder, rule, with_hunt, seed, keep):
                faults.append(f"{make.__name__} seed {seed}: {fault}")
    rule.process.stdin.close()
    rule.process.wait()
    return cases, rule.compared, faults


def makers_of(oracle):
    def ModelCases(seed, folder):
        return ModelCase(seed, folder)

    def OracleCases(seed, folder):
        return OracleCase(oracle, seed, folder)
    return [ModelCases, OracleCases] if oracle else [ModelCases]


def work(share):
    bin_folder, with_hunt, seeds, keep = share
    with contextlib.redirect_stdout(io.StringIO()):
        makers = makers_of(load_oracle())
    return run_share(makers, bin_folder, with_hunt, seeds, keep)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--cases", type=int, default=int(os.environ.get("TIDEMARK_PROPERTY_CASES") or 50))
    p.add_argument("--seed", type=int, default=int(os.environ.get("TIDEMARK_PROPERTY_SEED") or 1))
    p.add_argument("--bin", type=pathlib.Path, default=os.environ.get("TIDEMARK_BIN") or ROOT / "build/dev/bin")
    p.add_argument("--keep", default=os.path.join(tempfile.gettempdir(), "tidemark-property-failures"))
    p.add_argument("--rule-only", action="store_true", help="not the whole pipeline")
    a = p.parse_args()
    load_oracle()
    programs = ["evaluate_sums"] + ([] if a.rule_only else ["tidemark", "tidemark-alerter", "tidemark-collector-asim-native"])
    missing = [name for name in programs if not (a.bin / name).exists()]
    if missing:
        print(f"{a.bin}: {', '.join(missing)}: not built")
        return 1
    workers = os.cpu_count() or 1
    seeds = range(a.seed, a.seed + a.cases)
    print(f"seeds {seeds.start} to {seeds.stop - 1}", flush=True)
    shares = [(a.bin, not a.rule_only, seeds[i::workers], a.keep) for i in range(workers)]
    with concurrent.futures.ProcessPoolExecutor(workers) as pool:
        done = list(pool.map(work, shares))
    faults = [fault for *_, some in done for fault in some]
    for fault in faults[:5]:
        print(fault)
    cases, compared = (sum(share[i] for share in done) for i in range(2))
    print(f"{cases} cases, {compared} results compared, {len(faults)} failed")
    return 0 if compared and not faults else 1


if __name__ == "__main__":
    sys.exit(main())
