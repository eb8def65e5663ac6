#!/usr/bin/python3
"""A source is three new paths and nothing else: a made-up vendor is added to a copy of the tree, built and hunted with."""
import json
import os
import shutil
import subprocess
import unittest

import harness

COLLECTOR = r"""/* Acme: a made-up vendor's flows as JSON lines. */
#include "formats/row_forms.h"

enum { PROTOCOL, SRC, DST, DST_PORT, FIELDS_N, COLUMN_TIME = FIELDS_N };

static const struct field fields[] = {
    { "proto", FIELD_DESCRIPTOR }, { "src", FIELD_TEXT }, { "dst", FIELD_TEXT }, { "dst_port", FIELD_PORT }
};

static const struct key keys[] = {
    { "proto", PROTOCOL }, { "src", SRC }, { "dst", DST }, { "dst_port", DST_PORT }, { "TimeGenerated", COLUMN_TIME }
};

static const struct row_field fields_from[] = {
    { PROTOCOL, PROTOCOL }, { SRC, SRC }, { DST, DST }, { DST_PORT, DST_PORT }
};

static const uint16_t times[] = { COLUMN_TIME };

static const struct row_rules rules = { .fields = fields_from, .fields_n = FIELDS_N, .times = times, .times_n = 1 };

static enum parse_result parse(struct parser *p, struct span unit, struct record *r)
{
    return row_parse_json(&rules, p, unit, r);
}

static enum probe_result probe(struct span head)
{
    static const char *const words[] = { "\"Acme\"", NULL };
    return row_probe_json(head, words);
}

static const struct form forms[] = {
    { .name = "native", .help = "flows as JSON lines", .framing = FRAMING_JSON, .probe = probe, .parse = parse,
      .keys = keys, .keys_n = FIELDS_N + 1 },
};

COLLECTOR(acme) = { .id = "acme", .fields = fields, .fields_n = FIELDS_N, .forms = forms, .forms_n = 1 };
"""

MAP = """source: acme
title: Acme flows
connectors: [Acme]
tables: [Acme_CL]
selection: every row

record:
  descriptor: [proto]
  text: [src, dst]
  port: [dst_port]

fields:
  NetworkProtocol: { from: proto }
  DstPortNumber: { from: dst_port }
  EventCount: 1
  EventType: NetworkSession
  EventVendor: Acme
  EventProduct: Flows
  EventSchema: NetworkSession
  EventSchemaVersion: 0.2.7
  EventResult: Success
  SrcIpAddr: { from: src }
  DstIpAddr: { from: dst }
"""

FLOW = {"vendor": "Acme", "TimeGenerated": "2024-03-01T10:00:00Z", "proto": "TCP", "src": "192.0.2.1",
        "dst": "198.51.100.2", "dst_port": 23}
NEW = ["collectors/vendors/acme.c", "normalizer/maps/acme.yaml", "tests/sources/acme/"]
PROGRAMS = ["tidemark", "tidemark-collector-acme", "tidemark-normalizer", "tidemark-aggregator", "tidemark-alerter"]


class NewVendorTest(harness.SystemTest):
    def must(self, *command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(0, done.returncode, done.stdout[-4000:])
        return done.stdout

    def git(self, *arguments):
        return self.must("git", "-C", self.path("tree"), "-c", "user.name=test", "-c", "user.email=test@example.com",
                         *arguments)

    def copy_tree(self):
        listed = subprocess.run(["git", "-C", harness.ROOT, "ls-files", "-z"], stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL, text=True)
        if listed.returncode != 0:
            self.skipTest("the tree is no git work tree")
        for name in filter(None, listed.stdout.split("\0")):
            to = self.path("tree/" + name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy(os.path.join(harness.ROOT, name), to)
        self.git("init", "-q")
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "copy")

    def test_three_new_paths_make_a_source(self):
        self.copy_tree()
        self.write("tree/" + NEW[0], COLLECTOR)
        self.write("tree/" + NEW[1], MAP)
        flows = self.write("tree/" + NEW[2] + "native.jsonl", json.dumps(FLOW) + "\n")
        expected = {"SrcIpAddr": "192.0.2.1", "DstIpAddr": "198.51.100.2", "DstPortNumber": 23,
                    "NetworkProtocol": "TCP"}
        self.write("tree/" + NEW[2] + "native.expected.jsonl", json.dumps(expected) + "\n")
        # Unoptimized: only whether it is built matters here.
        self.must("cmake", "-S", self.path("tree"), "-B", self.path("build"), "-G", "Ninja", "-DCMAKE_C_FLAGS=-O0",
                  "-DCMAKE_CXX_FLAGS=-O0")
        self.must("cmake", "--build", self.path("build"), "-j2", "--target", *PROGRAMS)
        tidemark = self.path("build/bin/tidemark")

        done = self.run_program("normalize", "--all", "acme=" + flows, program=tidemark)
        self.assertEqual(0, done.returncode, done.stderr)
        session = json.loads(done.stdout)
        self.assertEqual(expected, {name: session[name] for name in expected})
        done = self.run_program("hunt", "--format", "json", "acme=" + flows, program=tidemark)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertEqual([23], [json.loads(line)["DstPortNumber"] for line in done.stdout.splitlines()])

        status = self.git("status", "--porcelain").splitlines()
        self.assertEqual(["?? " + path for path in NEW], sorted(status))


if __name__ == "__main__":
    unittest.main()
