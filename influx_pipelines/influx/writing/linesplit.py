"""Cutting line protocol at the ends of its lines, which line breaks within strings are not.

Source of the rules: how 2.9.1 was seen to cut a body. A backslash takes the meaning from whatever
follows it. A quote begins or ends a string only behind the first space, and where more `=` than
commas were before it, that is in the value of a field.
"""

from __future__ import annotations

import re

_NAME = rb"(?:[^\\=,\n]|\\.)++"
_VALUE = rb'(?:[^\\=",\n]|\\.|"(?:[^"\\]|\\.)*+")*+'
_USUAL = re.compile(
    rb"(?:[^\\ \n]|\\.)*+"  # measurement and tags
    rb"(?:[ ]" + _NAME + rb"=" + _VALUE + rb"(?:," + _NAME + rb"=" + _VALUE + rb")*+)?"
    rb"(?:\n|\Z)",
    re.DOTALL,
)
_MARK = re.compile(rb'[ "=,\n]|\\.?', re.DOTALL)


def split(body: bytes) -> list[bytes]:
    """The lines of a body with their newlines; a string that does not end takes all the rest."""
    if b'"' not in body and b"\\\n" not in body:
        *lines, rest = body.split(b"\n")
        lines = [line + b"\n" for line in lines]
        return [*lines, rest] if rest else lines
    lines, place = [], 0
    while place < len(body):
        usual = _USUAL.match(body, place)
        end = usual.end() if usual else _end(body, place)
        lines.append(body[place:end])
        place = end
    return lines


def _end(body: bytes, start: int) -> int:
    """Where a line of any shape ends."""
    in_fields = quoted = False
    balance = 0  # of `=` over commas
    for mark in _MARK.finditer(body, start):
        found = mark.group()
        if found == b"\n" and not quoted:
            return mark.end()
        if found == b" ":
            in_fields = True
        elif in_fields and found == b'"' and balance > 0:
            quoted = not quoted
        elif in_fields and not quoted:
            balance += {b"=": 1, b",": -1}.get(found, 0)
    return len(body)
