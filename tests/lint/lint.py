#!/usr/bin/python3
"""Rules of the house that a machine can check: over the files that git knows, or all of the tree outside a checkout."""
import os
import re
import shutil
import subprocess
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
COMPONENTS = ("collectors", "normalizer", "aggregator", "alerter", "deploy")
BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "strtok", "atoi", "atol", "gets", "localtime", "gmtime", "system",
          "alloca", "rand")
LINES_MAX = 800


def files():
    try:
        listed = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, names in os.walk(ROOT):
            folders[:] = [f for f in folders if f not in (".git", "build")]
            listed += [os.path.relpath(os.path.join(folder, name), ROOT) for name in names]
    return sorted(f for f in listed if f and os.path.isfile(os.path.join(ROOT, f)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


def without_comments_and_texts(code):
    """Same lines, blanks in place of comments and of the insides of string and character literals."""
    token = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return token.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), code)


class LintTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = files()
        cls.sources = [f for f in cls.files if f.endswith((".c", ".h", ".cpp"))]
        assert len(cls.sources) > 20, "the tree was not found"

    def report(self, findings):
        self.assertEqual([], findings, "\n" + "\n".join(findings))

    def test_no_banned_function_is_called(self):
        call = re.compile(r"(?<![A-Za-z0-9_.>])(" + "|".join(BANNED) + r")\s*\(")
        found = []
        for path in self.sources:
            for number, line in enumerate(without_comments_and_texts(read(path)).split("\n"), 1):
                for match in call.finditer(line):
                    found.append(f"{path}:{number}: {match[1]}")
        self.report(found)

    def test_a_component_includes_only_itself_and_common(self):
        include = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
        found = []
        for path in self.sources:
            component = path.split("/")[0]
            if component not in COMPONENTS + ("common",):
                continue
            for target in include.findall(read(path)):
                inside = [os.path.normpath(os.path.join(base, target)) for base in
                          (os.path.dirname(path), component, "deploy/tidemark" if component == "deploy" else component)]
                if target.startswith("common/"):
                    inside = [target]
                if ".." in target.split("/") or not any(os.path.isfile(os.path.join(ROOT, i)) for i in inside):
                    found.append(f'{path}: "{target}" is neither its own nor common')
        self.report(found)

    def test_common_includes_nothing_but_common(self):
        self.report([f"{path}: {target}" for path in self.sources if path.startswith("common/")
                     for target in re.findall(r'^\s*#\s*include\s+"([^"]+)"', read(path), re.M)
                     if not target.startswith("common/")])

    def test_every_vendor_has_collector_map_and_fixtures(self):
        found, known = [], set(self.files)
        ids = {os.path.basename(f)[:-2] for f in self.files if re.fullmatch(r"collectors/vendors/[^/]+\.c", f)}
        ids |= {os.path.basename(f)[:-5] for f in self.files if re.fullmatch(r"normalizer/maps/[^/]+\.yaml", f)}
        ids |= {f.split("/")[2] for f in self.files if re.fullmatch(r"tests/sources/[^/]+/.+", f)}
        for id in sorted(ids):
            for path in (f"collectors/vendors/{id}.c", f"normalizer/maps/{id}.yaml"):
                if path not in known:
                    found.append(f"{id}: {path} is missing")
            if not any(f.startswith(f"tests/sources/{id}/") and f.endswith(".expected.jsonl") for f in self.files):
                found.append(f"{id}: tests/sources/{id}/ has no fixture with expectations")
        self.report(found)

    def test_no_file_is_longer_than_800_lines(self):
        self.report([f"{path}: {n} lines" for path in self.sources if (n := read(path).count("\n")) > LINES_MAX])

    def test_formatting_is_clang_formats(self):
        program = shutil.which("clang-format")
        if not program:
            self.skipTest("clang-format is not installed")
        paths = [f for f in self.sources]
        done = subprocess.run([program, "--dry-run", "-Werror", *paths], cwd=ROOT, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        found = sorted({line.split(":")[0] for line in done.stdout.decode("utf-8", "replace").splitlines()
                        if "clang-format-violations" in line})
        self.report([f"{path}: clang-format -i" for path in found])
        self.assertEqual(0, done.returncode, done.stdout[-2000:])

    def test_fixtures_use_documentation_addresses_or_private_ones(self):
        import ipaddress
        allowed = [ipaddress.ip_network(n) for n in
                   ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "10.0.0.0/8", "172.16.0.0/12",
                    "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10", "0.0.0.0/8", "224.0.0.0/3")]
        found = []
        for path in self.files:
            if not re.match(r"tests/sources/|deploy/samples/", path):
                continue
            with open(os.path.join(ROOT, path), "rb") as f:
                text = f.read().decode("utf-8", "replace")
            for quad in set(re.findall(r"(?<![\d.])\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}(?![\d.])", text)):
                try:
                    address = ipaddress.ip_address(quad)
                except ValueError:
                    continue
                if not any(address in network for network in allowed):
                    found.append(f"{path}: {quad}")
        self.report(sorted(found))


if __name__ == "__main__":
    unittest.main()
