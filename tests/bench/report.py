"""The measurements as text, and as the table of the README."""
import os
import re
import sys

BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
LABELS = {"vpc": "VPC flow logs", "cef": "Palo Alto CEF", "zeek": "Zeek JSON", "vpc.gz": "VPC flow logs, gzip"}
OTHERS = {"limit": "the limit", "inflate": "zlib alone", "mawk": "mawk", "duckdb": "DuckDB", "clickhouse": "ClickHouse"}


def between(ratio):
    return f"{digits(ratio['median'])} ({digits(ratio['min'])}–{digits(ratio['max'])})"


def digits(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def print_kind(result):
    print(f"\n{result['kind']}: {result['events']} events, {result['bytes'] / 1e6:.0f} MB, medians of "
          f"{result['rounds']} rounds in turn; tidemark with the watchlist that comes with it")
    print(f"  {'':12}{'seconds':>9}{'M events/s':>12}{'MB/s':>8}{'CPU s per M':>13}{'peak MiB':>10}"
          f"   tidemark's speed against it (min–max)")
    for name, one in result["programs"].items():
        against = between(one["ratio"]) if "ratio" in one else ""
        print(f"  {name:12}{one['seconds']:>9.3f}{one['millions_per_s']:>12.2f}"
              f"{result['bytes'] / 1e6 / one['seconds']:>8.0f}{one['cpu_s_per_million']:>13.4f}"
              f"{one['peak_mib']:>10.0f}   {against}")
    if result["bytes_moved"] is not None:
        print(f"  bytes moved between the processes: {result['bytes_moved'] / 1e6:.1f} MB, "
              f"{result['bytes_moved'] / result['events']:.1f} per event")
    sys.stdout.flush()


def print_source(one, first):
    """A line of the table of sources; a slow one is marked."""
    if first:
        print(f"\n{'source':20}{'fixture':28}{'syntax':8}{'MB/s':>8}   speed against wc -l (min–max)   at least")
    slow = "" if one["ratio"]["median"] >= one["least"] else "   slow"
    ratio = "{median:.3f} ({min:.3f}–{max:.3f})".format(**one["ratio"])
    print(f"{one['source']:20}{one['fixture']:28}{one['syntax']:8}{one['bytes'] / 1e6 / one['seconds']:>8.0f}"
          f"   {ratio:32}{one['least']:.3f}{slow}")
    sys.stdout.flush()


def print_scale(scale):
    print(f"\nvpc by size, medians of {scale['rounds']} rounds in turn")
    print(f"  {'events':>10}{'seconds':>9}{'M events/s':>12}{'CPU s per M':>13}{'peak MiB':>10}")
    for one in scale["sizes"]:
        print(f"  {one['events']:>10}{one['seconds']:>9.3f}{one['events'] / 1e6 / one['seconds']:>12.2f}"
              f"{one['cpu_s_per_million']:>13.4f}{one['peak_mib']:>10.0f}")
    print(f"  slope: seconds grow as events to the power {scale['slope']:.3f}; one more million costs "
          f"{scale['seconds_per_million']:.4f} s")
    print(f"vpc by shards, {scale['shard_events']} events")
    print(f"  {'shards':>10}{'seconds':>9}{'M events/s':>12}{'CPU s per M':>13}{'peak MiB':>10}")
    for one in scale["shards"]:
        print(f"  {one['shards']:>10}{one['seconds']:>9.3f}{scale['shard_events'] / 1e6 / one['seconds']:>12.2f}"
              f"{one['cpu_s_per_million']:>13.4f}{one['peak_mib']:>10.0f}")
    sys.stdout.flush()


def table(report):
    where = report["machine"]
    names = [name for name in OTHERS if any(name in r["programs"] for r in report["kinds"])]
    lines = [f"Measured by `tests/bench/run.sh --readme` on {where['processors']} processors ({where['processor']}), "
             "warm page cache, the watchlist that comes with Tidemark, programs in turn. Medians; in parentheses the "
             "smallest and largest of all rounds. *The limit* is one core that reads only the four fields that are "
             "counted, of lines whose layout it knows.", "",
             "| data | events | M events/s | CPU s per million | peak MiB | bytes moved per event | "
             + " | ".join("speed against " + OTHERS[name] for name in names) + " |",
             "|---|" + "---:|" * (5 + len(names))]
    for result in report["kinds"]:
        own = result["programs"]["tidemark"]
        moved = "–" if result["bytes_moved"] is None else f"{result['bytes_moved'] / result['events']:.1f}"
        cells = [LABELS[result["kind"]], f"{result['events'] / 1e6:g} M", digits(own["millions_per_s"]),
                 f"{own['cpu_s_per_million']:.3f}", f"{own['peak_mib']:.0f}", moved]
        for name in names:
            cells.append(between(result["programs"][name]["ratio"]) if name in result["programs"] else "–")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write_readme(path, report):
    with open(path) as f:
        text = f.read()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        print(f"bench: {path}: expected one {BEGIN} and one {END}", file=sys.stderr)
        sys.exit(1)
    new = re.sub(re.escape(BEGIN) + ".*" + re.escape(END), lambda _: f"{BEGIN}\n{table(report)}\n{END}", text, flags=re.S)
    with open(path + ".new", "w") as f:
        f.write(new)
    os.replace(path + ".new", path)
    print(f"bench: wrote the table of {path}")
