"""What reading costs, source by source: processor time of collector and normalizer against that of `wc -l`.

The input is the project's own fixtures of each form, one behind the other until there are enough bytes; what they hold
of malformed records stays in.  Collector, normalizer and the rest of a hunt are pinned to one processor, and the hunt's
--stats says what the two have used; what their start costs is left out, since it does not grow with the input."""
import os
import re
import shlex
import statistics
import subprocess
import sys

import measure
import report
from measure import fail

NEWLINE = b"\n"
LEAST = {"text": 1 / 6, "json": 1 / 8, "xml": 1 / 25}  # of the speed of `wc -l`
FORM = re.compile(r"(native|table)[a-z0-9-]*\.(log|tsv|csv|jsonl|xml)$")


def syntax(content):
    first = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    return "json" if first in (b"{", b"[") else "xml" if b"<Event" in content[:4096] else "text"


def fixtures(root, ids):
    """(source, file name, path) of what can be put one behind the other."""
    folder = os.path.join(root, "tests", "sources")
    for source in ids or sorted(os.listdir(folder)):
        if not os.path.isdir(os.path.join(folder, source)):
            if ids:
                fail(source, "is no source")
            continue
        for name in sorted(os.listdir(os.path.join(folder, source))):
            if FORM.match(name):
                yield source, name, os.path.join(folder, source, name)


def repeat(fixture, to, size):
    """Write it there until `size` is reached, a CSV header only once.  Returns its syntax."""
    with open(fixture, "rb") as f:
        content = f.read()
    head = b""
    if fixture.endswith(".csv"):
        head, _, content = content.partition(NEWLINE)
        head += NEWLINE
    if not content.endswith(NEWLINE):
        content += NEWLINE
    many = content * (max(1, (1 << 20) // len(content)))
    with open(to, "wb") as out:
        out.write(head)
        while out.tell() < size:
            out.write(many)
    return syntax(head + content)


def arguments(fixture):
    """What a hunt must be told to read the fixture: its .args, as the tests of sources have them."""
    path = fixture.rpartition(".")[0] + ".args"
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as f:
        return shlex.split(f.read())


def pinned(command):
    return ["taskset", "-c", "0", *command]


def hunt_seconds(command, path):
    """Processor seconds of collector and normalizer behind their start."""
    measure.read_through(path)
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if done.returncode:
        fail(command, "exit code", done.returncode, done.stderr.decode("utf-8", "replace")[-500:])
    found = [line.split() for line in done.stderr.decode("utf-8", "replace").splitlines()
             if re.match(r"(collector of \S+|normalizer) +[0-9]", line)]
    if len(found) != 2:
        fail(command, "says nothing about its collector and normalizer")
    rows = [words[-11:] for words in found]  # all, user, system, start, …
    return sum(float(words[0]) - float(words[3]) for words in rows)


def measure_sources(root, scratch, tidemark, ids, size, rounds):
    found = []
    path = os.path.join(scratch, "fixture")
    for source, name, fixture in fixtures(root, ids):
        kind = repeat(fixture, path, size)
        hunt = pinned([tidemark, "hunt", "--quiet", "--stats", "--collectors", "1", "--shards", "1",
                       *arguments(fixture), f"{source}={path}"])
        count = pinned(["wc", "-l", path])
        pairs = [(measure.timed(count, path)[1], hunt_seconds(hunt, path)) for _ in range(rounds)]
        ratios = [theirs / ours for theirs, ours in pairs]
        found.append({"source": source, "fixture": name, "syntax": kind, "bytes": os.path.getsize(path),
                      "seconds": statistics.median(ours for _, ours in pairs),
                      "ratio": {"median": statistics.median(ratios), "min": min(ratios), "max": max(ratios)},
                      "least": LEAST[kind]})
        report.print_source(found[-1], first=len(found) == 1)
    slow = [one for one in found if one["ratio"]["median"] < one["least"]]
    print(f"{len(found) - len(slow)} of {len(found)} are as fast as they should be")
    sys.stdout.flush()
    return found
