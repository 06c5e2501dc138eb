"""Rows of results as texts."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from benchmarks.result import Result

COLUMNS = ("Benchmark", "Ours", "Theirs", "Times better", "Bar", "", "Against")
LEFT = ("Benchmark", "Against")


def cells(found: Result) -> list[str]:
    """One row of the table."""
    ratio = "" if found.ratio is None else f"{found.ratio:.3g}"
    verdict = ("met" if found.met else "missed") if found.judged else ""
    ours, theirs = value(found.ours, found.unit), value(found.theirs, found.unit)
    return [found.name, ours, theirs, ratio, bar(found), verdict, found.against]


def value(number: float | None, unit: str) -> str:
    if number is None:
        return ""
    digits = f"{number:.3f}" if unit.startswith("s") else f"{number:,.0f}"
    return f"{digits} {unit}".strip()


def bar(found: Result) -> str:
    """What is asked for: `≥ 12` times better than theirs, `≤ 64 MiB` of ours."""
    times = [] if found.times is None else [f"≥ {found.times:g}"]
    most = [] if found.most is None else [f"≤ {found.most:g} {found.unit}".strip()]
    return ", ".join(times + most)


def table(results: Sequence[Result]) -> Table:
    """For a terminal."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for name in COLUMNS:
        shown.add_column(name, justify="left" if name in LEFT else "right")
    for found in results:
        shown.add_row(*cells(found), style=None if found.met else "bold red")
    return shown


def markdown(results: Sequence[Result]) -> str:
    """For a document."""
    rows = [COLUMNS, ["---" if name in LEFT else "--:" for name in COLUMNS]]
    return "\n".join(f"| {' | '.join(row)} |" for row in [*rows, *map(cells, results)])
