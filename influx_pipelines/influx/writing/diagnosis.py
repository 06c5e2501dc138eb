"""What the server says of lines and points that it refuses.

Sources of the forms: answers of 2.9.1 (`unable to parse '<line>': <reason>`, one per bad line,
nothing is stored; `partial write: <reason> dropped=<n>`, the others are stored).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from influx_pipelines.influx.writing.linesplit import split
from influx_pipelines.influx.writing.result import TypeConflict, WriteResult

_BAD = "unable to parse '"
_PARTIAL = re.compile(r"partial write: (.*) dropped=(\d+)", re.DOTALL)
_CONFLICT = re.compile(
    r'input field "(.*)" on measurement "(.*)" is type (\w+), already exists as type (\w+)',
    re.DOTALL,
)
LONGEST = 200


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read: its place in the body, and why."""

    place: int
    text: str
    reason: str

    def __str__(self) -> str:
        return f"{self.reason}: {shortened(self.text)}"


@dataclass(frozen=True)
class Partial:
    """A write of which the server dropped points; 0 when it only had something to say."""

    dropped: int
    reason: str

    def count_in(self, result: WriteResult) -> None:
        """Count the dropped points, their reason, and the conflict of types that it may be."""
        result.drop(self.dropped, shortened(self.reason))
        match = _CONFLICT.search(self.reason)
        if match and self.dropped:
            field, measurement, sent, stored = match.groups()
            result.count_conflict(TypeConflict(field, measurement, sent, stored, self.dropped))


def message_of(body: bytes) -> str:
    """The whole message of an error's body."""
    try:
        value, _ = json.JSONDecoder().raw_decode(body.decode("utf-8", "replace").strip())
    except ValueError:
        return ""
    return str(value.get("message") or "") if isinstance(value, dict) else ""


def bad_lines(message: str, body: bytes) -> list[BadLine]:
    """The lines of a body that a message says could not be read.

    The message quotes them in their order; quotes and line breaks in them make it no use to look
    for where a quotation ends, so each line is looked for where the next quotation begins.
    """
    found: list[BadLine] = []
    start = message.find(_BAD)
    if start < 0:
        return found
    for place, line in enumerate(split(body)):
        text = line.decode("utf-8", "replace").lstrip(" \t\0").removesuffix("\n")
        quotation = f"{_BAD}{text}': "
        if not message.startswith(quotation, start):
            continue
        reason = start + len(quotation)
        end = message.find(f"\n{_BAD}", reason)
        found.append(BadLine(place, text, message[reason : end if end >= 0 else None]))
        if end < 0:
            break
        start = end + 1
    return found


def partial(message: str) -> Partial | None:
    """What a partial write dropped; None when the message is of something else."""
    match = _PARTIAL.search(message)
    return Partial(int(match[2]), match[1]) if match else None


def shortened(text: str) -> str:
    """A line for a message."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
