#!/usr/bin/env python3
"""A sender, a forwarder and a receiver over the real link and arena are killed at random instants; every row is counted
once.

TIDEMARK_CRASH_CASES: SIGKILLs per role (default 30).  TIDEMARK_CRASH_SEED: of the random choices, printed.
Roles are killed alone and together, while they run, while they are stopped, and while a successor is already there.
"""
import glob
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

ROLES = ("sender", "forwarder", "receiver")
STREAMS = 3
PROGRAM = os.path.join(os.environ.get("TIDEMARK_BIN", ""), "crash_arena_role")
DEADLINE_S = 60


def right_sums(folder):
    text = subprocess.run([PROGRAM, "sum", folder, "0"], stdout=subprocess.PIPE, check=True).stdout
    return [int(line) for line in text.split()]


class Campaign:
    def __init__(self, folder, rng):
        self.folder, self.rng = folder, rng
        self.incarnation = dict.fromkeys(ROLES, 0)
        self.kills = dict.fromkeys(ROLES, 0)
        self.process = {}
        self.shared = 0  # times that a mapped arena was seen
        self.first_s = 0.03  # from the start to the first counted row

    def start(self, role, *more):
        self.incarnation[role] += 1
        command = [PROGRAM, role, self.folder, str(self.incarnation[role]), *more]
        self.process[role] = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def check(self, role):
        code = self.process[role].poll()
        assert code is None, f"the {role} ended by itself with {code}"

    def kill(self, role, process=None):
        process = process or self.process[role]
        process.send_signal(signal.SIGKILL)
        code = process.wait()
        # One that was refused because its successor has come leaves with 0.
        assert code in (-signal.SIGKILL, 0), f"the {role} ended by itself with {code}"
        self.kills[role] += 1

    def pause(self):
        """Mostly time for a few batches, sometimes for hardly more than the start, sometimes for many."""
        kind = self.rng.random()
        most = 0.1 if kind < 0.3 else 1 if kind < 0.9 else 3
        time.sleep(self.rng.uniform(0, most * self.first_s))

    def overtake(self, role):
        """A stopped process continues when its successor is at work, and harms nobody."""
        old = self.process[role]
        old.send_signal(signal.SIGSTOP)
        self.start(role, "unlocked")
        self.pause()
        old.send_signal(signal.SIGCONT)
        self.pause()
        self.kill(role, old)
        self.check(role)

    def strike(self, role):
        victims = [role]
        if self.rng.random() < 0.2:
            victims = self.rng.sample(ROLES, self.rng.choice((2, 3)))
        if self.rng.random() < 0.1:
            for victim in victims:
                self.process[victim].send_signal(signal.SIGSTOP)
            self.pause()
        for victim in victims:
            self.kill(victim)
        if self.rng.random() < 0.2:
            self.pause()
        for victim in self.rng.sample(victims, len(victims)):
            self.start(victim)

    def look(self):
        for role in ("forwarder", "receiver"):
            try:
                with open(f"/proc/{self.process[role].pid}/maps") as maps:
                    for line in maps:
                        if "memfd:tidemark-arena" in line and " r--s " in line:
                            self.shared += 1
                            break
            except OSError:
                pass

    def counted(self):
        try:
            with open(f"{self.folder}/counted", "rb") as f:
                numbers = struct.unpack(f"<{4 * STREAMS}Q", f.read())
        except FileNotFoundError:
            return [(0, 0, 0, 0)] * STREAMS
        return [numbers[s::STREAMS] for s in range(STREAMS)]

    def run(self, cases):
        begin = time.monotonic()
        for role in ROLES:
            self.start(role)
        while not any(stream[0] for stream in self.counted()):
            assert time.monotonic() - begin < DEADLINE_S, "nothing is counted"
            time.sleep(0.001)
        self.first_s = min(max(time.monotonic() - begin, 0.02), 1)
        while min(self.kills.values()) < cases:
            self.pause()
            for role in ROLES:
                self.check(role)
            role = min(ROLES, key=lambda r: (self.kills[r], self.rng.random()))
            if role != "receiver" and self.rng.random() < 0.1:
                self.overtake(role)
            else:
                self.look()
                self.strike(role)

    def finish(self):
        ends = [stream[0] + 1000000 for stream in self.counted()]
        with open(f"{self.folder}/stop.new", "w") as f:
            f.write("".join(f"{end}\n" for end in ends))
        os.rename(f"{self.folder}/stop.new", f"{self.folder}/stop")
        before, deadline = None, 0
        while (now := self.counted()) != before or [stream[3] for stream in now] != ends:
            if now != before:
                before, deadline = now, time.monotonic() + DEADLINE_S
            assert time.monotonic() < deadline, f"nothing goes on: {now} of {ends}"
            for role in ROLES:
                self.check(role)
            self.look()
            time.sleep(0.02)
        return ends

    def close(self):
        for process in self.process.values():
            process.kill()
            process.wait()


def main():
    cases = int(os.environ.get("TIDEMARK_CRASH_CASES") or "30")
    seed = int(os.environ.get("TIDEMARK_CRASH_SEED", random.randrange(1 << 32)))
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"{PROGRAM} is not there: set TIDEMARK_BIN")
    print(f"TIDEMARK_CRASH_SEED={seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tidemark-crash-") as folder:
        c = Campaign(folder, random.Random(seed))
        try:
            c.run(cases)
            applied = [stream[0] for stream in c.counted()]
            ends = c.finish()
        finally:
            c.close()
        right = right_sums(folder)
        for s, (_, rows, total, _) in enumerate(c.counted()):
            assert rows == ends[s], f"stream {s}: {rows} rows of {ends[s]}"
            assert total == right[s], f"stream {s}: another sum"
        assert c.shared > 0 or os.environ.get("TIDEMARK_LINK") == "inline", "no arena was ever mapped"
        links = glob.glob(f"{folder}/arena-*")
        # The dead leave links that lead nowhere, and each newcomer removes them: there are never more than a few.
        assert len(links) <= 4, links
        assert not any(os.path.exists(link) for link in links), "shared memory outlives its owner"
    print(f"kills {c.kills}, rows before the last phase {applied}, arenas seen {c.shared}, "
          f"{time.monotonic() - begin:.1f} s")


main()
