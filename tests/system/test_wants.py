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


class WantsTest(harness.SystemTest):
    def verdicts_of_normalize(self, source, name):
        """Verdict -> count, as `normalize --all` says record by record; None where the form is not recognised."""
        run = self.run_program("normalize", "--all", f"{source}={name}")
        if run.returncode == 66:
            return None
        self.assertEqual(0, run.returncode, run.stderr)
        found = collections.Counter()
        for line in run.stdout.decode().splitlines():
            said = json.loads(line)
            found[next((v for v in ("skip", "bad", "limit") if v in said), "sessions")] += 1
        return found

    def compare(self, source, name):
        said = self.verdicts_of_normalize(source, name)
        reference = None
        for level in LEVELS:
            run = self.run_program("hunt", "--summary", "sums.csv", f"{source}={name}", env=self.environment(TIDEMARK_SIMD=level))
            with self.subTest(source=source, name=name, level=level, seed=SEED):
                self.assertEqual(66 if said is None else 0, run.returncode, run.stderr)
                if said is None:
                    continue
                account = self.accounts(run.stderr.decode())[source]
                self.assertEqual(0, account["unaccounted"])
                for verdict, key in (("sessions", "sessions"), ("skip", "skipped"), ("bad", "malformed"), ("limit", "over limit")):
                    self.assertEqual(said[verdict], account[key], key)
                reference = reference or self.read("sums.csv")
                self.assertEqual(reference, self.read("sums.csv"))
        return said or collections.Counter()

    def test_hunts_and_normalizations_of_damaged_logs_agree(self):
        rng = random.Random(SEED)
        found = collections.Counter()
        for expected in sorted(glob.glob(os.path.join(harness.ROOT, "tests", "sources", "*", "*.expected.jsonl"))):
            stem = expected[:-len("expected.jsonl")]
            source = os.path.basename(os.path.dirname(expected))
            if os.path.exists(stem + "args"):
                continue
            [logs] = [f for f in glob.glob(stem + "*") if f != expected]
            with open(logs, "rb") as f:
                name = self.write("damaged/" + source + "-" + os.path.basename(logs), damaged(rng, f.read()))
            found += self.compare(source, name)
        self.assertGreater(found["sessions"], 200)
        self.assertGreater(found["bad"], 40)


if __name__ == "__main__":
    harness.main()
