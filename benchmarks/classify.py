"""Why a job failed, from its log: all shipped rules, against a loop over lines and patterns."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator, Sequence
from functools import partial

from benchmarks.result import Result, in_turns
from benchmarks.sizes import Size
from benchmarks.stub import ROOT
from influx_pipelines.sources.ci.classify import Finding, classify
from influx_pipelines.sources.ci.reading import LogReading, read_log
from influx_pipelines.sources.ci.rules import FILE, Rule, Rules

LINES = 50_000  # of the log that the loop reads; all times are scaled to 100 MB
HUNDRED = 10**8
MOST = 2.0  # seconds of CPU for 100 MB, which is 50 MB/s on one core
AGAINST = "Python re, line by line"
WORDS = (
    "[ 42%] Building C object src/box/CMakeFiles/box.dir/vinyl.c.o",
    "-- Performing Test HAVE_SYMBOL - Success",
    "[007] engine/ddl.test.lua                       vinyl           [ pass ]",
    "\x1b[36;1mcmake . -DCMAKE_BUILD_TYPE=RelWithDebInfo -DENABLE_WERROR=ON\x1b[0m",
    "Receiving objects:  61% (1203/1972), 3.02 MiB | 6.03 MiB/s",
    "Get:11 http://archive.example.org jammy-updates/main amd64 Packages [1,341 kB]",
    "main/103/box I> primary: bound to 127.0.0.1:3301; ready to accept requests",
    "warning: the compiler can assume that the address will always evaluate to true",
)


def run(size: Size) -> Iterator[Result]:
    """A log without a known failure, and one that fails near its end, as most that fail do."""
    rules = Rules.load(ROOT / "estate" / FILE)
    for name, failure, times in (
        ("no failure", "", 10.0),
        ("failure at its end", "* fail: 2", None),
    ):
        log, part = _log(size.rows * 3, failure), _log(min(LINES, size.rows * 3), failure)
        found = classify(io.BytesIO(part), rules)
        assert _loop(part, rules.rules) == (found and (found.type, found.line_number))
        took = in_turns(
            {
                "classify": partial(_classify, log, rules),
                "read": partial(_read, log, rules),
                "loop": partial(_loop, part, rules.rules),
            },
            size,
        )
        ours = {contender: one.cpu * HUNDRED / len(log) for contender, one in took.items()}
        loop = took["loop"].cpu * HUNDRED / len(part)
        title = f"ci: classify 100 MB, {name}"
        yield Result(title, ours["classify"], loop, AGAINST, times, MOST, "s CPU")
        yield Result(f"{title}; facts, tests", ours["read"], most=MOST, unit="s CPU")


def _classify(log: bytes, rules: Rules) -> Finding | None:
    return classify(io.BytesIO(log), rules)


def _read(log: bytes, rules: Rules) -> LogReading:
    return read_log(io.BytesIO(log), rules)


def _log(lines: int, failure: str) -> bytes:
    picked = random.Random(1)
    last = max(lines - 100, 0)
    return b"".join(
        f"2026-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.1234567Z {line}\n".encode()
        for n in range(lines)
        for line in [failure if failure and n == last else picked.choice(WORDS)]
    )


def _loop(log: bytes, rules: Sequence[Rule]) -> tuple[str, int] | None:
    """Each pattern on each line from the last one on, as the replaced script does it.

    Its first pass is for the rules that explain others, its second for the rest.
    """
    escapes = re.compile(r"\x1b\[[0-9;]*m")
    lines = [escapes.sub("", line) for line in log.decode(errors="replace").splitlines()]
    for priority in sorted({rule.priority for rule in rules}, reverse=True):
        level = [
            (r.name, re.compile(f".*(?:{r.pattern})")) for r in rules if r.priority == priority
        ]
        for number in range(len(lines), 0, -1):
            for name, pattern in level:
                if pattern.match(lines[number - 1]):
                    return name, number
    return None
