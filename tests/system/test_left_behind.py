#!/usr/bin/python3
"""However a hunt ends, no process, folder or half-written file is left: Ctrl-C, and kill -9 of every kind of program."""
import os
import signal
import subprocess

import harness
import vpc

ROW = "22,*,*,*,*,Hunting,Static,0,Low,InitialAccess,Remote shells,Somebody tries"
KINDS = ("tidemark-collector", "tidemark-normalizer", "tidemark-aggregator", "tidemark-alerter")


class LeftBehindTest(harness.SystemTest):
    """A hunt that waits for standard input runs until somebody ends it."""

    def setUp(self):
        super().setUp()
        self.list = self.watchlist(ROW)

    def start_hunt(self, command="hunt"):
        arguments = ["-w", self.list, "--shards", "2", "--summary", self.path("sums.csv")] if command == "hunt" else []
        run = self.start(command, *arguments, "aws-vpcflow=-", stdin=subprocess.PIPE)
        run.stdin.write("".join(vpc.mixed(2000)).encode())
        run.stdin.flush()
        kinds = KINDS if command == "hunt" else KINDS[:2]
        self.wait_until(lambda: all(self.children(k) for k in kinds), "all programs run")
        # Sockets stand in the runtime folder when a program has begun its work.
        self.wait_until(lambda: any("normalizer" in names for _, _, names in os.walk(self.runtime)), "the normalizer listens")
        return run

    def finish(self, run):
        run.stdin.close()
        run.stdin = None
        out, err = run.communicate(timeout=harness.DEADLINE_S)
        self.assert_nothing_left()
        self.assertEqual([], [n for n in os.listdir(self.scratch) if n.startswith("sums")], "a summary of a hunt that failed")
        return out, err.decode("utf-8", "replace")

    def test_signals_to_the_command(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for command in ("hunt", "normalize"):
                with self.subTest(signal=number, command=command):
                    run = self.start_hunt(command)
                    run.send_signal(number)
                    self.finish(run)
                    self.assertEqual(-number, run.returncode)

    def test_interrupt_of_the_whole_foreground_group(self):
        arguments = ["hunt", "-w", self.list, "aws-vpcflow=-"]
        run = self.start(*arguments, stdin=subprocess.PIPE, start_new_session=True)
        self.wait_until(lambda: all(self.children(k) for k in KINDS), "all programs run")
        self.wait_until(lambda: any("normalizer" in names for _, _, names in os.walk(self.runtime)), "the normalizer listens")
        os.killpg(run.pid, signal.SIGINT)
        self.finish(run)
        self.assertEqual(-signal.SIGINT, run.returncode)

    def test_kill_of_each_kind_of_program(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                run = self.start_hunt()
                os.kill(self.children(kind)[0], signal.SIGKILL)
                out, err = self.finish(run)
                self.assertEqual(70, run.returncode)
                self.assertEqual(b"", out)
                self.assertIn("signal 9", err)

    def test_kill_of_the_command_itself(self):
        for command in ("hunt", "normalize"):
            with self.subTest(command=command):
                run = self.start_hunt(command)
                run.kill()
                self.finish(run)

    def test_kill_of_everything_is_cleared_by_the_next_start(self):
        run = self.start_hunt()
        run.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        run.stdin.close()
        run.stdin = None
        run.communicate(timeout=harness.DEADLINE_S)
        self.expect(0, "hunt", "-w", self.list, "aws-vpcflow=" + self.write("x.log", vpc.line(1)))
        self.assertEqual([], os.listdir(self.runtime))

    def test_stopped_programs_do_not_survive(self):
        run = self.start_hunt()
        for kind in KINDS[1:3]:
            for pid in self.children(kind):
                os.kill(pid, signal.SIGSTOP)
        run.send_signal(signal.SIGTERM)
        self.finish(run)
        self.assertEqual(-signal.SIGTERM, run.returncode)


if __name__ == "__main__":
    harness.main()
