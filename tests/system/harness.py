"""What system tests share: the shipped programs, scratch folders, and the watch over what is left behind."""
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get("TIDEMARK_BIN") or os.path.join(ROOT, "build", "dev", "bin")
TIDEMARK = os.path.join(BIN, "tidemark")
DEADLINE_S = float(os.environ.get("TIDEMARK_DEADLINE_S", "120"))
WATCHLIST_HEADER = "Ports,App,Protocol,Direction,Action,Type,ThresholdType,Threshold,Severity,Tactic,Name,Description"


class SystemTest(unittest.TestCase):
    """Each test has a scratch folder of its own, under which the runtime folder is made too; when it ends no process
    and no runtime folder may be left."""

    def setUp(self):
        self.scratch = tempfile.mkdtemp(prefix="t", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)
        self.runtime = os.path.join(self.scratch, "run")
        os.mkdir(self.runtime, 0o700)
        self.addCleanup(self.assert_nothing_left)

    def path(self, name):
        return os.path.join(self.scratch, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(content.encode() if isinstance(content, str) else content)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return f.read()

    def watchlist(self, *rows, name="watchlist.csv"):
        return self.write(name, "\r\n".join((WATCHLIST_HEADER,) + rows) + "\r\n")

    def environment(self, **more):
        env = dict(os.environ, TIDEMARK_RUNTIME_DIR=self.runtime)
        env.update(more)
        return env

    def start(self, *arguments, program=TIDEMARK, stdin=subprocess.DEVNULL, env=None, **more):
        return subprocess.Popen([program, *arguments], stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=env or self.environment(), cwd=self.scratch, **more)

    def run_program(self, *arguments, program=TIDEMARK, input=None, env=None):
        return subprocess.run([program, *arguments], input=input, stdin=None if input is not None else subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env or self.environment(),
                              cwd=self.scratch, timeout=DEADLINE_S)

    def expect(self, code, *arguments, **more):
        """Run and demand an exit code; returns (stdout, stderr) as text."""
        done = self.run_program(*arguments, **more)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        self.assertEqual(code, done.returncode, f"tidemark {' '.join(arguments)}\n--- stdout\n{out[:3000]}\n--- stderr\n{err[:3000]}")
        return out, err

    # ---------------------------------------------------------------- what is left

    def processes(self):
        """Living processes that know this test's scratch folder (every role gets it in its command line)."""
        found = {}
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as f:
                    command = f.read()
                with open(f"/proc/{name}/stat") as f:
                    state = f.read().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if self.scratch.encode() in command and state != "Z":
                found[int(name)] = command.decode("utf-8", "replace").split("\0")
        return found

    def children(self, kind):
        """Process ids of the roles whose program's name begins so: "tidemark-collector"."""
        return [pid for pid, command in self.processes().items()
                if any(os.path.basename(word).startswith(kind) for word in command[:2])]

    def wait_until(self, condition, what, seconds=20):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f"not within {seconds} s: {what}")
            time.sleep(0.01)

    def assert_nothing_left(self, seconds=10):
        if not os.path.isdir(self.runtime):
            return
        deadline = time.monotonic() + seconds
        while (self.processes() or os.listdir(self.runtime)) and time.monotonic() < deadline:
            time.sleep(0.02)
        processes, folders = self.processes(), os.listdir(self.runtime)
        folders = [os.path.relpath(path, self.runtime) + ": " + ", ".join(below + names)
                   for path, below, names in os.walk(self.runtime) if path != self.runtime]
        for pid in processes:
            os.kill(pid, signal.SIGKILL)
        self.assertEqual(({}, []), (processes, folders), "left behind")

    # ---------------------------------------------------------------- accounts

    def accounts(self, stderr):
        """{source: {"read": n, …}} of the summary lines."""
        found = {}
        for line in stderr.splitlines():
            source, _, rest = line.partition(": read ")
            if not rest:
                continue
            fields, depth, words = {}, 0, [""]
            for ch in "read " + rest:
                depth += (ch == "(") - (ch == ")")
                if ch == "," and depth == 0:
                    words.append("")
                elif depth == 0 and ch != ")":
                    words[-1] += ch
            for word in words:
                key, _, number = word.strip().rpartition(" ")
                fields[key] = int(number)
            found[source] = fields
        return found

    def assert_accounted(self, stderr, source, **numbers):
        account = self.accounts(stderr).get(source)
        self.assertIsNotNone(account, f"no account of {source} in: {stderr}")
        self.assertEqual(0, account["unaccounted"])
        for key, number in numbers.items():
            self.assertEqual(number, account[key.replace("_", " ")], f"{key} in {account}")


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def main():
    if not os.access(TIDEMARK, os.X_OK):
        print(f"{TIDEMARK} is not built (TIDEMARK_BIN names the folder of the programs)", file=sys.stderr)
        sys.exit(1)
    unittest.main(verbosity=1)
