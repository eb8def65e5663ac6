#!/usr/bin/python3
"""Processes of a hunt killed at random: TIDEMARK_CRASH_CASES hunts (default 12), each with a `kill -9` of one of them, the
command included, at a random moment.  Either the hunt was done and its answer is that of an undisturbed one, byte for byte,
or it fails and prints no result.  In both cases nothing is left behind.  TIDEMARK_CRASH_SEED repeats a run."""
import os
import random
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))
import harness  # noqa: E402
import vpc  # noqa: E402

CASES = int(os.environ.get("TIDEMARK_CRASH_CASES") or 12)
SEED = int(os.environ.get("TIDEMARK_CRASH_SEED") or random.randrange(1 << 30))
ROW = "0-65535,*,*,*,*,Hunting,Static,50,Low,InitialAccess,Busy ports,Anything"
KINDS = ("tidemark", "tidemark-collector", "tidemark-normalizer", "tidemark-aggregator", "tidemark-alerter")


class CrashTest(harness.SystemTest):
    def hunt(self):
        return self.start("hunt", "-w", self.list, "--shards", "2", "--batch-rows", "50", "--format", "json", "--summary",
                          self.path("sums.csv"), "aws-vpcflow=" + self.path("flows.log"))

    def victims(self, run, kind):
        return [run.pid] if kind == "tidemark" else self.children(kind)

    def test_a_killed_process_gives_no_answer_or_the_right_one_and_leaves_nothing(self):
        print(f"seed {SEED}", file=sys.stderr)
        chance = random.Random(SEED)
        self.list = self.watchlist(ROW)
        self.write("flows.log", "".join(vpc.mixed(20_000, SEED)))
        began = time.monotonic()
        right, _ = self.hunt().communicate(timeout=harness.DEADLINE_S)
        took = time.monotonic() - began
        sums = self.read("sums.csv")
        self.assertTrue(right)
        ends, leftovers = {}, 0
        for case in range(CASES):
            kind = KINDS[case % len(KINDS)]
            with self.subTest(case=case, kind=kind, seed=SEED):
                os.unlink(self.path("sums.csv")) if os.path.exists(self.path("sums.csv")) else None
                run = self.hunt()
                time.sleep(chance.uniform(0, took))
                victims = self.victims(run, kind)
                if victims and run.poll() is None:
                    try:
                        os.kill(chance.choice(victims), signal.SIGKILL)
                    except ProcessLookupError:
                        pass
                out, err = run.communicate(timeout=harness.DEADLINE_S)
                if kind == "tidemark":
                    # Killed before a child had joined, or when all had gone, nobody is there to clear up: the next start does.
                    self.wait_until(lambda: not self.processes(), "all processes are gone")
                    leftovers += bool(os.listdir(self.runtime))
                    self.expect(0, "hunt", "-q", "-w", self.list, "aws-vpcflow=" + os.devnull)
                self.assert_nothing_left()
                ends[run.returncode] = ends.get(run.returncode, 0) + 1
                self.assertEqual([], [n for n in os.listdir(self.scratch) if n.startswith("sums.csv.")])
                if run.returncode == 0:
                    self.assertEqual((right, sums), (out, self.read("sums.csv")))
                else:
                    self.assertIn(run.returncode, (70, -signal.SIGKILL), err)
                    self.assertIn(out, (b"", right))  # a death between the last result and the end is still a failure
        print(f"{CASES} hunts ended so: {ends}; {leftovers} folders were left to the next start", file=sys.stderr)


if __name__ == "__main__":
    harness.main()
