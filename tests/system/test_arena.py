#!/usr/bin/python3
"""Payloads in shared memory: the same bytes come out without it, all arenas together keep to their bound, and where there
is no room one warning says so and nothing else changes."""
import os
import resource
import subprocess
import time

import harness
import vpc

ROWS = ("22,*,*,*,*,Hunting,Static,20,Low,InitialAccess,Remote shells,Somebody tries",
        "0-65535,*,*,*,Allow,Hunting,Static,5,Low,Discovery,Busy ports,Much is allowed")
ARENAS_BYTES = 32 << 20


class ArenaTest(harness.SystemTest):
    def hunt(self, *more, env=None, source="aws-vpcflow=flows.log"):
        out, err = self.expect(0, "hunt", "-w", self.list, "--format", "json", "--summary", "sums.csv", *more, source, env=env)
        self.assertTrue(out)
        return out, self.read("sums.csv"), self.accounts(err)

    def normalize(self, env=None):
        return self.expect(0, "normalize", "--all", "aws-vpcflow=flows.log", env=env)[0]

    def arenas(self):
        """Sizes of the arenas that roles own now."""
        found = []
        for pid in self.processes():
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    path = f"/proc/{pid}/fd/{fd}"
                    if "memfd:tidemark-arena" in os.readlink(path):
                        found.append(os.stat(path).st_size)
            except FileNotFoundError:
                pass
        return found

    def test_hunt_and_normalize_give_the_same_bytes_with_and_without_shared_memory(self):
        self.list = self.watchlist(*ROWS)
        self.write("flows.log", "".join(vpc.mixed(20000)))
        inline = self.environment(TIDEMARK_LINK="inline")
        for more in ((), ("--shards", "3", "--batch-rows", "100")):
            with self.subTest(more=more):
                self.assertEqual(self.hunt(*more, env=inline), self.hunt(*more))
        self.assertEqual(self.normalize(inline), self.normalize())

    def test_all_arenas_of_a_run_ask_for_32_mib_at_most(self):
        self.list = self.watchlist(*ROWS)
        for shards in (1, 64):
            with self.subTest(shards=shards):
                run = self.start("hunt", "-w", self.list, "--shards", str(shards), "--format", "json", "aws-vpcflow=-",
                                 stdin=subprocess.PIPE)
                run.stdin.write("".join(vpc.mixed(2000)).encode())
                run.stdin.flush()
                self.wait_until(lambda: len(self.arenas()) == shards + 1, "every link to a normalizer or shard has an arena")
                self.assertLessEqual(sum(self.arenas()), ARENAS_BYTES)
                run.communicate(timeout=harness.DEADLINE_S)
                self.assertEqual(0, run.returncode)

    def test_the_environment_turns_shared_memory_off(self):
        self.list = self.watchlist(*ROWS)
        run = self.start("hunt", "-w", self.list, "--format", "json", "aws-vpcflow=-", stdin=subprocess.PIPE,
                         env=self.environment(TIDEMARK_LINK="inline"))
        self.wait_until(lambda: self.children("tidemark-collector"), "the collector runs")
        run.stdin.write("".join(vpc.mixed(5000)).encode())
        run.stdin.flush()
        for _ in range(20):
            self.assertEqual([], self.arenas())
            time.sleep(0.01)
        run.communicate(timeout=harness.DEADLINE_S)
        self.assertEqual(0, run.returncode)

    def test_where_memory_does_not_fit_one_warning_of_each_process_says_so(self):
        self.list = self.watchlist(*ROWS)
        self.write("flows.log", "".join(vpc.mixed(2000)))
        right = self.hunt("--shards", "3")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

        run = self.start("hunt", "-w", self.list, "--format", "json", "--shards", "3", "--summary", "sums.csv", "aws-vpcflow=flows.log",
                         preexec_fn=limit)
        out, err = (text.decode() for text in run.communicate(timeout=harness.DEADLINE_S))
        self.assertEqual(0, run.returncode, err)
        self.assertEqual(right, (out, self.read("sums.csv"), self.accounts(err)))
        warnings = [line for line in err.splitlines() if "event=link.inline" in line]
        self.assertEqual(2, len(warnings), err)  # the collector and the normalizer
        self.assertTrue(all("do not fit" in line for line in warnings), err)


if __name__ == "__main__":
    harness.main()
