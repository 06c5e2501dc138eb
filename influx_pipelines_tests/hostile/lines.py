"""Line protocol read letter by letter, as its description says; shares nothing with the writer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Line = tuple[str, dict[str, str], dict[str, tuple[str, Any]], int]
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class _Letters:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def token(self, ends: str, escaped: str) -> str:
        """Up to a letter of `ends`, which is left; a backslash counts before `escaped` only."""
        found = ""
        while self.at < len(self.text) and self.text[self.at] not in ends:
            letter, after = self.text[self.at], self.text[self.at + 1 : self.at + 2]
            assert letter != "\n", f"line break in {found!r}"
            if letter == "\\" and after and after in escaped:
                letter, self.at = after, self.at + 1
            found += letter
            self.at += 1
        assert found, f"nothing at {self.at} of {self.text!r}"
        return found

    def string(self) -> str:
        """Up to the closing quote; a backslash counts before a quote and a backslash."""
        self.take('"')
        found = ""
        while self.text[self.at] != '"':
            if self.text[self.at] == "\\" and self.text[self.at + 1] in '"\\':
                self.at += 1
            found += self.text[self.at]
            self.at += 1
        self.take('"')
        return found

    def take(self, letter: str) -> None:
        assert self.text[self.at] == letter, f"{letter!r} missing at {self.at} of {self.text!r}"
        self.at += 1

    def next_is(self, letter: str) -> bool:
        return self.text.startswith(letter, self.at)


def _value(letters: _Letters) -> tuple[str, Any]:
    if letters.next_is('"'):
        return "string", letters.string()
    word = letters.token(", ", "")
    if word in ("true", "false"):
        return "bool", word == "true"
    number, kind = word.rstrip("iu"), {"i": "int", "u": "uint"}.get(word[-1], "float")
    assert _NUMBER.fullmatch(number), f"{word!r} is no value"
    value: Any = float(number) if kind == "float" else int(number)
    return kind, value


def _line(letters: _Letters) -> Line:
    tags: dict[str, str] = {}
    fields: dict[str, tuple[str, Any]] = {}
    measurement = letters.token(", ", ", ")
    while letters.next_is(","):
        letters.take(",")
        name = letters.token("=", ", =")
        letters.take("=")
        assert name not in tags, f"tag {name!r} twice"
        tags[name] = letters.token(", ", ", =")
    letters.take(" ")
    while not fields or letters.next_is(","):
        if fields:
            letters.take(",")
        name = letters.token("=", ", =")
        letters.take("=")
        assert name not in fields, f"field {name!r} twice"
        fields[name] = _value(letters)
    letters.take(" ")
    end = letters.text.find("\n", letters.at) % (len(letters.text) + 1)
    stamp = letters.text[letters.at : end]
    letters.at = end + 1
    return measurement, tags, fields, int(stamp)


def read(body: bytes) -> Iterator[Line]:
    """Measurement, tags, fields with type and value, and stamp of each line."""
    letters = _Letters(body.decode())
    while letters.at < len(letters.text):
        yield _line(letters)
