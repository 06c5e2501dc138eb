"""What the log of a job tells beside its failure: when it was queued, by what it was run and built.

Source of the lines: the runner of GitHub Actions, CMake, and the banner of Tarantool.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from influx_pipelines.sources.ci import patterns
from influx_pipelines.sources.ci.logs import Block, shown

UNKNOWN = "unknown"
_TIMESTAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?")
_RUNNER = re.compile(rb"Current runner version: '([^'\n]{1,100})'|Runner Version: *(\S+)")
_COMPILER = b"C compiler identification is "
_DEBUG = patterns.any_of([r"\| Target:.*Debug *$"])  # linear also where a line is a mebibyte
_TARGET = b"| Target:"
_TOO_LONG = b"has exceeded the maximum execution time of"


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Texts that the log does not tell are "unknown"."""

    queued_at: datetime | None = None
    """UTC; the first time in the first line."""
    runner_version: str = UNKNOWN
    compiler_version: str = UNKNOWN
    """Of the last C compiler that was found."""
    debug: bool = False
    too_long: bool = False
    """The job was ended because it ran too long; GitHub calls such a job cancelled."""


class FactReader:
    """Reads block after block; `facts` is what they tell."""

    def __init__(self) -> None:
        self._queued_at: datetime | None = None
        self._runner = self._compiler = UNKNOWN
        self._debug = self._too_long = False

    @property
    def facts(self) -> LogFacts:
        """What the blocks so far tell."""
        return LogFacts(self._queued_at, self._runner, self._compiler, self._debug, self._too_long)

    def read(self, block: Block) -> None:
        """Take in the next block."""
        text = block.text
        if block.number == 1 and self._queued_at is None:
            self._queued_at = _first_time(text.split(b"\n", 1)[0])
        if self._runner == UNKNOWN and b"unner " in text and (found := _RUNNER.search(text)):
            self._runner = shown(found[1] or found[2])
        if (place := text.rfind(_COMPILER)) >= 0:
            named = text[place + len(_COMPILER) :].split(b"\n", 1)[0]
            self._compiler = shown(named) or UNKNOWN
        if not self._debug and _TARGET in text:
            self._debug = _DEBUG.search(text) is not None
        self._too_long = self._too_long or _TOO_LONG in text


def _first_time(line: bytes) -> datetime | None:
    found = _TIMESTAMP.search(line)
    try:
        return datetime.fromisoformat(found[0].decode()).replace(tzinfo=UTC) if found else None
    except ValueError:  # such as a 13th month
        return None
