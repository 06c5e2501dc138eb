"""Regular expressions of RE2 over bytes: time linear in the text, whatever the pattern."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import re2

# What ties a pattern to the text in which it is searched: a line alone and a block of lines differ.
_TIED = re.compile(r"(?<!\\)(?:\\\\)*(?:\\[Az]|\(\?[a-zA-Z]*-[a-zA-Z]*m)")


def compiled(pattern: str) -> Any:
    """One pattern; `^` and `$` are the ends of a line.

    Raises:
        ValueError: it is no pattern of RE2, or none that can be searched in lines.
    """
    if not pattern.isascii():
        raise ValueError("a log is searched as bytes: write .+ for letters that are not ASCII")
    if _TIED.search(pattern):
        raise ValueError(r"write ^ and $ for the ends of a line, not \A, \z or (?-m)")
    _compile(pattern)  # alone: in a group, "a)(b" would be a pattern too
    found = _compile(f"(?m:{pattern})")
    if found.search(b""):
        raise ValueError("it matches every line, an empty one too")
    return found


def any_of(patterns: Sequence[str]) -> Any:
    """Finds whether any of the patterns matches."""
    return _compile(_joined(patterns))


def last_of(patterns: Sequence[str]) -> Any:
    """Its `match` ends where the last match of any of the patterns does.

    A greedy prefix takes as much as it can, which one pass of the automaton finds out.
    """
    return _compile(f"(?s:.*){_joined(patterns)}")


def _joined(patterns: Sequence[str]) -> str:
    return "(?m:" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")"


def _compile(pattern: str) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # a byte is a letter, valid UTF-8 or not
    options.log_errors = False
    options.never_capture = True
    try:
        return re2.compile(pattern.encode(), options)
    except re2.error as error:
        text = error.args[0]
        told = text.decode() if isinstance(text, bytes) else str(text)
        raise ValueError(f"this is no regular expression of RE2: {told}") from None
