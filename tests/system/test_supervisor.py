#!/usr/bin/python3
"""How `tidemark` starts, watches and ends the programs of a run: with stand-ins that fail in every way."""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import harness

FAKE = os.path.join(harness.HERE, "fake_role.py")
ROLES = ["tidemark-collector-aws-vpcflow", "tidemark-collector-paloalto", "tidemark-normalizer", "tidemark-aggregator",
         "tidemark-alerter"]
ACCOUNT = {"event": "account", "results": 0, "sources": [
    {"source": "aws-vpcflow", "read": 10, "sessions": 7, "session_records": 7, "skipped": 2, "malformed": 1,
     "over_limit": 0, "without_port": 0, "lost_bytes": 0, "unaccounted": 0,
     "reasons": [{"verdict": "skip", "reason": "nodata", "count": 2}, {"verdict": "bad", "reason": "no_time", "count": 1}]}]}
WAIT = "ready\ngo\nwait\n"
DONE = "ready\ngo\nexit 0\n"


class SupervisorTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.bin = self.path("bin")
        os.mkdir(self.bin)
        self.write("a.log", "")
        for role in ROLES:
            self.plan(role, DONE)
        self.account(ACCOUNT)

    def plan(self, role, plan):
        shutil.copy(FAKE, os.path.join(self.bin, role))
        os.chmod(os.path.join(self.bin, role), 0o755)
        self.write(f"bin/{role}.plan", plan)

    def account(self, account):
        self.plan("tidemark-alerter", f"ready\ngo\nprint results\nstatus {json.dumps(account)}\nexit 0\n")

    def environment(self, **more):
        return super().environment(TIDEMARK_BIN_DIR=self.bin, **more)

    def hunt(self, code, *more):
        return self.expect(code, "hunt", *more, "aws-vpcflow=a.log")

    def test_results_go_to_stdout_and_the_account_to_stderr(self):
        out, err = self.hunt(0)
        self.assertEqual("results\n", out)
        self.assertEqual("aws-vpcflow: read 10, sessions 7, skipped 2 (nodata 2), malformed 1 (no_time 1), over limit 0, "
                         "without port 0, unaccounted 0\n", err)

    def test_quiet_says_nothing(self):
        self.assertEqual(("results\n", ""), self.hunt(0, "-q"))

    def test_unaccounted_records_are_an_internal_error_even_when_quiet(self):
        broken = json.loads(json.dumps(ACCOUNT))
        broken["sources"][0]["unaccounted"] = 3
        self.account(broken)
        _, err = self.hunt(70, "-q")
        self.assertIn("aws-vpcflow: read 10", err)
        self.assertIn("internal error", err)

    def test_a_run_without_an_account_is_an_internal_error(self):
        self.plan("tidemark-alerter", DONE)
        _, err = self.hunt(70)
        self.assertIn("internal error", err)

    def test_a_source_of_which_nothing_was_read_has_its_line(self):
        _, err = self.expect(0, "hunt", "aws-vpcflow=a.log", "paloalto=a.log")
        self.assertIn("paloalto: read 0, sessions 0,", err)

    def test_the_exit_codes_of_roles_come_through(self):
        for child_code, code in ((64, 64), (66, 66), (78, 78), (70, 70), (1, 70), (3, 70)):
            for role in ("tidemark-normalizer", "tidemark-collector-aws-vpcflow", "tidemark-aggregator"):
                with self.subTest(role=role, code=child_code):
                    self.plan(role, f"say its own sentence\nexit {child_code}\n")
                    out, err = self.hunt(code)
                    self.assertEqual("", out)
                    self.assertIn("its own sentence", err)
                    self.plan(role, DONE)

    def test_a_role_that_explains_itself_wins_over_one_that_breaks(self):
        self.plan("tidemark-collector-aws-vpcflow", "exit 66\n")
        self.plan("tidemark-normalizer", "exit 70\n")
        self.assertIn(self.run_program("hunt", "aws-vpcflow=a.log").returncode, (66, 70))

    def test_a_role_that_is_killed_fails_the_run_and_is_named(self):
        for role in ROLES[:1] + ROLES[2:]:
            with self.subTest(role=role):
                saved = self.read(f"bin/{role}.plan")
                self.plan(role, "ready\ngo\ndie 9\n")
                _, err = self.hunt(70)
                self.assertIn("signal 9", err)
                self.assertIn(role.split("-")[1], err)
                self.plan(role, saved)

    def test_a_role_that_ends_before_it_is_ready_fails_the_run(self):
        self.plan("tidemark-aggregator", "exit 0\n")
        _, err = self.hunt(70)
        self.assertIn("before it was ready", err)

    def test_a_missing_program_is_named(self):
        os.unlink(os.path.join(self.bin, "tidemark-normalizer"))
        _, err = self.hunt(70)
        self.assertIn("tidemark-normalizer", err)
        self.assertIn("No such file", err)

    def test_nobody_goes_before_all_are_ready(self):
        self.plan("tidemark-collector-aws-vpcflow", f"ready\ngo\ntouch {self.path('gone')}\nexit 0\n")
        self.plan("tidemark-normalizer", "exit 78\n")
        self.hunt(78)
        self.assertFalse(os.path.exists(self.path("gone")))

    def test_a_deaf_role_is_killed_when_another_fails(self):
        self.plan("tidemark-aggregator", "ready\nhold\n")
        self.plan("tidemark-collector-aws-vpcflow", "ready\ngo\nexit 66\n")
        self.hunt(66)

    def test_results_make_exit_code_1_only_for_the_alerter(self):
        self.plan("tidemark-alerter", f"ready\ngo\nstatus {json.dumps(ACCOUNT)}\nexit 1\n")
        self.hunt(1)
        self.plan("tidemark-aggregator", "ready\ngo\nexit 1\n")
        self.hunt(70)

    def test_keep_going_finishes_without_an_input_and_ends_with_66(self):
        self.plan("tidemark-collector-aws-vpcflow", "ready\ngo\nexit 66\n")
        self.hunt(66)
        out, err = self.hunt(66, "--keep-going")
        self.assertEqual("results\n", out)
        self.assertIn("aws-vpcflow: read 10", err)

    def test_only_the_collector_that_reads_it_gets_standard_input(self):
        for role in ROLES:
            self.plan(role, self.read(f"bin/{role}.plan").replace("go\n", "go\ncat\n", 1))
        self.plan("tidemark-collector-paloalto", "ready\ngo\ncat\nexit 0\n")
        done = self.run_program("hunt", "aws-vpcflow=a.log", "paloalto=-", input=b"from outside\n")
        self.assertEqual((0, b"results\n"), (done.returncode, done.stdout))  # nobody else's copy came out

    def test_interrupt_and_termination_end_everything(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number):
                for role in ROLES:
                    self.plan(role, f"ready\ngo\ntouch {self.path('going')}\nwait\n")
                self.plan("tidemark-aggregator", "ready\nleave some-file\ngo\nhold\n")
                run = self.start("hunt", "aws-vpcflow=a.log")
                self.wait_until(lambda: os.path.exists(self.path("going")), "the run goes")
                run.send_signal(number)
                run.communicate(timeout=20)
                self.assertEqual(-number, run.returncode)
                self.assert_nothing_left(0.2)
                os.unlink(self.path("going"))

    def test_children_of_a_killed_supervisor_leave_and_the_last_one_clears_up(self):
        for role in ROLES:
            self.plan(role, f"ready\nleave {role}\ngo\ntouch {self.path('going')}\nwait\n")
        run = self.start("hunt", "aws-vpcflow=a.log")
        self.wait_until(lambda: os.path.exists(self.path("going")), "the run goes")
        run.kill()
        run.communicate(timeout=20)
        self.assert_nothing_left(10)

    def test_what_a_kill_of_all_leaves_goes_with_the_next_start(self):
        for role in ROLES:
            self.plan(role, f"ready\nleave {role}\ngo\ntouch {self.path('going')}\nhold\n")
        run = self.start("hunt", "aws-vpcflow=a.log")
        self.wait_until(lambda: os.path.exists(self.path("going")), "the run goes")
        run.kill()
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        run.communicate(timeout=20)
        self.assertEqual(1, len(os.listdir(self.runtime)))
        for role in ROLES:
            self.plan(role, DONE)
        self.account(ACCOUNT)
        self.hunt(0)
        self.assertEqual([], os.listdir(self.runtime))

    def test_a_start_leaves_living_and_foreign_folders_alone(self):
        for role in ROLES:
            self.plan(role, f"ready\ngo\ntouch {self.path('going')}\nwait\n")
        run = self.start("hunt", "aws-vpcflow=a.log")
        self.wait_until(lambda: os.path.exists(self.path("going")), "the run goes")
        living = os.listdir(self.runtime)
        os.mkdir(os.path.join(self.runtime, "tidemark-young"))
        os.mkdir(os.path.join(self.runtime, "other"))
        self.plan("tidemark-normalizer", "exit 78\n")
        self.hunt(78)
        self.assertEqual(sorted(living + ["tidemark-young", "other"]), sorted(os.listdir(self.runtime)))
        old = time.time() - 3600
        os.utime(os.path.join(self.runtime, "tidemark-young"), (old, old))
        run.kill()
        run.communicate(timeout=20)
        for role in ROLES:
            self.plan(role, DONE)
        self.account(ACCOUNT)
        self.hunt(0)
        self.assertEqual(["other"], os.listdir(self.runtime))
        os.rmdir(os.path.join(self.runtime, "other"))

    def test_the_command_lines_of_the_roles(self):
        for role in ROLES:
            plan = self.read(f"bin/{role}.plan")
            self.plan(role, f"argv {self.path(role)}\n" + plan)
        self.expect(0, "hunt", "-w", "w.csv", "--shards", "3", "--window", "1h", "--zone=+02:00", "--batch-rows", "7",
                    "--mixed-summaries", "--app", "match", "paloalto:native=x.log", "aws-vpcflow=a.log",
                    "paloalto:table=-t.jsonl", "paloalto=y.log")
        lines = {role: [line.split("\0") for line in self.read(role).splitlines()] for role in ROLES}
        collector = lines["tidemark-collector-paloalto"]
        self.assertEqual(1, len(collector))
        at = collector[0].index("--form")
        self.assertEqual(["--form", "native", "x.log", "--form", "table", "./-t.jsonl", "--form", "auto", "y.log"],
                         collector[0][at:at + 9])
        self.assertIn("--zone=+02:00", collector[0])
        self.assertIn("--batch-rows=7", collector[0])
        shards = sorted(line[line.index("--ports") + 1] for line in lines["tidemark-aggregator"])
        self.assertEqual(["0-21844", "21845-43689", "43690-65535"], shards)
        normalizer = lines["tidemark-normalizer"][0]
        self.assertEqual(3, normalizer.count("--shard"))
        self.assertEqual("2", normalizer[normalizer.index("--senders") + 1])
        self.assertIn("--mixed-summaries", normalizer)
        alerter = lines["tidemark-alerter"][0]
        self.assertEqual("3", alerter[alerter.index("--senders") + 1])
        self.assertEqual("w.csv", alerter[alerter.index("-w") + 1])
        self.assertIn("--app=match", alerter)
        self.assertIn("--window=1h", alerter)
        self.assertTrue(all("--window=1h" in line for line in lines["tidemark-aggregator"]))

    def test_usage_errors_are_told_with_what_was_expected(self):
        for arguments, sentence in (
                ((), "nothing to read"), (("a.log",), "aws-vpcflow=a.log"), (("=a.log",), "SOURCE=PATH"),
                (("aws-vpcflow=",), "SOURCE=PATH"), (("aws-vpcflow:=a",), "SOURCE=PATH"),
                (("aws-vpc=a.log",), "did you mean aws-vpcflow?"), (("palo=a.log",), "did you mean paloalto?"),
                (("PaloAlt=a.log",), "did you mean paloalto?"), (("qqqqqqqqqqqq=a.log",), "no such source"),
                (("aws-vpcflow=-", "paloalto=-"), "standard input"), (("--shards", "0", "paloalto=a"), "1 to 64"),
                (("--shards", "65", "paloalto=a"), "1 to 64"), (("--shards=x", "paloalto=a"), "1 to 64"),
                (("--nonsense", "paloalto=a"), "--help")):
            with self.subTest(arguments=arguments):
                _, err = self.expect(64, "hunt", *arguments)
                self.assertIn(sentence, err)
        self.assertIn("no such command", self.expect(64, "hnut")[1])
        self.expect(64)
        self.assertIn("hunt", self.expect(0, "--help")[0])
        self.assertIn("--shards", self.expect(0, "hunt", "--help")[0])
        self.assertRegex(self.expect(0, "--version")[0], r"^tidemark \d")

    def test_an_unusable_runtime_folder_is_told(self):
        for folder, sentence in (("relative", "absolute"), ("/nonexistent/x", "No such file"), ("/tmp/" + "x" * 90, "too long")):
            with self.subTest(folder=folder):
                done = self.run_program("hunt", "aws-vpcflow=a.log", env=dict(self.environment(), TIDEMARK_RUNTIME_DIR=folder))
                self.assertIn(done.returncode, (70, 78))
                self.assertIn(sentence, done.stderr.decode())

    def test_rejects_of_all_collectors_come_into_one_file(self):
        for source in ("aws-vpcflow", "paloalto"):
            self.plan(f"tidemark-collector-{source}", f"leave rejects-{source}\n" + DONE)
        self.expect(0, "hunt", "--rejects", self.path("rejects"), "aws-vpcflow=a.log", "paloalto=a.log")
        self.assertTrue(os.path.exists(self.path("rejects")))
        _, err = self.expect(70, "hunt", "--rejects", "/nonexistent/rejects", "aws-vpcflow=a.log")
        self.assertIn("/nonexistent/rejects", err)

    def test_status_lines_that_are_none_do_no_harm(self):
        self.plan("tidemark-collector-aws-vpcflow",
                  'status {"event":\nstatus []\nstatus {"event":"progress","bytes":-1,"bytes_total":"x"}\n' + DONE)
        out, err = self.hunt(0)
        self.assertEqual("results\n", out)
        self.assertIn("no status line", err)

    def test_normalize_runs_its_inputs_one_after_the_other(self):
        self.plan("tidemark-normalizer", f"ready\ngo\nprint a line\nstatus {json.dumps(ACCOUNT)}\nexit 0\n")
        out, err = self.expect(0, "normalize", "aws-vpcflow=a.log", "aws-vpcflow=a.log")
        self.assertEqual("a line\na line\n", out)
        self.assertEqual(2, err.count("malformed 1"))
        self.plan("tidemark-collector-aws-vpcflow", "say unreadable\nexit 66\n")
        out, err = self.expect(66, "normalize", "aws-vpcflow=a.log", "paloalto=a.log")
        self.assertEqual("", out)
        out, err = self.expect(66, "normalize", "--keep-going", "aws-vpcflow=a.log", "paloalto=a.log")
        self.assertEqual("a line\n", out)


if __name__ == "__main__":
    harness.main()
