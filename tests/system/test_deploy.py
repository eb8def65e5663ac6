#!/usr/bin/python3
"""The two scripts as a stranger runs them; the release build must be there already (./tests/run.sh makes it first)."""
import os
import re
import subprocess
import unittest

import harness
import vpc

RUN = os.path.join(harness.ROOT, "deploy", "run.sh")
TESTS = os.path.join(harness.ROOT, "tests", "run.sh")
BUILT = os.path.join(harness.ROOT, "build", "release", "bin", "tidemark")


class DeployTest(harness.SystemTest):
    def script(self, *arguments):
        done = subprocess.run(arguments, cwd=self.scratch, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=1200)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    @unittest.skipUnless(os.access(BUILT, os.X_OK), "there is no release build")
    def test_samples_give_results_a_full_account_and_a_way_on(self):
        code, out, err = self.script(RUN)
        self.assertEqual(0, code, out + err)
        self.assertIn("Heavy Telnet", out)
        self.assertIn("2026-01-15T09:00:00Z", out)
        accounts = self.accounts(err)
        self.assertEqual({"aws-vpcflow", "paloalto", "corelight", "asim-native", "network-summary"}, set(accounts))
        for source, account in accounts.items():
            self.assertEqual((0, 0, 0), (account["unaccounted"], account["malformed"], account["over limit"]), source)
            self.assertGreaterEqual(account["read"], 2000)
        self.assertIn("Where to go from here", out)

    @unittest.skipUnless(os.access(BUILT, os.X_OK), "there is no release build")
    def test_own_logs_are_named_relative_to_where_one_stands(self):
        self.write("flows.log", vpc.line(1, port=3389, action="ACCEPT"))
        code, out, err = self.script(RUN, "--format", "json", "aws-vpcflow=flows.log")
        self.assertEqual(0, code, err)
        self.assertEqual([3389], [r["DstPortNumber"] for r in harness.json_lines(out)])
        code, out, err = self.script(RUN, "aws-vpcflow=nowhere.log")
        self.assertEqual(66, code)

    def test_wrong_words_are_told_before_anything_is_built(self):
        for arguments in (("nonsense",), ("unit", "5"), ("crash", "many"), ("fuzz", "1", "2")):
            with self.subTest(arguments=arguments):
                code, _, err = self.script(TESTS, *arguments)
                self.assertEqual(64, code)
                self.assertTrue(re.match(r".*run\.sh: ", err), err)
        for script in (RUN, TESTS):
            code, out, _ = self.script(script, "--help")
            self.assertEqual(0, code)
            self.assertIn("./", out)


if __name__ == "__main__":
    harness.main()
