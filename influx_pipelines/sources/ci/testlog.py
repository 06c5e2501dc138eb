"""The tests that failed, from the log of a run of Tarantool's test-run.

Its workers write `[NNN] suite/test configuration [ status ]`, each with its own number. A line
without a status is ended by a later one of that worker, `[NNN] [ status ]`; a worker that says
nothing more has failed. "Test hung!" stands above a comparison of results, whose file name tells
the test. Source of the format: github.com/tarantool/test-run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from influx_pipelines.sources.ci import patterns
from influx_pipelines.sources.ci.logs import Block
from influx_pipelines.sources.ci.records import TestRecord, TestStatus

Key = tuple[str, str]  # name, configuration
MOST = 10_000  # attempts that are kept of one log
LONGEST = 1_000  # bytes of a line that test-run writes
NO_CONFIGURATION = "none"
FAILED: dict[str, TestStatus] = {
    "fail": "fail",
    "transient fail": "transient fail",
    "hang": "hang",
}
_TIME = r"(?:\d{4}-\d\d-\d\dT\S+ +)?"
_NAME = r"[^ /]+/[^ ]*(?:[._]test(?:\.\w+)?|>)"  # a long name is cut, and ends with >
_HUNG = "Test hung! Result content mismatch:"
_CANDIDATES = patterns.any_of(
    [rf"^{_TIME}\[\d+\] +(?:{_NAME}|\[ )[^\n]*", _HUNG, r"^[^\n]*--- [^ \n]+\.result\b"]
)
_LINE = re.compile(
    rf"{_TIME}\[(?P<worker>\d+)\] +"
    rf"(?:(?P<name>{_NAME})(?: +(?P<configuration>[^ \[\t]+)(?= |$))?(?: +|$))?"
    r"(?:Test timeout of \d+ secs reached\t)?"
    r"(?:\[ (?P<status>[a-z][a-z ]*) \])? *$"
)
_RESULT = re.compile(rf"{_TIME}--- (?P<test>[^ ]+/[^ ./]+)\.result\b")


@dataclass(slots=True)
class _Attempt:
    key: Key
    number: int
    status: TestStatus


class TestReader:
    """Reads block after block; `tests` is what they tell."""

    __test__ = False  # the name is the subject's, not a test of pytest

    def __init__(self) -> None:
        self._attempts: dict[Key, list[_Attempt]] = {}
        self._kept = 0
        self._waiting: dict[str, Key] = {}  # by worker
        self._hung = False

    @property
    def tests(self) -> tuple[TestRecord, ...]:
        """The failed attempts so far; what still waits for its status counts as failed."""
        attempts = [attempt for of_one in self._attempts.values() for attempt in of_one]
        for key in self._waiting.values():
            attempts.append(_Attempt(key, len(self._attempts.get(key, ())) + 1, "fail"))
        return tuple(_record(attempt) for attempt in attempts)

    def read(self, block: Block) -> None:
        """Take in the next block."""
        for found in _CANDIDATES.finditer(block.text):
            if len(line := found[0]) <= LONGEST:
                self._line(line.decode("utf-8", errors="replace"))

    def _line(self, line: str) -> None:
        if _HUNG in line:
            self._hung = True
        elif found := _LINE.match(line):
            self._status(found["worker"], found["name"], found["configuration"], found["status"])
        elif self._hung and (found := _RESULT.match(line)):
            self._hung = False
            self._ended(self._hanging(found["test"]), "hang")

    def _status(
        self, worker: str, name: str | None, configuration: str | None, status: str | None
    ) -> None:
        if name:
            key = name, configuration or NO_CONFIGURATION
            if status:
                self._ended(key, status)
            else:
                self._waiting[worker] = key
        elif status and worker in self._waiting:
            self._ended(self._waiting.pop(worker), status)

    def _hanging(self, test: str) -> Key:
        """The test that a worker is at; when none said so, the likeliest kind of file."""
        for worker, key in self._waiting.items():
            if key[0].split(".", 1)[0] == test:
                return self._waiting.pop(worker)
        return f"{test}.test.lua", NO_CONFIGURATION

    def _ended(self, key: Key, status: str) -> None:
        before = self._attempts.get(key, [])
        if status == "pass":
            for attempt in before:
                if attempt.status == "fail":
                    attempt.status = "transient fail"
        elif status in FAILED and self._kept < MOST:
            self._kept += 1
            self._attempts[key] = [*before, _Attempt(key, len(before) + 1, FAILED[status])]


def _record(attempt: _Attempt) -> TestRecord:
    name, configuration = attempt.key
    suite = name.split("/", 1)[0]
    kind = next((kind for kind in ("luatest", "tap") if suite.endswith(kind)), "diff")
    subtype = "python" if suite.endswith("py") else "sql" if "sql" in suite else ""
    return TestRecord(
        name=name,
        configuration=configuration,
        type=kind,
        subtype=subtype,
        attempt=attempt.number,
        status=attempt.status,
    )
