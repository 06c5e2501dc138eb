"""Small inputs on which the official client gives something else than what was handed to it.

They are here so that nobody has to believe the list in `docs/performance.md`, which
`python -m benchmarks.differences` prints.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import answers, ours, peers, stub
from benchmarks.frames import Frame
from benchmarks.result import Result
from benchmarks.sizes import Size

REFUSED = "refused"
MANY = 2**53 + 1  # the first whole number that a float cannot hold


@dataclass(frozen=True)
class Written:
    """A frame of few rows, and the line protocol that it is."""

    name: str
    columns: dict[str, list[Any]]
    right: str
    tags: list[str] = field(default_factory=list)
    times: tuple[str, ...] = ("1970-01-01T00:00:00.000000001",)
    precision: str = "ns"

    def frame(self) -> Frame:
        import pandas as pd

        index = pd.DatetimeIndex(np.array(self.times, "datetime64[ns]"), name="time")
        return Frame(pd.DataFrame(self.columns, index=index), self.tags)

    def outcome(self, lines: Callable[[Frame, str], Iterable[str]]) -> str:
        try:
            return "\n".join(lines(self.frame(), self.precision))
        except ValueError:
            return REFUSED


WRITTEN = (
    Written(
        "a tag that needs an escape, in a column with a gap",
        {"t": ["a b", None], "x": [1.0, 2.0]},
        "m,t=a\\ b x=1.0 1\nm x=2.0 2",
        ["t"],
        ("1970-01-01T00:00:00.000000001", "1970-01-01T00:00:00.000000002"),
    ),
    Written("a text `x ,y` after a gap", {"a": [np.nan], "s": ["x ,y"]}, 'm s="x ,y" 1'),
    Written("a field `_b` after a gap", {"A": [np.nan], "_b": [1.0]}, "m _b=1.0 1"),
    Written("an infinity", {"a": [np.inf], "b": [1.0]}, "m b=1.0 1"),
    Written("no time", {"x": [1.0]}, REFUSED, times=("NaT",)),
    Written("an unsigned integer", {"n": np.array([2**63], "u8")}, f"m n={2**63}u 1"),
    Written(
        "nanoseconds cut to microseconds",
        {"x": [1.0]},
        "m x=1.0 1767225600123456",
        times=("2026-01-01T00:00:00.123456999",),
        precision="us",
    ),
    Written("a tag with a backslash at its end", {"t": ["end\\"], "x": [1.0]}, REFUSED, ["t"]),
)


@dataclass(frozen=True)
class Read:
    """An answer of one table or more, and what one asks of the frame."""

    name: str
    columns: list[answers.Column]
    rows: list[str]
    ask: Callable[[Any], Any]
    right: object
    more: list[answers.Column] = field(default_factory=list)

    def answer(self) -> bytes:
        parts = [answers.annotations(self.columns), *self.rows]
        if self.more:
            parts += ["\r\n", answers.annotations(self.more), ",,1,2026-01-01T00:00:00Z,7\r\n"]
        return answers.joined(parts)


_TIMES = [answers.TIME, answers.Column("_value", "double")]
_INTEGERS = [answers.TIME, answers.Column("_value", "long")]
READ = (
    Read(
        "nanoseconds of a time",
        _TIMES,
        [",,0,2026-01-01T00:00:00.123456789Z,1\r\n"],
        lambda frame: frame["_time"].iloc[0].isoformat(),
        "2026-01-01T00:00:00.123456789+00:00",
    ),
    Read(
        "a large integer beside a gap",
        _INTEGERS,
        [f",,0,2026-01-01T00:00:00Z,{MANY}\r\n", ",,0,2026-01-01T00:00:01Z,\r\n"],
        lambda frame: int(frame["_value"].iloc[0]),
        MANY,
    ),
    Read(
        "one frame, whatever the tables",
        _INTEGERS,
        [",,0,2026-01-01T00:00:00Z,1\r\n"],
        lambda frame: f"a frame of {len(frame)} rows",
        "a frame of 2 rows",
        more=[answers.TIME, answers.Column("other", "long")],
    ),
)


def run(size: Size) -> Iterator[Result]:
    rows = list(compared())
    wrong_of_ours = sum(row.ours != row.right for row in rows)
    wrong_of_theirs = sum(row.theirs != row.right for row in rows)
    name = f"differences: wrong of {len(rows)} small inputs"
    yield Result(name, wrong_of_ours, wrong_of_theirs, "influxdb-client", most=0, unit="")


@dataclass(frozen=True)
class Row:
    """What both make of an input, and what is right."""

    name: str
    ours: object
    theirs: object
    right: object


def compared() -> Iterator[Row]:
    for case in WRITTEN:
        made = case.outcome(ours.lines), case.outcome(peers.lines_of_frame)
        yield Row(case.name, *made, case.right)
    with answering() as url, ours.client(url) as client, peers.official(url) as official:
        for number, case in enumerate(READ):
            flux = answers.flux(f"case{number}")
            yield Row(
                case.name,
                asked(case, lambda flux=flux: client.query(flux).pandas()),
                asked(case, lambda flux=flux: peers.query_frame(official, flux)),
                case.right,
            )


@contextmanager
def answering() -> Iterator[str]:
    """A stub that knows the answers of `READ`, as `case0`, `case1` and so on."""
    with tempfile.TemporaryDirectory() as folder:
        for number, case in enumerate(READ):
            (Path(folder) / f"case{number}.csv").write_bytes(case.answer())
        with stub.running(Path(folder)) as url:
            yield url


def asked(case: Read, query: Callable[[], Any]) -> object:
    """What the frame says; it may be none."""
    frame = query()
    return "a list of frames" if isinstance(frame, list) else case.ask(frame)


def main() -> None:
    """The table of `docs/performance.md`."""
    print("| input | influxdb-client | here |\n| --- | --- | --- |")
    for row in compared():
        shown = (str(text).replace("\n", " ↵ ") for text in (row.theirs, row.ours))
        print(f"| {row.name} | {' | '.join(f'`{text}`' for text in shown)} |")


if __name__ == "__main__":
    main()
