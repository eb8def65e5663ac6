#!/usr/bin/python3
"""What nobody wants is not parsed, and that never changes a verdict: the same damaged logs are hunted (which wants
little) and normalized (which wants everything), at every level of vector instructions."""
import collections
import glob
import json
import os
import random

import harness

LEVELS = ("portable", "sse4.2", "avx2", "avx512")
SEED = int(os.environ.get("TIDEMARK_WANTS_SEED") or 1)


def damaged(rng, content):
    """Most lines stay; some lose, change, repeat or swap bytes."""
    lines = content.split(b"\n")
    first = min(3, len(lines) - 1)  # by which the form is recognised
    for _ in range(max(2, len(lines) // 3)):
        at = rng.randrange(first, len(lines))
        line = bytearray(lines[at])
        for _ in range(rng.choice((1, 1, 2, 8))):
            if not line:
                break
            i = rng.randrange(len(line))
            kind = rng.randrange(5)
            if kind == 0:
                line[i] = rng.choice(b'\x00\xff\xc3"\\=|,;{}[]:. -0189aZ\t')
            elif kind == 1:
                del line[i:i + rng.choice((1, 3, 40))]
            elif kind == 2:
                line[i:i] = line[i:i + 20]
            elif kind == 3:
                line[i:i] = rng.choice((b" ", b"\\", b"=", b'"', b"\xe2\x82", b"99999999999999999999", b"-"))
            else:
                line = line[:i]
        lines[at] = bytes(line)
    return b"\n".join(lines)


KEYS = {"sessions": "sessions", "skip": "skipped", "bad": "malformed", "limit": "over limit"}


class WantsTest(harness.SystemTest):
    """Files whose form is not recognised are left out by both."""

    def damage(self):
        """Writes damaged/<source>/ for every source, and returns the sources."""
        rng, sources = random.Random(SEED), []
        for expected in sorted(glob.glob(os.path.join(harness.ROOT, "tests", "sources", "*", "*.expected.jsonl"))):
            stem = expected[:-len("expected.jsonl")]
            source = os.path.basename(os.path.dirname(expected))
            if os.path.exists(stem + "args"):
                continue
            [logs] = [f for f in glob.glob(stem + "*") if f != expected]
            with open(logs, "rb") as f:
                self.write(f"damaged/{source}/{os.path.basename(logs)}", damaged(rng, f.read()))
            if source not in sources:
                sources.append(source)
        return sources

    def verdicts_of_normalize(self, source):
        """Verdict -> count, as `normalize --all` says record by record."""
        run = self.run_program("normalize", "--all", "--keep-going", f"{source}=damaged/{source}")
        self.assertIn(run.returncode, (0, 66), run.stderr)
        found = collections.Counter()
        for line in run.stdout.decode().splitlines():
            said = json.loads(line)
            found[next((v for v in ("skip", "bad", "limit") if v in said), "sessions")] += 1
        return found, run.returncode

    def hunt(self, sources, level):
        """(accounts by source, summary, exit code) of one hunt through all."""
        run = self.run_program("hunt", "--keep-going", "--mixed-summaries", "--summary", "sums.csv",
                               *(f"{source}=damaged/{source}" for source in sources),
                               env=self.environment(TIDEMARK_SIMD=level))
        err = run.stderr.decode()
        self.assertIn(run.returncode, (0, 66), err)
        return self.accounts(err), self.read("sums.csv"), run.returncode

    def test_hunts_and_normalizations_of_damaged_logs_agree(self):
        sources = self.damage()
        said = {source: self.verdicts_of_normalize(source) for source in sources}
        code = max(code for _, code in said.values())
        reference = None
        for level in LEVELS:
            accounts, sums, ended = self.hunt(sources, level)
            self.assertEqual(code, ended, level)
            for source, (verdicts, _) in said.items():
                with self.subTest(source=source, level=level, seed=SEED):
                    account = accounts[source]
                    self.assertEqual(0, account["unaccounted"])
                    self.assertEqual({key: verdicts[verdict] for verdict, key in KEYS.items()},
                                     {key: account[key] for key in KEYS.values()})
            with self.subTest(level=level, seed=SEED):
                reference = reference or sums
                self.assertEqual(reference, sums)
        found = sum((verdicts for verdicts, _ in said.values()), collections.Counter())
        self.assertGreater(found["sessions"], 200)
        self.assertGreater(found["bad"], 40)


if __name__ == "__main__":
    harness.main()
