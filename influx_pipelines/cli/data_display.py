"""What `data export` and `data import` show: a bar on a terminal, lines elsewhere, a table."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from influx_pipelines.cli.console import out
from influx_pipelines.influx.writing.result import WriteResult

if TYPE_CHECKING:
    from influx_pipelines.transfer.exporting import Export
    from influx_pipelines.transfer.importing import Import

REASONS = 5
LINE_SECONDS = 2.0


class Display:
    """A bar that rewrites itself, or a line now and then where nobody looks at a terminal."""

    def __init__(self, bar: Progress | None, what: str) -> None:
        self.bar, self.what = bar, what
        self.task = bar.add_task("", total=None, about="") if bar is not None else None
        self.started, self.rows, self.said = time.monotonic(), 0, 0.0

    def step(self, number: int, total: int, name: str, rows: int) -> None:
        """One more is done."""
        self.rows += rows
        passed = max(time.monotonic() - self.started, 1e-9)
        if self.bar is not None and self.task is not None:
            about = f"{escape(name)}  {self.rows / passed:,.0f} rows/s"
            self.bar.update(self.task, completed=number, total=total, about=about)
        elif passed - self.said > LINE_SECONDS:
            self.said = passed
            out.print(f"{self.what} {number}/{total}  {escape(name)}  {self.rows:,} rows so far")


@contextmanager
def _display(what: str) -> Iterator[Display]:
    if not out.is_terminal:
        yield Display(None, what)
        return
    columns = (
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn(f"{what}s"),
        TextColumn("{task.fields[about]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=out, transient=True) as bar:
        yield Display(bar, what)


def follow_export(work: Export) -> None:
    """Do the export with a display."""
    folder = escape(str(work.folder))
    if work.finished:
        out.print(f"The export in {folder} is finished: nothing is left to do.")
    elif work.resumed:
        out.print(f"Going on with the export in {folder} at {_moment(work.manifest.next_start)}.")
    with _display("window") as display:
        for step in work.steps():
            display.step(step.number, step.total, _moment(step.window.start), step.window.rows)


def follow_import(work: Import) -> WriteResult:
    """Do the import with a display; the counts of all of its files."""
    before = len(work.works) - len(work.left)
    if before:
        about = f"{before} of {len(work.works)} files"
        out.print(f"{about} are in bucket {escape(work.bucket)} already.")
    total = WriteResult()
    with _display("file") as display:
        for step in work.steps():
            total.add(step.result)
            display.step(step.number, step.total, step.path, step.result.points)
    return total


def show_export(work: Export) -> None:
    """What the folder holds now."""
    manifest = work.manifest
    if not manifest.windows:
        asked = ", ".join(work.request.measurements)
        points = f"points of {escape(asked)}" if asked else "points"
        out.print(
            f"Bucket {escape(manifest.bucket)} has no {points} from {_moment(manifest.start)} to "
            f"{_moment(manifest.stop)}: the export is empty."
        )
        return
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for file in (file for window in manifest.windows for file in window.files):
        of_file = (1, file.rows, file.values, file.bytes)
        name = manifest.schema_of(file).measurement
        counts[name] = [sum(pair) for pair in zip(counts[name], of_file, strict=True)]
    out.print(_table("Measurement", ("Files", "Rows", "Values", "Bytes"), counts))
    if missing := [name for name in work.request.measurements if name not in counts]:
        out.print(f"No points of {escape(', '.join(missing))}")
    if work.left_out:
        names = ", ".join(sorted(work.left_out))
        out.print(f"Left out, no numbers for {work.request.fn}: {escape(names)}")
    out.print(
        f"From {_moment(manifest.start)} to {_moment(manifest.stop)} in {escape(str(work.folder))}"
    )


def show_import(work: Import, total: WriteResult) -> None:
    """What the bucket got, and what it refused."""
    if not work.works:
        out.print("The export is empty: there was nothing to import.")
        return
    if not work.left:
        return
    out.print(
        f"{total.points:,} points of {len(work.left)} files are in bucket {escape(work.bucket)}"
        + (f", {total.dropped:,} were refused:" if total.dropped else ".")
    )
    for reason in total.reasons[:REASONS]:
        out.print(f"  {escape(reason)}")


def _table(first: str, others: Sequence[str], rows: Mapping[str, Sequence[int]]) -> Table:
    table = Table(first, box=None, header_style="bold", pad_edge=False)
    for name in others:
        table.add_column(name, justify="right")
    totals = [sum(column) for column in zip(*rows.values(), strict=True)]
    for name, numbers in [*sorted(rows.items()), ("together", totals)]:
        table.add_row(escape(name), *(f"{number:,}" for number in numbers))
    return table


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S")
