"""How a restore is shown: its plan before anything is sent, and what became of it."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from influx_pipelines.backups.restore.buckets import BucketResult
from influx_pipelines.backups.restore.full import FullResult
from influx_pipelines.backups.restore.making import Comparison
from influx_pipelines.backups.restore.plan import RestorePlan
from influx_pipelines.cli.console import out

SHOWN = 20  # differences
NOTHING_MERGED = (
    "Nothing is merged or overwritten: restore under another name (--bucket B --as NEW), or delete "
    "what is there first."
)
COLUMNS = ("bucket", "as", "action", "way", "series", "values", "first", "last", "what", "loses")


def show_plan(plan: RestorePlan) -> None:
    """What would be done, what is lost, and what to know."""
    for damage in plan.report.damages:
        out.print(f"[bold red]damaged[/] {escape(str(damage))}")
    if plan.buckets:
        out.print(_table(plan))
    if plan.full is not None:
        out.print(f"Restored are: {escape(', '.join(plan.full.made))}")
    for note in plan.notes:
        out.print(f"[dim]note[/] {escape(note)}")
    for one in plan.forgotten:
        out.print(f"[dim]not in a restore of buckets[/] {escape(str(one))}")
    for loss in plan.losses:
        out.print(f"[bold red]loses[/] {escape(loss)}")
    if plan.refused and plan.buckets:
        out.print(NOTHING_MERGED)
    for reason in plan.refused if plan.full else ():
        out.print(f"[bold red]refused[/] {escape(reason)}")
    out.print(escape(f"{plan.backup.name}: {plan.summary()}"))


def _table(plan: RestorePlan) -> Table:
    rows = [bucket.row() for bucket in plan.buckets]
    columns = [name for name in COLUMNS if any(row[name] not in ("", None) for row in rows)]
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        table.add_column(name, justify="right" if name in ("series", "values") else "left")
    for row in rows:
        table.add_row(*(_text(row[name]) for name in columns))
    return table


def show_result(result: BucketResult) -> None:
    """What became of a bucket."""
    name = escape(result.plan.as_name)
    if result.comparison is None:
        out.print(f"[yellow]{result.state}[/] {name}: {escape(result.error)}")
        return
    _show_comparison(result.plan.as_name, result.comparison, result.seconds)
    if result.comparison.differing:
        out.print(f"{name} stays, and says in its description that it is not whole.")


def show_full(result: FullResult) -> None:
    """What became of everything."""
    for name, found in result.comparisons.items():
        _show_comparison(name, found, None)
    out.print(f"{len(result.comparisons)} buckets in {result.seconds:.1f} s")


def _show_comparison(name: str, found: Comparison, seconds: float | None) -> None:
    took = "" if seconds is None else f", {seconds:.1f} s"
    counted = (
        f"{found.values:,} values counted, {found.fields:,} fields of series in {found.parts:,} "
        f"parts{took}"
    )
    if found.unasked:
        counted += f"; {found.unasked:,} fields cannot be named in a query and were not counted"
    if not found.differing:
        out.print(f"[green]restored[/] {escape(name)}: {counted}")
        return
    out.print(f"[bold red]MISSING[/] {escape(name)}: {counted}, {found.differing:,} of them short")
    for gap in found.gaps[:SHOWN]:
        out.print(f"  {escape(gap)}")
    if found.differing > SHOWN:
        out.print(f"  and {found.differing - SHOWN:,} more")


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else escape(str(value))
