"""How backups are shown in a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from influx_pipelines.backups.progress import Progress as Following
from influx_pipelines.backups.progress import Step, silent
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import Report
from influx_pipelines.cli.console import err, out

MEGABYTE = 1_000_000


@contextmanager
def following(what: str) -> Iterator[Following]:
    """A bar beside what is printed, where somebody looks at a terminal."""
    if not err.is_terminal:
        yield silent
        return
    columns = (
        TextColumn(what),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(step: Step) -> None:
            bar.update(
                task,
                completed=step.done,
                total=step.total or None,
                description=escape(step.what),
            )

        yield show


def show_report(folder: Path, report: Report) -> None:
    """What a look at a backup found."""
    for damage in report.damages:
        out.print(f"[bold red]damaged[/] {escape(str(damage))}")
    if report.buckets:
        out.print(_buckets(report.buckets))
    for note in report.notes:
        out.print(f"[dim]note[/] {escape(note)}")
    colour, verdict = ("green", "good") if report.good else ("bold red", "DAMAGED")
    size = report.bytes / MEGABYTE
    read = f"{report.files} files, {size:,.1f} MB in {report.seconds:.1f} s"
    out.print(f"[{colour}]{verdict}[/] {escape(str(folder))}: {report.kind}, {read}")


def _buckets(buckets: tuple[BucketRecord, ...]) -> Table:
    """A table that fits into eighty columns where names are short."""
    table = Table(box=None, pad_edge=False)
    several = len({bucket.org for bucket in buckets}) > 1
    table.add_column("bucket", overflow="fold")
    for name in ("shards", "series", "values"):
        table.add_column(name, justify="right")
    for name in ("first (UTC)", "last (UTC)"):
        table.add_column(name, no_wrap=True)
    for bucket in buckets:
        table.add_row(
            escape(f"{bucket.org}/{bucket.name}" if several else bucket.name),
            f"{bucket.shards:,}",
            _count(bucket.series),
            _count(bucket.values),
            _moment(bucket.first),
            _moment(bucket.last),
        )
    return table


def _count(count: int | None) -> str:
    return "" if count is None else f"{count:,}"


def _moment(time: datetime | None) -> str:
    return "" if time is None else f"{time:%Y-%m-%d %H:%M}"
