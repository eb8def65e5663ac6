#!/usr/bin/python3
"""seeds.py FIXTURES OUT: inputs of a vendor's fuzz target from the fixtures of its source.

Every fixture is cut into a few pieces of lines; each piece is written once per form, whose number is the first byte: a
form must also bear what another one writes.
"""
import os
import sys

FORMS = 8  # the target takes the number modulo what the vendor has
PIECE_BYTES = 4096
PIECES = 4


def pieces(data):
    piece = b""
    for line in data.splitlines(keepends=True):
        if piece and len(piece) + len(line) > PIECE_BYTES:
            yield piece
            piece = b""
        piece += line
    yield piece


def main(fixtures, out):
    os.makedirs(out, exist_ok=True)
    for name in sorted(os.listdir(fixtures)):
        if name.endswith((".expected.jsonl", ".args")) or not os.path.isfile(os.path.join(fixtures, name)):
            continue
        with open(os.path.join(fixtures, name), "rb") as f:
            data = f.read(PIECES * PIECE_BYTES)
        for number, piece in enumerate(pieces(data)):
            for form in range(FORMS):
                with open(os.path.join(out, f"{name}.{number}.{form}"), "wb") as f:
                    f.write(bytes([form]) + piece)


main(*sys.argv[1:])
