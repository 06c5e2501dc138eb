"""`influx-pipelines backup take` and `backup list`."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from influx_pipelines.backups.inventory import take_inventory
from influx_pipelines.cli.backup_display import following, show_report
from influx_pipelines.cli.console import out
from influx_pipelines.cli.interrupts import ended_cleanly
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import load_settings

KINDS = ("auto", "native", "logical")


def take(
    kind: Annotated[
        str, typer.Option(help="auto, native or logical; unset: as the settings say.")
    ] = "",
) -> None:
    """Take a backup and read it again; exit status 1 when something is wrong with it."""
    from influx_pipelines.backups.take import take as take_backup

    if kind and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(KINDS)}")
    settings = load_settings()
    if kind:
        settings = settings.model_copy(update={"backup_kind": kind})
    with (
        ended_cleanly("Stopped. Nothing was kept of this backup."),
        running_server(settings) as connection,
        connection.for_backups(settings).client(settings) as client,
        following("Backing up") as progress,
    ):
        made = take_backup(client, settings, progress=progress)
    report = made.verification
    assert report is not None, "taking it ends with a report"
    for note in made.record.notes if made.record else ():
        if note not in report.notes:
            out.print(f"[dim]note[/] {escape(note)}")
    show_report(made.path, report)
    if not report.good:
        raise typer.Exit(1)


def list_(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Show the backups of the folder, the newest first."""
    folder = load_settings().backups
    found = take_inventory(folder)
    if as_json:
        typer.echo(json.dumps(found.rows(), indent=2))
        return
    columns = ("name", "kind", "state", "bytes", "buckets", "values", "full")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in ("bytes", "values") else "left")
    for row in found.rows():
        table.add_row(*(escape(_text(row[column])) for column in columns))
    out.print(table)
    for name in found.unfinished:
        out.print(f"Unfinished: {escape(name)}")
    out.print(f"{found.bytes:,} bytes in {escape(str(folder))}")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
